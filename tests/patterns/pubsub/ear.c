//  SPDX-License-Identifier: MIT

#include "ear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

//  Count the number, if the news has one
static bool
s_count (ear_t *self, const zp_news_t *news)
{
    if (news->kind > ZP_NEWS_VALUE || strncmp (news->topic, "count/", 6) != 0)
        return false;
    size_t topic = strtoul (news->topic + 6, NULL, 10);
    assert_true (topic < EAR_TOPICS);
    char text[20] = "";
    size_t size = news->payload.size < 19 ? news->payload.size : 19;
    memcpy (text, (char *) news->payload.data + news->payload.size - size,
            size);
    uint64_t number = strtoull (text, NULL, 10), before = self->at[topic];
    self->at[topic] = number;
    self->counted++;
    if (news->snapshot)
        return true;
    self->missing += number > before + 1;
    self->twice += number <= before;
    self->order += news->sequence <= self->last;
    self->last = news->sequence;
    return true;
}

static void
s_write (ear_t *self, const zp_news_t *news)
{
    char end[64] = "";
    if (news->kind == ZP_NEWS_LOST)
        snprintf (end, sizeof end, " %" PRIu64 "..%" PRIu64, news->from,
                  news->to);
    if (news->kind == ZP_NEWS_DROPPED)
        snprintf (end, sizeof end, "%" PRIu64, news->count);
    const char *kind = news->snapshot ? "had" : zp_news_kind_text (news->kind);
    self->log =
        realloc (self->log, self->size + strlen (kind) + strlen (news->topic) +
                                news->payload.size + sizeof end + 4);
    char *at = self->log + self->size;
    at += sprintf (at, "%s %s%s", kind, news->topic, end);
    if (news->payload.size) {
        if (at[-1] != ' ')
            *at++ = ' ';
        memcpy (at, news->payload.data, news->payload.size);
        at += news->payload.size;
    }
    if (at[-1] == ' ')
        at--;
    strcpy (at, "\n");
    self->size = (size_t) (at + 1 - self->log);
}

static int
s_on_news (void *arg, const zp_news_t *news)
{
    ear_t *self = arg;
    if (news->kind == ZP_NEWS_RESTARTED) {
        memset (self->at, 0, sizeof self->at);
        self->last = 0;
    }
    if (!s_count (self, news))
        s_write (self, news);
    return self->fn ? self->fn (self, news) : 0;
}

ear_t *
ear_new (zloop_t *loop, const zp_subscriber_options_t *options)
{
    ear_t *self = zmalloc (sizeof *self);
    self->log = zmalloc (1);
    self->subscriber =
        zp_subscriber_new (loop, options, loop ? s_on_news : NULL, self);
    return self;
}

void
ear_destroy (ear_t **self_p)
{
    ear_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_subscriber_destroy (&self->subscriber);
    free (self->log);
    free (self);
}

void
ear_connect (ear_t *self, const char *updates, const char *requests)
{
    assert_int_equal (
        zp_subscriber_connect (self->subscriber, updates, requests), ZP_OK);
}

void
ear_subscribe (ear_t *self, const char *filter)
{
    assert_int_equal (zp_subscriber_subscribe (self->subscriber, filter),
                      ZP_OK);
}

bool
ear_next (ear_t *self, int timeout_ms)
{
    zp_news_t news;
    zp_status_t status =
        zp_subscriber_next (self->subscriber, timeout_ms, &news);
    if (status == ZP_OK)
        s_on_news (self, &news);
    else
        assert_int_equal (status, ZP_DEADLINE_EXCEEDED);
    return status == ZP_OK;
}

size_t
ear_told (const ear_t *self, const char *line)
{
    size_t count = 0, size = strlen (line);
    for (const char *at = self->log; *at; at = strchr (at, '\n') + 1)
        count += strncmp (at, line, size) == 0 &&
                 (at[size] == ' ' || at[size] == '/' || at[size] == '\n');
    return count;
}

void
ear_clear (ear_t *self)
{
    self->size = 0;
    self->log[0] = 0;
}

zp_subscriber_stats_t
ear_stats (ear_t *self)
{
    zp_subscriber_stats_t stats;
    zp_subscriber_stats (self->subscriber, &stats);
    return stats;
}
