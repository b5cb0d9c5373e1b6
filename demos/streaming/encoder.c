//  SPDX-License-Identifier: MIT
//
//  zp-encoder - cuts films into segments that a player can ask for
//
//  Takes jobs from the queue "encode", beside as many others as you like. The
//  film is FOLDER/uploads/UPLOAD, and what it makes in FOLDER/encoded/UPLOAD:
//  segments, and then manifest.json, with the hash of each. ffmpeg cuts a
//  video, if it is installed, into what a player of HLS can show (RFC 8216);
//  what is no video, or has no ffmpeg, is cut into pieces of 1 MiB.
//
//  When a film is encoded the bus is told that there is a title more.
//
//  A job can come twice: an encoder died, or lost touch with the broker. The
//  manifest says that it was done; a lock, which ends with its holder however
//  that ends, keeps two from doing it at once.
//
//  Gauges: encoded, how many jobs this process has done.

#define _GNU_SOURCE

#include "events.h"
#include "jobs.h"
#include "store.h"

#include <glob.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/wait.h>

#define THREADS       2
#define SEGMENT_BYTES (1 << 20)
#define AGAIN_MS      1000  // Before a job that failed is tried again

typedef struct encoder {
    service_t *service;  // To say things
    const char *folder;  // Where the films are
    const char *bus;     // Endpoint of the bus
    atomic_int encoded;  // Jobs done
} encoder_t;

//  A film that is being encoded
typedef struct film {
    const char *upload;            // Its name
    char source[PATH_MAX];         // The film as it came
    char folder[PATH_MAX];         // What is made of it
    char manifest[PATH_MAX + 16];  // Is made last
    const char *suffix;            // Of the names of segments
} film_t;

//  Name, type, needed, least, most
static const field_t s_job_fields[] = {
    {"upload", JSON_STRING, true, 1, STORE_NAME_MAX},
    {0},
};

static void
s_film_init (film_t *self, const char *folder, const char *upload)
{
    self->upload = upload;
    self->suffix = "";
    snprintf (self->source, PATH_MAX, "%s/uploads/%s", folder, upload);
    snprintf (self->folder, PATH_MAX, "%s/encoded/%s", folder, upload);
    snprintf (self->manifest, sizeof self->manifest, "%s/manifest.json",
              self->folder);
}

//  Path of a segment
static void
s_segment (const film_t *self, int number, char *path, size_t size)
{
    snprintf (path, size, "%s/segment-%05d%s", self->folder, number,
              self->suffix);
}

//  Let ffmpeg cut a video. False if there is no ffmpeg, or no video.
static bool
s_cut_video (film_t *self)
{
    static const char command[] =
        "exec ffmpeg -nostdin -loglevel quiet -y -i \"$1\""
        " -map 0:v:0 -map '0:a?' -c copy -f hls -hls_time 4 -hls_list_size 0"
        " -hls_segment_filename \"$2/segment-%05d.ts\" \"$2/index.m3u8\"";
    char *const argv[] = {
        "sh", "-c", (char *) command, "sh", self->source, self->folder, NULL};
    //  Signals are blocked here, but must not be there
    posix_spawnattr_t how;
    sigset_t none;
    sigemptyset (&none);
    posix_spawnattr_init (&how);
    posix_spawnattr_setsigmask (&how, &none);
    posix_spawnattr_setflags (&how, POSIX_SPAWN_SETSIGMASK);
    pid_t child;
    int status = -1;
    if (posix_spawnp (&child, "sh", NULL, &how, argv, environ) == 0)
        while (waitpid (child, &status, 0) == -1 && errno == EINTR)
            ;
    posix_spawnattr_destroy (&how);
    if (status == 0)
        self->suffix = ".ts";
    return status == 0;
}

//  Cut a film into pieces. False if that failed: errno says why.
static bool
s_cut (film_t *self)
{
    FILE *film = fopen (self->source, "rb");
    if (!film)
        return false;
    char path[PATH_MAX + 32];
    int64_t bytes;
    bool well = true;
    int next;
    for (int i = 0; well && (next = fgetc (film)) != EOF; i++) {
        ungetc (next, film);
        s_segment (self, i, path, sizeof path);
        well = store_copy (film, path, SEGMENT_BYTES, &bytes);
    }
    well = well && !ferror (film);
    int why = errno;
    fclose (film);
    errno = why;
    return well;
}

//  Hash the segments, see that they are on disk, and write the manifest. False
//  if that failed: errno says why.
static bool
s_seal (film_t *self)
{
    json_t *segments = json_array ();
    json_int_t bytes = 0;
    char path[PATH_MAX + 32];
    store_sum_t sum;
    for (int i = 0;; i++) {
        s_segment (self, i, path, sizeof path);
        if (!store_seal (path, &sum))
            break;  // If there is none, that was all
        json_array_append_new (
            segments,
            json_pack ("{s:s s:I s:s}", "file", strrchr (path, '/') + 1,
                       "bytes", (json_int_t) sum.bytes, "sha1", sum.hash));
        bytes += sum.bytes;
    }
    bool all = errno == ENOENT;
    if (*self->suffix) {
        snprintf (path, sizeof path, "%s/index.m3u8", self->folder);
        all = all && store_seal (path, &sum);
    }
    json_t *manifest = json_pack ("{s:s s:I s:o}", "upload", self->upload,
                                  "bytes", bytes, "segments", segments);
    bool well = all && store_save (self->manifest, manifest);
    int why = errno;
    json_decref (manifest);
    errno = why;
    return well;
}

//  Take away what somebody has left who did not come as far as the manifest
static void
s_clear (film_t *self)
{
    char pattern[PATH_MAX + 16];
    snprintf (pattern, sizeof pattern, "%s/*", self->folder);
    glob_t found;
    if (glob (pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            unlink (found.gl_pathv[i]);
        globfree (&found);
    }
}

//  Encode a film, unless that was done. False if that failed: errno says why,
//  EWOULDBLOCK that another one is at it.
static bool
s_encode (film_t *self)
{
    if (access (self->manifest, F_OK) == 0)
        return true;
    if (access (self->source, R_OK) == -1 || !store_folder (self->folder))
        return false;
    //  ffmpeg inherits the lock: should it outlive us, it still has it
    int lock = open (self->folder, O_RDONLY | O_DIRECTORY);
    if (lock == -1)
        return false;
    bool well = flock (lock, LOCK_EX | LOCK_NB) == 0;
    if (well && access (self->manifest, F_OK) == -1) {
        s_clear (self);
        well = (s_cut_video (self) || s_cut (self)) && s_seal (self);
    }
    int why = errno;
    close (lock);
    errno = why;
    return well;
}

//  Tell the bus of a film that is encoded. NULL, or why that failed. An upload
//  is called by its film, a -, and the hash of what is in it.
static char *
s_tell (encoder_t *self, const char *upload)
{
    const char *hash = strrchr (upload, '-');
    int size = (int) (hash ? (size_t) (hash - upload) : strlen (upload));
    char *film = zsys_sprintf ("%.*s", size, upload);
    json_t *event = json_pack ("{s:s s:s s:s}", "event", "title-added", "film",
                               film, "upload", upload);
    free (film);
    return events_tell (self->service, self->bus, upload, event);
}

//  Do a job, in a thread
static void
s_job (zp_queue_job_t *job, void *arg)
{
    encoder_t *self = arg;
    json_t *body = jobs_body (&job, s_job_fields);
    if (!body)
        return;
    const char *upload = json_string_value (json_object_get (body, "upload"));
    char *why = NULL;
    film_t film;
    s_film_init (&film, self->folder, upload);
    if (!store_name_right (upload))
        zp_queue_job_bury (&job, "the name of an upload has only a-z, 0-9, -");
    else if (s_encode (&film) && !(why = s_tell (self, upload))) {
        service_say (self->service, "%s is encoded", upload);
        atomic_fetch_add (&self->encoded, 1);
        zp_queue_job_done (&job);
    }
    else if (!why && errno == ENOENT)
        zp_queue_job_bury (&job, "there is no such upload");
    else {
        if (!why)
            why = strdup (errno == EWOULDBLOCK ? "another encoder is at it"
                                               : strerror (errno));
        service_say (self->service, "%s: %s; again in a second", upload, why);
        zp_queue_job_retry (&job, AGAIN_MS);
    }
    free (why);
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    encoder_t *self = arg;
    return json_pack ("{s:i}", "encoded", atomic_load (&self->encoded));
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"folder", "PATH", "where zp-uploads keeps films", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {0},
    };
    service_about_t about = {.name = "zp-encoder",
                             .summary = "Cuts films into segments.",
                             .bind = "tcp://127.0.0.1:5706"};
    service_t *service = service_new (&about, options, argc, argv);
    encoder_t self = {.service = service,
                      .folder = options[0].value,
                      .bus = options[2].value};
    char path[PATH_MAX];
    snprintf (path, sizeof path, "%s/encoded", self.folder);
    int result = 1;
    if (!store_folder (self.folder) || !store_folder (path))
        service_say (service, "can't make %s: %s; give another with --folder",
                     path, strerror (errno));
    else if (service_take (service, &options[1], "encode", THREADS, s_job,
                           &self)) {
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    service_destroy (&service);
    return result;
}
