//  SPDX-License-Identifier: MIT

#include "trending.h"

#include "store.h"

struct trending {
    service_t *service;  // To say things
    events_t *events;    // From the bus
    const char *path;    // Of the file
    json_t *state;       // {next, plays: {film: how often}}, as in the file
};

//  Events come one by one, so the file is written for each: it is small, and
//  this is how the place can't differ from what it is the place of
static void
s_on_event (void *arg, const event_t *event)
{
    trending_t *self = arg;
    json_t *plays = json_object_get (self->state, "plays");
    json_int_t count =
        json_integer_value (json_object_get (plays, event->film));
    if (streq (event->kind, "playback-started"))
        json_object_set_new (plays, event->film, json_integer (count + 1));
    json_object_set_new (self->state, "next",
                         json_integer ((json_int_t) event->offset + 1));
    if (!store_save (self->path, self->state))
        service_say (self->service, "can't write %s: %s", self->path,
                     strerror (errno));
}

//  What the file says, or the beginning if there is none; NULL, and said why,
//  if it makes no sense
static json_t *
s_load (service_t *service, const char *path)
{
    if (access (path, F_OK) == -1 && errno == ENOENT)
        return json_pack ("{s:i s:{}}", "next", 0, "plays");
    json_t *state = json_load_file (path, 0, NULL);
    if (json_integer_value (json_object_get (state, "next")) > 0 &&
        json_is_object (json_object_get (state, "plays")))
        return state;
    json_decref (state);
    service_say (service,
                 "%s makes no sense: delete it, and all events are "
                 "read anew",
                 path);
    return NULL;
}

trending_t *
trending_new (service_t *service, const service_option_t *file,
              const service_option_t *bus)
{
    trending_t *self = zmalloc (sizeof *self);
    *self = (trending_t){.service = service,
                         .path = file->value,
                         .state = s_load (service, file->value)};
    if (self->state)
        self->events = events_new (service, bus, NULL, trending_next (self),
                                   s_on_event, self);
    if (!self->events)
        trending_destroy (&self);
    return self;
}

void
trending_destroy (trending_t **self_p)
{
    assert (self_p);
    trending_t *self = *self_p;
    if (!self)
        return;
    events_destroy (&self->events);
    json_decref (self->state);
    free (self);
    *self_p = NULL;
}

json_t *
trending_films (trending_t *self, size_t limit)
{
    json_t *films = json_array ();
    json_t *left = json_copy (json_object_get (self->state, "plays"));
    while (json_array_size (films) < limit && json_object_size (left)) {
        const char *film, *best = NULL;
        json_t *plays;
        json_int_t most = 0;
        json_object_foreach (left, film,
                             plays) if (json_integer_value (plays) > most)
        {
            most = json_integer_value (plays);
            best = film;
        }
        if (!best)
            break;
        json_array_append_new (
            films, json_pack ("{s:s s:I}", "film", best, "plays", most));
        json_object_del (left, best);
    }
    json_decref (left);
    return films;
}

uint64_t
trending_next (trending_t *self)
{
    return (uint64_t) json_integer_value (
        json_object_get (self->state, "next"));
}

json_t *
trending_gauges (void *arg)
{
    trending_t *self = arg;
    json_int_t next = (json_int_t) trending_next (self),
               end = (json_int_t) events_end (self->events);
    return json_pack ("{s:I s:I}", "next", next, "behind",
                      end > next ? end - next : 0);
}
