//  SPDX-License-Identifier: MIT
//
//  What the core finds messages by, each beside a naive model of it.

#include "zp_queue_due.h"
#include "zp_queue_ids.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "test_seed.h"

#define MANY 3000

static zp_queue_message_t *
s_message (uint64_t id)
{
    zp_queue_message_t *message = calloc (1, sizeof *message);
    assert_non_null (message);
    message->id = id;
    return message;
}

static void
test_messages_are_found_by_their_ids (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_queue_ids_t ids = {0};
    static zp_queue_message_t *all[MANY];
    assert_null (zp_queue_ids_find (&ids, 1));
    size_t count = 0;
    for (int step = 0; step < 60000; step++) {
        //  They grow and shrink in turns; ids are far apart or near
        size_t place = (size_t) test_below (&seed, MANY);
        uint64_t id = place % 2 ? place : place * 1234567891234567;
        bool growing = step / 10000 % 2 == 0;
        assert_ptr_equal (zp_queue_ids_find (&ids, id + (id == 0)),
                          id == 0 ? all[1] : all[place]);
        if (!all[place] && growing && id > 0) {
            all[place] = s_message (id);
            zp_queue_ids_add (&ids, all[place]);
            count++;
        }
        else if (all[place] && !growing) {
            zp_queue_ids_remove (&ids, all[place]);
            free (all[place]);
            all[place] = NULL;
            count--;
        }
        assert_int_equal (ids.count, count);
        //  Not much larger than it must be
        assert_true (((size_t) 1 << ids.bits) <= 8 * count + 256);
    }
    zp_queue_ids_clear (&ids);
    assert_null (zp_queue_ids_find (&ids, 1));
}

typedef struct s_timed {
    zp_queue_message_t *message;    // Its id: the index
    int64_t due_ms;                 // Its time; 0: none
    zp_queue_consumer_t *consumer;  // Who is noted for it
} s_timed_t;

static void
s_check_due (const zp_queue_due_t *due, s_timed_t *all, int count)
{
    int64_t earliest_ms = INT64_MAX;
    for (int i = 0; i < count; i++) {
        const zp_queue_due_entry_t *entry =
            zp_queue_due_get (due, all[i].message);
        if (all[i].due_ms == 0) {
            assert_null (entry);
            continue;
        }
        assert_int_equal (entry->due_ms, all[i].due_ms);
        assert_ptr_equal (entry->message, all[i].message);
        assert_ptr_equal (entry->consumer, all[i].consumer);
        if (all[i].due_ms < earliest_ms)
            earliest_ms = all[i].due_ms;
    }
    const zp_queue_due_entry_t *first = zp_queue_due_first (due);
    if (earliest_ms == INT64_MAX)
        assert_null (first);
    else
        assert_int_equal (first->due_ms, earliest_ms);
}

static void
test_messages_come_in_the_order_of_their_times (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_queue_due_t due = {0};
    static s_timed_t all[MANY];
    static char consumers[5];
    for (int i = 0; i < MANY; i++)
        all[i] = (s_timed_t){.message = s_message ((uint64_t) i)};
    int64_t latest_ms = 1;
    for (int step = 0; step < 60000; step++) {
        int i = test_below (&seed, MANY);
        s_timed_t *timed = &all[i];
        bool growing = step / 10000 % 2 == 0;
        int dice = test_below (&seed, 10);
        if (growing ? dice == 0 : dice > 2) {
            zp_queue_due_remove (&due, timed->message);
            timed->due_ms = 0;
        }
        else if (growing || timed->due_ms) {
            timed->consumer = (void *) &consumers[test_below (&seed, 5)];
            latest_ms += test_below (&seed, 3);
            if (timed->due_ms == 0 && dice < 6) {
                timed->due_ms = latest_ms;
                zp_queue_due_append (&due, timed->message, latest_ms,
                                     timed->consumer);
            }
            else {
                timed->due_ms = 1 + test_below (&seed, 60000);
                zp_queue_due_set (&due, timed->message, timed->due_ms,
                                  timed->consumer);
            }
        }
        if (step % 100 == 0)
            s_check_due (&due, all, MANY);
    }
    //  All of them, one after the other
    int64_t before_ms = 0;
    const zp_queue_due_entry_t *first;
    while ((first = zp_queue_due_first (&due)) != NULL) {
        assert_true (first->due_ms >= before_ms);
        before_ms = first->due_ms;
        all[first->message->id].due_ms = 0;
        zp_queue_due_remove (&due, first->message);
    }
    s_check_due (&due, all, MANY);
    for (int i = 0; i < MANY; i++)
        free (all[i].message);
    zp_queue_due_clear (&due);
}

static void
test_places_in_the_ring_count_around (void **state)
{
    (void) state;
    zp_queue_due_t due = {.first = UINT32_MAX - 50, .end = UINT32_MAX - 50};
    zp_queue_message_t *messages[200];
    for (int i = 0; i < 200; i++) {
        messages[i] = s_message ((uint64_t) i);
        zp_queue_due_append (&due, messages[i], i, NULL);
    }
    for (int i = 0; i < 200; i += 2)
        zp_queue_due_remove (&due, messages[i]);
    for (int i = 1; i < 200; i += 2) {
        assert_ptr_equal (zp_queue_due_first (&due)->message, messages[i]);
        zp_queue_due_remove (&due, messages[i]);
    }
    assert_null (zp_queue_due_first (&due));
    for (int i = 0; i < 200; i++)
        free (messages[i]);
    zp_queue_due_clear (&due);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_messages_are_found_by_their_ids),
        cmocka_unit_test (test_messages_come_in_the_order_of_their_times),
        cmocka_unit_test (test_places_in_the_ring_count_around),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
