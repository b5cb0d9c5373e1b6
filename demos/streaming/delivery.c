//  SPDX-License-Identifier: MIT
//
//  zp-delivery - sends films to whoever shows them
//
//      file.get, file.read, file.stat    see patterns/transfer/zp_sender.h
//
//  Several of them have the same films, and none knows of the others: whoever
//  gets a film from one that dies goes on at another, at the same byte.

#include "service.h"
#include "zp_sender.h"

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"folder", "DIR", "where the films are", "films"},
        {0},
    };
    service_about_t about = {.name = "zp-delivery",
                             .summary = "Sends films.",
                             .bind = "tcp://127.0.0.1:5721"};
    service_t *service = service_new (&about, options, argc, argv);
    zp_server_t *server = service_server (service);
    zp_sender_options_t sending = ZP_SENDER_DEFAULTS;
    sending.folder = options[0].value;
    char text[ZP_TRANSFER_TEXT];
    zp_sender_t *sender =
        zp_sender_new (service_loop (service), server, &sending, text);
    int result = 1;
    if (sender) {
        zp_server_on_draining (server, zp_sender_drain, sender);
        result = service_run (service);
    }
    else
        service_say (service, "--folder: %s", text);
    zp_sender_destroy (&sender);
    service_destroy (&service);
    return result;
}
