//  SPDX-License-Identifier: MIT
//
//  zp-edge - a cache of the catalogue, near its viewers
//
//      edge.get    {id} -> a film
//      edge.count  {} -> {films, fresh}
//
//  It has the last value of each film, from the catalogue's publisher: all that
//  there are when it joins, and each change. When the catalogue is gone it goes
//  on with what it has; "fresh" says if it may miss something.

#include "service.h"
#include "zp_subscriber.h"

#define STEM "film/"

typedef struct edge {
    service_t *service;  // To say things
    json_t *films;       // By id
    bool fresh;          // All of them
} edge_t;

//  Name, type, needed, least, most
static const field_t s_get_fields[] = {
    {"id", JSON_STRING, true, 1, 64},
    {0},
};

static const field_t s_no_fields[] = {{0}};

static int
s_on_news (void *arg, const zp_news_t *news)
{
    edge_t *self = arg;
    const char *id = news->topic + strlen (STEM);
    if (news->kind == ZP_NEWS_VALUE)
        json_object_set_new (
            self->films, id,
            json_loadb (news->payload.data, news->payload.size, 0, NULL));
    else if (news->kind == ZP_NEWS_DELETED)
        json_object_del (self->films, id);
    else if (news->kind == ZP_NEWS_SNAPSHOT)
        json_object_clear (self->films);
    else if (news->kind == ZP_NEWS_JOINED || news->kind == ZP_NEWS_BACK ||
             news->kind == ZP_NEWS_GONE) {
        self->fresh = news->kind != ZP_NEWS_GONE;
        service_say (self->service, "%s, with %zu films",
                     zp_news_kind_text (news->kind),
                     json_object_size (self->films));
    }
    return 0;
}

static void
s_get (zp_request_t *request, void *arg)
{
    edge_t *self = arg;
    json_t *body = service_body (&request, s_get_fields);
    if (!body)
        return;
    const char *id = json_string_value (json_object_get (body, "id"));
    json_t *film = json_object_get (self->films, id);
    if (film)
        service_reply (&request, json_incref (film));
    else
        zp_request_fail (&request, ZP_NOT_FOUND, "there is no film \"%s\"", id);
    json_decref (body);
}

static void
s_count (zp_request_t *request, void *arg)
{
    edge_t *self = arg;
    json_t *body = service_body (&request, s_no_fields);
    if (!body)
        return;
    service_reply (&request, json_pack ("{s:i s:b}", "films",
                                        (int) json_object_size (self->films),
                                        "fresh", self->fresh));
    json_decref (body);
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"updates", "ENDPOINT", "where zp-catalog publishes films",
         "tcp://127.0.0.1:5711"},
        {"requests", "ENDPOINT", "where it can be asked for them",
         "tcp://127.0.0.1:5712"},
        {0},
    };
    service_about_t about = {.name = "zp-edge",
                             .summary = "Keeps a copy of the catalogue.",
                             .bind = "tcp://127.0.0.1:5713"};
    service_t *service = service_new (&about, options, argc, argv);
    edge_t self = {.service = service, .films = json_object ()};
    zp_subscriber_t *subscriber =
        zp_subscriber_new (service_loop (service), NULL, s_on_news, &self);
    zp_subscriber_subscribe (subscriber, STEM "#");
    int result = 1;
    if (zp_subscriber_connect (subscriber, options[0].value,
                               options[1].value) == ZP_OK) {
        zp_server_method (service_server (service), "edge.get", s_get, &self);
        zp_server_method (service_server (service), "edge.count", s_count,
                          &self);
        result = service_run (service);
    }
    else
        service_say (service, "--updates, --requests: %s",
                     zp_subscriber_error (subscriber));
    zp_subscriber_destroy (&subscriber);
    json_decref (self.films);
    service_destroy (&service);
    return result;
}
