//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "log_event.h"

#include <inttypes.h>

#include "body.h"
#include "output.h"
#include "zp_eventlog_reader.h"

static char *
s_json_line (const zp_eventlog_event_t *event)
{
    json_t *json = json_pack ("{sI, sI}", "offset", (json_int_t) event->offset,
                              "time_ms", (json_int_t) event->time_ms);
    if (event->delivery)
        json_object_set_new (json, "delivery", json_integer (event->delivery));
    if (event->id.size)
        json_object_set_new (json, "id",
                             json_stringn (event->id.data, event->id.size));
    json_object_set_new (json, "body", body_to_json (&event->body));
    char *text = json_dumps (json, JSON_COMPACT);
    json_decref (json);
    return text;
}

char *
log_event_line (const zp_eventlog_event_t *event, bool as_json)
{
    char *text = as_json ? s_json_line (event)
                         : text_line (event->body.data, event->body.size);
    size_t size = strlen (text);
    text = realloc (text, size + 2);
    assert (text);
    memcpy (text + size, "\n", 2);
    return text;
}

bool
log_event_member (const args_t *args, char name[LOG_MEMBER_MAX])
{
    const char *member = args_text (args, "member");
    char host[65] = "";
    *name = 0;
    if (!args_has (args, "group")) {
        if (member)
            say_error ("--member is for a --group");
        return !member;
    }
    gethostname (host, sizeof host - 1);
    if (member)
        snprintf (name, LOG_MEMBER_MAX, "%s", member);
    else
        snprintf (name, LOG_MEMBER_MAX, "%s-%d", host, (int) getpid ());
    return true;
}

bool
log_event_from (const args_t *args, uint64_t *offset)
{
    const char *text = args_text (args, "from");
    char *end = "";
    errno = 0;
    if (!text)
        return true;
    if (strcmp (text, "start") == 0)
        *offset = ZP_EVENTLOG_START;
    else if (strcmp (text, "end") == 0)
        *offset = ZP_EVENTLOG_END;
    else if (isdigit ((unsigned char) *text))
        *offset = strtoull (text, &end, 10);
    else
        end = "?";
    if (*end == 0 && errno == 0)
        return true;
    say_error ("--from takes an offset, start or end, not '%s'", text);
    return false;
}

const char *
log_event_from_text (const args_t *args, const char *otherwise)
{
    return args_has (args, "from") ? args_text (args, "from") : otherwise;
}
