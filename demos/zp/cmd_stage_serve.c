//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "daemon.h"
#include "output.h"
#include "stage.h"
#include "stage_commands.h"

typedef struct serve {
    daemon_t daemon;  // How it is run
    stage_t *stage;   // What is served
} serve_t;

static void
s_on_ready (void *arg, const zp_reply_t *reply)
{
    (void) arg, (void) reply;
    say ("ready");
}

static exit_code_t
s_open (serve_t *self)
{
    const args_t *args = self->daemon.args;
    stage_options_t options = {
        .control = args_text (args, "control"),
        .seed = args_number (args, "seed", 0),
    };
    self->stage = stage_new (self->daemon.loop, &options);
    if (!self->stage) {
        say_error ("--control: %s is no endpoint", options.control);
        say_hint ("--control ipc://{run}/control");
        return EXIT_USAGE;
    }
    return daemon_bind (&self->daemon, stage_server (self->stage));
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    serve_t *self = arg;
    exit_code_t code = s_open (self);
    if (code == EXIT_OK) {
        zp_server_t *server = stage_server (self->stage);
        daemon_await (daemon, server, "zp.ping", s_on_ready, self);
        code = daemon_ended (zp_server_run (server), "");
    }
    stage_destroy (&self->stage);
    return code;
}

static int
s_run (args_t *args)
{
    for (const char *const *needed =
             (const char *const[]){"control", "bind", NULL};
         *needed; needed++)
        if (!args_has (args, *needed)) {
            say_error ("zp stage serve: --%s is needed", *needed);
            say_hint ("--%s ipc://...", *needed);
            return EXIT_USAGE;
        }
    serve_t self = {
        .daemon = {.args = args, .name = "stage", .hint = "zp top"}};
    return daemon_run (&self.daemon, s_serve, &self);
}

const command_t cmd_stage_serve = {
    .name = "stage serve",
    .summary = "run a stage",
    .usage = "SCENES --control ENDPOINT --bind ENDPOINT",
    .examples = "zp stage serve scenes.json --control ipc:///run/control \\\n"
                "    --bind ipc:///run/stage\n",
    .options = {{.name = "control",
                 .letter = 'c',
                 .value = "ENDPOINT",
                 .text = "the supervisor: ipc://{run}/control in a topology"},
                OPTION_BIND,
                {.name = "keys",
                 .letter = 'k',
                 .value = "FILE",
                 .names = OPERAND_FILE,
                 .text = "write a key for the group \"stage\" there, for a "
                         "gateway"},
                {.name = "token",
                 .value = "FILE",
                 .names = OPERAND_FILE,
                 .text = "and the key itself there"},
                {.name = "seed",
                 .value = "N",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "of the faults, if not as the supervisor says"},
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes = "As a service of a topology:\n"
             "  { \"name\": \"stage\", \"program\": \"zp\",\n"
             "    \"args\": [\"stage\", \"serve\", \"{dir}/scenes.json\",\n"
             "             \"--control\", \"ipc://{run}/control\",\n"
             "             \"--keys\", \"{run}/keys\", \"--token\", "
             "\"{run}/token\",\n"
             "             \"--bind\", \"{stage}\"],\n"
             "    \"endpoint\": \"ipc://{run}/stage\" }",
};
