//  SPDX-License-Identifier: MIT
//
//  A viewer wants premium streams: starts a saga for each, and waits for the
//  end of all. What is not answered is asked again: its id makes a saga the
//  same.

#include "zp_client.h"

#include <jansson.h>

#define WAIT_MS 2000

//  Ask until there is an answer. NULL: there is none that would help
static char *
s_ask (zp_client_t *client, const char *method, const zp_span_t *args,
       size_t count)
{
    zmsg_t *reply = NULL;
    zp_status_t status = ZP_UNAVAILABLE;
    while (status == ZP_DEADLINE_EXCEEDED || zp_status_retryable (status)) {
        status =
            zp_client_call_parts (client, method, args, count, WAIT_MS, &reply);
        if (status != ZP_OK)
            printf ("client: %s\n", zp_client_error (client));
    }
    char *text = reply ? zmsg_popstr (reply) : NULL;
    zmsg_destroy (&reply);
    return text;
}

//  Print how it ended; true if it has not
static bool
s_goes_on (zp_client_t *client, const char *id)
{
    char *text = s_ask (client, "saga.wait", &(zp_span_t){id, strlen (id)}, 1);
    json_t *saga = json_loads (text ? text : "", 0, NULL);
    const char *state = "", *reason = "";
    json_unpack (saga, "{s:s, s:s}", "state", &state, "reason", &reason);
    bool goes_on = streq (state, "RUNNING") || streq (state, "COMPENSATING");
    if (text && !goes_on)
        printf ("client: %s is %s%s%s\n", id, state, *reason ? ": " : "",
                reason);
    json_decref (saga);
    zstr_free (&text);
    return goes_on;
}

int
main (int argc, char **argv)
{
    if (argc < 2) {
        fprintf (stderr, "Usage: %s VIEWER [COUNT]\n", argv[0]);
        return 2;
    }
    int count = argc > 2 ? atoi (argv[2]) : 1, begun = 0;
    char id[64], input[64];
    setlinebuf (stdout);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;  // There is no other coordinator
    zp_client_t *client = zp_client_new (NULL, &options);
    zp_client_connect (client, "ipc://coordinator");
    snprintf (input, sizeof input, "{\"viewer\":\"%.40s\"}", argv[1]);
    for (bool well = true; well && begun < count; begun += well) {
        snprintf (id, sizeof id, "%.40s-%d", argv[1], begun + 1);
        zp_span_t args[] = {{"start-premium-stream", 20},
                            {id, strlen (id)},
                            {input, strlen (input)}};
        char *text = s_ask (client, "saga.start", args, 3);
        well = text != NULL;
        printf ("client: %s %s\n", id, well ? "has begun" : "can't begin");
        zstr_free (&text);
    }
    for (int number = 1; number <= begun; number++) {
        snprintf (id, sizeof id, "%.40s-%d", argv[1], number);
        while (s_goes_on (client, id))
            ;
    }
    zp_client_destroy (&client);
    return begun == count ? 0 : 1;
}
