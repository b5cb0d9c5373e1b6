//  SPDX-License-Identifier: MIT
//
//  zp-viewer - somebody's evening: logs in, browses, asks what to watch,
//              uploads a film, subscribes
//
//      zp-viewer CATALOG PROFILES RECOMMENDATIONS UPLOADS BILLING
//
//  Each is the endpoint of a service.
//
//  A simple program without a loop: it makes one call after the other, and
//  waits for each. It prints what it calls as the zp command that does the
//  same. Ends with 0 if all went well, 1 if a call failed, 2 if it was called
//  wrongly.

#define _POSIX_C_SOURCE 200809L

#include <jansson.h>

#include "zp_client.h"

#define TIMEOUT_MS 5000
#define LOOK_MS    50   // Before a look if something has been done
#define LOOKS      600  // And then it has taken too long

typedef struct peer {
    const char *name;     // In the topology
    zp_client_t *client;  // To it
} peer_t;

typedef struct viewer {
    peer_t catalog;          // Has the films
    peer_t profiles;         // Knows who watches what
    peer_t recommendations;  // Knows what they may like
    peer_t uploads;          // Takes films
    peer_t billing;          // Writes invoices
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
s_ask (peer_t *peer, const char *method, json_t *body)
{
    char *text = json_dumps (body, 0);
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

//  The same, and print what is called
static json_t *
s_call (viewer_t *self, peer_t *peer, const char *method, json_t *body)
{
    char *text = json_dumps (body, 0);
    printf ("%s  $ zp call %s %s '%s'%s\n", self->dim, peer->name, method, text,
            self->plain);
    free (text);
    return s_ask (peer, method, body);
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

//  Look until an upload is encoded
static bool
s_await_encoded (viewer_t *self, const char *upload)
{
    int segments = -1;
    for (int looks = 0; looks < LOOKS; looks++) {
        json_t *body = json_pack ("{s:s}", "upload", upload);
        json_t *status =
            looks == 0 ? s_call (self, &self->uploads, "uploads.status", body)
                       : s_ask (&self->uploads, "uploads.status", body);
        bool encoded = streq (s_text (status, "state"), "encoded");
        if (encoded || s_number (status, "segments") != segments)
            printf ("    %s, %d segments\n", s_text (status, "state"),
                    s_number (status, "segments"));
        segments = s_number (status, "segments");
        json_decref (status);
        if (encoded || !status)
            return encoded;
        zclock_sleep (LOOK_MS);
    }
    fprintf (stderr, "zp-viewer: nobody encodes %s\n", upload);
    return false;
}

static bool
s_upload (viewer_t *self)
{
    json_t *upload = s_call (self, &self->uploads, "uploads.add",
                             json_pack ("{s:s}", "film", "our-holidays"));
    if (!upload)
        return false;
    printf ("    %d bytes are on disk, and a job to encode them.\n",
            s_number (upload, "bytes"));
    bool encoded = s_await_encoded (self, s_text (upload, "upload"));
    json_decref (upload);
    return encoded;
}

//  Print an invoice, if it is in a list
static bool
s_show_invoice (json_t *list, const char *name)
{
    bool there = false;
    for (size_t i = 0; i < json_array_size (list) && !there; i++) {
        json_t *invoice = json_array_get (list, i);
        int cents = s_number (invoice, "cents");
        there = streq (s_text (invoice, "invoice"), name);
        if (there)
            printf ("    %s: %d.%02d\n", name, cents / 100, cents % 100);
    }
    return there;
}

//  Look until an invoice is written
static bool
s_await_invoice (viewer_t *self, const char *name)
{
    for (int looks = 0; looks < LOOKS; looks++) {
        json_t *body = json_pack ("{s:s}", "profile", "ada");
        json_t *answer =
            looks == 0 ? s_call (self, &self->billing, "billing.invoices", body)
                       : s_ask (&self->billing, "billing.invoices", body);
        bool there =
            s_show_invoice (json_object_get (answer, "invoices"), name);
        json_decref (answer);
        if (there || !answer)
            return there;
        zclock_sleep (LOOK_MS);
    }
    fprintf (stderr, "zp-viewer: nobody writes %s\n", name);
    return false;
}

static bool
s_subscribe (viewer_t *self)
{
    json_t *answer = NULL;
    for (int times = 0; times < 2; times++) {
        json_decref (answer);
        answer = s_call (
            self, &self->billing, "billing.subscribe",
            json_pack ("{s:s s:s}", "profile", "ada", "plan", "premium"));
        if (!answer)
            return false;
        printf ("    invoice %s\n", s_text (answer, "invoice"));
    }
    bool written = s_await_invoice (self, s_text (answer, "invoice"));
    json_decref (answer);
    return written;
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
        {"Ada uploads a film of her own.", s_upload},
        {"Ada subscribes, and presses the button twice.", s_subscribe},
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
    if (argc != 6) {
        fprintf (stderr,
                 "Usage: %s CATALOG PROFILES RECOMMENDATIONS UPLOADS BILLING\n"
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
                s_connect (&self.uploads, "uploads", argv[4]) &&
                s_connect (&self.billing, "billing", argv[5]) &&
                s_evening (&self);
    zp_client_destroy (&self.catalog.client);
    zp_client_destroy (&self.profiles.client);
    zp_client_destroy (&self.recommendations.client);
    zp_client_destroy (&self.uploads.client);
    zp_client_destroy (&self.billing.client);
    return well ? 0 : 1;
}
