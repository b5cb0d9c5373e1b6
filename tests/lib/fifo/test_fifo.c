//  SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test_seed.h"
#include "zp_fifo.h"

static void
test_an_empty_one_has_nothing (void **state)
{
    (void) state;
    zp_fifo_t fifo = {.item_size = sizeof (int)};
    assert_int_equal (fifo.count, 0);
    assert_null (zp_fifo_at (&fifo, 0));
    zp_fifo_clear (&fifo);
    zp_fifo_clear (&fifo);
}

static void
test_what_is_added_first_is_taken_first (void **state)
{
    (void) state;
    zp_fifo_t fifo = {.item_size = sizeof (int)};
    for (int i = 0; i < 1000; i++)
        zp_fifo_add (&fifo, &i);
    for (int i = 0; i < 1000; i++) {
        int taken;
        zp_fifo_take (&fifo, &taken);
        assert_int_equal (taken, i);
    }
    assert_int_equal (fifo.count, 0);
    zp_fifo_clear (&fifo);
}

static void
test_after_clear_it_is_empty_and_can_be_used_again (void **state)
{
    (void) state;
    zp_fifo_t fifo = {.item_size = 1};
    zp_fifo_add (&fifo, "a");
    zp_fifo_clear (&fifo);
    assert_int_equal (fifo.count, 0);
    assert_null (zp_fifo_at (&fifo, 0));
    zp_fifo_add (&fifo, "b");
    assert_memory_equal (zp_fifo_at (&fifo, 0), "b", 1);
    zp_fifo_clear (&fifo);
}

//  Items of an odd size, at whatever place of the ring, grown or not
static void
test_it_agrees_with_two_numbers (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    typedef struct {
        uint8_t bytes[11];
    } item_t;
    zp_fifo_t fifo = {.item_size = sizeof (item_t)};
    unsigned first = 0, next = 0;  // The items are the numbers in between
    for (int step = 0; step < 100000; step++) {
        //  Now mostly growing, now mostly shrinking
        if (test_below (&random, 100) < (step / 5000 % 2 ? 45 : 55)) {
            item_t item = {{(uint8_t) next, (uint8_t) (next >> 8)}};
            zp_fifo_add (&fifo, &item);
            next++;
        }
        else if (first != next) {
            item_t item;
            zp_fifo_take (&fifo, &item);
            assert_int_equal (item.bytes[0] | item.bytes[1] << 8,
                              first++ & 0xffff);
        }
        assert_int_equal (fifo.count, next - first);
        assert_null (zp_fifo_at (&fifo, next - first));
        if (first != next) {
            int at = test_below (&random, (int) (next - first));
            const item_t *item = zp_fifo_at (&fifo, (size_t) at);
            assert_int_equal (item->bytes[0] | item->bytes[1] << 8,
                              (first + (unsigned) at) & 0xffff);
        }
    }
    zp_fifo_clear (&fifo);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_an_empty_one_has_nothing),
        cmocka_unit_test (test_what_is_added_first_is_taken_first),
        cmocka_unit_test (test_after_clear_it_is_empty_and_can_be_used_again),
        cmocka_unit_test (test_it_agrees_with_two_numbers),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
