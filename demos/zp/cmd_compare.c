//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <limits.h>

#include "args.h"
#include "commands.h"
#include "compare.h"
#include "compare_commands.h"
#include "output.h"
#include "rundir.h"
#include "zp_random.h"

#define SECONDS 6
#define RATE    200
#define PERCENT 20

//  A new folder, which the caller removes and frees; NULL: that was said
static char *
s_make_folder (void)
{
    char *why = rundir_make_base (), *base = rundir_base ();
    //  No constellation has a dot in its name
    char *folder = zsys_sprintf ("%s/compare.XXXXXX", base);
    if (why)
        say_error ("%s", why);
    else if (!mkdtemp (folder))
        say_error ("%s: %s", folder, strerror (errno));
    else {
        free (base);
        return folder;
    }
    free (why);
    free (base);
    zstr_free (&folder);
    return NULL;
}

static void
s_remove_folder (const char *folder)
{
    zdir_t *dir = zdir_new (folder, "-");
    if (dir)
        zdir_remove (dir, true);
    zdir_destroy (&dir);
}

//  Try each way in a folder of its own
static exit_code_t
s_try_all (const compare_options_t *options, compare_figures_t *figures)
{
    exit_code_t code = EXIT_OK;
    for (int way = 0; way < COMPARE_WAYS && code == EXIT_OK; way++) {
        char *folder = s_make_folder ();
        if (!folder)
            return EXIT_ERROR;
        code =
            compare_try ((compare_way_t) way, options, folder, &figures[way]);
        s_remove_folder (folder);
        zstr_free (&folder);
    }
    return code;
}

static int
s_run (args_t *args)
{
    const char *fault = args_text (args, "fault");
    compare_options_t options = {
        .fault = fault ? (compare_fault_t) compare_find (compare_faults, fault)
                       : COMPARE_KILL,
        .percent = (int) args_number (args, "percent", PERCENT),
        .load_us = args_number (args, "seconds", SECONDS) * 1000000,
        .rate = (int) args_number (args, "rate", RATE),
        .seed = (uint64_t) args_number (args, "seed", 0)};
    if (!args_has (args, "seed"))
        options.seed = zp_random_entropy () % 1000000;
    zsys_handler_set (NULL);
    compare_figures_t figures[COMPARE_WAYS];
    exit_code_t code = s_try_all (&options, figures);
    if (code == EXIT_INTERRUPTED)
        say ("interrupted");
    if (code != EXIT_OK)
        return code;
    if (args_has (args, "json"))
        compare_print_json (&options, figures);
    else
        compare_print (&options, figures);
    return EXIT_OK;
}

const command_t cmd_compare = {
    .name = "compare",
    .summary = "the same jobs by call, queue, pub/sub and log, under one fault",
    .usage = "[--fault FAULT] [--seconds N] [--rate N]",
    .examples = "zp compare\n"
                "zp compare --fault pause --rate 500\n"
                "zp compare --fault drop --percent 30 --seed 7\n"
                "zp compare --fault slow --json\n",
    .options = {{.name = "fault",
                 .letter = 'f',
                 .value = "FAULT",
                 .choices = compare_faults,
                 .text = "none, kill, pause, slow or drop (kill)"},
                {.name = "percent",
                 .letter = 'p',
                 .value = "N",
                 .min = 1,
                 .max = 90,
                 .text = "drop: so many messages are lost (20)"},
                {.name = "seconds",
                 .letter = 's',
                 .value = "N",
                 .min = 1,
                 .max = 600,
                 .text = "how long each has jobs to do (6)"},
                {.name = "rate",
                 .letter = 'r',
                 .value = "N",
                 .min = 1,
                 .max = 1000,
                 .text = "jobs a second, on average (200)"},
                {.name = "seed",
                 .value = "N",
                 .min = 0,
                 .max = LONG_MAX,
                 .text = "the same jobs, and the same bad luck, again"},
                OPTION_JSON},
    .run = s_run,
    .family = (const command_t *const[]){&cmd_compare_work, NULL},
    .notes =
        "It needs nothing and leaves nothing: brokers and workers are "
        "processes\n"
        "of its own. One worker does the jobs, each of which takes half a\n"
        "millisecond. After a third of the time the fault comes: the worker "
        "is\n"
        "killed with -9 and started again after a second (kill), stands still\n"
        "for a second (pause), takes 20 ms for a job (slow), or loses "
        "messages\n"
        "on its way from and to it (drop): these two for a third of the time.\n"
        "\n"
        "  twice    done more than once\n"
        "  failed   not done, and the sender knows\n"
        "  lost     not done, and nobody knows\n"
        "  p50 p99  from when a job was wanted until it was done\n"
        "  sender   from when it was wanted until its sender could go on: it "
        "is\n"
        "           done (call), on disk (queue, log), or said (pub/sub)\n"
        "\n"
        "A caller waits half a second, and may try three times in that. What\n"
        "the queue and the log do not hear of for a second is given out again.",
};
