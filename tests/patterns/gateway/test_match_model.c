//  SPDX-License-Identifier: MIT
//
//  Thousands of random routes and paths: the tree finds what a model finds that
//  looks at each route by itself, cuts first, and decodes then.

#include "routes_file.h"
#include "test_seed.h"
#include "zp_gateway_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#define ROUTES   12
#define SEGMENTS 5

static const char *const s_methods[] = {"GET", "POST", "HEAD"};

//  A path in pieces
typedef struct pieces {
    size_t count;                // Segments
    char text[SEGMENTS + 1][8];  // These; of a template as they are written
    char method[8];              // Of the route
} pieces_t;

static void
s_join (const pieces_t *pieces, char *path)
{
    *path = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        strcat (path, "/");
        strcat (path, pieces->text[i]);
    }
}

static void
s_make_template (uint64_t *seed, pieces_t *pieces)
{
    static const char *const texts[] = {"a", "b", "ab", "a b", "."};
    pieces->count = (size_t) test_below (seed, SEGMENTS) + 1;
    for (size_t i = 0; i < pieces->count; i++) {
        bool last = i + 1 == pieces->count;
        int kind = test_below (seed, 10);
        if (kind < 4)
            sprintf (pieces->text[i], "{v%zu}", i);
        else if (kind == 4 && last)
            strcpy (pieces->text[i], "{r...}");
        else if (kind == 5 && last)
            strcpy (pieces->text[i], "");
        else
            strcpy (pieces->text[i], texts[test_below (seed, 4)]);
    }
    strcpy (pieces->method, s_methods[test_below (seed, 3)]);
}

static void
s_make_path (uint64_t *seed, pieces_t *pieces)
{
    static const char *const texts[] = {"a",    "b",   "ab",  "%61", "a%20b",
                                        "%61b", "a",   "b",   "c",   "",
                                        "%2e",  "%2F", "a%2", "..",  "a%41"};
    //  What is wrong is rare
    int kinds = test_below (seed, 4) ? 10 : 15;
    pieces->count = (size_t) test_below (seed, SEGMENTS + 1) + 1;
    for (size_t i = 0; i < pieces->count; i++)
        strcpy (pieces->text[i], texts[test_below (seed, kinds)]);
    strcpy (pieces->method, s_methods[test_below (seed, 3)]);
}

//  Decode a segment; false if that can't be one
static bool
s_decode (const char *text, char *to)
{
    for (; *text; text++) {
        unsigned byte = (unsigned char) *text;
        if (byte == '%') {
            if (strlen (text) < 3 || sscanf (text + 1, "%2x", &byte) != 1)
                return false;
            text += 2;
        }
        if (byte == '/')
            return false;
        *to++ = (char) byte;
    }
    *to = 0;
    return true;
}

//  How a template matches decoded segments: a letter for each of its own, 'a'
//  for a literal, 'b' for a variable, 'c' for the rest; "" if it does not
static void
s_compare (const pieces_t *template, const pieces_t *path, char *how)
{
    *how = 0;
    char result[SEGMENTS + 2] = "";
    for (size_t i = 0; i < template->count; i++) {
        const char *wanted = template->text[i];
        if (i >= path->count)
            return;
        if (strcmp (wanted, "{r...}") == 0) {
            for (size_t k = i; k + 1 < path->count; k++)
                if (!path->text[k][0])
                    return;
            result[i] = 'c';
            strcpy (how, result);
            return;
        }
        if (*wanted == '{' ? !path->text[i][0]
                           : strcmp (wanted, path->text[i]) != 0)
            return;
        result[i] = *wanted == '{' ? 'b' : 'a';
    }
    if (template->count == path->count)
        strcpy (how, result);
}

//  The number of the route that answers; -1: none, -2: another method, -3: it
//  is refused
static int
s_model (const pieces_t *templates, size_t count, const pieces_t *path)
{
    pieces_t decoded = *path;
    int best = -1, other = -1;
    char best_how[SEGMENTS + 2] = "z", how[SEGMENTS + 2];
    bool best_head = false;
    for (size_t i = 0; i < path->count; i++)
        if (!s_decode (path->text[i], decoded.text[i]) ||
            strcmp (decoded.text[i], ".") == 0 ||
            strcmp (decoded.text[i], "..") == 0)
            return -3;
    for (size_t i = 0; i < count; i++) {
        s_compare (&templates[i], &decoded, how);
        if (!*how)
            continue;
        bool same = strcmp (templates[i].method, path->method) == 0;
        if (!same && !(strcmp (path->method, "HEAD") == 0 &&
                       strcmp (templates[i].method, "GET") == 0)) {
            other = -2;
            continue;
        }
        int order = strcmp (how, best_how);
        if (order < 0 || (order == 0 && same && !best_head)) {
            strcpy (best_how, how);
            best = (int) i;
            best_head = same;
        }
    }
    return best >= 0 ? best : other;
}

//  Some routes, of which no two are the same
static zp_gateway_routes_t *
s_load (uint64_t *seed, pieces_t *templates, size_t *count)
{
    char text[8192], path[64];
    char *at = text;
    at += sprintf (at, "{\"services\": {\"s\": {\"endpoints\": [\"ipc://s\"]}},"
                       " \"routes\": [");
    *count = 0;
    for (int i = 0; i < ROUTES; i++) {
        pieces_t *pieces = &templates[*count];
        s_make_template (seed, pieces);
        bool known = false;
        for (size_t k = 0; k < *count; k++) {
            bool same = templates[k].count == pieces->count &&
                        strcmp (templates[k].method, pieces->method) == 0;
            for (size_t j = 0; same && j < pieces->count; j++)
                same = strcmp (templates[k].text[j], pieces->text[j]) == 0;
            known = known || same;
        }
        if (known)
            continue;
        s_join (pieces, path);
        at += sprintf (at,
                       "%s{\"method\": \"%s\", \"path\": \"%s\", \"call\":"
                       " {\"service\": \"s\", \"method\": \"m\"}}",
                       *count ? "," : "", pieces->method, path);
        ++*count;
    }
    sprintf (at, "]}");
    return routes_file_load (text);
}

//  What was found, as the model says it
static int
s_found (const zp_gateway_match_t *match)
{
    switch (match->found) {
    case ZP_GATEWAY_FOUND:
        return (int) match->route->number;
    case ZP_GATEWAY_NOWHERE:
        return -1;
    case ZP_GATEWAY_OTHERWISE:
        return -2;
    default:
        assert_int_equal (match->found, ZP_GATEWAY_REFUSED);
        return -3;
    }
}

//  The values of variables are the segments where these are
static void
s_check_values (const zp_gateway_match_t *match, const pieces_t *template,
                const pieces_t *path)
{
    size_t value = 0;
    for (size_t i = 0; i < template->count; i++) {
        char decoded[64] = "";
        if (template->text[i][0] != '{')
            continue;
        bool rest = strcmp (template->text[i], "{r...}") == 0;
        for (size_t k = i; k < path->count && (k == i || rest); k++) {
            if (k > i)
                strcat (decoded, "/");
            assert_true (s_decode (path->text[k], strchr (decoded, 0)));
        }
        assert_string_equal (match->values[value].data, decoded);
        assert_int_equal (match->values[value].size, strlen (decoded));
        value++;
    }
    assert_int_equal (match->route->variables, value);
}

static void
test_the_tree_agrees_with_a_naive_model (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    static zp_gateway_match_t match;
    int seen[4] = {0};
    for (int round = 0; round < 200; round++) {
        pieces_t templates[ROUTES];
        size_t count;
        zp_gateway_routes_t *routes = s_load (&seed, templates, &count);
        for (int i = 0; i < 200; i++) {
            pieces_t path;
            char text[64];
            s_make_path (&seed, &path);
            s_join (&path, text);
            zp_gateway_match (routes, path.method,
                              (zp_span_t){text, strlen (text)}, &match);
            int expected = s_model (templates, count, &path);
            if (s_found (&match) != expected)
                fail_msg ("%s %s: %d is not %d", path.method, text,
                          s_found (&match), expected);
            if (expected >= 0)
                s_check_values (&match, &templates[expected], &path);
            seen[expected >= 0 ? 0 : -expected]++;
        }
        zp_gateway_routes_destroy (&routes);
    }
    for (int i = 0; i < 4; i++)
        assert_true (seen[i] > 100);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_tree_agrees_with_a_naive_model),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
