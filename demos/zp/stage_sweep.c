//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_sweep.h"

#include "stage_private.h"

typedef struct sweep {
    stage_t *stage;           // That is swept
    stage_swept_fn *fn;       // Told when it is done
    void *arg;                // Given to fn
    bool healed;              // The supervisor was asked
    bool quiet;               // The viewers were
    size_t next;              // Service that comes next
    char error[STAGE_ERROR];  // The first one
} sweep_t;

static bool
s_faults (sweep_t *self, stage_effect_t *effect)
{
    while (self->next < self->stage->count) {
        const stage_watch_t *watch = self->stage->watches[self->next++];
        const json_t *rules = stage_watch_answer (watch, STAGE_FAULTS);
        if (json_array_size (rules) == 0 || !stage_watch_runs (watch))
            continue;
        *effect = (stage_effect_t){.service = stage_watch_name (watch),
                                   .method = "zp.faults",
                                   .body = strdup ("[]")};
        return true;
    }
    return false;
}

//  What is to be done next; false: nothing
static bool
s_next (sweep_t *self, stage_effect_t *effect)
{
    if (!self->healed) {
        self->healed = true;
        *effect = (stage_effect_t){.method = "up.heal", .body = strdup ("{}")};
        return true;
    }
    if (s_faults (self, effect))
        return true;
    const json_t *factor = json_object_get (self->stage->load, "factor");
    if (self->quiet || !factor || json_number_value (factor) == 1)
        return false;
    self->quiet = true;
    *effect = (stage_effect_t){.service = STAGE_VIEWERS,
                               .method = "load.set",
                               .body = strdup ("{\"factor\":1}")};
    return true;
}

static void s_go_on (sweep_t *self);

static void
s_on_done (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) answer;
    sweep_t *self = arg;
    if (status != ZP_OK && !*self->error)
        snprintf (self->error, sizeof self->error, "%s: %s",
                  zp_status_name (status), error);
    s_go_on (self);
}

static void
s_go_on (sweep_t *self)
{
    stage_effect_t effect;
    if (!self->stage->ending && s_next (self, &effect)) {
        stage_do (self->stage, &effect, s_on_done, self);
        return;
    }
    self->fn (self->arg, self->error);
    free (self);
}

void
stage_sweep (stage_t *stage, stage_swept_fn *fn, void *arg)
{
    sweep_t *self = zmalloc (sizeof *self);
    *self = (sweep_t){.stage = stage, .fn = fn, .arg = arg};
    s_go_on (self);
}
