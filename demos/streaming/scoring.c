//  SPDX-License-Identifier: MIT

#include "scoring.h"

#include <czmq.h>

#define HISTORY_USED 10   // Films of a history that count, the last ones
#define FADING       0.6  // What each counts of the one watched after it
#define GENRES       3.0  // Weight of having all genres in common
#define DIRECTOR     2.0  // Of having a director in common
#define DECADE       1.0  // Of being from the same decade

typedef struct liking {
    json_t *film;     // What may be liked
    size_t number;    // Its place in the catalogue
    double score;     // How much
    json_t *because;  // The film watched that says so most
} liking_t;

static const char *
s_text (json_t *film, const char *field)
{
    const char *text = json_string_value (json_object_get (film, field));
    return text ? text : "";
}

static json_int_t
s_decade (json_t *film)
{
    return json_integer_value (json_object_get (film, "year")) / 10 * 10;
}

static bool
s_contains (json_t *array, json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach (array, i, one) if (json_equal (one, value)) return true;
    return false;
}

//  What two films have in common in a field that is an array; the caller's
static json_t *
s_common (json_t *film, json_t *other, const char *field)
{
    json_t *common = json_array ();
    size_t i;
    json_t *one;
    json_array_foreach (
        json_object_get (film, field), i,
        one) if (s_contains (json_object_get (other, field), one))
        json_array_append (common, one);
    return common;
}

static size_t
s_common_count (json_t *film, json_t *other, const char *field)
{
    json_t *common = s_common (film, other, field);
    size_t count = json_array_size (common);
    json_decref (common);
    return count;
}

static double
s_likeness (json_t *film, json_t *other)
{
    size_t common = s_common_count (film, other, "genres");
    size_t all = json_array_size (json_object_get (film, "genres")) +
                 json_array_size (json_object_get (other, "genres")) - common;
    double likeness = all ? GENRES * (double) common / (double) all : 0;
    if (s_common_count (film, other, "directors"))
        likeness += DIRECTOR;
    if (s_decade (film) == s_decade (other))
        likeness += DECADE;
    return likeness;
}

//  Append the strings of an array to text, with commas between
static void
s_append_all (char *text, size_t size, json_t *strings)
{
    size_t i;
    json_t *one;
    json_array_foreach (strings, i, one)
    {
        size_t at = strlen (text);
        if (json_is_string (one))
            snprintf (text + at, size - at, "%s%s", *text ? ", " : "",
                      json_string_value (one));
    }
}

//  Why a film may be liked by somebody who watched the other
static json_t *
s_reason (json_t *film, json_t *watched)
{
    char what[200] = "";
    json_t *genres = s_common (film, watched, "genres");
    json_t *directors = s_common (film, watched, "directors");
    s_append_all (what, sizeof what, genres);
    s_append_all (what, sizeof what, directors);
    json_decref (genres);
    json_decref (directors);
    size_t at = strlen (what);
    if (s_decade (film) == s_decade (watched))
        snprintf (what + at, sizeof what - at, "%s%ds", at ? ", " : "",
                  (int) s_decade (film));
    return json_sprintf ("because you watched %s (%s)",
                         s_text (watched, "title"), what);
}

//  The films of the history, as far as it counts and they are in the catalogue
static json_t *
s_watched (json_t *films, json_t *history)
{
    json_t *watched = json_array ();
    for (size_t i = 0; i < json_array_size (history) && i < HISTORY_USED; i++) {
        size_t j;
        json_t *film;
        json_array_foreach (films, j,
                            film) if (json_equal (json_object_get (film, "id"),
                                                  json_array_get (history, i)))
            json_array_append (watched, film);
    }
    return watched;
}

static liking_t
s_liking (json_t *film, size_t number, json_t *watched)
{
    liking_t liking = {.film = film, .number = number};
    double weight = 1, most = 0;
    size_t i;
    json_t *other;
    json_array_foreach (watched, i, other)
    {
        double score = weight * s_likeness (film, other);
        liking.score += score;
        if (score > most) {
            most = score;
            liking.because = other;
        }
        weight *= FADING;
    }
    return liking;
}

//  The best first; of two that are as good, the one earlier in the catalogue
static int
s_compare (const void *first, const void *second)
{
    const liking_t *one = first, *other = second;
    if (one->score != other->score)
        return one->score > other->score ? -1 : 1;
    return one->number < other->number ? -1 : 1;
}

static json_t *
s_best (liking_t *likings, size_t count, size_t limit)
{
    qsort (likings, count, sizeof *likings, s_compare);
    json_t *best = json_array ();
    for (size_t i = 0; i < count && i < limit; i++) {
        json_t *film = json_copy (likings[i].film);
        json_object_set_new (film, "score", json_real (likings[i].score));
        json_object_set_new (film, "reason",
                             s_reason (film, likings[i].because));
        json_array_append_new (best, film);
    }
    return best;
}

json_t *
scoring_like (json_t *films, json_t *history, size_t limit)
{
    json_t *watched = s_watched (films, history);
    liking_t *likings =
        zmalloc ((json_array_size (films) + 1) * sizeof *likings);
    size_t count = 0;
    size_t number;
    json_t *film;
    json_array_foreach (
        films, number,
        film) if (!s_contains (history, json_object_get (film, "id")))
    {
        likings[count] = s_liking (film, number, watched);
        if (likings[count].because)
            count++;
    }
    json_t *best = s_best (likings, count, limit);
    free (likings);
    json_decref (watched);
    return best;
}

//  How many genres of the film are not among those shown
static size_t
s_new_genres (json_t *film, json_t *shown)
{
    size_t count = 0;
    size_t i;
    json_t *genre;
    json_array_foreach (json_object_get (film, "genres"), i,
                        genre) if (!s_contains (shown, genre)) count++;
    return count;
}

json_t *
scoring_mixed (json_t *films, size_t limit)
{
    json_t *mixed = json_array ();
    json_t *shown = json_array ();
    while (json_array_size (mixed) < limit) {
        json_t *best = NULL;
        size_t most = 0;
        size_t i;
        json_t *film;
        json_array_foreach (films, i, film)
        {
            size_t count = s_new_genres (film, shown);
            if (count > most) {
                most = count;
                best = film;
            }
        }
        if (!best)
            break;
        json_t *genres = json_object_get (best, "genres");
        json_array_extend (shown, genres);
        char names[200] = "";
        s_append_all (names, sizeof names, genres);
        json_t *copy = json_copy (best);
        json_object_set_new (copy, "reason",
                             json_sprintf ("to get to know %s", names));
        json_array_append_new (mixed, copy);
    }
    json_decref (shown);
    return mixed;
}
