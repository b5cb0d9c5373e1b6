//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <unistd.h>

#include "broker.h"
#include "commands.h"
#include "files_commands.h"
#include "loop.h"
#include "output.h"
#include "signals.h"
#include "zp_uploader.h"

typedef struct put {
    const args_t *args;   // As typed
    const char *name;     // In the store
    zloop_t *loop;        // Runs all
    files_meter_t meter;  // Shows how far it is
    uint64_t at;          // What the store has
    bool over;            // It has ended
    bool interrupted;     // By Ctrl-C
    exit_code_t code;     // How it ends
} put_t;

static void
s_on_progress (void *arg, uint64_t at, uint64_t size)
{
    put_t *self = arg;
    self->at = at;
    files_meter_show (&self->meter, at, size);
}

static void
s_on_done (void *arg, const zp_put_end_t *end)
{
    put_t *self = arg;
    double seconds = files_meter_s (&self->meter);
    progress_end ();
    self->over = true;
    if (self->interrupted)
        return;
    if (end->status != ZP_OK) {
        self->code = files_failed (self->name, end->status, end->text);
        files_tell_kept (self->at);
    }
    else if (args_has (self->args, "json"))
        print_json (json_pack (
            "{so, sI, ss, sI, sf}", "name", json_text (self->name), "size",
            (json_int_t) end->size, "hash", end->hash, "resumed",
            (json_int_t) end->resumed, "seconds", seconds));
    else
        say ("%s: %s in %.1f s%s", self->name, files_bytes ((double) end->size),
             seconds, end->resumed ? "; a part was there" : "");
    loop_end (self->loop);
}

static exit_code_t
s_put (put_t *self, const char *endpoint)
{
    const args_t *args = self->args;
    zp_uploader_t *uploader = zp_uploader_new (
        self->loop, endpoint, (int) args_number (args, "timeout", PATIENCE_MS));
    if (!uploader) {
        say_error ("'%s' is no endpoint", endpoint);
        say_hint ("an endpoint such as tcp://127.0.0.1:5555");
        return EXIT_USAGE;
    }
    int signals = signals_end_loop (self->loop, &self->interrupted);
    self->meter.since_ms = zclock_mono ();
    zp_put_t put = {.name = self->name,
                    .path = args_operand (args, 0),
                    .keep = args_has (args, "keep"),
                    .on_progress = s_on_progress,
                    .on_done = s_on_done,
                    .arg = self};
    zp_uploader_put (uploader, &put);
    zloop_start (self->loop);
    close (signals);
    progress_end ();
    if (self->interrupted && !self->over) {
        say ("interrupted");
        files_tell_kept (self->at);
        self->code = EXIT_INTERRUPTED;
    }
    zp_uploader_destroy (&uploader);
    return self->code;
}

static int
s_run (args_t *args)
{
    const char *name = args_operand (args, 1);
    put_t self = {.args = args,
                  .name = name ? name : files_leaf (args_operand (args, 0))};
    self.meter.name = files_leaf (self.name);
    char *endpoint;
    exit_code_t code = broker_find (&cmd_files_serve, args_text (args, "at"),
                                    args_text (args, "name"), &endpoint);
    if (code != EXIT_OK)
        return code;
    zsys_handler_set (NULL);
    self.loop = zloop_new ();
    code = s_put (&self, endpoint);
    zloop_destroy (&self.loop);
    free (endpoint);
    return code;
}

const command_t cmd_put = {
    .name = "put",
    .summary = "put a file on a file server",
    .usage = "FILE [NAME] [--at WHERE] [--keep]",
    .examples = "zp put film.webm\n"
                "zp put film.webm films/7.webm --at tcp://10.0.0.1:5555\n",
    .options = {{.name = "at",
                 .value = "WHERE",
                 .names = OPERAND_SERVICE,
                 .text = "a service or an endpoint that takes it"},
                {.name = "keep",
                 .letter = 'k',
                 .text = "not if there is such a file already"},
                OPTION_TIMEOUT,
                OPTION_NAME,
                OPTION_JSON},
    .operands = {OPERAND_FILE, OPERAND_OTHER},
    .needed = 1,
    .run = s_run,
    .notes =
        "When it is done the file is on the server's disk, and its hash was\n"
        "compared. What came before Ctrl-C, or a kill of either side, is kept\n"
        "there: the same command goes on, unless FILE has changed by then.\n"
        "\n"
        "The server is found as with zp get, and must have been started with\n"
        "zp files serve --put.",
};
