//  SPDX-License-Identifier: MIT
//
//  Who takes part in a trace, as far as anybody says

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "trace_story_private.h"

#define NOBODY SIZE_MAX

static json_t *
s_service (const trace_maker_t *self, size_t number)
{
    return json_array_get (self->story->services, number);
}

//  The lane of that name, which is made if it has none
static size_t
s_lane (trace_maker_t *self, const char *name)
{
    trace_story_t *story = self->story;
    for (size_t i = 0; i < story->lane_count; i++)
        if (strcmp (story->lanes[i], name) == 0)
            return i;
    story->lanes =
        realloc (story->lanes, (story->lane_count + 1) * sizeof *story->lanes);
    assert (story->lanes);
    story->lanes[story->lane_count] = name;
    return story->lane_count++;
}

size_t
trace_lane_of (trace_maker_t *self, size_t service)
{
    return s_lane (self,
                   member_text_or (s_service (self, service), "service", "?"));
}

//  What one is called that belongs to nobody here: the end of its path
static const char *
s_short (const char *endpoint)
{
    const char *slash = strrchr (endpoint, '/');
    return slash && slash[1] ? slash + 1 : endpoint;
}

const char *
trace_lane_name (const trace_maker_t *self, const char *endpoint)
{
    size_t number;
    json_t *service;
    json_array_foreach (self->story->services, number, service)
    {
        if (strcmp (member_text (service, "endpoint"), endpoint) == 0)
            return member_text_or (service, "service", "?");
    }
    return *endpoint ? s_short (endpoint) : "?";
}

//  The service that has a client, or NOBODY
static size_t
s_client_of (const trace_maker_t *self, uint64_t client)
{
    size_t number, place;
    json_t *service, *id;
    json_array_foreach (self->story->services, number, service)
        json_array_foreach (json_object_get (service, "clients"), place, id)
    {
        const char *text = json_string_value (id);
        if (text && strtoull (text, NULL, 16) == client)
            return number;
    }
    return NOBODY;
}

static bool
s_is_service (const trace_maker_t *self, const char *lane)
{
    size_t number;
    json_t *service;
    json_array_foreach (self->story->services, number, service)
    {
        if (strcmp (member_text_or (service, "service", "?"), lane) == 0)
            return true;
    }
    return false;
}

//  True if that lane's service has told something of this trace
static bool
s_speaks (const trace_maker_t *self, const char *lane)
{
    for (size_t i = 0; i < self->events.used; i++) {
        const json_t *service =
            s_service (self, self->events.order[i]->service);
        if (strcmp (member_text_or (service, "service", "?"), lane) == 0)
            return true;
    }
    return false;
}

//  A service that was called before, and of which nothing was heard since: it
//  may have died. NOBODY if there is none, or more than one.
static size_t
s_silent (const trace_maker_t *self)
{
    size_t silent = NOBODY;
    for (size_t i = 0; i < self->story->lane_count; i++) {
        const char *lane = self->story->lanes[i];
        if (!s_is_service (self, lane) || s_speaks (self, lane))
            continue;
        if (silent != NOBODY)
            return NOBODY;
        silent = i;
    }
    return silent;
}

//  Who has made a call that no service says to have made. The first of a trace
//  comes from outside.
static size_t
s_stranger (trace_maker_t *self)
{
    size_t silent = s_silent (self);
    if (silent == NOBODY)
        return s_lane (self, self->story->lane_count ? "unknown" : "viewer");
    //  Then what it was asked has come
    for (size_t i = 0; i < self->story->message_count; i++) {
        trace_message_t *message = &self->story->messages[i];
        if (message->to == silent && message->kind == TRACE_REQUEST)
            message->fate = TRACE_CAME;
    }
    return silent;
}

static size_t
s_find_caller (trace_maker_t *self, const trace_try_t *try)
{
    const trace_event_t *said = try->sent    ? try->sent
                                : try->gone  ? try->gone
                                : try->heard ? try->heard
                                             : try->ended;
    if (said)
        return trace_lane_of (self, said->service);
    if (try->first->client == 0)
        return s_lane (self, "viewer");
    //  Whoever has made a call before
    for (size_t i = 0; i < self->events.try_count; i++) {
        const trace_try_t *other = &self->events.tries[i];
        if (other->caller != NOBODY &&
            other->first->client == try->first->client)
            return other->caller;
    }
    size_t service = s_client_of (self, try->first->client);
    return service == NOBODY ? s_stranger (self)
                             : trace_lane_of (self, service);
}

size_t
trace_lane_caller (trace_maker_t *self, trace_try_t *try)
{
    if (try->caller == NOBODY)
        try->caller = s_find_caller (self, try);
    return try->caller;
}

const trace_event_t *
trace_served (const trace_try_t *try)
{
    return try->took      ? try->took
           : try->dropped ? try->dropped
           : try->replied ? try->replied
           : try->muted   ? try->muted
                          : try->piece_from;
}

size_t
trace_lane_server (trace_maker_t *self, const trace_try_t *try)
{
    const trace_event_t *served = trace_served (try);
    if (served)
        return trace_lane_of (self, served->service);
    const trace_event_t *said = try->sent    ? try->sent
                                : try->heard ? try->heard
                                             : try->first;
    return s_lane (self, trace_lane_name (self, said->endpoint));
}
