//  SPDX-License-Identifier: MIT
//
//  trace_words - a message of a trace in words

#ifndef TRACE_WORDS_H
#define TRACE_WORDS_H

#include "trace_story.h"

//  What the message says, in short: "profiles.get, attempt 2", "OK, 12 ms",
//  "812 pieces". The caller frees it.
char *trace_words_label (const trace_message_t *message);

//  What became of it, if that is worth a word: "lost", "too late", "no word
//  of it", or else "".
const char *trace_words_fate (const trace_message_t *message);

//  True if it is a reply that is no success.
bool trace_words_failed (const trace_message_t *message);

//  All of a message, or else of a note: "gateway to profiles: profiles.get,
//  lost". The caller frees it.
char *
trace_words_line (const trace_story_t *story, const trace_message_t *message,
                  const trace_note_t *note);

//  How all went: "OK after 12 ms, 1 retry, 2 lost". The caller frees it.
char *trace_words_summary (const trace_story_t *story);

#endif
