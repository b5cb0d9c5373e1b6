//  SPDX-License-Identifier: MIT

#include "scoring.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const char *const s_genres[] = {"comedy", "drama", "horror",
                                       "noir",   "war",   "western"};
static const char *const s_directors[] = {"Lang", "Lubitsch", "Murnau",
                                          "Weber"};

//  A film; the caller owns it
static json_t *
s_film (const char *id, int year, const char *director, const char *genre)
{
    return json_pack ("{s:s s:s s:i s:[s] s:[s]}", "id", id, "title", id,
                      "year", year, "directors", director, "genres", genre);
}

static json_t *
s_random_films (uint64_t *seed, int count)
{
    json_t *films = json_array ();
    for (int i = 0; i < count; i++) {
        char id[24];
        snprintf (id, sizeof id, "film-%d", i);
        json_t *film = s_film (id, 1900 + test_below (seed, 60),
                               s_directors[test_below (seed, 4)],
                               s_genres[test_below (seed, 6)]);
        json_array_append_new (json_object_get (film, "genres"),
                               json_string (s_genres[test_below (seed, 6)]));
        json_array_append_new (films, film);
    }
    return films;
}

static const char *
s_text (json_t *films, size_t number, const char *field)
{
    return json_string_value (
        json_object_get (json_array_get (films, number), field));
}

static void
test_who_shares_most_comes_first_and_the_reason_says_what (void **state)
{
    (void) state;
    json_t *films = json_array ();
    json_array_append_new (films, s_film ("seen", 1922, "Murnau", "horror"));
    json_array_append_new (films, s_film ("decade", 1929, "Lang", "war"));
    json_array_append_new (films, s_film ("genre", 1950, "Lang", "horror"));
    json_array_append_new (films, s_film ("all", 1926, "Murnau", "horror"));
    json_array_append_new (films, s_film ("director", 1931, "Murnau", "war"));
    json_array_append_new (films, s_film ("nothing", 1950, "Lang", "war"));
    json_t *history = json_pack ("[s]", "seen");

    json_t *best = scoring_like (films, history, 10);
    assert_int_equal (json_array_size (best), 4);
    const struct {
        const char *id;      // Of the film
        const char *reason;  // What is said of it
    } expected[] = {
        {"all", "because you watched seen (horror, Murnau, 1920s)"},
        {"genre", "because you watched seen (horror)"},
        {"director", "because you watched seen (Murnau)"},
        {"decade", "because you watched seen (1920s)"},
    };
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal (s_text (best, i, "id"), expected[i].id);
        assert_string_equal (s_text (best, i, "reason"), expected[i].reason);
    }
    json_decref (best);
    json_decref (history);
    json_decref (films);
}

static void
test_what_was_watched_last_counts_most (void **state)
{
    (void) state;
    json_t *films = json_array ();
    json_array_append_new (films, s_film ("old", 1910, "Lang", "war"));
    json_array_append_new (films, s_film ("new", 1920, "Weber", "noir"));
    json_array_append_new (films, s_film ("old-like", 1910, "Lang", "war"));
    json_array_append_new (films, s_film ("new-like", 1920, "Weber", "noir"));

    json_t *history = json_pack ("[s, s]", "new", "old");
    json_t *best = scoring_like (films, history, 2);
    assert_string_equal (s_text (best, 0, "id"), "new-like");
    assert_string_equal (s_text (best, 1, "id"), "old-like");
    json_decref (best);
    json_decref (history);

    history = json_pack ("[s, s]", "old", "new");
    best = scoring_like (films, history, 2);
    assert_string_equal (s_text (best, 0, "id"), "old-like");
    json_decref (best);
    json_decref (history);
    json_decref (films);
}

static void
test_what_is_as_good_stays_in_the_catalogues_order (void **state)
{
    (void) state;
    json_t *films = json_array ();
    json_array_append_new (films, s_film ("seen", 1920, "Lang", "war"));
    for (char id[] = "a"; *id <= 'z'; ++*id)
        json_array_append_new (films, s_film (id, 1920, "Lang", "war"));
    json_t *history = json_pack ("[s]", "seen");
    json_t *best = scoring_like (films, history, 26);
    for (size_t i = 0; i < 26; i++)
        assert_int_equal (s_text (best, i, "id")[0], 'a' + (int) i);
    json_decref (best);
    json_decref (history);
    json_decref (films);
}

static void
test_of_an_unknown_history_nothing_follows (void **state)
{
    (void) state;
    uint64_t seed = 1;
    json_t *films = s_random_films (&seed, 10);
    json_t *unknown = json_pack ("[s, i, n]", "no-such-film", 7);
    json_t *none = json_array ();
    json_t *best = scoring_like (films, unknown, 5);
    assert_int_equal (json_array_size (best), 0);
    json_decref (best);
    best = scoring_like (films, none, 5);
    assert_int_equal (json_array_size (best), 0);
    json_decref (best);
    json_decref (none);
    json_decref (unknown);
    json_decref (films);
}

static bool
s_is_in (json_t *history, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (history, i, one) if (strcmp (json_string_value (one),
                                                     id) == 0) return true;
    return false;
}

//  Whatever was watched: nothing twice, nothing seen, the best first, and the
//  films that were given are as they were.
static void
test_promises_hold_for_any_history (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 200; round++) {
        int count = 1 + test_below (&seed, 60);
        json_t *films = s_random_films (&seed, count);
        json_t *before = json_deep_copy (films);
        json_t *history = json_array ();
        for (int i = test_below (&seed, 20); i > 0; i--) {
            char id[24];
            snprintf (id, sizeof id, "film-%d", test_below (&seed, count + 5));
            json_array_append_new (history, json_string (id));
        }
        size_t limit = (size_t) test_below (&seed, 70);

        json_t *best = scoring_like (films, history, limit);
        assert_true (json_array_size (best) <= limit);
        double last = 1e9;
        for (size_t i = 0; i < json_array_size (best); i++) {
            assert_false (s_is_in (history, s_text (best, i, "id")));
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal (s_text (best, i, "id"),
                                         s_text (best, j, "id"));
            double score = json_real_value (
                json_object_get (json_array_get (best, i), "score"));
            assert_true (score > 0 && score <= last);
            last = score;
        }
        assert_true (json_equal (films, before));
        json_decref (best);
        json_decref (history);
        json_decref (before);
        json_decref (films);
    }
}

static void
test_a_mix_shows_all_genres_with_few_films (void **state)
{
    (void) state;
    json_t *films = json_array ();
    json_array_append_new (films, s_film ("one", 1920, "Lang", "war"));
    json_array_append_new (films, s_film ("same", 1920, "Lang", "war"));
    json_t *two = s_film ("two", 1920, "Lang", "noir");
    json_array_append_new (json_object_get (two, "genres"),
                           json_string ("drama"));
    json_array_append_new (films, two);

    json_t *mixed = scoring_mixed (films, 5);
    assert_int_equal (json_array_size (mixed), 2);
    assert_string_equal (s_text (mixed, 0, "id"), "two");
    assert_string_equal (s_text (mixed, 0, "reason"),
                         "to get to know noir, drama");
    assert_string_equal (s_text (mixed, 1, "id"), "one");
    json_decref (mixed);

    mixed = scoring_mixed (films, 1);
    assert_int_equal (json_array_size (mixed), 1);
    json_decref (mixed);
    json_decref (films);
}

static void
test_films_that_make_no_sense_are_survived (void **state)
{
    (void) state;
    json_t *films = json_loads (
        "[1, null, \"film\", [], {}, {\"id\": 5}, {\"genres\": \"war\"},"
        " {\"id\": \"a\", \"genres\": [1, null, [\"war\"]]},"
        " {\"id\": \"b\", \"title\": 7, \"year\": \"1926\"},"
        " {\"id\": \"c\", \"genres\": [1, null, [\"war\"]]}]",
        0, NULL);
    json_t *history = json_pack ("[s, s, i, n]", "a", "b", 5);
    json_t *best = scoring_like (films, history, 10);
    assert_true (json_array_size (best) <= json_array_size (films));
    json_decref (best);
    json_t *mixed = scoring_mixed (films, 10);
    assert_true (json_array_size (mixed) <= json_array_size (films));
    json_decref (mixed);
    json_decref (history);
    json_decref (films);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_who_shares_most_comes_first_and_the_reason_says_what),
        cmocka_unit_test (test_what_was_watched_last_counts_most),
        cmocka_unit_test (test_what_is_as_good_stays_in_the_catalogues_order),
        cmocka_unit_test (test_of_an_unknown_history_nothing_follows),
        cmocka_unit_test (test_promises_hold_for_any_history),
        cmocka_unit_test (test_a_mix_shows_all_genres_with_few_films),
        cmocka_unit_test (test_films_that_make_no_sense_are_survived),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
