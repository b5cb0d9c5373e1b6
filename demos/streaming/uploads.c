//  SPDX-License-Identifier: MIT
//
//  zp-uploads - takes films, and sees that they are encoded
//
//      uploads.add     {film, path, bytes} -> {upload, bytes}; without a path,
//                      which is that of a file on this machine, a sample is
//                      made, of so many bytes
//      uploads.status  {upload} -> {upload, state, segments, why}
//      uploads.list    {} -> {uploads: [{upload, state, segments, why}]}
//
//  A film is stored as FOLDER/uploads/UPLOAD, and a job for zp-encoder is put
//  into the queue "encode". When the caller hears of that, both are on disk. An
//  upload is called by its film and what is in it: so a request that is
//  repeated is the same upload, and the same job.
//
//  What zp-encoder has made is in FOLDER/encoded/UPLOAD. An upload is waiting,
//  encoding, or encoded: then there is a manifest. It has failed if its job was
//  buried, or given up: then "why" says it.
//
//  Gauges: accepted, how many uploads this process has put into the queue.

#define _GNU_SOURCE

#include "jobs.h"
#include "store.h"
#include "zp_random.h"

#include <dirent.h>
#include <stdatomic.h>

#define THREADS      2
#define FILM_MAX     64  // Bytes of a film's id
#define HASH_SIZE    12  // Bytes of the hash in the name of an upload
#define SAMPLE_BYTES (8 << 20)

typedef struct uploads {
    service_t *service;   // Whose methods these are
    const char *folder;   // Where all is kept
    const char *queue;    // Endpoint of the broker
    atomic_int accepted;  // Put into the queue
} uploads_t;

//  Name, type, needed, least, most
static const field_t s_add_fields[] = {
    {"film", JSON_STRING, true, 1, FILM_MAX},
    {"path", JSON_STRING, false, 1, PATH_MAX - 1},
    {"bytes", JSON_INTEGER, false, 8, SAMPLE_BYTES},
    {0},
};

static const field_t s_status_fields[] = {
    {"upload", JSON_STRING, true, 1, STORE_NAME_MAX},
    {0},
};

static const field_t s_no_fields[] = {{0}};

//  A file with a sample, which begins the same for the same film
static FILE *
s_sample (const char *film, json_int_t bytes)
{
    FILE *file = tmpfile ();
    zp_random_t random = {0};
    while (*film)
        zp_random_seed (&random, zp_random_next (&random) + (byte) *film++);
    for (int i = 0; file && i < bytes; i += 8) {
        uint64_t number = zp_random_next (&random);
        fwrite (&number, sizeof number, 1, file);
    }
    if (file)
        rewind (file);
    return file;
}

//  Open what is to be uploaded. NULL, and the request has ended, if it can't be
//  read.
static FILE *
s_open (zp_request_t **request_p, const char *path)
{
    //  Whoever opens a pipe or a device may wait forever
    int file = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat about;
    if (file == -1)
        zp_request_fail (request_p,
                         errno == ENOENT ? ZP_NOT_FOUND : ZP_INVALID_ARGUMENT,
                         "can't read %s: %s; zp-uploads reads files of the "
                         "machine where it runs",
                         path, strerror (errno));
    else if (fstat (file, &about) == -1 || !S_ISREG (about.st_mode) ||
             about.st_size == 0) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                         "%s is no file with a film in it", path);
        close (file);
        file = -1;
    }
    return file == -1 ? NULL : fdopen (file, "rb");
}

//  Store a film, and name the upload
static bool
s_store (uploads_t *self, FILE *file, const char *film, char *upload,
         int64_t *bytes)
{
    //  Hidden, and of this thread only, until it is whole
    char part[PATH_MAX], path[PATH_MAX];
    store_sum_t sum;
    snprintf (part, sizeof part, "%s/uploads/.%d-%p", self->folder, getpid (),
              (void *) file);
    bool well =
        store_copy (file, part, INT64_MAX, bytes) && store_seal (part, &sum);
    if (well) {
        snprintf (upload, STORE_NAME_MAX + 1, "%s-%.*s", film, HASH_SIZE,
                  sum.hash);
        snprintf (path, sizeof path, "%s/uploads/%s", self->folder, upload);
        well = store_publish (part, path);
    }
    int why = errno;
    if (!well)
        unlink (part);
    errno = why;
    return well;
}

//  Store the film of a request. False, and the request has ended, if that can't
//  be done.
static bool
s_take (uploads_t *self, zp_request_t **request_p, json_t *body, char *upload,
        int64_t *bytes)
{
    const char *film = fields_text (body, "film");
    const char *path = fields_text (body, "path");
    json_t *size = json_object_get (body, "bytes");
    if (!store_name_right (film)) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT,
                         "the id of a film has only a-z, 0-9 and -");
        return false;
    }
    FILE *file =
        path ? s_open (request_p, path)
             : s_sample (film, size ? json_integer_value (size) : SAMPLE_BYTES);
    if (path && !file)
        return false;
    bool well = file && s_store (self, file, film, upload, bytes);
    if (!well)
        zp_request_fail (request_p, ZP_UNAVAILABLE, "can't store %s in %s: %s",
                         film, self->folder, strerror (errno));
    if (file)
        fclose (file);
    return well;
}

//  Runs in a thread, as the others do: files are slow
static void
s_add (zp_request_t *request, void *arg)
{
    uploads_t *self = arg;
    json_t *body = service_body (&request, s_add_fields);
    if (!body)
        return;
    char upload[STORE_NAME_MAX + 1];
    int64_t bytes = 0;
    if (s_take (self, &request, body, upload, &bytes) &&
        jobs_put (self->service, &request, self->queue, "encode", upload,
                  json_pack ("{s:s}", "upload", upload))) {
        atomic_fetch_add (&self->accepted, 1);
        service_reply (&request, json_pack ("{s:s s:I}", "upload", upload,
                                            "bytes", (json_int_t) bytes));
    }
    json_decref (body);
}

//  How many segments a folder has
static int
s_segments (const char *path)
{
    int count = 0;
    DIR *folder = opendir (path);
    struct dirent *entry;
    while (folder && (entry = readdir (folder)) != NULL)
        count += strncmp (entry->d_name, "segment-", 8) == 0;
    if (folder)
        closedir (folder);
    return count;
}

//  What there is to say of an upload. The broker is asked once for the jobs
//  that failed, and only if it matters; the caller frees *failed_p
static json_t *
s_about (uploads_t *self, const char *upload, json_t **failed_p)
{
    char folder[PATH_MAX], manifest[PATH_MAX + 16];
    snprintf (folder, sizeof folder, "%s/encoded/%s", self->folder, upload);
    snprintf (manifest, sizeof manifest, "%s/manifest.json", folder);
    bool encoded = access (manifest, F_OK) == 0;
    if (!encoded && !*failed_p)
        *failed_p = jobs_failed (self->service, self->queue, "encode");
    const char *why = encoded ? NULL : fields_text (*failed_p, upload);
    const char *state = encoded                      ? "encoded"
                        : why                        ? "failed"
                        : access (folder, F_OK) == 0 ? "encoding"
                                                     : "waiting";
    return json_pack ("{s:s s:s s:i s:s*}", "upload", upload, "state", state,
                      "segments", s_segments (folder), "why", why);
}

static void
s_status (zp_request_t *request, void *arg)
{
    uploads_t *self = arg;
    json_t *body = service_body (&request, s_status_fields);
    if (!body)
        return;
    const char *upload = fields_text (body, "upload");
    json_t *failed = NULL;
    char path[PATH_MAX];
    snprintf (path, sizeof path, "%s/uploads/%s", self->folder, upload);
    if (store_name_right (upload) && access (path, F_OK) == 0)
        service_reply (&request, s_about (self, upload, &failed));
    else
        zp_request_fail (&request, ZP_NOT_FOUND,
                         "there is no upload \"%s\"; uploads.list has those "
                         "there are",
                         upload);
    json_decref (failed);
    json_decref (body);
}

static void
s_list (zp_request_t *request, void *arg)
{
    uploads_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    char path[PATH_MAX];
    snprintf (path, sizeof path, "%s/uploads", self->folder);
    struct dirent **entries = NULL;
    int count = scandir (path, &entries, NULL, alphasort);
    json_t *list = json_array ();
    json_t *failed = NULL;
    for (int i = 0; i < count; i++) {
        if (store_name_right (entries[i]->d_name))
            json_array_append_new (list,
                                   s_about (self, entries[i]->d_name, &failed));
        free (entries[i]);
    }
    free (entries);
    json_decref (failed);
    service_reply (&request, json_pack ("{s:o}", "uploads", list));
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    uploads_t *self = arg;
    return json_pack ("{s:i}", "accepted", atomic_load (&self->accepted));
}

//  Make the folders, and remove what a run that was killed had not finished.
//  False, and said why, if they can't be made.
static bool
s_prepare (uploads_t *self, service_t *service)
{
    char path[PATH_MAX];
    snprintf (path, sizeof path, "%s/uploads", self->folder);
    if (!store_folder (self->folder) || !store_folder (path)) {
        service_say (service, "can't make %s: %s; give another with --folder",
                     path, strerror (errno));
        return false;
    }
    DIR *folder = opendir (path);
    struct dirent *entry;
    while (folder && (entry = readdir (folder)) != NULL)
        if (*entry->d_name == '.')
            unlinkat (dirfd (folder), entry->d_name, 0);  // No . and ..
    if (folder)
        closedir (folder);
    return true;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"folder", "PATH", "where to keep films, with zp-encoder", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {0},
    };
    service_about_t about = {.name = "zp-uploads",
                             .summary = "Takes films to be encoded.",
                             .bind = "tcp://127.0.0.1:5705",
                             .threads = THREADS};
    service_t *service = service_new (&about, options, argc, argv);
    uploads_t self = {.service = service,
                      .folder = options[0].value,
                      .queue = options[1].value};
    int result = 1;
    if (jobs_broker_right (service, &options[1]) &&
        s_prepare (&self, service)) {
        zp_server_t *server = service_server (service);
        zp_server_worker_method (server, "uploads.add", s_add, &self);
        zp_server_worker_method (server, "uploads.status", s_status, &self);
        zp_server_worker_method (server, "uploads.list", s_list, &self);
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    service_destroy (&service);
    return result;
}
