//  SPDX-License-Identifier: MIT
//
//  zp-catalog - the films, and how to find them
//
//      catalog.search  {genre, title, director, year_from, year_to, limit,
//                      offset}, all optional -> {total, offset, films}
//      catalog.get     {id} -> a film, or {ids} -> {films, missing}
//      catalog.genres  {} -> {genres: {a genre: how many films, ...}}
//
//  The films stay in memory, in the order of their file. Nothing changes them.

#define _POSIX_C_SOURCE 200809L

#include "service.h"

#define YEAR_MIN   1888
#define YEAR_MAX   2100
#define TEXT_MAX   100  // Bytes of a title, and of what is searched for
#define FILMS_MAX  100  // In one reply
#define LIMIT      20   // If no limit is given
#define OFFSET_MAX 1000000

typedef struct film {
    json_t *json;     // As in the file
    const char *id;   // Its
    char *title;      // Folded (see s_folded)
    char *directors;  // Folded, one behind the other
    int year;         // Of the first showing
} film_t;

typedef struct catalog {
    film_t *films;  // In the order of the file
    size_t count;   // How many
} catalog_t;

//  Name, type, needed, least, most
static const field_t s_film_fields[] = {
    {"id", JSON_STRING, true, 1, 64},
    {"title", JSON_STRING, true, 1, TEXT_MAX},
    {"year", JSON_INTEGER, true, YEAR_MIN, YEAR_MAX},
    {"runtime_min", JSON_INTEGER, true, 1, 1000},
    {"directors", JSON_ARRAY, true, 1, 10},
    {"genres", JSON_ARRAY, true, 1, 10},
    {0},
};

static const field_t s_search_fields[] = {
    {"genre", JSON_STRING, false, 1, TEXT_MAX},
    {"title", JSON_STRING, false, 1, TEXT_MAX},
    {"director", JSON_STRING, false, 1, TEXT_MAX},
    {"year_from", JSON_INTEGER, false, YEAR_MIN, YEAR_MAX},
    {"year_to", JSON_INTEGER, false, YEAR_MIN, YEAR_MAX},
    {"limit", JSON_INTEGER, false, 1, FILMS_MAX},
    {"offset", JSON_INTEGER, false, 0, OFFSET_MAX},
    {0},
};

static const field_t s_get_fields[] = {
    {"id", JSON_STRING, false, 1, 64},
    {"ids", JSON_ARRAY, false, 1, FILMS_MAX},
    {0},
};

static const field_t s_no_fields[] = {{0}};

//  A copy of text in small letters and without the accents of Latin-1, so that
//  "melies" finds "Méliès". The caller frees it; NULL for NULL.
static char *
s_folded (const char *text)
{
    //  U+00C0 .. U+00FF; UTF-8 has C3 80 .. C3 BF for them
    static const char plain[] = "aaaaaaaceeeeiiiidnoooooxouuuuyts"
                                "aaaaaaaceeeeiiiidnooooo/ouuuuyty";
    char *folded = text ? strdup (text) : NULL;
    if (!folded)
        return NULL;
    char *to = folded;
    for (const unsigned char *at = (const void *) text; *at; at++)
        if (at[0] == 0xC3 && at[1] >= 0x80 && at[1] <= 0xBF)
            *to++ = plain[*++at - 0x80];
        else
            *to++ = (char) tolower (*at);
    *to = 0;
    return folded;
}

static char *
s_folded_directors (json_t *film)
{
    char *all = strdup ("");
    size_t i;
    json_t *director;
    json_array_foreach (json_object_get (film, "directors"), i, director)
    {
        char *folded = s_folded (json_string_value (director));
        char *longer = zsys_sprintf ("%s%s\n", all, folded);
        free (folded);
        free (all);
        all = longer;
    }
    return all;
}

//  Takes entries, which have the fields of films
static void
s_catalog_init (catalog_t *self, json_t *entries)
{
    self->count = json_array_size (entries);
    self->films = calloc (self->count + 1, sizeof (film_t));
    assert (self->films);
    for (size_t i = 0; i < self->count; i++) {
        json_t *film = json_incref (json_array_get (entries, i));
        self->films[i] = (film_t){
            .json = film,
            .id = json_string_value (json_object_get (film, "id")),
            .title =
                s_folded (json_string_value (json_object_get (film, "title"))),
            .directors = s_folded_directors (film),
            .year = (int) json_integer_value (json_object_get (film, "year"))};
    }
    json_decref (entries);
}

static void
s_catalog_end (catalog_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        json_decref (self->films[i].json);
        free (self->films[i].title);
        free (self->films[i].directors);
    }
    free (self->films);
}

static bool
s_has_genre (json_t *film, const char *genre)
{
    size_t i;
    json_t *one;
    json_array_foreach (
        json_object_get (film, "genres"), i,
        one) if (streq (json_string_value (one), genre)) return true;
    return false;
}

//  What is looked for; NULL: anything
typedef struct search {
    char *genre;             // Folded, the whole of it
    char *title;             // Folded, a part of it
    char *director;          // Folded, a part of one
    int year_from, year_to;  // Both included
    int limit, offset;       // So many, after so many
} search_t;

static void
s_search_init (search_t *self, json_t *body)
{
    const char *genre = NULL, *title = NULL, *director = NULL;
    *self =
        (search_t){.year_from = YEAR_MIN, .year_to = YEAR_MAX, .limit = LIMIT};
    json_unpack (body, "{s?s s?s s?s s?i s?i s?i s?i}", "genre", &genre,
                 "title", &title, "director", &director, "year_from",
                 &self->year_from, "year_to", &self->year_to, "limit",
                 &self->limit, "offset", &self->offset);
    self->genre = s_folded (genre);
    self->title = s_folded (title);
    self->director = s_folded (director);
}

static void
s_search_end (search_t *self)
{
    free (self->genre);
    free (self->title);
    free (self->director);
}

static bool
s_search_matches (const search_t *self, const film_t *film)
{
    return film->year >= self->year_from && film->year <= self->year_to &&
           (!self->genre || s_has_genre (film->json, self->genre)) &&
           (!self->title || strstr (film->title, self->title)) &&
           (!self->director || strstr (film->directors, self->director));
}

static void
s_search (zp_request_t *request, void *arg)
{
    catalog_t *self = arg;
    json_t *body = service_body (&request, s_search_fields);
    if (!body)
        return;
    search_t search;
    s_search_init (&search, body);
    json_t *films = json_array ();
    int total = 0;
    for (size_t i = 0; i < self->count; i++)
        if (s_search_matches (&search, &self->films[i]) &&
            total++ >= search.offset &&
            (int) json_array_size (films) < search.limit)
            json_array_append (films, self->films[i].json);
    service_reply (&request,
                   json_pack ("{s:i s:i s:o}", "total", total, "offset",
                              search.offset, "films", films));
    s_search_end (&search);
    json_decref (body);
}

//  The film with that id, or NULL
static json_t *
s_find (catalog_t *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (streq (self->films[i].id, id))
            return self->films[i].json;
    return NULL;
}

static json_t *
s_find_all (catalog_t *self, json_t *ids)
{
    json_t *films = json_array ();
    json_t *missing = json_array ();
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id)
    {
        json_t *film = s_find (self, json_string_value (id));
        json_array_append (film ? films : missing, film ? film : id);
    }
    return json_pack ("{s:o s:o}", "films", films, "missing", missing);
}

static void
s_get (zp_request_t *request, void *arg)
{
    catalog_t *self = arg;
    json_t *body = service_body (&request, s_get_fields);
    if (!body)
        return;
    const char *id = json_string_value (json_object_get (body, "id"));
    json_t *ids = json_object_get (body, "ids");
    json_t *film = id ? s_find (self, id) : NULL;
    if (!id == !ids)
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "the body is wrong: give \"id\", for one film, or "
                         "\"ids\", for up to %d",
                         FILMS_MAX);
    else if (ids)
        service_reply (&request, s_find_all (self, ids));
    else if (film)
        service_reply (&request, json_incref (film));
    else
        zp_request_fail (&request, ZP_NOT_FOUND,
                         "there is no film \"%s\"; catalog.search finds ids",
                         id);
    json_decref (body);
}

static void
s_genres (zp_request_t *request, void *arg)
{
    catalog_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    json_t *genres = json_object ();
    for (size_t i = 0; i < self->count; i++) {
        size_t j;
        json_t *genre;
        json_array_foreach (json_object_get (self->films[i].json, "genres"), j,
                            genre)
        {
            const char *name = json_string_value (genre);
            json_t *films = json_object_get (genres, name);
            json_object_set_new (genres, name,
                                 json_integer (json_integer_value (films) + 1));
        }
    }
    service_reply (&request, json_pack ("{s:o}", "genres", genres));
    json_decref (body);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"films", "FILE", "the films, an array of JSON objects", NULL},
        {0},
    };
    service_about_t about = {.name = "zp-catalog",
                             .summary = "Finds films.",
                             .bind = "tcp://127.0.0.1:5701"};
    service_t *service = service_new (&about, options, argc, argv);
    json_t *entries = service_load (service, &options[0], s_film_fields);
    int result = 1;
    if (entries) {
        catalog_t self;
        s_catalog_init (&self, entries);
        zp_server_t *server = service_server (service);
        zp_server_method (server, "catalog.search", s_search, &self);
        zp_server_method (server, "catalog.get", s_get, &self);
        zp_server_method (server, "catalog.genres", s_genres, &self);
        result = service_run (service);
        s_catalog_end (&self);
    }
    service_destroy (&service);
    return result;
}
