//  SPDX-License-Identifier: MIT

#include "saga_text.h"

#include <stdio.h>
#include <string.h>

#include "duration.h"

const char *
saga_text_kind (zp_saga_kind_t kind)
{
    static const char *const names[] = {[ZP_SAGA_COMPENSATABLE] =
                                            "compensatable",
                                        [ZP_SAGA_PIVOT] = "pivot",
                                        [ZP_SAGA_RETRIABLE] = "retriable"};
    return names[kind];
}

const char *
saga_text_doer (const zp_saga_step_t *step, char text[SAGA_TEXT_SIZE])
{
    char duration[DURATION_SIZE];
    if (step->wait_for)
        snprintf (text, SAGA_TEXT_SIZE, "waits at most %s for",
                  duration_text (step->timeout_ms, duration));
    else
        snprintf (text, SAGA_TEXT_SIZE, "%s",
                  step->saga ? "runs the saga" : step->service);
    return text;
}

const char *
saga_text_deed (const zp_saga_step_t *step)
{
    return step->wait_for ? step->wait_for
           : step->saga   ? step->saga
                          : step->action;
}

const char *
saga_text_step (const zp_saga_step_t *step, char text[SAGA_TEXT_SIZE])
{
    char doer[SAGA_TEXT_SIZE], duration[DURATION_SIZE];
    saga_text_doer (step, doer);
    int size =
        snprintf (text, SAGA_TEXT_SIZE, "%s, %s%s: %.100s %s", step->id,
                  step->optional ? "optional, " : "",
                  saga_text_kind (step->kind), doer, saga_text_deed (step));
    if (!step->wait_for)
        size += snprintf (text + size, SAGA_TEXT_SIZE - (size_t) size,
                          ", at most %d times %s", step->retry.max_attempts,
                          duration_text (step->timeout_ms, duration));
    if (step->compensation)
        snprintf (text + size, SAGA_TEXT_SIZE - (size_t) size,
                  ", undone by %s%s", step->saga ? "the saga " : "",
                  step->compensation);
    return text;
}

const char *
saga_text_short (const char *name, size_t room, char text[SAGA_TEXT_SIZE])
{
    size_t size = strlen (name), head = room / 2, tail = room - head - 1;
    if (size <= room)
        snprintf (text, SAGA_TEXT_SIZE, "%s", name);
    else
        snprintf (text, SAGA_TEXT_SIZE, "%.*s\u2026%s", (int) head, name,
                  name + size - tail);
    return text;
}
