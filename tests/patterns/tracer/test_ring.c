//  SPDX-License-Identifier: MIT
//
//  The ring says what a list that never forgets says of the last events.

#include "zp_tracer_ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "test_seed.h"
#include "zp_tap.h"

#define EVENTS_MAX 600

//  All events that there have been
typedef struct {
    zp_tracer_event_t events[EVENTS_MAX];
    size_t count;
} s_list_t;

static zp_tracer_event_t
s_random_event (uint64_t *random)
{
    zp_tracer_event_t event = {.at_us = test_below (random, 1000),
                               .what = (uint8_t) test_below (random, 9),
                               .root = test_below (random, 2)};
    event.trace.trace_id[15] = (uint8_t) test_below (random, 3);
    return event;
}

static bool
s_is_wanted (const zp_tracer_event_t *event, const zp_tracer_query_t *query)
{
    if (query->trace && query->trace[15] != event->trace.trace_id[15])
        return false;
    return !query->roots || (event->root && (event->what == ZP_TAP_TOOK ||
                                             event->what == ZP_TAP_REPLIED));
}

//  What the ring must say if it has that much room
static void
s_check (const zp_tracer_ring_t *ring, size_t room, const s_list_t *list,
         const zp_tracer_query_t *query)
{
    size_t after = query->after > list->count ? 0 : query->after;
    size_t at = list->count > room ? list->count - room : 0;
    size_t missed = at > after ? at - after : 0;
    if (at < after)
        at = after;
    zp_tracer_found_t found;
    zp_tracer_ring_find (ring, query, &found);
    assert_true (found.missed == missed);
    size_t count = 0;
    for (; at < list->count && count < query->limit; at++)
        if (s_is_wanted (&list->events[at], query)) {
            assert_true (count < found.count);
            assert_memory_equal (&found.events[count], &list->events[at],
                                 sizeof list->events[at]);
            count++;
        }
    assert_int_equal (found.count, count);
    assert_true (found.next == at);
    free (found.events);
}

static zp_tracer_query_t
s_random_query (uint64_t *random, const s_list_t *list)
{
    static const uint8_t trace[3][16] = {{0}, {[15] = 1}, {[15] = 2}};
    zp_tracer_query_t query = {.limit = 1 + (size_t) test_below (random, 50),
                               .roots = test_below (random, 3) == 0};
    query.after = (uint64_t) test_below (random, (int) list->count + 5);
    if (test_below (random, 2))
        query.trace = trace[test_below (random, 3)];
    return query;
}

static void
test_it_says_what_a_list_says_of_the_last_events (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    static s_list_t list;
    for (int round = 0; round < 50; round++) {
        size_t room = 1 + (size_t) test_below (&random, 200);
        zp_tracer_ring_t *ring = zp_tracer_ring_new (room);
        list.count = 0;
        while (list.count < EVENTS_MAX) {
            zp_tracer_event_t *event = &list.events[list.count++];
            *event = s_random_event (&random);
            zp_tracer_ring_add (ring, event);
            if (test_below (&random, 4))
                continue;
            zp_tracer_query_t query = s_random_query (&random, &list);
            s_check (ring, room, &list, &query);
        }
        zp_tracer_ring_destroy (&ring);
        assert_null (ring);
    }
}

static void
test_by_asking_again_all_is_heard_once (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    zp_tracer_ring_t *ring = zp_tracer_ring_new (1000);
    int64_t heard = 0;
    zp_tracer_query_t query = {.limit = 7};
    for (int64_t added = 0; heard < 500;) {
        for (int i = test_below (&random, 20); i > 0 && added < 500; i--)
            zp_tracer_ring_add (ring, &(zp_tracer_event_t){.at_us = added++});
        zp_tracer_found_t found;
        zp_tracer_ring_find (ring, &query, &found);
        for (size_t i = 0; i < found.count; i++)
            assert_true (found.events[i].at_us == heard++);
        query.after = found.next;
        free (found.events);
    }
    zp_tracer_ring_destroy (&ring);
}

static void
test_an_empty_one_has_nothing_to_say (void **state)
{
    (void) state;
    zp_tracer_ring_t *ring = zp_tracer_ring_new (1);
    s_check (ring, 1, &(s_list_t){.count = 0},
             &(zp_tracer_query_t){.limit = 1, .after = UINT64_MAX});
    zp_tracer_ring_destroy (&ring);
    zp_tracer_ring_destroy (&ring);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_it_says_what_a_list_says_of_the_last_events),
        cmocka_unit_test (test_by_asking_again_all_is_heard_once),
        cmocka_unit_test (test_an_empty_one_has_nothing_to_say),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
