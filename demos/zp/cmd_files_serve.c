//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "daemon.h"
#include "files_commands.h"
#include "output.h"
#include "zp_sender.h"
#include "zp_store.h"

typedef struct serve {
    daemon_t daemon;      // How it is run
    zp_server_t *server;  // Listens
    zp_sender_t *sender;  // Lets files be got
    zp_store_t *store;    // Lets them be put; NULL: it does not
} serve_t;

//  A file came
static void
s_on_file (void *arg, const char *name, uint64_t size)
{
    (void) arg;
    say ("%s: %s", name, files_bytes ((double) size));
}

static void
s_on_ready (void *arg, const zp_reply_t *reply)
{
    (void) reply;
    serve_t *self = arg;
    say ("%s can be got%s", args_operand (self->daemon.args, 0),
         self->store ? ", and files put there" : "");
}

static exit_code_t
s_open (serve_t *self)
{
    const args_t *args = self->daemon.args;
    char text[ZP_TRANSFER_TEXT];
    zp_sender_options_t sender = ZP_SENDER_DEFAULTS;
    zp_store_options_t store = ZP_STORE_DEFAULTS;
    sender.folder = store.folder = args_operand (args, 0);
    store.max_size = (uint64_t) args_number (args, "max-size", 0);
    store.fn = s_on_file;
    self->sender =
        zp_sender_new (self->daemon.loop, self->server, &sender, text);
    if (self->sender && args_has (args, "put"))
        self->store =
            zp_store_new (self->daemon.loop, self->server, &store, text);
    if (self->sender && (self->store || !args_has (args, "put")))
        return EXIT_OK;
    say_error ("%s", text);
    return EXIT_NOT_FOUND;
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    serve_t *self = arg;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.name = "zp files";
    options.tap = daemon_tap (daemon);
    self->server = zp_server_new (daemon->loop, &options);
    exit_code_t code = s_open (self);
    if (code == EXIT_OK)
        code = daemon_bind (daemon, self->server);
    if (code == EXIT_OK) {
        zp_server_on_draining (self->server, zp_sender_drain, self->sender);
        daemon_await (daemon, self->server, "zp.ping", s_on_ready, self);
        zp_server_run (self->server);
        say ("stopped");
    }
    zp_sender_destroy (&self->sender);
    zp_store_destroy (&self->store);
    zp_server_destroy (&self->server);
    return code;
}

static int
s_run (args_t *args)
{
    serve_t self = {
        .daemon = {.args = args, .name = "files", .hint = "zp get NAME"}};
    return daemon_run (&self.daemon, s_serve, &self);
}

const command_t cmd_files_serve = {
    .name = "files serve",
    .summary = "let files of a folder be got, and put there",
    .usage = "FOLDER [--put] [--bind ENDPOINT]... [--detach]",
    .examples = "zp files serve films\n"
                "zp files serve films --put --bind tcp://127.0.0.1:5555\n",
    .options = {{.name = "put",
                 .letter = 'p',
                 .text = "files can be put there, too"},
                OPTION_BIND,
                OPTION_NUMBER ("max-size", "N", 1, LONG_MAX,
                               "bytes of a file that is put"),
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes =
        "Names are paths in FOLDER. Nobody gets at anything else: .. and\n"
        "symbolic links are refused, and files that begin with a dot.\n"
        "\n"
        "Without --bind only processes of this user on this machine reach it,\n"
        "which zp get does by itself. Ctrl-C or SIGTERM stops it: who gets or\n"
        "puts something goes on when it is started again.",
};
