//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_download.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "zp_folder.h"
#include "zp_partial.h"
#include "zp_receiver_private.h"

#define ANEW_MAX 5  // So often it begins anew, since the object changes

struct zp_download {
    zp_download_options_t options;    // As given; the texts are its own
    zp_receiver_t *receiver;          // Brings the bytes
    zp_timer_t timer;                 // The next thing to do
    zp_partial_t *partial;            // Takes the bytes; NULL: not yet
    uint64_t get;                     // Brings them; 0: none
    bool begun;                       // The partial is of the right version
    int anew;                         // So often it began anew
    char hash[ZP_TRANSFER_HASH + 1];  // As the sender has it
    zp_status_t status;               // Why it fails; ZP_OK: it does not
    char text[ZP_TRANSFER_TEXT];      // The same for a person
    zp_download_end_t end;            // What is told then
};

static int s_get (zp_timer_t *timer, void *arg);

//  It is over. It may be gone then
static void
s_end (zp_download_t *self, zp_status_t status, const char *text)
{
    zp_download_end_t *end = &self->end;
    end->status = status;
    end->text = text;
    end->hash = status == ZP_OK ? self->hash : "";
    if (self->partial && status != ZP_OK)
        end->kept = zp_partial_at (self->partial);
    //  Others may want the partial file as soon as they hear of it
    zp_partial_close (&self->partial);
    self->options.on_done (self->options.arg, end);
}

//  Let fn be called soon, from the loop
static void
s_next (zp_download_t *self, zp_timer_fn *fn)
{
    zp_timer_init (&self->timer, fn, self);
    zp_timers_set (self->receiver->timers, &self->timer, 0);
}

//  Open the partial file; false with self->status and text
static bool
s_open (zp_download_t *self)
{
    const char *path = self->options.path;
    const char *slash = strrchr (path, '/');
    const char *leaf = slash ? slash + 1 : path;
    char *above = slash ? strndup (path, (size_t) (slash - path)) : NULL;
    int folder = open (!slash   ? "."
                       : *above ? above
                                : "/",
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free (above);
    if (folder == -1)
        zp_folder_fail (errno, path, &self->status, self->text);
    else if (!*leaf) {
        close (folder);
        self->status = ZP_INVALID_ARGUMENT;
        snprintf (self->text, sizeof self->text, "that is not a file's path");
    }
    else
        self->partial =
            zp_partial_open (folder, leaf, &self->status, self->text);
    return self->partial != NULL;
}

static int
s_on_begin (zp_timer_t *timer, void *arg)
{
    zp_download_t *self = arg;
    if (!s_open (self)) {
        s_end (self, self->status, self->text);
        return 0;
    }
    if (self->options.anew)
        zp_partial_drop (self->partial);
    self->end.resumed = zp_partial_at (self->partial);
    return s_get (timer, self);
}

zp_download_t *
zp_download_new (zp_receiver_t *receiver, const zp_download_options_t *options)
{
    assert (receiver && options);
    assert (options->name && options->path && options->on_done);
    zp_download_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.name = strdup (options->name);
    self->options.path = strdup (options->path);
    self->receiver = receiver;
    s_next (self, s_on_begin);
    return self;
}

void
zp_download_destroy (zp_download_t **self_p)
{
    assert (self_p);
    zp_download_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    uint64_t get = self->get;
    self->get = 0;
    zp_receiver_cancel (self->receiver, get);
    zp_timers_clear (self->receiver->timers, &self->timer);
    zp_partial_close (&self->partial);
    free ((char *) self->options.name);
    free ((char *) self->options.path);
    free (self);
}

uint64_t
zp_download_at (const zp_download_t *self)
{
    return self->partial ? zp_partial_at (self->partial) : self->end.kept;
}

//  What is there is of another version, or can't be trusted: begin anew
static void
s_begin_anew (zp_download_t *self, zp_status_t status, const char *text)
{
    if (++self->anew > ANEW_MAX) {
        s_end (self, status, text);
        return;
    }
    self->end.restarted = true;
    zp_partial_drop (self->partial);
    s_next (self, s_get);
}

//  All is there: hash what is not hashed yet, a bit at a time, and finish
static int
s_finish (zp_timer_t *timer, void *arg)
{
    zp_download_t *self = arg;
    zp_status_t status = zp_partial_hash (self->partial, self->text);
    if (status == ZP_UNAVAILABLE) {
        zp_timers_set (self->receiver->timers, timer, 0);
        return 0;
    }
    if (status == ZP_OK) {
        self->end.kept = zp_partial_at (self->partial);
        status = zp_partial_finish (self->partial, self->hash, self->text);
    }
    if (status == ZP_ABORTED)
        s_begin_anew (self, ZP_DATA_LOSS, self->text);
    else
        s_end (self, status, status == ZP_OK ? "" : self->text);
    return 0;
}

static void
s_on_info (void *arg, const zp_transfer_info_t *info, uint64_t offset,
           uint64_t length)
{
    (void) offset;
    (void) length;
    zp_download_t *self = arg;
    bool dropped;
    self->end.size = info->size;
    self->status = zp_partial_begin (self->partial, info, &dropped, self->text);
    if (self->status != ZP_OK)
        zp_receiver_cancel (self->receiver, self->get);
}

static size_t
s_on_data (void *arg, uint64_t offset, zp_span_t data)
{
    (void) offset;
    zp_download_t *self = arg;
    self->status = zp_partial_write (self->partial, data, self->text);
    if (self->status != ZP_OK) {
        zp_receiver_cancel (self->receiver, self->get);
        return 0;
    }
    if (self->options.on_progress)
        self->options.on_progress (
            self->options.arg, zp_partial_at (self->partial), self->end.size);
    return data.size;
}

static void
s_on_done (void *arg, const zp_get_end_t *end)
{
    zp_download_t *self = arg;
    if (!self->get)
        return;  // It is being destroyed
    self->get = 0;
    if (self->status != ZP_OK)
        s_end (self, self->status, self->text);
    else if (end->status == ZP_OK) {
        memcpy (self->hash, end->hash, sizeof self->hash);
        s_next (self, s_finish);
    }
    else if (end->status == ZP_ABORTED && zp_partial_at (self->partial))
        s_begin_anew (self, ZP_ABORTED, end->text);
    else
        s_end (self, end->status, end->text);
}

//  Get what is missing
static int
s_get (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_download_t *self = arg;
    uint64_t at = zp_partial_at (self->partial);
    zp_get_t get = {.name = self->options.name,
                    .offset = at,
                    .version = zp_partial_info (self->partial)->version,
                    .hash = true,
                    .on_info = s_on_info,
                    .on_data = s_on_data,
                    .on_done = s_on_done,
                    .arg = self};
    self->get = zp_receiver_get (self->receiver, &get);
    return 0;
}
