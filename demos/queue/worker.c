//  SPDX-License-Identifier: MIT
//
//  Takes jobs off the belt: hashes a segment of a film, and writes the hash to
//  a file that has the segment's number for a name. So done twice is done once.

#define _GNU_SOURCE

#include "zp_queue_worker.h"

//  A segment of a film; NULL if there is none
static zchunk_t *
s_read (const char *path, long offset, long size)
{
    FILE *film = size > 0 ? fopen (path, "rb") : NULL;
    if (!film)
        return NULL;
    fseek (film, offset, SEEK_SET);
    zchunk_t *segment = zchunk_read (film, (size_t) size);
    fclose (film);
    return segment;
}

//  Runs in a thread. What it did is on disk before it says so.
static void
s_encode (zp_queue_job_t *job, void *results)
{
    zp_span_t body = zp_queue_job_body (job);
    char *text = strndup (body.data, body.size);
    int folder = *(int *) results, number, film = 0;
    long offset, size;
    sscanf (text, "%5d %18ld %7ld %n", &number, &offset, &size, &film);
    zchunk_t *segment = film ? s_read (text + film, offset, size) : NULL;
    if (!segment)
        zp_queue_job_bury (&job, "there is no such segment");
    else {
        zclock_sleep (200);  // An encoder would take longer
        char name[16];
        snprintf (name, sizeof name, "%05d", number);
        int file = openat (folder, name, O_WRONLY | O_CREAT, 0644);
        if (dprintf (file, "%s\n", zchunk_digest (segment)) > 0 &&
            fsync (file) == 0 && fsync (folder) == 0) {
            printf ("worker: job %d is done%s\n", number,
                    zp_queue_job_acquired (job) > 1 ? ", begun before" : "");
            zp_queue_job_done (&job);
        }
        close (file);
    }
    zchunk_destroy (&segment);
    free (text);
}

static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    (void) arg;
    printf ("worker: %s\n", status == ZP_OK ? "all is well again" : text);
}

int
main (int argc, char **argv)
{
    int results = argc > 1 ? open (argv[1], O_RDONLY | O_DIRECTORY) : -1;
    if (results == -1) {
        fprintf (stderr, "Usage: %s FOLDER [ENDPOINT]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    //  The lease of these jobs is 5 s
    zp_queue_worker_options_t options = {
        .queue = "encode", .credit = 4, .threads = 2, .touch_ms = 1000};
    zp_queue_worker_t *worker =
        zp_queue_worker_new (NULL, &options, s_encode, &results);
    zp_queue_worker_on_trouble (worker, s_on_trouble, NULL);
    const char *endpoint = argc > 2 ? argv[2] : "tcp://127.0.0.1:5555";
    zp_status_t status = zp_queue_worker_connect (worker, endpoint);
    if (status == ZP_OK)
        status = zp_queue_worker_run (worker, 5000);
    zp_queue_worker_destroy (&worker);
    return status;
}
