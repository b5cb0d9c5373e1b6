//  SPDX-License-Identifier: MIT

#include "viewers_figures.h"

void
viewers_figures_clear (viewers_figures_t *self)
{
    for (int i = 0; i < VIEWERS_ACTS; i++)
        viewers_recent_clear (&self->recent[i]);
    viewers_recent_clear (&self->stale);
    *self = (viewers_figures_t){0};
}

static json_t *
s_ms (const zp_histogram_t *times, double percent)
{
    return json_real ((double) zp_histogram_percentile (times, percent) / 1e3);
}

//  What act number act did; all times of it are added to all
static json_t *
s_act (const viewers_figures_t *self, int act, int64_t now_us,
       zp_histogram_t *all)
{
    const unsigned always = 1 << VIEWERS_DONE | 1 << VIEWERS_OK |
                            1 << VIEWERS_FAILED | 1 << VIEWERS_SHED;
    const uint64_t *counts = self->counts[act];
    json_t *json = json_object ();
    for (int i = 0; i < VIEWERS_COUNTS; i++)
        if ((viewers_acts[act].counts | always) >> i & 1)
            json_object_set_new (json, viewers_count_names[i],
                                 json_integer ((json_int_t) counts[i]));
    if (viewers_acts[act].status)
        json_object_set_new (
            json, "open",
            json_integer ((json_int_t) (counts[VIEWERS_ACCEPTED] -
                                        counts[VIEWERS_FINISHED] -
                                        counts[VIEWERS_LOST])));
    zp_histogram_t *times = zp_histogram_new ();
    viewers_recent_add_to (&self->recent[act], now_us, times);
    json_object_set_new (json, "p50_ms", s_ms (times, 50));
    json_object_set_new (json, "p99_ms", s_ms (times, 99));
    json_object_set_new (
        json, "rate",
        json_real (viewers_recent_rate (&self->recent[act], now_us)));
    zp_histogram_merge (all, times);
    if (viewers_acts[act].counts >> VIEWERS_STALE & 1) {
        zp_histogram_reset (times);
        viewers_recent_add_to (&self->stale, now_us, times);
        if (zp_histogram_count (times))
            json_object_set_new (json, "stale_p50_ms", s_ms (times, 50));
    }
    zp_histogram_destroy (&times);
    return json;
}

json_t *
viewers_figures_json (const viewers_figures_t *self, int64_t now_us)
{
    json_t *acts = json_object ();
    zp_histogram_t *all = zp_histogram_new ();
    uint64_t shed = 0;
    double rate = 0;
    for (int i = 0; i < VIEWERS_ACTS; i++) {
        json_object_set_new (acts, viewers_acts[i].name,
                             s_act (self, i, now_us, all));
        shed += self->counts[i][VIEWERS_SHED];
        rate += viewers_recent_rate (&self->recent[i], now_us);
    }
    json_t *json =
        json_pack ("{s:f s:o s:o s:I s:I s:o}", "rate", rate, "accepted_p50_ms",
                   s_ms (all, 50), "accepted_p99_ms", s_ms (all, 99), "shed",
                   (json_int_t) shed, "given_up", (json_int_t) self->given_up,
                   "acts", acts);
    zp_histogram_destroy (&all);
    return json;
}
