//  SPDX-License-Identifier: MIT
//
//  Prints what it is told. It can be slow, and has a policy for that; and it
//  can know several sources of the same stream: a publisher, and its relays.

#define _POSIX_C_SOURCE 200809L

#include "zp_subscriber.h"

static void
s_print (const char *name, const zp_news_t *news)
{
    printf ("%s: %s%s%s", name,
            news->snapshot ? "known" : zp_news_kind_text (news->kind),
            *news->topic ? " " : "", news->topic);
    if (news->payload.size)
        printf (" %.*s", (int) news->payload.size,
                (const char *) news->payload.data);
    if (news->kind == ZP_NEWS_EVENT)
        printf (", %d ms ago", (int) (zclock_time () - news->time_us / 1000));
    if (news->kind == ZP_NEWS_LOST)
        printf (" #%d to #%d", (int) news->from, (int) news->to);
    if (news->kind == ZP_NEWS_DROPPED)
        printf (" %d", (int) news->count);
    if (news->sequence)
        printf (" #%d", (int) news->sequence);
    printf ("\n");
}

//  What to do when it is slow, by name
static zp_overflow_t
s_policy (const char *name)
{
    static const char *names[] = {"wait", "drop", "conflate", "rejoin"};
    int policy = 3;
    while (policy && !streq (names[policy], name))
        policy--;
    return (zp_overflow_t) policy;
}

int
main (int argc, char **argv)
{
    setlinebuf (stdout);
    zp_subscriber_options_t options = ZP_SUBSCRIBER_DEFAULTS;
    const char *name = "subscriber", *filter = "#";
    int slow_ms = 0;
    for (int option; (option = getopt (argc, argv, "n:f:s:p:")) != -1;)
        if (option == 'n')
            name = optarg;
        else if (option == 'f')
            filter = optarg;
        else if (option == 's')
            slow_ms = atoi (optarg);
        else if (option == 'p')
            options.overflow = s_policy (optarg);
        else
            return 2;
    options.inbox = slow_ms ? 10 : options.inbox;  // So that it shows

    zp_subscriber_t *subscriber =
        zp_subscriber_new (NULL, &options, NULL, NULL);
    zp_status_t status = zp_subscriber_subscribe (subscriber, filter);
    if (optind == argc)
        zp_subscriber_connect (subscriber, "tcp://127.0.0.1:5561",
                               "tcp://127.0.0.1:5562");
    for (; status == ZP_OK && optind + 1 < argc; optind += 2)
        status =
            zp_subscriber_connect (subscriber, argv[optind], argv[optind + 1]);
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_subscriber_error (subscriber));
    zp_news_t news;
    while (status == ZP_OK &&
           zp_subscriber_next (subscriber, -1, &news) == ZP_OK) {
        s_print (name, &news);
        zclock_sleep (news.sequence ? slow_ms : 0);
    }
    zp_subscriber_destroy (&subscriber);
    return status;
}
