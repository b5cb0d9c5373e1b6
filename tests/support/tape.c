//  SPDX-License-Identifier: MIT

#include "tape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void
s_on_event (void *arg, const zp_tap_event_t *event)
{
    tape_t *self = arg;
    assert_true (self->count < TAPE_MAX);
    note_t *note = &self->note[self->count++];
    note->event = *event;
    note->envelope = *event->envelope;
    snprintf (note->method, sizeof note->method, "%.*s",
              (int) event->method.size,
              event->method.size ? (const char *) event->method.data : "");
    snprintf (note->endpoint, sizeof note->endpoint, "%s",
              event->endpoint ? event->endpoint : "");
}

void
tape_init (tape_t *self)
{
    self->tap = (zp_tap_t){s_on_event, self};
    self->count = 0;
}

size_t
tape_count (const tape_t *self, zp_tap_what_t what)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += self->note[i].event.what == what;
    return count;
}

const note_t *
tape_note (const tape_t *self, zp_tap_what_t what, size_t number)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->note[i].event.what == what && number-- == 0)
            return &self->note[i];
    fail_msg ("there is no such note");
    return NULL;
}

static int
s_print (const note_t *note, char *text, size_t size)
{
    static const char *const name[] = {
        [ZP_TAP_SENT] = "sent",       [ZP_TAP_LOST] = "lost",
        [ZP_TAP_HEARD] = "heard",     [ZP_TAP_ENDED] = "ended",
        [ZP_TAP_BREAKER] = "breaker", [ZP_TAP_TOOK] = "took",
        [ZP_TAP_DROPPED] = "dropped", [ZP_TAP_REPLIED] = "replied",
        [ZP_TAP_MUTED] = "muted",
    };
    const zp_tap_event_t *event = &note->event;
    const zp_envelope_t *envelope = &note->envelope;
    if (event->what == ZP_TAP_BREAKER)
        return snprintf (text, size, "breaker %s",
                         zp_breaker_state_name (event->breaker));
    bool ok = envelope->status == ZP_OK;
    return snprintf (text, size, "%s %u%s%s%s%s", name[event->what],
                     envelope->attempt,
                     envelope->kind == ZP_PARTIAL ? " piece" : "",
                     event->late ? " late" : "", ok ? "" : " ",
                     ok ? "" : zp_status_name ((zp_status_t) envelope->status));
}

const char *
tape_line (tape_t *self)
{
    size_t used = 0;
    self->line[0] = 0;
    for (size_t i = 0; i < self->count && used + 64 < sizeof self->line; i++) {
        if (i)
            used += (size_t) snprintf (self->line + used, 3, ", ");
        used += (size_t) s_print (&self->note[i], self->line + used,
                                  sizeof self->line - used);
    }
    return self->line;
}
