//  SPDX-License-Identifier: MIT

#include "news.h"

#include <inttypes.h>

#include "body.h"
#include "output.h"

static void
s_set_number (json_t *json, const char *key, int64_t number)
{
    if (number)
        json_object_set_new (json, key, json_integer (number));
}

//  A string of what a peer may have sent
static json_t *
s_string (zp_span_t span)
{
    char *text = strndup (span.data ? span.data : "", span.size);
    json_t *json = json_text (text);
    free (text);
    return json;
}

static void
s_set_update (json_t *json, const zp_news_t *news)
{
    json_object_set_new (json, "topic", json_text (news->topic));
    if (news->kind != ZP_NEWS_DELETED)
        json_object_set_new (json, "payload", body_to_json (&news->payload));
    if (news->snapshot)
        json_object_set_new (json, "snapshot", json_true ());
    s_set_number (json, "time_us", news->time_us);
    s_set_number (json, "ttl_ms", news->ttl_ms);
}

void
news_json (outflow_t *out, const zp_news_t *news, uint64_t stream)
{
    json_t *json = json_object ();
    json_object_set_new (json, "kind",
                         json_string (zp_news_kind_text (news->kind)));
    if (news->kind <= ZP_NEWS_DELETED)
        s_set_update (json, news);
    else if (*news->topic)
        json_object_set_new (json, "filter", json_text (news->topic));
    s_set_number (json, "sequence", (int64_t) news->sequence);
    if (news->kind == ZP_NEWS_JOINED) {
        char text[17];
        snprintf (text, sizeof text, "%016" PRIx64, stream);
        json_object_set_new (json, "sequence",
                             json_integer ((json_int_t) news->sequence));
        json_object_set_new (json, "stream", json_string (text));
    }
    s_set_number (json, "from", (int64_t) news->from);
    s_set_number (json, "to", (int64_t) news->to);
    s_set_number (json, "count", (int64_t) news->count);
    if (news->kind == ZP_NEWS_GONE && news->payload.size)
        json_object_set_new (json, "will", s_string (news->payload));
    outflow_json (out, json);
}

//  Of what and up to where is not always known
static void
s_say_lost (const zp_news_t *news)
{
    char to[32] = "";
    if (news->to)
        snprintf (to, sizeof to, " to %" PRIu64, news->to);
    say ("LOST%s%s from %" PRIu64 "%s", *news->topic ? " " : "", news->topic,
         news->from, to);
}

void
news_text (outflow_t *out, const zp_news_t *news)
{
    switch (news->kind) {
    case ZP_NEWS_EVENT:
    case ZP_NEWS_VALUE:
        outflow_text (out, news->topic, strlen (news->topic));
        outflow_write (out, " ", 1);
        outflow_text (out, news->payload.data, news->payload.size);
        outflow_write (out, "\n", 1);
        break;
    case ZP_NEWS_DELETED:
        say ("DELETED %s", news->topic);
        break;
    case ZP_NEWS_JOINED:
        say ("JOINED %s at %" PRIu64, news->topic, news->sequence);
        break;
    case ZP_NEWS_LOST:
        s_say_lost (news);
        break;
    case ZP_NEWS_DROPPED:
        say ("DROPPED %" PRIu64, news->count);
        break;
    case ZP_NEWS_GONE:
        say ("GONE%s%.*s", news->payload.size ? " " : "",
             (int) news->payload.size,
             news->payload.size ? (const char *) news->payload.data : "");
        break;
    case ZP_NEWS_RESTARTED:
        say ("RESTARTED");
        break;
    case ZP_NEWS_BACK:
        say ("BACK");
        break;
    case ZP_NEWS_SNAPSHOT:  // Its values follow, and are said to be all
        break;
    }
}
