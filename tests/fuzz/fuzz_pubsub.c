//  SPDX-License-Identifier: MIT
//
//  Whatever is taken for an update or a heartbeat must be the same again when
//  it is written; a stem must be one; and what is taken for a filter lets
//  through only topics with its stem.
//
//  Input: any of these.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zp_update.h"

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_update (const uint8_t *data, size_t size)
{
    zp_update_t update;
    if (!zp_update_read (&update, data, size))
        return;
    CHECK (zp_update_size (&update) == size);
    uint8_t *again = malloc (size);
    zp_update_write (&update, again);
    CHECK (memcmp (again, data, size) == 0);
    free (again);
    for (size_t i = 0; i < update.cuts; i++) {
        CHECK (zp_topic_stem (update.topic.data, update.cut[i].size));
        CHECK (update.distance[i] > 0 && update.distance[i] <= update.sequence);
    }
    CHECK (!zp_topic_stem (update.topic.data, update.topic.size));
}

static void
s_try_heartbeat (const uint8_t *data, size_t size)
{
    zp_heartbeat_t heartbeat;
    if (!zp_heartbeat_read (&heartbeat, data, size))
        return;
    CHECK (zp_topic_stem (heartbeat.stem, heartbeat.stem_size));
    CHECK (heartbeat.last <= heartbeat.sequence);
    uint8_t again[ZP_HEARTBEAT_MAX];
    CHECK (zp_heartbeat_write (&heartbeat, again) == size);
    //  The time is not read, and gone is any number but 0
    zp_heartbeat_t other;
    CHECK (zp_heartbeat_read (&other, again, size));
    CHECK (other.stream == heartbeat.stream && other.last == heartbeat.last);
}

static void
s_try_subscription (const uint8_t *data, size_t size)
{
    zp_span_t stem;
    if (!zp_heartbeat_stem (data, size, &stem))
        return;
    uint8_t again[ZP_TOPIC_MAX + 3];
    CHECK (zp_heartbeat_topic (stem.data, stem.size, again) == size);
    CHECK (memcmp (again, data, size) == 0);
}

static void
s_try_filter (const uint8_t *data, size_t size)
{
    char *text = malloc (size + 1);
    memcpy (text, data, size);
    text[size] = 0;
    zp_filter_t filter;
    if (zp_filter_parse (&filter, text)) {
        CHECK (zp_topic_stem (filter.stem, filter.stem_size));
        zp_cut_t cuts[ZP_TOPIC_CUTS];
        size_t length = strlen (text);
        if (zp_topic_cut (text, length, cuts))
            CHECK (zp_filter_matches (&filter, text, length));
        if (zp_filter_matches (&filter, "a/b", 3))
            CHECK (filter.stem_size <= 4 &&
                   memcmp (filter.stem, "a/b", filter.stem_size) == 0);
    }
    free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint8_t *copy = malloc (size);  // Exactly as much as it may look at
    memcpy (copy, data, size);
    s_try_update (copy, size);
    s_try_heartbeat (copy, size);
    s_try_subscription (copy, size);
    s_try_filter (copy, size);
    free (copy);
    return 0;
}
