//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <limits.h>

#include "args.h"
#include "commands.h"
#include "detach.h"
#include "keeper.h"
#include "output.h"
#include "rundir.h"
#include "supervisor.h"
#include "topology_file.h"

//  What the supervisor's process needs to know
typedef struct up {
    const args_t *args;          // As typed
    const topology_t *topology;  // What to run
    int lock;                    // Held on the run folder
    int ready;                   // Tell here that all is ready; -1: nowhere
    char *log;                   // Where to write when detached; or NULL
} up_t;

static void
s_on_ready (supervisor_t *supervisor, void *arg)
{
    up_t *up = arg;
    say ("ready; try: zp ps%s",
         up->ready == -1 ? ", in another terminal; Ctrl-C stops" : "");
    if (args_has (up->args, "json"))
        print_json (supervisor_json (supervisor));
    else if (args_has (up->args, "wait"))
        puts ("ready");
    fflush (stdout);
    if (up->ready != -1)
        detach_ready (up->ready, up->log);
    up->ready = -1;
}

static int
s_supervise (void *arg)
{
    up_t *up = arg;
    supervisor_t *supervisor = supervisor_new (up->topology, s_on_ready, up);
    int result = supervisor_run (supervisor);
    supervisor_destroy (&supervisor);
    return result;
}

static int
s_keep (up_t *up)
{
    int result = keeper_run (s_supervise, up, up->log);
    rundir_clean (up->topology->name);
    return result;
}

static int
s_keep_detached (void *arg, int ready)
{
    up_t *up = arg;
    up->ready = ready;
    up->log = zsys_sprintf ("%s/logs/zp.log", up->topology->run);
    return s_keep (up);
}

static int
s_up (const args_t *args, const topology_t *topology)
{
    bool busy;
    char *why;
    up_t up = {args, topology, rundir_take (topology->name, &busy, &why), -1,
               NULL};
    if (up.lock == -1) {
        say_error ("%s", why);
        if (busy)
            say_hint ("zp ps or zp down, or zp up --name OTHER");
        free (why);
        return EXIT_ERROR;
    }
    int result = args_has (args, "detach") ? detach_run (s_keep_detached, &up)
                                           : s_keep (&up);
    close (up.lock);
    return result;
}

static int
s_run (args_t *args)
{
    const char *path = args_operand (args, 0);
    const char *name = args_text (args, "name");
    char *wrong = name ? rundir_name_wrong (name) : NULL;
    if (wrong) {
        say_error ("--name: %s", wrong);
        free (wrong);
        return EXIT_USAGE;
    }
    zp_json_doc_t *doc = topology_file_read (path);
    if (!doc)
        return EXIT_NOT_FOUND;
    topology_t *topology =
        topology_new (doc, path, name, args_number (args, "seed", 1));
    bool check = args_has (args, "check"), json = args_has (args, "json");
    if (!topology || (check && json))
        topology_file_mistakes (doc, path, json);
    else if (check)
        say ("%s: %zu services, no mistakes", path, topology->count);
    zp_json_doc_destroy (&doc);
    int result = !topology ? EXIT_USAGE
                 : check   ? EXIT_OK
                           : s_up (args, topology);
    topology_destroy (&topology);
    return result;
}

const command_t cmd_up = {
    .name = "up",
    .summary = "start the services of a topology file",
    .usage = "TOPOLOGY [--detach] [--wait] [--seed N]",
    .examples = "zp up demos/streaming/topology.json\n"
                "zp up demos/streaming/topology.json --detach\n"
                "zp up topology.json --check\n"
                "zp up topology.json --name second --seed 7 -d\n",
    .options = {{.name = "detach",
                 .letter = 'd',
                 .text =
                     "return when all is ready, and go on in the background"},
                {.name = "wait",
                 .text = "print \"ready\" on stdout when all is"},
                {.name = "seed",
                 .value = "N",
                 .min = 0,
                 .max = LONG_MAX,
                 .text = "the number that {seed} stands for (1)"},
                {.name = "check", .text = "only look for mistakes in the file"},
                {.name = "name",
                 .value = "NAME",
                 .text = "call the constellation so, not as the file does"},
                {.name = "json",
                 .text = "print as JSON: what is ready, or the mistakes"}},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes =
        "Without --detach it stays, and tells what happens. Ctrl-C stops\n"
        "all, in the reverse order; a second Ctrl-C kills. A service\n"
        "that dies before all are ready ends the whole; later it stays\n"
        "dead until zp start. No process is left behind, even if zp\n"
        "itself is killed.\n"
        "\n"
        "A topology is JSON:\n"
        "  { \"name\": \"films\", \"services\": [\n"
        "      { \"name\": \"catalog\",\n"
        "        \"program\": \"streaming-catalog\",\n"
        "        \"args\": [\"--bind\", \"{catalog}\"],\n"
        "        \"endpoint\": \"ipc://{run}/catalog\" } ] }\n"
        "More keys: \"after\", names of services that must be ready first\n"
        "(without it, the one before); \"env\", \"cwd\", \"ready_ms\",\n"
        "\"stop_ms\"; \"scale\": { \"now\": 2, \"max\": 8 } makes several\n"
        "services, NAME-1 to NAME-8, of which two are started (zp scale).\n"
        "Placeholders: {run} is the run folder, {dir} that of the file,\n"
        "{seed}, {n} which of several it is, {self} its own endpoint, and\n"
        "{SERVICE} that of another. {{ is a brace.",
};
