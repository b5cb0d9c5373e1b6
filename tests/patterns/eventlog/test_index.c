//  SPDX-License-Identifier: MIT
//
//  Where events are, and which of them are in hand: the tables of the log and
//  of its reader, beside plain arrays.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"
#include "zp_eventlog_held.h"
#include "zp_eventlog_index.h"

#define EVENTS 20000

static void
test_what_was_added_is_found_until_it_is_trimmed (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    static zp_eventlog_entry_t plain[EVENTS];
    const uint64_t base = 1000;  // The offset of the first
    zp_eventlog_index_t index = {.first = base, .next = base};
    zp_eventlog_entry_t last = {1, 50, 0};
    for (uint64_t i = 0; i < EVENTS; i++) {
        //  Mostly near the one before, now and then too far for any block
        last.number += 1 + (uint64_t) test_below (&seed, 3);
        if (test_below (&seed, 200) == 0)
            last.number += (uint64_t) test_random (&seed) >> 20;
        last.time_ms += test_below (&seed, 100);
        if (test_below (&seed, 200) == 0)
            last.time_ms += test_below (&seed, 100000000);
        last.size = (uint32_t) (test_random (&seed) >> 33);
        plain[i] = last;
        zp_eventlog_index_add (&index, last);
        assert_int_equal (index.next, base + i + 1);
        uint64_t kept = index.next - index.first;
        uint64_t offset = index.first + test_random (&seed) % kept;
        zp_eventlog_entry_t found = zp_eventlog_index_get (&index, offset);
        const zp_eventlog_entry_t *expected = &plain[offset - base];
        assert_int_equal (found.number, expected->number);
        assert_int_equal (found.size, expected->size);
        assert_true (found.time_ms <= expected->time_ms &&
                     found.time_ms > expected->time_ms - 1000);
        if (test_below (&seed, 100) == 0) {
            offset = index.first + test_random (&seed) % (kept + 1);
            zp_eventlog_index_trim (&index, offset);
            assert_int_equal (index.first, offset);
        }
    }
    zp_eventlog_index_clear (&index);
    assert_int_equal (index.first, index.next);
    zp_eventlog_index_clear (&index);
}

//  All that are there, one by one, as the table and as its text have them
static void
s_compare (const zp_eventlog_held_t *held, const int *stages, int count)
{
    static char text[EVENTS * 8];
    for (int stage = 0; stage <= ZP_EVENTLOG_STAGES; stage++) {
        size_t size = 0;
        *text = 0;
        for (int i = 0; i < count; i++) {
            bool is = stages[i] >= 0 &&
                      (stage == ZP_EVENTLOG_STAGES || stages[i] == stage);
            if (!is)
                continue;
            int to = i;
            while (to + 1 < count && stages[to + 1] >= 0 &&
                   (stage == ZP_EVENTLOG_STAGES || stages[to + 1] == stage))
                to++;
            size += (size_t) snprintf (text + size, sizeof text - size,
                                       to > i ? "%s%d-%d" : "%s%d",
                                       size ? " " : "", i, to);
            i = to;
        }
        char *found = zp_eventlog_held_text (held, (zp_eventlog_stage_t) stage);
        assert_string_equal (found ? found : "", text);
        assert_true ((found == NULL) == (size == 0));
        free (found);
    }
}

static void
test_events_in_hand_are_told_as_ranges (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    enum { COUNT = 60 };
    int stages[COUNT];  // By offset; -1: not in hand
    memset (stages, -1, sizeof stages);
    zp_eventlog_held_t held = {0};
    for (int step = 0; step < 5000; step++) {
        int at = test_below (&seed, COUNT);
        zp_eventlog_item_t *item = zp_eventlog_held_find (&held, (uint64_t) at);
        assert_true ((item != NULL) == (stages[at] >= 0));
        if (item && test_below (&seed, 3) == 0) {
            zp_eventlog_held_remove (&held, item);
            stages[at] = -1;
        }
        else if (item) {
            stages[at] = test_below (&seed, ZP_EVENTLOG_STAGES);
            item->stage = (zp_eventlog_stage_t) stages[at];
        }
        else {
            zp_eventlog_held_add (&held, (uint64_t) at);
            stages[at] = ZP_EVENTLOG_WORK;
        }
        if (test_below (&seed, 50) == 0) {
            zp_eventlog_held_move (&held, ZP_EVENTLOG_DONE, ZP_EVENTLOG_ACKING);
            size_t gone = 0;
            for (int i = 0; i < COUNT; i++) {
                if (stages[i] == ZP_EVENTLOG_DONE)
                    stages[i] = ZP_EVENTLOG_ACKING;
                if (stages[i] == ZP_EVENTLOG_WORK) {
                    stages[i] = -1;
                    gone++;
                }
            }
            assert_int_equal (
                zp_eventlog_held_remove_all (&held, ZP_EVENTLOG_WORK), gone);
        }
        s_compare (&held, stages, COUNT);
    }
    zp_eventlog_held_clear (&held);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_was_added_is_found_until_it_is_trimmed),
        cmocka_unit_test (test_events_in_hand_are_told_as_ranges),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
