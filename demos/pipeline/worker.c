//  SPDX-License-Identifier: MIT
//
//  Packages chunks of a film: reads one, writes it to a file of its own, and
//  gives back its SHA-256. So done twice is done once.

#define _POSIX_C_SOURCE 200809L

#include "zp_worker.h"

#include <sodium.h>

//  A chunk of a film; NULL if there is none
static zchunk_t *
s_read (const char *path, long offset, long size)
{
    FILE *film = size > 0 ? fopen (path, "rb") : NULL;
    if (!film)
        return NULL;
    fseek (film, offset, SEEK_SET);
    zchunk_t *chunk = zchunk_read (film, (size_t) size);
    fclose (film);
    return chunk;
}

//  Write it to a file, whole or not at all
static bool
s_write (zchunk_t *chunk, const char *folder, int number)
{
    char part[512], whole[512];
    snprintf (part, sizeof part, "%s/.%05d.%d", folder, number,
              (int) getpid ());
    snprintf (whole, sizeof whole, "%s/%05d", folder, number);
    FILE *file = fopen (part, "wb");
    bool done = file && zchunk_write (chunk, file) == 0;
    if (file)
        done = fclose (file) == 0 && done;
    return done && rename (part, whole) == 0;
}

static void
s_package (zp_task_t *task, void *folder)
{
    zp_span_t body = zp_task_body (task);
    char *text = strndup (body.data, body.size);
    int film = 0;
    long offset = 0, size = 0;
    sscanf (text, "%18ld %7ld %n", &offset, &size, &film);
    zchunk_t *chunk = film ? s_read (text + film, offset, size) : NULL;
    zclock_sleep (50);  // An encoder would take longer
    if (!chunk || zchunk_size (chunk) != (size_t) size)
        zp_task_fail (&task, ZP_NOT_FOUND, "there is no such chunk");
    else if (!s_write (chunk, folder, (int) zp_task_number (task)))
        zp_task_fail (&task, ZP_UNAVAILABLE, "this disk does not take it");
    else {
        unsigned char hash[crypto_hash_sha256_BYTES];
        crypto_hash_sha256 (hash, zchunk_data (chunk), zchunk_size (chunk));
        char hex[2 * sizeof hash + 1];
        sodium_bin2hex (hex, sizeof hex, hash, sizeof hash);
        zp_task_done (&task, hex, strlen (hex));
    }
    zchunk_destroy (&chunk);
    free (text);
}

int
main (int argc, char **argv)
{
    if (argc < 2 || sodium_init () == -1) {
        fprintf (stderr, "Usage: %s FOLDER [TASKS RESULTS]\n", argv[0]);
        return 2;
    }
    zp_worker_t *worker = zp_worker_new (NULL, s_package, argv[1]);
    zp_worker_connect (worker, argc > 2 ? argv[2] : "tcp://127.0.0.1:5557");
    zp_worker_connect_sink (worker,
                            argc > 3 ? argv[3] : "tcp://127.0.0.1:5558");
    zp_worker_run (worker);
    zp_worker_destroy (&worker);
    return 0;
}
