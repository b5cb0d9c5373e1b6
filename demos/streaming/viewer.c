//  SPDX-License-Identifier: MIT
//
//  zp-viewer - somebody's evening: logs in, browses, asks what to watch
//
//      zp-viewer CATALOG PROFILES RECOMMENDATIONS    endpoints of the services
//
//  A simple program without a loop: it makes one call after the other, and
//  waits for each. It prints what it calls as the zp command that does the
//  same. Ends with 0 if all went well, 1 if a call failed, 2 if it was called
//  wrongly.

#define _POSIX_C_SOURCE 200809L

#include <jansson.h>

#include "zp_client.h"

#define TIMEOUT_MS 5000

typedef struct peer {
    const char *name;     // In the topology
    zp_client_t *client;  // To it
} peer_t;

typedef struct viewer {
    peer_t catalog;          // Has the films
    peer_t profiles;         // Knows who watches what
    peer_t recommendations;  // Knows what they may like
    const char *bold;        // Switches on bold letters, if there are any
    const char *dim;         // Dim ones
    const char *plain;       // Both off
    char token[64];          // From the log-in
} viewer_t;

static const char *
s_text (json_t *object, const char *field)
{
    const char *text = json_string_value (json_object_get (object, field));
    return text ? text : "?";
}

static int
s_number (json_t *object, const char *field)
{
    return (int) json_integer_value (json_object_get (object, field));
}

//  Call a method; body is taken. The caller owns the result; NULL if it failed,
//  which was said.
static json_t *
s_call (viewer_t *self, peer_t *peer, const char *method, json_t *body)
{
    char *text = json_dumps (body, 0);
    printf ("%s  $ zp call %s %s '%s'%s\n", self->dim, peer->name, method, text,
            self->plain);
    zchunk_t *reply;
    zp_status_t status = zp_client_call (peer->client, method, text,
                                         strlen (text), TIMEOUT_MS, &reply);
    json_t *result = NULL;
    if (status != ZP_OK)
        fprintf (stderr, "zp-viewer: %s failed: %s: %s\n", method,
                 zp_status_name (status), zp_client_error (peer->client));
    else {
        result = json_loadb ((const char *) zchunk_data (reply),
                             zchunk_size (reply), 0, NULL);
        if (!result)
            fprintf (stderr, "zp-viewer: %s answered with no JSON\n", method);
    }
    zchunk_destroy (&reply);
    json_decref (body);
    free (text);
    return result;
}

static void
s_show_films (json_t *films)
{
    size_t i;
    json_t *film;
    json_array_foreach (films, i, film)
    {
        printf ("    %d  %s\n", s_number (film, "year"),
                s_text (film, "title"));
        if (json_object_get (film, "reason"))
            printf ("          %s\n", s_text (film, "reason"));
    }
}

static bool
s_log_in (viewer_t *self)
{
    json_t *list =
        s_call (self, &self->profiles, "profiles.list", json_object ());
    size_t i;
    json_t *profile;
    json_array_foreach (json_object_get (list, "profiles"), i, profile)
        printf ("    %s\n", s_text (profile, "name"));
    json_decref (list);
    if (!list)
        return false;

    json_t *login =
        s_call (self, &self->profiles, "profiles.login",
                json_pack ("{s:s s:s}", "profile", "ada", "pin", "1922"));
    if (!login)
        return false;
    printf ("    Good evening, %s.\n", s_text (login, "name"));
    snprintf (self->token, sizeof self->token, "%s", s_text (login, "token"));
    json_decref (login);
    return true;
}

static bool
s_browse (viewer_t *self)
{
    json_t *genres =
        s_call (self, &self->catalog, "catalog.genres", json_object ());
    size_t shown = 0;
    const char *genre;
    json_t *films;
    json_object_foreach (json_object_get (genres, "genres"), genre, films)
        printf ("    %3d %-16s%s", (int) json_integer_value (films), genre,
                ++shown % 3 ? "" : "\n");
    printf (shown % 3 ? "\n" : "");
    printf ("\n");
    json_decref (genres);
    if (!genres)
        return false;

    json_t *found = s_call (self, &self->catalog, "catalog.search",
                            json_pack ("{s:s s:i s:i}", "genre", "horror",
                                       "year_to", 1929, "limit", 4));
    if (!found)
        return false;
    s_show_films (json_object_get (found, "films"));
    printf ("    ... and more: %d in all\n", s_number (found, "total"));
    json_decref (found);
    return true;
}

static bool
s_for_ada (viewer_t *self)
{
    json_t *answer =
        s_call (self, &self->recommendations, "recommendations.for_you",
                json_pack ("{s:s s:i}", "profile", "ada", "limit", 4));
    s_show_films (json_object_get (answer, "films"));
    if (json_is_true (json_object_get (answer, "partial")))
        printf ("    Only a part of an answer: %s\n", s_text (answer, "why"));
    json_decref (answer);
    return answer != NULL;
}

static bool
s_watch (viewer_t *self)
{
    json_t *found = s_call (
        self, &self->catalog, "catalog.search",
        json_pack ("{s:s s:s}", "director", "keaton", "genre", "fantasy"));
    json_t *films = json_object_get (found, "films");
    s_show_films (films);
    json_t *watched =
        s_call (self, &self->profiles, "profiles.history.add",
                json_pack ("{s:s s:s}", "token", self->token, "film",
                           s_text (json_array_get (films, 0), "id")));
    json_decref (found);
    json_decref (watched);
    return found && watched;
}

static bool
s_connect (peer_t *peer, const char *name, const char *endpoint)
{
    *peer = (peer_t){name, zp_client_new (NULL, NULL)};
    if (zp_client_connect (peer->client, endpoint) == ZP_OK)
        return true;
    fprintf (stderr, "zp-viewer: %s\n", zp_client_error (peer->client));
    return false;
}

//  The story, until a call fails
static bool
s_evening (viewer_t *self)
{
    static const struct {
        const char *title;              // Said before it
        bool (*play) (viewer_t *self);  // False if a call failed
    } scene[] = {
        {"Who is watching?", s_log_in},
        {"What is there?", s_browse},
        {"What may Ada like?", s_for_ada},
        {"Ada watches a comedy.", s_watch},
        {"What may Ada like now?", s_for_ada},
    };
    for (size_t i = 0; i < sizeof scene / sizeof scene[0]; i++) {
        printf ("\n%s%s%s\n", self->bold, scene[i].title, self->plain);
        if (!scene[i].play (self))
            return false;
    }
    printf ("\n");
    return true;
}

int
main (int argc, char **argv)
{
    if (argc != 4) {
        fprintf (stderr,
                 "Usage: %s CATALOG PROFILES RECOMMENDATIONS\n"
                 "Each is an endpoint, such as tcp://127.0.0.1:5701\n",
                 argv[0]);
        return 2;
    }
    bool colours = isatty (STDOUT_FILENO) && !getenv ("NO_COLOR");
    viewer_t self = {.bold = colours ? "\033[1m" : "",
                     .dim = colours ? "\033[2m" : "",
                     .plain = colours ? "\033[0m" : ""};
    bool well = s_connect (&self.catalog, "catalog", argv[1]) &&
                s_connect (&self.profiles, "profiles", argv[2]) &&
                s_connect (&self.recommendations, "recommendations", argv[3]) &&
                s_evening (&self);
    zp_client_destroy (&self.catalog.client);
    zp_client_destroy (&self.profiles.client);
    zp_client_destroy (&self.recommendations.client);
    return well ? 0 : 1;
}
