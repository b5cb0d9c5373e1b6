//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "trace_words.h"

#include <czmq.h>

#include "duration.h"

bool
trace_words_failed (const trace_message_t *message)
{
    return *message->status && strcmp (message->status, "OK") != 0;
}

const char *
trace_words_fate (const trace_message_t *message)
{
    static const char *const words[] = {[TRACE_CAME] = "",
                                        [TRACE_OPEN] = "no word of it",
                                        [TRACE_LOST] = "lost",
                                        [TRACE_LATE] = "too late"};
    return words[message->fate];
}

char *
trace_words_label (const trace_message_t *message)
{
    char took[DURATION_SIZE];
    if (message->kind == TRACE_PIECE)
        return message->pieces == 1
                   ? strdup ("a piece")
                   : zsys_sprintf ("%zu pieces", message->pieces);
    if (message->kind == TRACE_REPLY)
        return message->took_us == TRACE_UNKNOWN
                   ? strdup (message->status)
                   : zsys_sprintf ("%s, %s", message->status,
                                   duration_text_us (message->took_us, took));
    return message->attempt > 1
               ? zsys_sprintf ("%s, attempt %d", message->method,
                               message->attempt)
               : strdup (message->method);
}

char *
trace_words_line (const trace_story_t *story, const trace_message_t *message,
                  const trace_note_t *note)
{
    if (note)
        return zsys_sprintf ("%s: %s", story->lanes[note->lane], note->text);
    bool request = message->kind == TRACE_REQUEST;
    const char *fate = trace_words_fate (message);
    char *label = trace_words_label (message);
    char *line =
        zsys_sprintf ("%s to %s: %s%s%s%s%s", story->lanes[message->from],
                      story->lanes[message->to], request ? "" : message->method,
                      request ? "" : ": ", label, *fate ? ", " : "", fate);
    free (label);
    return line;
}

char *
trace_words_summary (const trace_story_t *story)
{
    char took[DURATION_SIZE], retried[40] = "", lost[40] = "";
    const char *status = trace_story_status (story);
    size_t retries = trace_story_retries (story);
    size_t losses = trace_story_lost (story);
    if (retries)
        snprintf (retried, sizeof retried, ", %zu retr%s", retries,
                  retries == 1 ? "y" : "ies");
    if (losses)
        snprintf (lost, sizeof lost, ", %zu lost", losses);
    return zsys_sprintf ("%s%s%s%s%s", *status ? status : "no reply",
                         *status ? " after " : " in ",
                         duration_text_us (story->end_us, took), retried, lost);
}
