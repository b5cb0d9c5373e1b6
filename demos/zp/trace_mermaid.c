//  SPDX-License-Identifier: MIT

#include <stdlib.h>

#include "trace_draw.h"
#include "trace_words.h"

//  What means something to mermaid becomes an entity of it
static void
s_print (FILE *to, const char *text)
{
    for (; *text; text++) {
        unsigned char letter = (unsigned char) *text;
        if (letter < ' ' || letter == 0x7F)
            putc (' ', to);
        else if (letter == '#' || letter == ';' || letter == '<' ||
                 letter == '>' || letter == '"' || letter == '&')
            fprintf (to, "#%d;", letter);
        else
            putc (letter, to);
    }
}

static const char *
s_arrow (const trace_message_t *message)
{
    if (message->fate == TRACE_LOST)
        return message->kind == TRACE_REQUEST ? "-x" : "--x";
    if (message->fate == TRACE_LATE)
        return "--)";
    return message->kind == TRACE_REQUEST ? "->>" : "-->>";
}

static void
s_print_item (void *arg, const trace_message_t *message,
              const trace_note_t *note)
{
    FILE *to = arg;
    if (note) {
        fprintf (to, "    Note over l%zu: ", note->lane);
        s_print (to, note->text);
    }
    else {
        char *label = trace_words_label (message);
        const char *fate = trace_words_fate (message);
        fprintf (to, "    l%zu%sl%zu: ", message->from, s_arrow (message),
                 message->to);
        s_print (to, label);
        fprintf (to, "%s%s", *fate ? ", " : "", fate);
        free (label);
    }
    putc ('\n', to);
}

void
trace_mermaid (const trace_story_t *story, FILE *to)
{
    fputs ("sequenceDiagram\n", to);
    for (size_t i = 0; i < story->lane_count; i++) {
        fprintf (to, "    participant l%zu as ", i);
        s_print (to, story->lanes[i]);
        putc ('\n', to);
    }
    trace_story_each (story, s_print_item, to);
}
