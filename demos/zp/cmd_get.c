//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <inttypes.h>
#include <unistd.h>

#include "broker.h"
#include "commands.h"
#include "files_commands.h"
#include "loop.h"
#include "outflow.h"
#include "output.h"
#include "signals.h"
#include "zp_download.h"

typedef struct get {
    const args_t *args;       // As typed
    const char *name;         // Of the object
    zloop_t *loop;            // Runs all
    zp_receiver_t *receiver;  // Brings it
    zp_download_t *download;  // Into a file; NULL: to stdout
    outflow_t *out;           // That
    uint64_t id;              // What the receiver calls it
    files_meter_t meter;      // Shows how far it is
    bool interrupted;         // By Ctrl-C
    exit_code_t code;         // How it ends
} get_t;

static void
s_on_progress (void *arg, uint64_t at, uint64_t size)
{
    get_t *self = arg;
    files_meter_show (&self->meter, at, size);
}

static void
s_tell (get_t *self, const zp_download_end_t *end, const char *path)
{
    double seconds = files_meter_s (&self->meter);
    if (args_has (self->args, "json"))
        print_json (json_pack (
            "{so, so, sI, ss, sI, sb, sf}", "name", json_text (self->name),
            "path", json_text (path), "size", (json_int_t) end->size, "hash",
            end->hash, "resumed", (json_int_t) end->resumed, "restarted",
            end->restarted, "seconds", seconds));
    else
        say ("%s: %s in %.1f s%s", path, files_bytes ((double) end->size),
             seconds,
             end->restarted ? "; what was there was of another version"
             : end->resumed ? "; a part was there"
                            : "");
}

static void
s_on_file (void *arg, const zp_download_end_t *end)
{
    get_t *self = arg;
    const char *path = args_operand (self->args, 1);
    progress_end ();
    if (end->status == ZP_OK)
        s_tell (self, end, path ? path : files_leaf (self->name));
    else {
        self->code = files_failed (self->name, end->status, end->text);
        files_tell_kept (end->kept);
    }
    loop_end (self->loop);
}

static size_t
s_on_data (void *arg, uint64_t offset, zp_span_t data)
{
    (void) offset;
    get_t *self = arg;
    if (outflow_waiting (self->out) > OUTFLOW_MAX)
        return 0;
    outflow_write (self->out, data.data, data.size);
    return data.size;
}

//  Whoever reads it takes more
static void
s_on_written (void *arg)
{
    get_t *self = arg;
    zp_receiver_resume (self->receiver, self->id);
}

static void
s_on_done (void *arg, const zp_get_end_t *end)
{
    get_t *self = arg;
    if (!self->id)
        return;  // Nobody wants it any more
    self->id = 0;
    if (end->status != ZP_OK)
        self->code = files_failed (self->name, end->status, end->text);
    outflow_end (self->out);
}

static bool
s_to_stdout (const args_t *args)
{
    const char *path = args_operand (args, 1);
    return path && strcmp (path, "-") == 0;
}

static void
s_begin (get_t *self)
{
    const char *path = args_operand (self->args, 1);
    if (s_to_stdout (self->args)) {
        self->out = outflow_new (self->loop, s_on_written, self);
        zp_get_t get = {
            .name = self->name,
            .offset = (uint64_t) args_number (self->args, "offset", 0),
            .length = (uint64_t) args_number (self->args, "length", 0),
            .on_data = s_on_data,
            .on_done = s_on_done,
            .arg = self};
        self->id = zp_receiver_get (self->receiver, &get);
        return;
    }
    zp_download_options_t options = {.name = self->name,
                                     .path =
                                         path ? path : files_leaf (self->name),
                                     .anew = args_has (self->args, "anew"),
                                     .on_progress = s_on_progress,
                                     .on_done = s_on_file,
                                     .arg = self};
    self->download = zp_download_new (self->receiver, &options);
}

//  Connect to each server that is named, or to the only one
static exit_code_t
s_connect (get_t *self)
{
    const args_t *args = self->args;
    exit_code_t code = EXIT_OK;
    for (int i = 0; code == EXIT_OK; i++) {
        const char *at = args_text_at (args, "at", i);
        char *endpoint;
        if (i && !at)
            break;
        code = broker_find (&cmd_files_serve, at, args_text (args, "name"),
                            &endpoint);
        if (code == EXIT_OK &&
            zp_receiver_connect (self->receiver, endpoint) != ZP_OK) {
            say_error ("'%s' is no endpoint", endpoint);
            say_hint ("an endpoint such as tcp://127.0.0.1:5555");
            code = EXIT_USAGE;
        }
        free (endpoint);
    }
    return code;
}

static exit_code_t
s_get (get_t *self)
{
    int signals = signals_end_loop (self->loop, &self->interrupted);
    self->meter.since_ms = zclock_mono ();
    s_begin (self);
    zloop_start (self->loop);
    close (signals);
    progress_end ();
    if (self->out && self->code == EXIT_OK)
        self->code = outflow_code (self->out);
    if (!self->interrupted)
        return self->code;
    if (self->download) {
        say ("interrupted");
        files_tell_kept (zp_download_at (self->download));
    }
    return EXIT_INTERRUPTED;
}

static int
s_run (args_t *args)
{
    if (!s_to_stdout (args) &&
        (args_has (args, "offset") || args_has (args, "length"))) {
        say_error ("a part of an object is no file of its name");
        say_hint ("zp get %s - --offset N > FILE", args_operand (args, 0));
        return EXIT_USAGE;
    }
    zsys_handler_set (NULL);
    signal (SIGXFSZ, SIG_IGN);  // It is told as a full disk is
    zp_receiver_options_t options = ZP_RECEIVER_DEFAULTS;
    options.patience_ms = (int) args_number (args, "timeout", PATIENCE_MS);
    get_t self = {.args = args, .name = args_operand (args, 0)};
    self.meter.name = files_leaf (self.name);
    self.loop = zloop_new ();
    self.receiver = zp_receiver_new (self.loop, &options);
    exit_code_t code = s_connect (&self);
    if (code == EXIT_OK)
        code = s_get (&self);
    //  Its callbacks may still want what follows
    uint64_t id = self.id;
    self.id = 0;
    zp_receiver_cancel (self.receiver, id);
    zp_download_destroy (&self.download);
    zp_receiver_destroy (&self.receiver);
    outflow_destroy (&self.out);
    zloop_destroy (&self.loop);
    return code;
}

const command_t cmd_get = {
    .name = "get",
    .summary = "get a file from a file server",
    .usage = "NAME [FILE|-] [--at WHERE]... [--anew]",
    .examples = "zp get film.webm\n"
                "zp get films/7.webm film.webm --at tcp://10.0.0.1:5555\n"
                "zp get film.webm --at tcp://a:5555 --at tcp://b:5555\n"
                "zp get film.webm - --offset 1000 --length 500 | xxd\n",
    .options = {{.name = "at",
                 .value = "WHERE",
                 .many = true,
                 .names = OPERAND_SERVICE,
                 .text = "a service or an endpoint that has it"},
                {.name = "anew",
                 .letter = 'a',
                 .text = "begin anew, though a part is there"},
                {.name = "offset",
                 .letter = 'o',
                 .value = "N",
                 .min = 0,
                 .max = LONG_MAX,
                 .text = "to stdout: begin there"},
                {.name = "length",
                 .letter = 'l',
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "to stdout: so many bytes at most"},
                OPTION_TIMEOUT,
                OPTION_NAME,
                OPTION_JSON},
    .operands = {OPERAND_OTHER, OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes =
        "The file is whole and on disk, its hash compared, or not there. What\n"
        "came is kept in .FILE.part: after Ctrl-C, a full disk or a kill the\n"
        "same command goes on there, unless the object has changed by then.\n"
        "\n"
        "With several --at it goes on with another server when one is gone;\n"
        "their files must have the same times of change. Without --at it is\n"
        "$ZP_FILES, or the only file server that is there: a service called\n"
        "files, or a zp files serve that was not told where to listen.",
};
