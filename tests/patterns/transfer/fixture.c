//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zp_digest.h"

fixture_t *
fixture_new (const zp_sender_options_t *sender, const zp_store_options_t *store)
{
    static const zp_sender_options_t senders = ZP_SENDER_DEFAULTS;
    static const zp_store_options_t stores = ZP_STORE_DEFAULTS;
    fixture_t *self = zmalloc (sizeof *self);
    strcpy (self->folder, "/tmp/zp-transfer-XXXXXX");
    strcpy (self->away, "/tmp/zp-transfer-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    assert_non_null (mkdtemp (self->away));
    self->loop = zloop_new ();
    self->server = zp_server_new (self->loop, NULL);
    zp_sender_options_t sending = sender ? *sender : senders;
    zp_store_options_t storing = store ? *store : stores;
    if (!sending.source.open)
        sending.folder = self->folder;
    storing.folder = self->folder;
    char text[ZP_TRANSFER_TEXT];
    self->sender = zp_sender_new (self->loop, self->server, &sending, text);
    self->store = zp_store_new (self->loop, self->server, &storing, text);
    assert_true (self->sender && self->store);
    assert_int_equal (zp_server_bind (self->server, "tcp://127.0.0.1:*"),
                      ZP_OK);
    const char *endpoint = zp_server_endpoint (self->server);
    self->receiver = zp_receiver_new (self->loop, NULL);
    assert_int_equal (zp_receiver_connect (self->receiver, endpoint), ZP_OK);
    self->uploader = zp_uploader_new (self->loop, endpoint, TEST_PATIENCE_MS);
    zp_client_options_t once = ZP_CLIENT_DEFAULTS;
    once.max_attempts = 1;
    self->client = zp_client_new (self->loop, &once);
    zp_client_connect (self->client, endpoint);
    return self;
}

static void
s_remove (const char *folder)
{
    char *command = zsys_sprintf ("rm -rf '%s'", folder);
    assert_int_equal (system (command), 0);
    free (command);
}

void
fixture_destroy (fixture_t **self_p)
{
    fixture_t *self = *self_p;
    *self_p = NULL;
    zp_uploader_destroy (&self->uploader);
    zp_receiver_destroy (&self->receiver);
    zp_client_destroy (&self->client);
    zp_sender_destroy (&self->sender);
    zp_store_destroy (&self->store);
    zp_server_destroy (&self->server);
    zloop_destroy (&self->loop);
    s_remove (self->folder);
    s_remove (self->away);
    free (self);
}

int
fixture_set_up (void **state)
{
    *state = fixture_new (NULL, NULL);
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_destroy ((fixture_t **) state);
    return 0;
}

static const char *
s_path (const char *folder, const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf (path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *
fixture_path (fixture_t *self, const char *name)
{
    return s_path (self->folder, name);
}

const char *
fixture_away (fixture_t *self, const char *name)
{
    return s_path (self->away, name);
}

static uint8_t
s_byte (uint64_t seed, uint64_t offset)
{
    uint64_t word = (seed + offset / 8) * 0x9e3779b97f4a7c15;
    word ^= word >> 29;
    return (uint8_t) (word >> offset % 8 * 8);
}

void
fixture_fill (uint64_t seed, uint64_t offset, void *data, size_t size)
{
    uint8_t *at = data;
    for (size_t i = 0; i < size; i++)
        at[i] = s_byte (seed, offset + i);
}

bool
fixture_check (uint64_t seed, uint64_t offset, zp_span_t data)
{
    const uint8_t *at = data.data;
    for (size_t i = 0; i < data.size; i++)
        if (at[i] != s_byte (seed, offset + i))
            return false;
    return true;
}

void
fixture_write (const char *path, uint64_t seed, size_t size)
{
    FILE *file = fopen (path, "w");
    assert_non_null (file);
    char *data = malloc (size + 1);
    fixture_fill (seed, 0, data, size);
    assert_int_equal (fwrite (data, 1, size, file), size);
    fclose (file);
    free (data);
}

bool
fixture_is (const char *path, uint64_t seed, size_t size)
{
    FILE *file = fopen (path, "r");
    if (!file)
        return false;
    char *data = malloc (size + 1);
    size_t got = fread (data, 1, size + 1, file);
    bool is = got == size && fixture_check (seed, 0, (zp_span_t){data, size});
    fclose (file);
    free (data);
    return is;
}

bool
fixture_there (const char *path)
{
    return access (path, F_OK) == 0;
}

void
fixture_hash (uint64_t seed, size_t size, char hash[ZP_TRANSFER_HASH + 1])
{
    char *data = malloc (size + 1);
    fixture_fill (seed, 0, data, size);
    zp_digest_t *digest = zp_digest_new ();
    zp_digest_pass (digest, 0, (zp_span_t){data, size});
    zp_digest_end (digest, hash);
    zp_digest_destroy (&digest);
    free (data);
}

static void
s_on_info (void *arg, const zp_transfer_info_t *info, uint64_t offset,
           uint64_t length)
{
    got_t *got = arg;
    assert_false (got->informed);
    got->informed = true;
    got->info = *info;
    got->offset = offset;
    got->length = length;
}

static size_t
s_on_data (void *arg, uint64_t offset, zp_span_t data)
{
    got_t *got = arg;
    assert_true (got->informed && !got->done);
    assert_int_equal (offset, got->offset + got->bytes);
    size_t taken = data.size < got->room ? data.size : got->room;
    if (!fixture_check (got->seed, offset, (zp_span_t){data.data, taken}))
        got->wrong = true;
    got->room -= taken;
    got->bytes += taken;
    return taken;
}

static void
s_on_done (void *arg, const zp_get_end_t *end)
{
    got_t *got = arg;
    assert_false (got->done);
    got->done = true;
    got->status = end->status;
    snprintf (got->text, sizeof got->text, "%s", end->text);
    snprintf (got->hash, sizeof got->hash, "%s", end->hash);
}

void
fixture_begin (fixture_t *self, zp_get_t get, uint64_t seed, got_t *got)
{
    *got = (got_t){.seed = seed, .room = SIZE_MAX};
    get.on_info = s_on_info;
    get.on_data = s_on_data;
    get.on_done = s_on_done;
    get.arg = got;
    got->id = zp_receiver_get (self->receiver, &get);
}

void
fixture_get (fixture_t *self, zp_get_t get, uint64_t seed, got_t *got)
{
    fixture_begin (self, get, seed, got);
    test_until (self->loop, got->done);
}

//  True if all that was sent is here, and the senders wait for credit: nothing
//  was sent since it was asked last
static bool
s_stands_still (fixture_t *self, uint64_t *sent)
{
    zp_sender_stats_t sender;
    zp_receiver_stats_t here;
    for (int i = 0; i < 20; i++)
        test_quick_turn (self->loop);
    zp_sender_stats (self->sender, &sender);
    zp_receiver_stats (self->receiver, &here);
    bool still = sender.bytes == *sent && here.held + here.bytes == *sent;
    *sent = sender.bytes;
    return still;
}

//  Begin a get, take so much, and wait until the rest has come as far as it can
void
fixture_stall (fixture_t *self, got_t *got, const char *name, size_t room)
{
    uint64_t sent = 0;
    fixture_begin (self, (zp_get_t){.name = name}, got->seed, got);
    got->room = room;
    test_until (self->loop, got->room == 0);
    test_until (self->loop, s_stands_still (self, &sent));
}

static void
s_on_progress (void *arg, uint64_t at, uint64_t size)
{
    ended_t *ended = arg;
    assert_true (at <= size);
    ended->at = at;
}

static void
s_on_downloaded (void *arg, const zp_download_end_t *end)
{
    ended_t *ended = arg;
    ended->done = true;
    ended->status = end->status;
    snprintf (ended->text, sizeof ended->text, "%s", end->text);
    snprintf (ended->hash, sizeof ended->hash, "%s", end->hash);
    ended->size = end->size;
    ended->kept = end->kept;
    ended->resumed = end->resumed;
    ended->restarted = end->restarted;
}

zp_download_t *
fixture_download (fixture_t *self, const char *name, const char *path,
                  ended_t *ended)
{
    *ended = (ended_t){.done = false};
    zp_download_options_t options = {.name = name,
                                     .path = path,
                                     .on_progress = s_on_progress,
                                     .on_done = s_on_downloaded,
                                     .arg = ended};
    return zp_download_new (self->receiver, &options);
}

void
fixture_fetch (fixture_t *self, const char *name, const char *path,
               ended_t *ended)
{
    zp_download_t *download = fixture_download (self, name, path, ended);
    test_until (self->loop, ended->done);
    zp_download_destroy (&download);
}

static void
s_on_put (void *arg, const zp_put_end_t *end)
{
    ended_t *ended = arg;
    assert_false (ended->done);
    ended->done = true;
    ended->status = end->status;
    snprintf (ended->text, sizeof ended->text, "%s", end->text);
    snprintf (ended->hash, sizeof ended->hash, "%s", end->hash);
    ended->size = end->size;
    ended->kept = end->at;
    ended->resumed = end->resumed;
}

uint64_t
fixture_upload (fixture_t *self, const char *path, const char *name,
                ended_t *ended)
{
    *ended = (ended_t){.done = false};
    zp_put_t put = {.name = name,
                    .path = path,
                    .on_progress = s_on_progress,
                    .on_done = s_on_put,
                    .arg = ended};
    return zp_uploader_put (self->uploader, &put);
}

void
fixture_put (fixture_t *self, const char *path, const char *name,
             ended_t *ended)
{
    fixture_upload (self, path, name, ended);
    test_until (self->loop, ended->done);
}

typedef struct s_asked {
    bool done;           // There is a reply
    zp_status_t status;  // Its
    char *text;          // What it says
} s_asked_t;

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    s_asked_t *asked = arg;
    if (reply->more)
        return;
    asked->done = true;
    asked->status = reply->status;
    if (reply->status == ZP_OK && reply->count)
        snprintf (asked->text, 512, "%.*s", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
    else
        snprintf (asked->text, 512, "%s", reply->text);
}

zp_status_t
fixture_ask (fixture_t *self, char *text, const char *method, ...)
{
    zp_span_t args[8];
    size_t count = 0;
    va_list list;
    va_start (list, method);
    for (const char *arg; (arg = va_arg (list, const char *)); count++)
        args[count] = (zp_span_t){arg, strlen (arg)};
    va_end (list);
    s_asked_t asked = {.text = text};
    zp_call_t call = {.method = method,
                      .args = args,
                      .count = count,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_on_reply,
                      .arg = &asked};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, asked.done);
    return asked.status;
}
