//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <inttypes.h>

#include "commands.h"
#include "daemon.h"
#include "output.h"
#include "place.h"
#include "pub_commands.h"
#include "zp_relay.h"

static void
s_on_ready (void *arg, const zp_reply_t *reply)
{
    (void) arg, (void) reply;
    say ("relaying");
}

//  What it has done, at the end
static void
s_sum_up (const args_t *args, zp_relay_t *relay)
{
    zp_publisher_stats_t sent;
    zp_subscriber_stats_t heard;
    zp_publisher_stats (zp_relay_publisher (relay), &sent);
    zp_subscriber_stats (zp_relay_subscriber (relay), &heard);
    if (!args_has (args, "json")) {
        say ("stopped at %" PRIu64 "; %" PRIu64 " updates passed on",
             sent.sequence, heard.told);
        return;
    }
    print_json (json_pack (
        "{sI, sI, sI, sI, sI, sI, sI, sI, sI}", "sequence",
        (json_int_t) sent.sequence, "told", (json_int_t) heard.told, "gaps",
        (json_int_t) heard.gaps, "repaired", (json_int_t) heard.repaired,
        "lost", (json_int_t) heard.lost, "restarts",
        (json_int_t) heard.restarts, "values", (json_int_t) sent.values,
        "snapshots", (json_int_t) sent.snapshots, "replays",
        (json_int_t) sent.replays));
}

static exit_code_t
s_relay (daemon_t *daemon, void *arg)
{
    const zp_relay_options_t *options = arg;
    const args_t *args = daemon->args;
    zp_relay_t *relay = zp_relay_new (daemon->loop, options);
    zp_publisher_t *publisher = zp_relay_publisher (relay);
    exit_code_t code =
        place_connect (args, sub_connect, zp_relay_subscriber (relay));
    if (code == EXIT_OK)
        code = pub_bind (args, "bind", "relay", publisher);
    if (code == EXIT_OK) {
        daemon_await (daemon, zp_publisher_server (publisher), "pub.stat",
                      s_on_ready, NULL);
        zp_relay_run (relay);
        s_sum_up (args, relay);
    }
    zp_relay_destroy (&relay);
    return code;
}

static int
s_run (args_t *args)
{
    zp_relay_options_t options = ZP_RELAY_DEFAULTS;
    options.publisher = pub_options (args);
    options.publisher.name = "zp relay";
    zp_filter_t filter;
    if (args_has (args, "filter"))
        options.filter = args_text (args, "filter");
    if (!zp_filter_parse (&filter, options.filter) ||
        strchr (options.filter, '+')) {
        say_error ("--filter can't be '%s'", options.filter);
        say_hint ("a topic, at its end '#' for all that is below");
        return EXIT_USAGE;
    }
    daemon_t daemon = {.args = args,
                       .name = "relay",
                       .hint = "zp pub stat --connect as it is bound"};
    return daemon_run (&daemon, s_relay, &options);
}

const command_t cmd_relay = {
    .name = "relay",
    .summary = "pass a publisher's stream on to many, and carry its weight",
    .usage = "[--connect UPDATES,REQUESTS]... [--bind UPDATES,REQUESTS]...",
    .examples = "zp relay --bind tcp://127.0.0.1:6555,tcp://127.0.0.1:6556\n"
                "zp relay -c tcp://10.0.0.1:5555,tcp://10.0.0.1:5556 --detach\n"
                "zp relay --filter 'storm/#' --json\n",
    .options = {OPTION_CONNECT,
                OPTIONS_PUBLISHER,
                {.name = "filter",
                 .value = "FILTER",
                 .text = "only what this lets through; no '+' in it (#)"},
                OPTIONS_DAEMON,
                {.name = "json", .text = "at the end print figures as JSON"}},
    .run = s_run,
    .notes =
        "Subscribers of a relay get the same stream, with the same numbers,\n"
        "and ask it, not the source, for last values and for what they have\n"
        "missed. Relays can be connected to relays. When the source is gone\n"
        "that is told, and the last values stay. Ctrl-C or SIGTERM stops it.\n"
        "\n"
        "Without --connect it is as zp help sub says. Without --bind only\n"
        "processes of this user on this machine reach it, at relay.updates\n"
        "and relay.requests beside the sockets of zp pub.",
};
