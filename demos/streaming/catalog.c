//  SPDX-License-Identifier: MIT
//
//  zp-catalog - the films, and how to find them
//
//      catalog.search  {genre, title, director, year_from, year_to, limit,
//                      offset}, all optional -> {total, offset, films}
//      catalog.get     {id} -> a film, or {ids} -> {films, missing}
//      catalog.genres  {} -> {genres: {a genre: how many films, ...}}
//
//  The films stay in memory, in the order of their file. Titles that the bus
//  tells of are added, each time that it is started. Each film is published as
//  a value, film/ID, so that edges have all of them, and each change.

#include "events.h"
#include "zp_publisher.h"

#define YEAR_MIN    1888
#define YEAR_MAX    2100
#define TEXT_MAX    100  // Bytes of a title, and of what is searched for
#define FOLDED_SIZE (FIELDS_STRING_MAX + 1)
#define FILMS_MAX   100  // In one reply
#define LIMIT       20   // If no limit is given
#define OFFSET_MAX  1000000

typedef struct catalog {
    service_t *service;         // To say things
    json_t *films;              // All
    zp_publisher_t *publisher;  // Of them, to edges
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

//  Write text to folded, room for FOLDED_SIZE bytes, in small letters and
//  without the accents of Latin-1, so that "melies" finds "Méliès".
static void
s_fold (const char *text, char *folded)
{
    //  U+00C0 .. U+00FF; UTF-8 has C3 80 .. C3 BF for them
    static const char plain[] = "aaaaaaaceeeeiiiidnoooooxouuuuyts"
                                "aaaaaaaceeeeiiiidnooooo/ouuuuyty";
    assert (strlen (text) < FOLDED_SIZE);
    for (const unsigned char *at = (const void *) text; *at; at++)
        if (at[0] == 0xC3 && at[1] >= 0x80 && at[1] <= 0xBF)
            *folded++ = plain[*++at - 0x80];
        else
            *folded++ = (char) tolower (*at);
    *folded = 0;
}

//  What is looked for; "": anything
typedef struct search {
    char genre[FOLDED_SIZE];     // The whole of it
    char title[FOLDED_SIZE];     // A part of it
    char director[FOLDED_SIZE];  // A part of one
    int year_from, year_to;      // Both included
    int limit, offset;           // So many films, after so many
} search_t;

static void
s_search_init (search_t *self, json_t *body)
{
    const char *genre = "", *title = "", *director = "";
    *self =
        (search_t){.year_from = YEAR_MIN, .year_to = YEAR_MAX, .limit = LIMIT};
    json_unpack (body, "{s?s s?s s?s s?i s?i s?i s?i}", "genre", &genre,
                 "title", &title, "director", &director, "year_from",
                 &self->year_from, "year_to", &self->year_to, "limit",
                 &self->limit, "offset", &self->offset);
    s_fold (genre, self->genre);
    s_fold (title, self->title);
    s_fold (director, self->director);
}

static bool
s_search_matches (const search_t *self, json_t *film)
{
    char text[FOLDED_SIZE];
    size_t i;
    json_t *one;
    int year = (int) json_integer_value (json_object_get (film, "year"));
    s_fold (json_string_value (json_object_get (film, "title")), text);
    if (year < self->year_from || year > self->year_to ||
        !strstr (text, self->title))
        return false;

    bool genre = *self->genre == 0;
    json_array_foreach (json_object_get (film, "genres"), i, one) genre =
        genre || streq (json_string_value (one), self->genre);
    bool director = *self->director == 0;
    json_array_foreach (json_object_get (film, "directors"), i, one)
    {
        s_fold (json_string_value (one), text);
        director = director || strstr (text, self->director);
    }
    return genre && director;
}

static void
s_search (zp_request_t *request, void *all)
{
    json_t *body = service_body (&request, s_search_fields);
    if (!body)
        return;
    search_t search;
    s_search_init (&search, body);
    json_t *found = json_array ();
    int total = 0;
    size_t i;
    json_t *film;
    json_array_foreach (all, i,
                        film) if (s_search_matches (&search, film) &&
                                  total++ >= search.offset &&
                                  (int) json_array_size (found) < search.limit)
        json_array_append (found, film);
    service_reply (&request,
                   json_pack ("{s:i s:i s:o}", "total", total, "offset",
                              search.offset, "films", found));
    json_decref (body);
}

//  The film with that id, or NULL
static json_t *
s_find (json_t *all, json_t *id)
{
    size_t i;
    json_t *film;
    json_array_foreach (
        all, i,
        film) if (json_equal (json_object_get (film, "id"), id)) return film;
    return NULL;
}

static json_t *
s_find_several (json_t *all, json_t *ids)
{
    json_t *films = json_array ();
    json_t *missing = json_array ();
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id)
    {
        json_t *film = s_find (all, id);
        json_array_append (film ? films : missing, film ? film : id);
    }
    return json_pack ("{s:o s:o}", "films", films, "missing", missing);
}

static void
s_get (zp_request_t *request, void *all)
{
    json_t *body = service_body (&request, s_get_fields);
    if (!body)
        return;
    json_t *id = json_object_get (body, "id");
    json_t *ids = json_object_get (body, "ids");
    json_t *film = s_find (all, id);
    if (!id == !ids)
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "the body is wrong: give \"id\", for one film, or "
                         "\"ids\", for up to %d",
                         FILMS_MAX);
    else if (ids)
        service_reply (&request, s_find_several (all, ids));
    else if (film)
        service_reply (&request, json_incref (film));
    else
        zp_request_fail (&request, ZP_NOT_FOUND,
                         "there is no film \"%s\"; catalog.search finds ids",
                         json_string_value (id));
    json_decref (body);
}

static void
s_genres (zp_request_t *request, void *all)
{
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    json_t *counts = json_object ();
    size_t i, j;
    json_t *film, *genre;
    json_array_foreach (all, i, film)
        json_array_foreach (json_object_get (film, "genres"), j, genre)
    {
        const char *name = json_string_value (genre);
        json_t *count = json_object_get (counts, name);
        json_object_set_new (counts, name,
                             json_integer (json_integer_value (count) + 1));
    }
    service_reply (&request, json_pack ("{s:o}", "genres", counts));
    json_decref (body);
}

static void
s_publish (catalog_t *self, json_t *film)
{
    char topic[ZP_TOPIC_MAX + 1];
    snprintf (topic, sizeof topic, "film/%s",
              json_string_value (json_object_get (film, "id")));
    char *text = json_dumps (film, JSON_COMPACT);
    zp_status_t status =
        zp_publisher_set (self->publisher, topic, text, strlen (text), 0);
    if (status != ZP_OK)
        service_say (self->service, "can't publish %s: %s", topic,
                     zp_publisher_error (self->publisher));
    free (text);
}

//  A title was added: of a film that is there, or of one that nobody knew
static void
s_on_event (void *arg, const event_t *event)
{
    catalog_t *self = arg;
    if (!streq (event->kind, "title-added") || !*event->film)
        return;
    json_t *id = json_string (event->film);
    json_t *film = s_find (self->films, id);
    if (!film) {
        film = json_pack ("{s:O s:s s:i s:i s:[s] s:[s]}", "id", id, "title",
                          event->film, "year", event->year, "runtime_min", 1,
                          "directors", "unknown", "genres", "new");
        json_array_append_new (self->films, film);
    }
    json_object_set_new (film, "upload", json_string (event->upload));
    s_publish (self, film);
    json_decref (id);
}

//  False, and said why, if it can't be published there
static bool
s_bind (catalog_t *self, const service_option_t *updates,
        const service_option_t *requests)
{
    if (zp_publisher_bind (self->publisher, updates->value, requests->value) !=
        ZP_OK) {
        service_say (self->service, "--%s, --%s: %s", updates->name,
                     requests->name, zp_publisher_error (self->publisher));
        return false;
    }
    for (size_t i = 0; i < json_array_size (self->films); i++)
        s_publish (self, json_array_get (self->films, i));
    return true;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"films", "FILE", "the films, an array of JSON objects", NULL},
        {"bus", "ENDPOINT", "where the bus is", "tcp://127.0.0.1:5708"},
        {"updates", "ENDPOINT", "where to publish films",
         "tcp://127.0.0.1:5711"},
        {"requests", "ENDPOINT", "where edges can ask for them",
         "tcp://127.0.0.1:5712"},
        {0},
    };
    service_about_t about = {.name = "zp-catalog",
                             .summary = "Finds films.",
                             .bind = "tcp://127.0.0.1:5701"};
    service_t *service = service_new (&about, options, argc, argv);
    catalog_t self = {
        .service = service,
        .films = service_load (service, &options[0], s_film_fields),
        .publisher = zp_publisher_new (service_loop (service), NULL)};
    events_t *events = NULL;
    int result = 1;
    if (self.films && s_bind (&self, &options[2], &options[3]))
        events = events_new (service, &options[1], NULL, 0, s_on_event, &self);
    if (events) {
        zp_server_t *server = service_server (service);
        zp_server_method (server, "catalog.search", s_search, self.films);
        zp_server_method (server, "catalog.get", s_get, self.films);
        zp_server_method (server, "catalog.genres", s_genres, self.films);
        result = service_run (service);
    }
    events_destroy (&events);
    zp_publisher_destroy (&self.publisher);
    json_decref (self.films);
    service_destroy (&service);
    return result;
}
