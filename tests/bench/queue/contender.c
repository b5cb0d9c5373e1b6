//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "part.h"

extern const contender_t contender_zp, contender_sqlite, contender_beanstalkd,
    contender_redis, contender_jetstream;

const contender_t *const contenders[] = {
    &contender_zp,    &contender_sqlite,    &contender_beanstalkd,
    &contender_redis, &contender_jetstream, NULL,
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
contender_execute (char *argv[])
{
    setenv ("LD_PRELOAD", COUNTS_LIBRARY, 1);
    execv (argv[0], argv);
    part_check (false, argv[0]);
}
