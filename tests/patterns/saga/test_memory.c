//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "sim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>

//  A log that keeps nothing
static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    (void) key;
    (void) head;
    (void) body;
    return ++*(uint64_t *) arg;
}

static void
s_erase (void *arg, uint64_t number)
{
    (void) arg;
    (void) number;
}

static void
test_an_open_saga_takes_less_than_2_kib (void **state)
{
    (void) state;
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
    skip ();  // They have a malloc of their own, which tells nothing
#endif
    const size_t count = 10000;
    uint64_t numbers = 0;
    zp_saga_options_t options = ZP_SAGA_DEFAULTS;
    zp_journal_log_t log = {
        .append = s_append, .erase = s_erase, .arg = &numbers};
    zp_saga_core_t *core = zp_saga_core_new (&options, &log, 1);
    zp_saga_def_t *def = zp_saga_def_new (sim_span (sim_sequence), NULL, NULL);
    zp_saga_core_define (core, &def);
    size_t before = mallinfo2 ().uordblks;
    for (size_t i = 0; i < count; i++) {
        char id[40];
        snprintf (id, sizeof id, "order-%030zu", i);
        zp_saga_core_start (
            core, sim_span ("sequence"), sim_span (id),
            sim_span ("{\"n\":7,\"user\":\"u-4711\",\"title\":\"a film\"}"),
            SIM_START_MS);
        zp_saga_core_written (core, numbers);
        zp_saga_command_t command;
        while (zp_saga_core_next (core, SIM_START_MS, &command)) {
            zp_saga_reply_t reply = {.outcome = ZP_SAGA_DONE,
                                     .result = sim_span ("{\"key\":123456}")};
            if (command.step->kind == ZP_SAGA_RETRIABLE)
                continue;  // The last one stays open
            zp_saga_core_reply (core, sim_span (command.key), ZP_SAGA_ACTION, 1,
                                &reply, SIM_START_MS);
            zp_saga_core_written (core, numbers);
        }
    }
    size_t each = (mallinfo2 ().uordblks - before) / count;
    print_message ("%zu bytes for each open saga, before its last step\n",
                   each);
    assert_int_equal (zp_saga_core_count (core, ZP_SAGA_RUNNING), count);
    assert_true (each < 2048);
    zp_saga_core_destroy (&core);
}
int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_an_open_saga_takes_less_than_2_kib),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
