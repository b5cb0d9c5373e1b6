//  SPDX-License-Identifier: MIT
//
//  Films and their stars. It knows nothing of HTTP: it answers calls, and
//  publishes each change of a film.

#include <jansson.h>

#include "zp_publisher.h"

typedef struct film {
    const char *id, *title;  // Which
    int year, stars;         // When, and how good people say it is
} film_t;

static film_t s_films[] = {{"nosferatu", "Nosferatu", 1922, 4},
                           {"metropolis", "Metropolis", 1927, 5},
                           {"sunrise", "Sunrise", 1927, 5}};

//  The film that a call is about; NULL: there is none, and it has failed
static film_t *
s_find (zp_request_t **request_p, json_t *input)
{
    const char *id = json_string_value (json_object_get (input, "id"));
    for (size_t i = 0; i < sizeof s_films / sizeof *s_films; i++)
        if (id && streq (id, s_films[i].id))
            return &s_films[i];
    zp_request_fail (request_p, ZP_NOT_FOUND, "there is no film \"%s\"", id);
    return NULL;
}

static char *
s_text (const film_t *film)
{
    return zsys_sprintf (
        "{\"id\":\"%s\",\"title\":\"%s\",\"year\":%d,\"stars\":%d}", film->id,
        film->title, film->year, film->stars);
}

static void
s_get (zp_request_t *request, void *publisher)
{
    zp_span_t arg = zp_request_arg (request, 0);
    json_t *input = json_loadb (arg.data, arg.size, 0, NULL);
    film_t *film = s_find (&request, input);
    json_t *stars = json_object_get (input, "stars");
    if (film) {
        if (stars)
            film->stars = (int) json_integer_value (stars);
        char *text = s_text (film);
        char *topic = zsys_sprintf ("film/%s", film->id);
        if (stars)
            zp_publisher_set (publisher, topic, text, strlen (text), 0);
        zp_request_reply (&request, text, strlen (text));
        zstr_free (&topic);
        zstr_free (&text);
    }
    json_decref (input);
}

int
main (int argc, char **argv)
{
    if (argc != 3) {
        fprintf (stderr, "Usage: %s REQUESTS UPDATES\n", argv[0]);
        return 2;
    }
    zp_publisher_t *publisher = zp_publisher_new (NULL, NULL);
    zp_server_t *server = zp_publisher_server (publisher);
    zp_server_method (server, "films.get", s_get, publisher);
    zp_server_method (server, "films.rate", s_get, publisher);
    zp_status_t status = zp_publisher_bind (publisher, argv[2], argv[1]);
    if (status == ZP_OK)
        status = zp_publisher_run (publisher);
    else
        fprintf (stderr, "%s\n", zp_publisher_error (publisher));
    zp_publisher_destroy (&publisher);
    return status;
}
