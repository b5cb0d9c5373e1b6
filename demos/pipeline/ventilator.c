//  SPDX-License-Identifier: MIT
//
//  Deals out the chunks of a film: where each begins, how long it is, and in
//  which file. So the chunks do not travel; the workers read them.

#define _POSIX_C_SOURCE 200809L

#include "zp_ventilator.h"

#define CHUNK 65536  // Bytes

typedef struct film {
    const char *path;  // Of the file
    ssize_t size;      // Of it
    int told;          // Tenths of it that were told of
} film_t;

//  The chunk with that number; NULL: there are no more
static zframe_t *
s_chunk (void *arg, uint64_t number)
{
    film_t *self = arg;
    ssize_t offset = (ssize_t) number * CHUNK;
    if (offset >= self->size)
        return NULL;
    ssize_t size = self->size - offset < CHUNK ? self->size - offset : CHUNK;
    char *text = zsys_sprintf ("%zd %zd %s", offset, size, self->path);
    zframe_t *task = zframe_from (text);
    zstr_free (&text);
    return task;
}

static int
s_on_batch (void *arg, const zp_batch_t *batch)
{
    film_t *self = arg;
    int all = (int) ((self->size + CHUNK - 1) / CHUNK);
    int ended = (int) (batch->done + batch->failed);
    if (!batch->ended && ended * 10 / all > self->told) {
        self->told = ended * 10 / all;
        printf ("ventilator: %d of %d chunks\n", ended, all);
    }
    return 0;
}

int
main (int argc, char **argv)
{
    film_t film = {.path = argc > 1 ? argv[1] : ""};
    film.size = zsys_file_size (film.path);
    if (film.size <= 0) {
        fprintf (stderr, "Usage: %s FILM [TASKS CONTROL]\n", argv[0]);
        return 2;
    }
    setlinebuf (stdout);
    zp_ventilator_options_t options = ZP_VENTILATOR_DEFAULTS;
    options.retry_ms = 2000;  // A chunk takes much less
    zp_ventilator_t *ventilator = zp_ventilator_new (NULL, &options);
    zp_ventilator_on_batch (ventilator, s_on_batch, &film);
    zp_status_t status = zp_ventilator_bind (
        ventilator, argc > 2 ? argv[2] : "tcp://127.0.0.1:5557");
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_ventilator_error (ventilator));
    else {
        zp_ventilator_connect (ventilator,
                               argc > 3 ? argv[3] : "tcp://127.0.0.1:5559");
        status = zp_ventilator_run (ventilator, s_chunk, &film);
        const zp_batch_t *batch = zp_ventilator_batch (ventilator);
        zp_ventilator_stats_t stats;
        zp_ventilator_stats (ventilator, &stats);
        printf ("ventilator: %s, %d done, %d failed, %d sent again\n",
                zp_status_name (status), (int) batch->done, (int) batch->failed,
                (int) stats.again);
    }
    zp_ventilator_destroy (&ventilator);
    return status;
}
