//  SPDX-License-Identifier: MIT

#include "contender.h"

#include <string.h>

extern const contender_t contender_bare, contender_zp, contender_zp_plain,
    contender_nng, contender_nats;

const contender_t *const contenders[] = {
    &contender_bare, &contender_zp,   &contender_zp_plain,
    &contender_nng,  &contender_nats, NULL,
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
