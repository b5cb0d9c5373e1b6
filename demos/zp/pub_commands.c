//  SPDX-License-Identifier: MIT

#include "pub_commands.h"

#include "daemon.h"
#include "output.h"
#include "place.h"

zp_publisher_options_t
pub_options (const args_t *args)
{
    zp_publisher_options_t options = ZP_PUBLISHER_DEFAULTS;
    options.heartbeat_ms =
        (int) args_number (args, "heartbeat", options.heartbeat_ms);
    options.history_count =
        (int) args_number (args, "history", options.history_count);
    return options;
}

static exit_code_t
s_bind (void *arg, const place_t *place)
{
    zp_publisher_t *publisher = arg;
    if (!place->requests) {
        say_error ("%s is only one endpoint of two", place->updates);
        say_hint ("UPDATES,REQUESTS, such as "
                  "tcp://127.0.0.1:5555,tcp://127.0.0.1:5556");
        return EXIT_USAGE;
    }
    zp_status_t status =
        zp_publisher_bind (publisher, place->updates, place->requests);
    if (status == ZP_OK)
        say ("updates at %s, requests at %s", zp_publisher_updates (publisher),
             zp_publisher_requests (publisher));
    else
        say_error ("%s", zp_publisher_error (publisher));
    return daemon_exit_code (status);
}

exit_code_t
pub_bind (const args_t *args, const char *option, const char *name,
          zp_publisher_t *publisher)
{
    return place_bind (args, option, name, s_bind, publisher);
}

exit_code_t
sub_connect (void *arg, const place_t *place)
{
    zp_subscriber_t *subscriber = arg;
    if (zp_subscriber_connect (subscriber, place->updates, place->requests) ==
        ZP_OK)
        return EXIT_OK;
    say_error ("%s", zp_subscriber_error (subscriber));
    say_hint ("--connect UPDATES,REQUESTS, such as "
              "tcp://127.0.0.1:5555,tcp://127.0.0.1:5556");
    return EXIT_USAGE;
}
