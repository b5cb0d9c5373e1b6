//  SPDX-License-Identifier: MIT

#include <stdlib.h>

#include "duration.h"
#include "table.h"
#include "trace_draw.h"
#include "trace_words.h"

//  Where the lines go
typedef struct text {
    const trace_story_t *story;
    table_t *table;
} text_t;

static colour_t
s_colour (const trace_message_t *message)
{
    return message->fate == TRACE_LOST || trace_words_failed (message) ? RED
           : message->fate == TRACE_LATE                               ? YELLOW
           : message->kind == TRACE_REQUEST && message->attempt > 1    ? YELLOW
                                                                       : PLAIN;
}

static void
s_print_item (void *arg, const trace_message_t *message,
              const trace_note_t *note)
{
    text_t *self = arg;
    char when[DURATION_SIZE];
    table_t *table = self->table;
    size_t row = note ? note->row : message->sent_row;
    table_cell (table, DIM, "%s",
                duration_text_us (self->story->row_us[row], when));
    if (note) {
        table_cell (table, PLAIN, "%s", self->story->lanes[note->lane]);
        table_cell (table, YELLOW, "*");
        table_cell (table, PLAIN, "%s", "");
        table_cell (table, YELLOW, "%s", note->text);
        return;
    }
    const char *fate = trace_words_fate (message);
    char *label = trace_words_label (message);
    table_cell (table, PLAIN, "%s", self->story->lanes[message->from]);
    table_cell (table, s_colour (message), "%s",
                message->fate == TRACE_LOST      ? "--x"
                : message->kind == TRACE_REQUEST ? "-->"
                                                 : "..>");
    table_cell (table, PLAIN, "%s", self->story->lanes[message->to]);
    table_cell (table, s_colour (message), "%s%s%s", label, *fate ? ", " : "",
                fate);
    free (label);
}

void
trace_print (const trace_story_t *story)
{
    static const char *const heads[] = {"AT", "FROM", "", "TO", "WHAT", NULL};
    text_t text = {.story = story, .table = table_new (5)};
    char *summary = trace_words_summary (story);
    print_bytes (trace_story_what (story), strlen (trace_story_what (story)));
    printf ("\n%s; trace %s\n\n", summary, story->trace);
    free (summary);
    table_heads (text.table, heads);
    trace_story_each (story, s_print_item, &text);
    table_print (&text.table);
}
