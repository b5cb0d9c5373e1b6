//  SPDX-License-Identifier: MIT
//
//  zp-viewer - somebody's evening: logs in, browses, asks what to watch,
//              uploads a film, subscribes, sees what that has set off, leaves
//
//      zp-viewer CATALOG PROFILES RECOMMENDATIONS UPLOADS BILLING LOG
//                ENTITLEMENT NOTIFICATIONS SAGA
//
//  Each is the endpoint of a service.
//
//  A simple program without a loop: it makes one call after the other, and
//  waits for each. It prints what it calls as the zp command that does the
//  same. Ends with 0 if all went well, 1 if a call failed, 2 if it was called
//  wrongly.

#define _POSIX_C_SOURCE 200809L

#include "story.h"

typedef struct viewer {
    peer_t catalog;          // Has the films
    peer_t profiles;         // Knows who watches what
    peer_t recommendations;  // Knows what they may like
    peer_t uploads;          // Takes films
    peer_t billing;          // Takes money
    peer_t log;              // Has what happened
    peer_t entitlement;      // Knows who may watch
    peer_t notifications;    // Tells what concerns whom
    peer_t saga;             // Changes who has which plan
    story_t story;           // Tells what is done
    char token[64];          // From the log-in
} viewer_t;

static void
s_show_films (json_t *films)
{
    size_t i;
    json_t *film;
    json_array_foreach (films, i, film)
    {
        printf ("    %d  %s\n", story_number (film, "year"),
                story_text (film, "title"));
        if (json_object_get (film, "reason"))
            printf ("          %s\n", story_text (film, "reason"));
    }
}

static bool
s_log_in (viewer_t *self)
{
    json_t *list = story_ask (&self->story, &self->profiles, "profiles.list",
                              json_object ());
    size_t i;
    json_t *profile;
    json_array_foreach (json_object_get (list, "profiles"), i, profile)
        printf ("    %s\n", story_text (profile, "name"));
    json_decref (list);
    if (!list)
        return false;

    json_t *login =
        story_ask (&self->story, &self->profiles, "profiles.login",
                   json_pack ("{s:s s:s}", "profile", "ada", "pin", "1922"));
    if (!login)
        return false;
    printf ("    Good evening, %s.\n", story_text (login, "name"));
    snprintf (self->token, sizeof self->token, "%s",
              story_text (login, "token"));
    json_decref (login);
    return true;
}

static bool
s_browse (viewer_t *self)
{
    json_t *genres = story_ask (&self->story, &self->catalog, "catalog.genres",
                                json_object ());
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

    json_t *found = story_ask (&self->story, &self->catalog, "catalog.search",
                               json_pack ("{s:s s:i s:i}", "genre", "horror",
                                          "year_to", 1929, "limit", 4));
    if (!found)
        return false;
    s_show_films (json_object_get (found, "films"));
    printf ("    ... and more: %d in all\n", story_number (found, "total"));
    json_decref (found);
    return true;
}

static bool
s_for_ada (viewer_t *self)
{
    json_t *answer = story_ask (
        &self->story, &self->recommendations, "recommendations.for_you",
        json_pack ("{s:s s:i}", "profile", "ada", "limit", 4));
    s_show_films (json_object_get (answer, "films"));
    if (json_is_true (json_object_get (answer, "partial")))
        printf ("    Only a part of an answer: %s\n",
                story_text (answer, "why"));
    json_decref (answer);
    return answer != NULL;
}

//  Tell the bus what Ada does with a film
static bool
s_tell (viewer_t *self, const char *event, const char *film)
{
    json_t *body = json_pack ("{s:s s:s s:s}", "event", event, "profile", "ada",
                              "film", film);
    char *text = json_dumps (body, 0);
    json_decref (body);
    printf ("%s  $ zp log append events '%s'%s\n", self->story.dim, text,
            self->story.plain);
    zp_span_t args[] = {{"events", 6}, {text, strlen (text)}};
    zmsg_t *offset;
    zp_status_t status = zp_client_call_parts (
        self->log.client, "log.append", args, 2, PEER_TIMEOUT_MS, &offset);
    if (status != ZP_OK)
        fprintf (stderr, "zp-viewer: log.append failed: %s: %s\n",
                 zp_status_name (status), zp_client_error (self->log.client));
    zmsg_destroy (&offset);
    free (text);
    return status == ZP_OK;
}

static bool
s_watch (viewer_t *self)
{
    json_t *found = story_ask (
        &self->story, &self->catalog, "catalog.search",
        json_pack ("{s:s s:s}", "director", "keaton", "genre", "fantasy"));
    json_t *films = json_object_get (found, "films");
    s_show_films (films);
    const char *film = story_text (json_array_get (films, 0), "id");
    bool well = found && s_tell (self, "playback-started", film) &&
                s_tell (self, "playback-stopped", film);
    json_t *watched =
        well ? story_ask (
                   &self->story, &self->profiles, "profiles.history.add",
                   json_pack ("{s:s s:s}", "token", self->token, "film", film))
             : NULL;
    json_decref (found);
    json_decref (watched);
    return watched != NULL;
}

static bool
s_is_encoded (json_t *status, const char *upload)
{
    (void) upload;
    return streq (story_text (status, "state"), "encoded");
}

static bool
s_upload (viewer_t *self)
{
    json_t *upload = story_ask (&self->story, &self->uploads, "uploads.add",
                                json_pack ("{s:s}", "film", "our-holidays"));
    if (!upload)
        return false;
    printf ("    %d bytes are on disk, and a job to encode them.\n",
            story_number (upload, "bytes"));
    const char *name = story_text (upload, "upload");
    json_t *status =
        story_await (&self->story, &self->uploads, "uploads.status",
                     json_pack ("{s:s}", "upload", name), s_is_encoded, name);
    if (status)
        printf ("    encoded, %d segments\n",
                story_number (status, "segments"));
    json_decref (upload);
    json_decref (status);
    return status != NULL;
}

//  Who presses the button twice has made up one order, and so starts one saga
static bool
s_subscribe (viewer_t *self)
{
    char order[32];
    snprintf (order, sizeof order, "ada-%llx",
              (unsigned long long) zclock_time ());
    bool well = true;
    for (int times = 0; times < 2 && well; times++) {
        json_t *answer =
            story_ask (&self->story, &self->billing, "billing.subscribe",
                       json_pack ("{s:s s:s s:s}", "profile", "ada", "plan",
                                  "basic", "order", order));
        well = answer != NULL;
        json_decref (answer);
    }
    return well && story_end (&self->story, &self->saga, order);
}

//  Start a saga with an id that the coordinator makes up, send it a signal if
//  there is one, and tell how it ended
static bool
s_saga (viewer_t *self, const char *name, const char *input, const char *signal)
{
    char *id = story_saga (&self->story, &self->saga, "start",
                           (const char *const[]){name, "", input, NULL});
    char *state = id && signal
                      ? story_saga (&self->story, &self->saga, "signal",
                                    (const char *const[]){id, signal, NULL})
                      : NULL;
    bool well =
        id && (state || !signal) && story_end (&self->story, &self->saga, id);
    free (state);
    free (id);
    return well;
}

static bool
s_upgrade (viewer_t *self)
{
    return s_saga (
        self, "upgrade",
        "{\"profile\":\"ada\",\"from\":\"basic\",\"plan\":\"premium\"}", NULL);
}

static bool
s_refuse (viewer_t *self)
{
    return s_saga (
        self, "subscribe",
        "{\"profile\":\"bruno\",\"plan\":\"premium\",\"card\":\"expired\"}",
        NULL);
}

static bool
s_leave (viewer_t *self)
{
    return s_saga (self, "cancel", "{\"profile\":\"ada\"}", "confirm");
}

static bool
s_may_watch (json_t *answer, const char *plan)
{
    return streq (story_text (answer, "plan"), plan);
}

static bool
s_was_sent (json_t *answer, const char *text)
{
    return story_find (json_object_get (answer, "notifications"), "text", text);
}

static bool
s_is_watched (json_t *answer, const char *film)
{
    return story_find (json_object_get (answer, "films"), "film", film);
}

//  What services did that nobody called: they heard of it over the bus
static bool
s_see (viewer_t *self)
{
    json_t *ada = json_pack ("{s:s}", "profile", "ada");
    json_t *plan =
        story_await (&self->story, &self->entitlement, "entitlement.may_watch",
                     json_incref (ada), s_may_watch, "premium");
    if (plan)
        printf ("    Ada may watch: %s\n", story_text (plan, "plan"));
    json_t *sent =
        story_await (&self->story, &self->notifications, "notifications.list",
                     ada, s_was_sent, "your plan is now premium");
    if (sent)
        printf ("    Ada was told: your plan is now premium\n");
    json_t *trending = story_await (&self->story, &self->recommendations,
                                    "recommendations.trending", json_object (),
                                    s_is_watched, "sherlock-jr");
    if (trending)
        printf ("    Trending: sherlock-jr\n");
    json_decref (plan);
    json_decref (sent);
    json_decref (trending);
    return plan && sent && trending;
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
        {"Ada wants to see more.", s_upgrade},
        {"Bruno subscribes, too, but his card has expired.", s_refuse},
        {"What has all that set off?", s_see},
        {"Ada leaves.", s_leave},
    };
    for (size_t i = 0; i < sizeof scene / sizeof scene[0]; i++) {
        printf ("\n%s%s%s\n", self->story.bold, scene[i].title,
                self->story.plain);
        if (!scene[i].play (self))
            return false;
    }
    printf ("\n");
    return true;
}

int
main (int argc, char **argv)
{
    viewer_t self = {.token = ""};
    story_init (&self.story);
    const struct {
        const char *name;  // In the topology
        peer_t *peer;      // Where it is kept
    } peers[] = {{"catalog", &self.catalog},
                 {"profiles", &self.profiles},
                 {"recommendations", &self.recommendations},
                 {"uploads", &self.uploads},
                 {"billing", &self.billing},
                 {"log", &self.log},
                 {"entitlement", &self.entitlement},
                 {"notifications", &self.notifications},
                 {"saga", &self.saga}};
    const int count = sizeof peers / sizeof peers[0];
    if (argc != count + 1) {
        fprintf (stderr,
                 "Usage: %s CATALOG PROFILES RECOMMENDATIONS UPLOADS BILLING "
                 "LOG ENTITLEMENT NOTIFICATIONS SAGA\n"
                 "Each is an endpoint, such as tcp://127.0.0.1:5701\n",
                 argv[0]);
        return 2;
    }
    bool well = true;
    for (int i = 0; i < count && well; i++)
        well = peer_connect (peers[i].peer, peers[i].name, argv[i + 1]);
    well = well && s_evening (&self);
    for (int i = 0; i < count; i++)
        zp_client_destroy (&peers[i].peer->client);
    return well ? 0 : 1;
}
