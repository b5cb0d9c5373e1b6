//  SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "test_seed.h"
#include "zp_known.h"

typedef struct s_text {
    uint64_t id;       // The newest with this text; 0: none
    uint32_t place;    // Where that is
    int64_t until_ms;  // How long it is remembered
    bool twice;        // An older one may be remembered as well
} s_text_t;

static void
s_try_known (zp_known_t *known, uint64_t *seed)
{
    enum { TEXTS = 500, SCOPES = 3 };
    static s_text_t texts[SCOPES][TEXTS];
    memset (texts, 0, sizeof texts);
    int64_t now_ms = 1;
    uint64_t ids = 0;
    for (int step = 0; step < 50000; step++) {
        uint16_t scope = (uint16_t) test_below (seed, SCOPES);
        int number = test_below (seed, TEXTS);
        s_text_t *expected = &texts[scope][number];
        char text[ZP_KNOWN_MAX + 1];
        snprintf (text, sizeof text, "%*d", 1 + number % 60, number);
        zp_span_t span = {text, strlen (text)};
        zp_known_entry_t *found = zp_known_find (known, scope, span, now_ms);
        bool there = expected->id && expected->until_ms > now_ms;
        assert_true (there == (found != NULL));
        if (found) {
            assert_int_equal (found->id, expected->id);
            assert_ptr_equal (
                zp_known_get (known, expected->place, expected->id, now_ms),
                found);
            assert_null (zp_known_get (known, expected->place, expected->id + 1,
                                       now_ms));
        }
        else if (expected->id)
            assert_null (
                zp_known_get (known, expected->place, expected->id, now_ms));
        if (found && !expected->twice && test_below (seed, 10) == 0) {
            found->until_ms = 0;  // Not any more
            expected->id = 0;
        }
        else if (test_below (seed, 3) == 0) {
            int64_t until_ms = now_ms + 1000;
            uint32_t place =
                zp_known_add (known, scope, span, ++ids, until_ms, false);
            *expected = (s_text_t){ids, place, until_ms, found != NULL};
        }
        //  Much is remembered, and then little
        now_ms += test_below (seed, step % 10000 < 8000 ? 2 : 40);
        const zp_known_entry_t *oldest;
        while ((oldest = zp_known_oldest (known)) && oldest->until_ms <= now_ms)
            zp_known_forget (known);
    }
}

static void
test_texts_are_known_as_long_as_they_should (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_known_t known = {0};
    s_try_known (&known, &seed);
    zp_known_clear (&known);
    //  Places count around
    known.first = known.end = UINT32_MAX - 1000;
    s_try_known (&known, &seed);
    zp_known_clear (&known);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_texts_are_known_as_long_as_they_should),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
