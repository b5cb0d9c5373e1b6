//  SPDX-License-Identifier: MIT
//
//  Tells the wind at some stations: values, which stay until the next one. Each
//  line that you type is an alert, an event: "north take shelter" warns those
//  who listen to alert/north.

#define _POSIX_C_SOURCE 200809L

#include "zp_publisher.h"

#define EACH_MS 100  // Some station measures the wind

static const char *s_stations[] = {"north", "east", "south", "west"};

static int
s_measure (zloop_t *loop, int timer, void *publisher)
{
    (void) loop, (void) timer;
    char topic[32], text[32];
    snprintf (topic, sizeof topic, "wind/%s", s_stations[randof (4)]);
    snprintf (text, sizeof text, "%d m/s", 5 + randof (20));
    zp_publisher_set (publisher, topic, text, strlen (text), 0);
    return 0;
}

static int
s_alert (zloop_t *loop, zmq_pollitem_t *item, void *publisher)
{
    char topic[64] = "alert/", line[256], *text = NULL;
    if (!fgets (line, sizeof line, stdin)) {
        zloop_poller_end (loop, item);
        return 0;
    }
    line[strcspn (line, "\n")] = 0;
    const char *where = strtok_r (line, " ", &text);
    if (!where || !*text)
        return 0;
    strncat (topic, where, sizeof topic - strlen (topic) - 1);
    zp_status_t status =
        zp_publisher_event (publisher, topic, text, strlen (text));
    printf ("publisher: %s: %s\n", topic, zp_status_name (status));
    return 0;
}

int
main (int argc, char **argv)
{
    setlinebuf (stdout);
    setvbuf (stdin, NULL, _IONBF, 0);  // A line read is one that is gone
    zloop_t *loop = zloop_new ();
    zp_publisher_options_t options = ZP_PUBLISHER_DEFAULTS;
    options.heartbeat_ms = 500;
    options.will = "the weather station has lost its power";
    zp_publisher_t *publisher = zp_publisher_new (loop, &options);
    zp_status_t status = zp_publisher_bind (
        publisher, argc > 1 ? argv[1] : "tcp://127.0.0.1:5561",
        argc > 2 ? argv[2] : "tcp://127.0.0.1:5562");
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_publisher_error (publisher));
    else {
        printf ("publisher: the wind is at %s\n",
                zp_publisher_updates (publisher));
        zmq_pollitem_t typed = {.fd = STDIN_FILENO, .events = ZMQ_POLLIN};
        zloop_poller (loop, &typed, s_alert, publisher);
        zloop_poller_set_tolerant (loop, &typed);  // The last lines count
        zloop_timer (loop, EACH_MS, 0, s_measure, publisher);
        status = zp_publisher_run (publisher);
    }
    zp_publisher_destroy (&publisher);
    zloop_destroy (&loop);
    return status;
}
