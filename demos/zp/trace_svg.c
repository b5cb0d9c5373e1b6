//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "legend.h"
#include "output.h"
#include "trace_draw.h"
#include "trace_words.h"

#define MARGIN  32    // Around all
#define HEADS   96    // Above the heads of the lanes
#define HEAD    34    // Height of these
#define TIMES   72    // Width of the times at the left
#define ROW     38    // From one row to the next
#define ROOM    44    // Letters of a text that are shown
#define LETTER  7.7   // Width of one in class "code small"
#define PLAIN   7.2   // And in class "small"
#define GAP_MIN 120   // From one lane to the next
#define BAR     10    // Width of the time that a server takes
#define SELF    46    // How far to the right a message to oneself goes
#define NOTE    24    // Height of a note
#define WIDE    520   // The least width
#define LOST_AT 0.72  // So far on its way a message is lost

typedef struct drawing {
    const trace_story_t *story;  // What is drawn
    FILE *to;                    // There
    double *x;                   // Where the lanes are
    double top, bottom;          // Of the rows
    double width;                // Of all, without the margins
} drawing_t;

static double
s_most (double a, double b)
{
    return a > b ? a : b;
}

//  The middle of a row
static double
s_y (const drawing_t *self, size_t row)
{
    return self->top + ROW * ((double) row + 0.6);
}

//  A text as it is shown; the caller frees it
static char *
s_short (const char *text)
{
    return one_line (text, strlen (text), ROOM);
}

static char *
s_label (const trace_message_t *message)
{
    char *label = trace_words_label (message), *shown = s_short (label);
    free (label);
    return shown;
}

//  As wide as a text is shown at most
static double
s_wide (const char *text, double letter)
{
    size_t size = strlen (text);
    return letter * (double) (size < ROOM + 3 ? size : ROOM + 3);
}

static double
s_note_wide (const trace_note_t *note)
{
    return s_wide (note->text, PLAIN) + 20;
}

//  Place the lanes so far apart that what is said between two neighbours has
//  room; between others there is more in any case
static void
s_place (drawing_t *self)
{
    const trace_story_t *story = self->story;
    self->x = calloc (story->lane_count + 1, sizeof *self->x);
    assert (self->x);
    double x = MARGIN + TIMES + 40;
    for (size_t lane = 0; lane < story->lane_count; lane++) {
        double before = s_wide (story->lanes[lane], LETTER) / 2 + 16;
        self->x[lane] = x =
            s_most (x, lane ? self->x[lane - 1] : 0) + (lane ? 0 : before - 20);
        double gap = s_most (GAP_MIN, before + 30);
        if (lane + 1 < story->lane_count)
            gap = s_most (gap, before + 12 +
                                   s_wide (story->lanes[lane + 1], LETTER) / 2 +
                                   28);
        for (size_t i = 0; i < story->message_count; i++) {
            const trace_message_t *message = &story->messages[i];
            size_t left =
                message->from < message->to ? message->from : message->to;
            size_t right = message->from + message->to - left;
            char *label = s_label (message);
            double wide = s_wide (label, LETTER) + BAR + 44;
            if (left == lane && right <= lane + 1)
                gap = s_most (gap, wide + (left == right ? SELF : 0));
            free (label);
        }
        x += gap;
    }
    self->width = x - MARGIN;
    for (size_t i = 0; i < story->note_count; i++)
        self->width =
            s_most (self->width, self->x[story->notes[i].lane] - 14 +
                                     s_note_wide (&story->notes[i]) - MARGIN);
    self->width = s_most (self->width, WIDE);
}

static void
s_draw_heads (const drawing_t *self)
{
    const trace_story_t *story = self->story;
    const char *what = trace_story_what (story);
    char *shown = one_line (what, strlen (what), 60);
    char *summary = trace_words_summary (story);
    svg_text (self->to, MARGIN, 46, "head", "%s", *shown ? shown : "A trace");
    svg_text (self->to, MARGIN, 70, "dim", "%s; trace %s", summary,
              story->trace);
    free (summary);
    free (shown);
}

//  The head of each lane, and its line of life
static void
s_draw_lanes (const drawing_t *self)
{
    for (size_t i = 0; i < self->story->lane_count; i++) {
        const char *name = self->story->lanes[i];
        char *shown = s_short (name);
        double wide = s_most (s_wide (shown, 8.6) + 24, 76), x = self->x[i];
        svg_group (self->to, "lane", "%s", name);
        svg_line (self->to, "faint", x, HEADS + HEAD, x, self->bottom);
        svg_shape (self->to, "plain",
                   strcmp (name, "viewer") == 0 ? SVG_PILL : SVG_BOX,
                   (svg_box_t){x - wide / 2, HEADS, wide, HEAD});
        svg_text (self->to, x, HEADS + HEAD / 2.0 + 5, "code middle", "%s",
                  shown);
        svg_group_end (self->to);
        free (shown);
    }
}

//  When each row was, where that is not the same as before
static void
s_draw_times (const drawing_t *self)
{
    char text[DURATION_SIZE], before[DURATION_SIZE] = "";
    for (size_t i = 0; i < self->story->rows; i++) {
        duration_text_us (self->story->row_us[i], text);
        double y = s_y (self, i);
        if (strcmp (text, before) == 0)
            continue;
        svg_text (self->to, MARGIN + TIMES - 8, y + 4, "small dim right", "%s",
                  text);
        svg_line (self->to, "faint thin", MARGIN + TIMES, y, MARGIN + TIMES + 8,
                  y);
        strcpy (before, text);
    }
}

//  How many bars the lane has already in that row, of the messages before
static int
s_depth (const drawing_t *self, size_t number, size_t *const ends)
{
    const trace_message_t *messages = self->story->messages;
    int depth = 0;
    for (size_t i = 0; i < number; i++)
        depth += ends[i] && messages[i].to == messages[number].to &&
                 ends[i] > messages[number].came_row;
    return depth;
}

//  From when a server took a request until it replied: a bar on its line
static void
s_draw_bars (const drawing_t *self)
{
    const trace_story_t *story = self->story;
    size_t *ends = calloc (story->message_count + 1, sizeof *ends);
    assert (ends);
    for (size_t i = 0; i < story->message_count; i++)
        for (size_t j = i + 1; j < story->message_count; j++)
            if (story->messages[i].kind == TRACE_REQUEST &&
                story->messages[j].kind == TRACE_REPLY &&
                story->messages[j].exchange == story->messages[i].exchange)
                ends[i] = story->messages[j].sent_row;
    for (size_t i = 0; i < story->message_count; i++) {
        const trace_message_t *message = &story->messages[i];
        if (ends[i] <= message->came_row)
            continue;
        int depth = s_depth (self, i, ends);
        double from = s_y (self, message->came_row), to = s_y (self, ends[i]);
        svg_shape (self->to, "compensatable thin", SVG_PLAIN,
                   (svg_box_t){self->x[message->to] - BAR / 2.0 + depth * 4.0,
                               from, BAR, to - from});
    }
    free (ends);
}

static const char *
s_class (const trace_message_t *message)
{
    if (message->fate == TRACE_LOST)
        return message->kind == TRACE_REQUEST ? "bad" : "bad dash";
    if (message->fate == TRACE_LATE)
        return "person dash";
    if (trace_words_failed (message))
        return "bad dash";
    if (message->kind == TRACE_REQUEST)
        return message->attempt > 1 ? "undo" : "flow";
    return message->kind == TRACE_PIECE ? "flow dot" : "flow dash";
}

//  Its text, on a ground that hides what passes beneath
static void
s_draw_label (const drawing_t *self, const trace_message_t *message, double x,
              double y, bool right)
{
    char *label = s_label (message), class[64];
    const char *fate = trace_words_fate (message), *role = s_class (message);
    //  What goes its usual way is written in black
    int coloured = strncmp (role, "flow", 4) ? (int) strcspn (role, " ") : 0;
    snprintf (class, sizeof class, "code small%s%.*s%s%s", coloured ? " " : "",
              coloured, role, coloured ? " ink" : "", right ? "" : " right");
    double wide = s_wide (label, LETTER) +
                  (*fate ? s_wide (fate, LETTER) + 2 * LETTER : 0);
    svg_shape (self->to, "paper", SVG_PLAIN,
               (svg_box_t){right ? x - 2 : x - wide - 2, y - 12, wide + 4, 16});
    svg_text (self->to, x, y, class, "%s%s%s", label, *fate ? ", " : "", fate);
    free (label);
}

static void
s_draw_to_self (const drawing_t *self, const trace_message_t *message)
{
    const char *class = s_class (message);
    double x = self->x[message->from], from = s_y (self, message->sent_row);
    double to = s_y (self, message->came_row);
    to = to > from ? to : from + ROW / 3.0;
    char hollow[64];
    snprintf (hollow, sizeof hollow, "%s hollow", class);
    svg_path (self->to, hollow, "M%.1f %.1fh%dV%.1f", x + BAR / 2.0, from, SELF,
              to);
    (message->fate == TRACE_LOST ? svg_crossed : svg_arrow) (
        self->to, class, x + BAR / 2.0 + SELF, to, x + BAR / 2.0, to);
    s_draw_label (self, message, x + BAR + SELF + 4, from + 4, true);
}

static void
s_draw_message (const drawing_t *self, const trace_message_t *message)
{
    const trace_story_t *story = self->story;
    char *line = trace_words_line (story, message, NULL);
    svg_group (self->to, "message", "%s", line);
    free (line);
    if (message->from == message->to) {
        s_draw_to_self (self, message);
        svg_group_end (self->to);
        return;
    }
    bool right = message->from < message->to;
    double edge = right ? BAR / 2.0 : -BAR / 2.0;
    double x1 = self->x[message->from] + edge;
    double x2 = self->x[message->to] - edge;
    double y1 = s_y (self, message->sent_row);
    double y2 = s_y (self, message->came_row);
    if (message->fate == TRACE_LOST)
        svg_crossed (self->to, s_class (message), x1, y1,
                     x1 + (x2 - x1) * LOST_AT, y1 + (y2 - y1) * LOST_AT);
    else
        svg_arrow (self->to, s_class (message), x1, y1, x2, y2);
    s_draw_label (self, message, x1 + (right ? 8 : -8), y1 - 7, right);
    svg_group_end (self->to);
}

static void
s_draw_note (const drawing_t *self, const trace_note_t *note)
{
    double x = self->x[note->lane] - 14, y = s_y (self, note->row) - NOTE / 2.0;
    char *shown = s_short (note->text);
    svg_group (self->to, "note", "%s: %s", self->story->lanes[note->lane],
               note->text);
    svg_shape (self->to, "person", SVG_PLAIN,
               (svg_box_t){x, y, s_note_wide (note), NOTE});
    svg_text (self->to, x + 10, y + NOTE / 2.0 + 4.5, "small", "%s", shown);
    svg_group_end (self->to);
    free (shown);
}

static double
s_draw_legend (const drawing_t *self, FILE *to, double y)
{
    const trace_story_t *story = self->story;
    legend_entry_t entries[] = {
        {"flow", SVG_ARROW, "request", false},
        {"undo", SVG_ARROW, "request, not the first attempt", false},
        {"flow dash", SVG_ARROW, "reply", false},
        {"bad dash", SVG_ARROW, "reply that says what went wrong", false},
        {"flow dot", SVG_ARROW, "pieces of a reply", false},
        {"bad", SVG_CROSSED, "lost on its way", false},
        {"person dash", SVG_ARROW, "came too late", false},
        {"compensatable", SVG_PLAIN, "the server is at it", false},
        {"person", SVG_PLAIN, "what happened there", story->note_count > 0},
    };
    for (size_t i = 0; i < story->message_count; i++) {
        const trace_message_t *message = &story->messages[i];
        bool request = message->kind == TRACE_REQUEST;
        entries[message->fate == TRACE_LOST       ? 5
                : message->fate == TRACE_LATE     ? 6
                : request && message->attempt > 1 ? 1
                : request                         ? 0
                : trace_words_failed (message)    ? 3
                : message->kind == TRACE_PIECE    ? 4
                                                  : 2]
            .shown = true;
        entries[7].shown |= message->kind == TRACE_REPLY;
    }
    return legend_draw (to, MARGIN, y, self->width, entries,
                        sizeof entries / sizeof *entries);
}

//  What is told of it to who can't see it
typedef struct telling {
    const trace_story_t *story;  // The story
    FILE *to;                    // There
    bool more;                   // Something was told
} telling_t;

static void
s_tell (void *arg, const trace_message_t *message, const trace_note_t *note)
{
    telling_t *self = arg;
    char *line = trace_words_line (self->story, message, note);
    fprintf (self->to, "%s%s", self->more ? "; " : "", line);
    self->more = true;
    free (line);
}

//  All of it in words
static char *
s_description (const trace_story_t *story)
{
    char *words;
    size_t size;
    telling_t telling = {.story = story, .to = open_memstream (&words, &size)};
    assert (telling.to);
    trace_story_each (story, s_tell, &telling);
    fclose (telling.to);
    return words;
}

void
trace_svg (const trace_story_t *story, FILE *to)
{
    drawing_t self = {.story = story, .to = to, .top = HEADS + HEAD};
    s_place (&self);
    self.bottom = s_y (&self, story->rows) + 6;
    double legend = self.bottom + 26;
    double height = legend + s_draw_legend (&self, NULL, 0) + MARGIN;
    char *description = s_description (story), title[256];
    snprintf (title, sizeof title, "What became of a request: trace %s",
              story->trace);
    svg_begin (to, self.width + 2 * MARGIN, height, title,
               *description ? description : "nothing is known of it");
    free (description);
    s_draw_heads (&self);
    s_draw_times (&self);
    s_draw_lanes (&self);
    s_draw_bars (&self);
    for (size_t i = 0; i < story->message_count; i++)
        s_draw_message (&self, &story->messages[i]);
    for (size_t i = 0; i < story->note_count; i++)
        s_draw_note (&self, &story->notes[i]);
    s_draw_legend (&self, to, legend);
    svg_end (to);
    free (self.x);
}
