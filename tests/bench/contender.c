//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const contender_t contender_bare_1, contender_bare_4,
    contender_zp_compact, contender_zp_open, contender_nng, contender_nats;

const contender_t *const contenders[] = {
    &contender_bare_1,
    &contender_bare_4,
    &contender_zp_compact,
    &contender_zp_open,
    &contender_nng,
    &contender_nats,
    NULL,
};

const contender_t *
contender_find (const char *name)
{
    for (int i = 0; contenders[i]; i++)
        if (strcmp (contenders[i]->name, name) == 0)
            return contenders[i];
    return NULL;
}

const char *
contender_missing (const contender_t *self)
{
    return self->missing ? self->missing () : NULL;
}

void
contender_ready (int ready)
{
    contender_check (write (ready, "!", 1) == 1, "the pipe to the starter");
}

void
contender_check (bool worked, const char *what)
{
    if (worked)
        return;
    fprintf (stderr, "E: %s: %s\n", what, strerror (errno));
    exit (1);
}
