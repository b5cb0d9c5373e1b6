//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "story.h"

#define LOOK_MS  50   // Before a look if something has been done
#define LOOKS    600  // And then it has taken too long
#define TEXT_MAX 3    // Arguments of a call to the coordinator

void
story_init (story_t *self)
{
    bool colours = isatty (STDOUT_FILENO) && !getenv ("NO_COLOR");
    *self = (story_t){.bold = colours ? "\033[1m" : "",
                      .dim = colours ? "\033[2m" : "",
                      .plain = colours ? "\033[0m" : ""};
}

const char *
story_text (json_t *object, const char *field)
{
    const char *text = json_string_value (json_object_get (object, field));
    return text ? text : "?";
}

int
story_number (json_t *object, const char *field)
{
    return (int) json_integer_value (json_object_get (object, field));
}

json_t *
story_find (json_t *list, const char *field, const char *text)
{
    for (size_t i = 0; i < json_array_size (list); i++)
        if (streq (story_text (json_array_get (list, i), field), text))
            return json_array_get (list, i);
    return NULL;
}

json_t *
story_ask (story_t *self, peer_t *peer, const char *method, json_t *body)
{
    char *text = json_dumps (body, 0);
    printf ("%s  $ zp call %s %s '%s'%s\n", self->dim, peer->name, method, text,
            self->plain);
    free (text);
    return peer_ask (peer, method, body);
}

json_t *
story_await (story_t *self, peer_t *peer, const char *method, json_t *body,
             bool (*ready) (json_t *answer, const char *what), const char *what)
{
    json_t *answer = story_ask (self, peer, method, json_incref (body));
    for (int looks = 0; answer && !ready (answer, what); looks++) {
        json_decref (answer);
        answer = NULL;
        if (looks == LOOKS)
            fprintf (stderr, "zp-viewer: nobody does %s\n", what);
        else {
            zclock_sleep (LOOK_MS);
            answer = peer_ask (peer, method, json_incref (body));
        }
    }
    json_decref (body);
    return answer;
}

char *
story_saga (story_t *self, peer_t *coordinator, const char *verb,
            const char *const *texts)
{
    char method[32];
    zp_span_t args[TEXT_MAX];
    size_t count = 0;
    snprintf (method, sizeof method, "saga.%s", verb);
    printf ("%s  $ zp saga %s", self->dim, verb);
    for (; count < TEXT_MAX && texts[count]; count++) {
        const char *text = texts[count];
        args[count] = (zp_span_t){text, strlen (text)};
        if (*text)
            printf (*text == '{' ? " '%s'" : " %s", text);
    }
    printf ("%s\n", self->plain);
    return peer_call (coordinator, method, args, count);
}

bool
story_end (story_t *self, peer_t *coordinator, const char *id)
{
    char *text =
        story_saga (self, coordinator, "wait", (const char *const[]){id, NULL});
    json_t *saga = text ? json_loads (text, 0, NULL) : NULL;
    const char *state = story_text (saga, "state");
    bool ended = streq (state, "COMPLETED") || streq (state, "COMPENSATED");
    const char *reason = story_text (saga, "reason");
    if (saga)
        printf (*reason ? "    %s: %s\n" : "    %s\n", state, reason);
    json_decref (saga);
    free (text);
    return ended;
}
