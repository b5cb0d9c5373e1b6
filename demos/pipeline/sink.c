//  SPDX-License-Identifier: MIT
//
//  Gathers the hashes of a film's chunks, which come in any order, and when all
//  are there writes the manifest, as `sha256sum --check` reads it.

#include "zp_sink.h"

#define HASH 64  // Letters

typedef struct manifest {
    char (*hashes)[HASH + 1];  // Of the chunks, by number
    size_t room;               // For so many
} manifest_t;

static int
s_on_result (void *arg, const zp_result_t *result)
{
    manifest_t *self = arg;
    size_t number = (size_t) result->number;
    zp_span_t body = result->body;
    if (result->status != ZP_OK) {
        printf ("sink: chunk %zu: %.*s\n", number, (int) body.size,
                (const char *) body.data);
        return 0;
    }
    if (number >= self->room) {
        self->room = 2 * number + 1000;
        self->hashes = realloc (self->hashes, self->room * (HASH + 1));
    }
    snprintf (self->hashes[number], HASH + 1, "%.*s", (int) body.size,
              (const char *) body.data);
    return 0;
}

static zp_status_t
s_write (const manifest_t *self, const char *path, size_t chunks)
{
    FILE *file = fopen (path, "w");
    if (!file)
        return ZP_NOT_FOUND;
    for (size_t number = 0; number < chunks; number++)
        fprintf (file, "%s  %05zu\n", self->hashes[number], number);
    return fclose (file) == 0 ? ZP_OK : ZP_RESOURCE_EXHAUSTED;
}

int
main (int argc, char **argv)
{
    if (argc < 2) {
        fprintf (stderr, "Usage: %s MANIFEST [RESULTS CONTROL]\n", argv[0]);
        return 2;
    }
    manifest_t manifest = {.room = 0};
    zp_sink_t *sink = zp_sink_new (NULL, NULL, s_on_result, &manifest);
    zp_status_t status =
        zp_sink_bind (sink, argc > 2 ? argv[2] : "tcp://127.0.0.1:5558",
                      argc > 3 ? argv[3] : "tcp://127.0.0.1:5559");
    if (status != ZP_OK)
        fprintf (stderr, "%s\n", zp_sink_error (sink));
    else
        status = zp_sink_run (sink);

    const zp_batch_t *batch = zp_sink_batch (sink);
    zp_sink_stats_t stats;
    zp_sink_stats (sink, &stats);
    if (status == ZP_OK && batch->failed == 0) {
        status = s_write (&manifest, argv[1], (size_t) batch->total);
        printf ("sink: the manifest is written: %s; %d results came again\n",
                zp_status_name (status), (int) stats.repeated);
    }
    zp_sink_destroy (&sink);
    free (manifest.hashes);
    return status;
}
