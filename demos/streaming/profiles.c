//  SPDX-License-Identifier: MIT
//
//  zp-profiles - who watches, and what they have seen
//
//      profiles.list          {} -> {profiles: [{profile, name}]}
//      profiles.login         {profile, pin} -> {profile, name, token}
//      profiles.get           {profile} -> {profile, name, watched}
//      profiles.history.list  {profile} -> {profile, history}: film ids, the
//                             one watched last first
//      profiles.history.add   {token, film} -> {profile, watched}
//      profiles.switch        {profile, device} -> {profile, name, device,
//                             switched}: who watches at a device, "tv" if it
//                             is not said, and how often that was switched
//
//  Profiles come from files. What changes, histories, tokens and who watches
//  where, is in memory only, and gone when the program ends. Only histories
//  take a token: the services of a constellation trust each other.
//
//  Gauges: those of switching.h.

#define _GNU_SOURCE

#include "service.h"
#include "switching.h"

#define ID_MAX      64   // Bytes of the id of a profile or film
#define HISTORY_MAX 500  // Films of a profile; older ones are forgotten
#define DEVICES     8    // Tokens of a profile; older ones are forgotten
#define TOKEN_SIZE  32   // Hexadecimal digits

typedef struct profile {
    json_t *json;                          // As in the file
    const char *id;                        // Its
    const char *name;                      // Its
    json_t *history;                       // Film ids, watched last first
    char tokens[DEVICES][TOKEN_SIZE + 1];  // Of those logged in; "": none
    size_t logins;                         // How many there have been
} profile_t;

typedef struct profiles {
    profile_t *all;          // In the order of the file
    size_t count;            // How many
    switching_t *switching;  // Who watches where
} profiles_t;

//  Name, type, needed, least, most
static const field_t s_profile_fields[] = {
    {"id", JSON_STRING, true, 1, ID_MAX},
    {"name", JSON_STRING, true, 1, 100},
    {"pin", JSON_STRING, true, 4, 12},
    {"history", JSON_ARRAY, true, 0, HISTORY_MAX},
    {0},
};

static const field_t s_no_fields[] = {{0}};

static const field_t s_login_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {"pin", JSON_STRING, true, 1, 12},
    {0},
};

static const field_t s_id_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {0},
};

static const field_t s_add_fields[] = {
    {"token", JSON_STRING, true, TOKEN_SIZE, TOKEN_SIZE},
    {"film", JSON_STRING, true, 1, ID_MAX},
    {0},
};

static const field_t s_switch_fields[] = {
    {"profile", JSON_STRING, true, 1, ID_MAX},
    {"device", JSON_STRING, false, 1, ID_MAX},
    {0},
};

//  Takes entries, which have the fields of profiles
static void
s_profiles_init (profiles_t *self, json_t *entries)
{
    self->count = json_array_size (entries);
    self->all = zmalloc ((self->count + 1) * sizeof (profile_t));
    self->switching = switching_new ();
    for (size_t i = 0; i < self->count; i++) {
        profile_t *profile = &self->all[i];
        profile->json = json_incref (json_array_get (entries, i));
        profile->id = fields_text (profile->json, "id");
        profile->name = fields_text (profile->json, "name");
        profile->history = json_object_get (profile->json, "history");
    }
    json_decref (entries);
}

static void
s_profiles_end (profiles_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        json_decref (self->all[i].json);
    free (self->all);
    switching_destroy (&self->switching);
}

//  The profile with that id, or NULL
static profile_t *
s_by_id (profiles_t *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (streq (self->all[i].id, id))
            return &self->all[i];
    return NULL;
}

//  The profile that is logged in with that token, or NULL
static profile_t *
s_by_token (profiles_t *self, const char *token)
{
    for (size_t i = 0; i < self->count; i++)
        for (size_t device = 0; device < DEVICES; device++)
            if (streq (self->all[i].tokens[device], token))
                return &self->all[i];
    return NULL;
}

static void
s_list (zp_request_t *request, void *arg)
{
    profiles_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    json_t *list = json_array ();
    for (size_t i = 0; i < self->count; i++)
        json_array_append_new (list, json_pack ("{s:s s:s}", "profile",
                                                self->all[i].id, "name",
                                                self->all[i].name));
    service_reply (&request, json_pack ("{s:o}", "profiles", list));
    json_decref (body);
}

//  Make a token that nobody can guess, in place of the oldest
static const char *
s_new_token (profile_t *profile)
{
    char *token = profile->tokens[profile->logins++ % DEVICES];
    byte secret[TOKEN_SIZE / 2];
    int failed = getentropy (secret, sizeof secret);
    assert (!failed);
    (void) failed;
    for (size_t i = 0; i < sizeof secret; i++)
        sprintf (token + 2 * i, "%02x", secret[i]);
    return token;
}

static void
s_login (zp_request_t *request, void *arg)
{
    json_t *body = service_body (&request, s_login_fields);
    if (!body)
        return;
    profile_t *profile = s_by_id (arg, fields_text (body, "profile"));
    if (profile &&
        streq (fields_text (profile->json, "pin"), fields_text (body, "pin")))
        service_reply (&request, json_pack ("{s:s s:s s:s}", "profile",
                                            profile->id, "name", profile->name,
                                            "token", s_new_token (profile)));
    else
        zp_request_fail (&request, ZP_UNAUTHENTICATED,
                         "no profile has this name and PIN; profiles.list has "
                         "the names");
    json_decref (body);
}

//  The profile that a body names. If there is none, end the request.
static profile_t *
s_named (profiles_t *self, zp_request_t **request_p, json_t *body)
{
    const char *id = fields_text (body, "profile");
    profile_t *profile = s_by_id (self, id);
    if (!profile)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no profile \"%s\"; profiles.list has those "
                         "there are",
                         id);
    return profile;
}

//  Read a body that names a profile and nothing else. If there is none, end the
//  request.
static profile_t *
s_asked_for (profiles_t *self, zp_request_t **request_p)
{
    json_t *body = service_body (request_p, s_id_fields);
    profile_t *profile = body ? s_named (self, request_p, body) : NULL;
    json_decref (body);
    return profile;
}

static void
s_get (zp_request_t *request, void *arg)
{
    profile_t *profile = s_asked_for (arg, &request);
    if (profile)
        service_reply (&request,
                       json_pack ("{s:s s:s s:i}", "profile", profile->id,
                                  "name", profile->name, "watched",
                                  (int) json_array_size (profile->history)));
}

static void
s_history_list (zp_request_t *request, void *arg)
{
    profile_t *profile = s_asked_for (arg, &request);
    if (profile)
        service_reply (&request, json_pack ("{s:s s:O}", "profile", profile->id,
                                            "history", profile->history));
}

//  Put film at the start of the history. To do it twice is to do it once, as
//  a request that may be retried must be.
static void
s_watched (json_t *history, json_t *film)
{
    for (size_t i = json_array_size (history); i-- > 0;)
        if (json_equal (json_array_get (history, i), film))
            json_array_remove (history, i);
    json_array_insert (history, 0, film);
    if (json_array_size (history) > HISTORY_MAX)
        json_array_remove (history, HISTORY_MAX);
}

static void
s_history_add (zp_request_t *request, void *arg)
{
    json_t *body = service_body (&request, s_add_fields);
    if (!body)
        return;
    profile_t *profile = s_by_token (arg, fields_text (body, "token"));
    if (profile) {
        s_watched (profile->history, json_object_get (body, "film"));
        service_reply (
            &request, json_pack ("{s:s s:i}", "profile", profile->id, "watched",
                                 (int) json_array_size (profile->history)));
    }
    else
        zp_request_fail (&request, ZP_UNAUTHENTICATED,
                         "nobody is logged in with this token; profiles.login "
                         "gives a new one");
    json_decref (body);
}

static void
s_switch (zp_request_t *request, void *arg)
{
    profiles_t *self = arg;
    json_t *body = service_body (&request, s_switch_fields);
    profile_t *profile = body ? s_named (self, &request, body) : NULL;
    const char *device = fields_text (body, "device");
    if (!device)
        device = "tv";
    if (profile) {
        json_int_t count =
            switching_done (self->switching, request, device, profile->id);
        service_reply (&request,
                       json_pack ("{s:s s:s s:s s:I}", "profile", profile->id,
                                  "name", profile->name, "device", device,
                                  "switched", count));
    }
    json_decref (body);
}

//  The profiles of both files; NULL, and said why, if there are none
static json_t *
s_load (service_t *service, const service_option_t *options)
{
    json_t *entries = service_load (service, &options[0], s_profile_fields);
    if (!entries || streq (options[1].value, "-"))
        return entries;
    json_t *more = service_load (service, &options[1], s_profile_fields);
    json_array_extend (entries, more);
    if (!more) {
        json_decref (entries);
        entries = NULL;
    }
    json_decref (more);
    return entries;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"profiles", "FILE", "the profiles, an array of JSON objects", NULL},
        {"more", "FILE", "more of them; -: none", "-"},
        {0},
    };
    //  A login that is retried must not cost a second device, and who
    //  switches once, whatever gets lost, has switched once
    service_about_t about = {.name = "zp-profiles",
                             .summary = "Knows who watches, and what.",
                             .bind = "tcp://127.0.0.1:5702",
                             .cache_replies = 10000};
    service_t *service = service_new (&about, options, argc, argv);
    json_t *entries = s_load (service, options);
    int result = 1;
    if (entries) {
        profiles_t self;
        s_profiles_init (&self, entries);
        zp_server_t *server = service_server (service);
        zp_server_method (server, "profiles.list", s_list, &self);
        zp_server_method (server, "profiles.login", s_login, &self);
        zp_server_method (server, "profiles.get", s_get, &self);
        zp_server_method (server, "profiles.history.list", s_history_list,
                          &self);
        zp_server_method (server, "profiles.history.add", s_history_add, &self);
        zp_server_method (server, "profiles.switch", s_switch, &self);
        service_gauges (service, switching_gauges, self.switching);
        result = service_run (service);
        s_profiles_end (&self);
    }
    service_destroy (&service);
    return result;
}
