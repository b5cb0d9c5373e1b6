//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <errno.h>

#include "daemon.h"
#include "output.h"
#include "stage.h"
#include "stage_commands.h"
#include "stage_json.h"
#include "stage_key.h"
#include "textfile.h"

#define SCENES_BYTES (1 << 20)
#define CONTROL_MS   2000  // For the supervisor to say which services it has

typedef struct serve {
    daemon_t daemon;         // How it is run
    stage_scenes_t *scenes;  // What can be broken
    stage_t *stage;          // What is served
} serve_t;

//  What the supervisor says of all services; NULL: it says nothing. The caller
//  owns it.
static json_t *
s_ask_supervisor (const char *endpoint)
{
    json_t *about = NULL;
    zchunk_t *reply = NULL;
    zp_client_t *client = zp_client_new (NULL, NULL);
    if (zp_client_connect (client, endpoint) == ZP_OK &&
        zp_client_call (client, "up.list", NULL, 0, CONTROL_MS, &reply) ==
            ZP_OK)
        about = json_loadb ((char *) zchunk_data (reply), zchunk_size (reply),
                            0, NULL);
    zchunk_destroy (&reply);
    zp_client_destroy (&client);
    return about;
}

static void
s_say_mistakes (const char *path, const zp_json_doc_t *doc)
{
    size_t count = zp_json_doc_mistakes (doc);
    for (size_t i = 0; i < count; i++) {
        const zp_json_mistake_t *mistake = zp_json_doc_mistake (doc, i);
        say ("%s:%d:%d: %s", path, mistake->where.line, mistake->where.column,
             mistake->text);
    }
    say_error ("%zu mistake%s in %s", count, count == 1 ? "" : "s", path);
}

static exit_code_t
s_read_scenes (serve_t *self, const json_t *about)
{
    const char *path = args_operand (self->daemon.args, 0);
    size_t size;
    char *text = textfile_read (path, SCENES_BYTES, &size);
    if (!text) {
        say_error ("can't read %s: %s", path, strerror (errno));
        return EXIT_NOT_FOUND;
    }
    zp_json_doc_t *doc = zp_json_doc_new (text, size);
    self->scenes = stage_scenes_new (doc, json_object_get (about, "services"));
    if (!self->scenes)
        s_say_mistakes (path, doc);
    zp_json_doc_destroy (&doc);
    free (text);
    return self->scenes ? EXIT_OK : EXIT_USAGE;
}

static exit_code_t
s_make_key (const serve_t *self, const json_t *about)
{
    const args_t *args = self->daemon.args;
    char run[32];
    snprintf (run, sizeof run, "%lld", (long long) stage_number (about, "pid"));
    char *why = stage_key_make (args_text (args, "keys"),
                                args_text (args, "token"), run);
    if (why)
        say_error ("%s", why);
    exit_code_t code = why ? EXIT_ERROR : EXIT_OK;
    free (why);
    return code;
}

static void
s_on_ready (void *arg, const zp_reply_t *reply)
{
    (void) reply;
    serve_t *self = arg;
    say ("%zu scene%s", self->scenes->count,
         self->scenes->count == 1 ? "" : "s");
}

static exit_code_t
s_open (serve_t *self)
{
    const args_t *args = self->daemon.args;
    stage_options_t options = {
        .control = args_text (args, "control"),
        .scenes = self->scenes,
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
    json_t *about = s_ask_supervisor (args_text (daemon->args, "control"));
    exit_code_t code = s_read_scenes (self, about);
    if (code == EXIT_OK)
        code = s_make_key (self, about);
    json_decref (about);
    if (code == EXIT_OK)
        code = s_open (self);
    if (code == EXIT_OK) {
        zp_server_t *server = stage_server (self->stage);
        daemon_await (daemon, server, "zp.ping", s_on_ready, self);
        code = daemon_ended (zp_server_run (server), "");
    }
    stage_destroy (&self->stage);
    stage_scenes_destroy (&self->scenes);
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
