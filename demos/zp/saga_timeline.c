//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "saga_timeline_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "legend.h"
#include "saga_text.h"

#define MARGIN   32   // Around all
#define HEADS    112  // Above the line of time
#define LANE     34   // Between that and the rows: the marks
#define ROW      44   // Of a step
#define ROOM     24   // Letters of an id
#define NOTE     24   // A line beneath
#define MARK     10   // Radius of a mark
#define NAME_PAD 24   // Between the ids and the line of time

double
saga_timeline_x (const saga_timeline_t *self, int64_t at_ms)
{
    return self->left + timescale_x (&self->scale, at_ms);
}

double
saga_timeline_y (const saga_timeline_t *self, int step)
{
    return self->top + ROW * step + ROW / 2.0;
}

static size_t
s_steps (const saga_timeline_t *self)
{
    return self->history->def ? self->history->def->count : 0;
}

//  All moments at which something begins or ends
static void
s_make_scale (saga_timeline_t *self)
{
    const saga_history_t *history = self->history;
    size_t count = 0;
    int64_t *moments = calloc (history->entry_count + 3, sizeof *moments);
    assert (moments);
    moments[count++] = 0;
    moments[count++] = history->end_ms;
    for (size_t i = 0; i < history->entry_count; i++)
        moments[count++] = history->entries[i].at_ms;
    int64_t deadline_ms = history->def ? history->def->deadline_ms : 0;
    self->deadline = deadline_ms && deadline_ms <= history->end_ms;
    if (self->deadline)
        moments[count++] = deadline_ms;
    timescale_make (&self->scale, moments, count, SAGA_TIMELINE_WIDTH);
    free (moments);
}

static void
s_draw_tick (const saga_timeline_t *self, double x, const char *text)
{
    svg_line (self->to, "faint thin", x, self->top - LANE, x, self->bottom);
    svg_text (self->to, x, self->top - LANE - 8, "small dim middle", "%s",
              text);
}

//  Where a stretch is cut: two slanted strokes, and how long it is
static void
s_draw_cut (const saga_timeline_t *self, const timescale_stretch_t *stretch)
{
    char text[DURATION_SIZE];
    double x = self->left + stretch->x, middle = x + stretch->width / 2;
    double y = self->top - LANE;
    svg_shape (self->to, "band", SVG_PLAIN,
               (svg_box_t){x, y, stretch->width, self->bottom - y});
    svg_path (self->to, "flow", "M%.1f %.1fl6 -12m2 12l6 -12", middle - 7,
              y + 9);
    svg_text (self->to, middle, y - 8, "small dim middle", "%s",
              duration_text (stretch->to_ms - stretch->from_ms, text));
}

//  Marks on the line of time. Behind a cut they count anew from where that
//  ends.
static void
s_draw_line (const saga_timeline_t *self)
{
    const timescale_t *scale = &self->scale;
    char text[DURATION_SIZE], more[DURATION_SIZE + 1];
    int64_t from_ms = 0;
    bool begins = true;
    for (size_t i = 0; i < scale->count; i++) {
        const timescale_stretch_t *stretch = &scale->stretches[i];
        if (stretch->cut) {
            s_draw_cut (self, stretch);
            from_ms = stretch->to_ms;
            begins = true;
            continue;
        }
        int64_t first =
            begins ? 0 : (stretch->from_ms - from_ms) / scale->tick_ms + 1;
        for (int64_t n = first; from_ms + n * scale->tick_ms <= stretch->to_ms;
             n++) {
            duration_text (n * scale->tick_ms, text);
            //  Where a cut ends its own text leaves no room for "+0 ms"
            snprintf (more, sizeof more, "%s%s", from_ms && n ? "+" : "",
                      from_ms && !n ? "" : text);
            s_draw_tick (self,
                         saga_timeline_x (self, from_ms + n * scale->tick_ms),
                         more);
        }
        begins = false;
    }
}

static void
s_draw_rows (const saga_timeline_t *self)
{
    double right = self->left + SAGA_TIMELINE_WIDTH;
    for (int i = 0; i < (int) s_steps (self); i++) {
        const zp_saga_step_t *step = &self->history->def->steps[i];
        char text[SAGA_TEXT_SIZE];
        double y = saga_timeline_y (self, i);
        svg_line (self->to, "faint thin", MARGIN, y + ROW / 2.0, right,
                  y + ROW / 2.0);
        svg_group (self->to, "row", "%s", saga_text_step (step, text));
        svg_text (self->to, self->left - NAME_PAD, y + 5, "code right", "%s",
                  saga_text_short (step->id, ROOM, text));
        svg_group_end (self->to);
    }
}

//  The times in which nobody did anything but wait for a person
static void
s_draw_parks (const saga_timeline_t *self)
{
    for (size_t i = 0; i < self->history->park_count; i++) {
        const saga_park_t *park = &self->history->parks[i];
        char text[DURATION_SIZE];
        double x = saga_timeline_x (self, park->from_ms), width;
        width = saga_timeline_x (self, park->to_ms) - x;
        duration_text (park->to_ms - park->from_ms, text);
        svg_group (self->to, "park", "parked for %s", text);
        svg_shape (self->to, "person dash", SVG_PLAIN,
                   (svg_box_t){x, self->top, width < 3 ? 3 : width,
                               self->bottom - self->top});
        if (width > 60)
            svg_text (self->to, x + width / 2, self->bottom - 8,
                      "small person ink middle", "parked");
        svg_group_end (self->to);
    }
}

static void
s_draw_deadline (const saga_timeline_t *self)
{
    if (!self->deadline)
        return;
    double x = saga_timeline_x (self, self->history->def->deadline_ms);
    svg_group (self->to, "deadline",
               "what has not passed the point of no "
               "return by then is undone");
    svg_line (self->to, "bad dash", x, self->top - LANE, x, self->bottom + 6);
    svg_text (self->to, x, self->bottom + 20, "small bad ink middle",
              "deadline");
    svg_group_end (self->to);
}

static const char *
s_mark_class (saga_tone_t tone)
{
    return tone == SAGA_TONE_BAD      ? "bad"
           : tone == SAGA_TONE_PERSON ? "person"
                                      : "plain";
}

//  True if it is no matter of course
static bool
s_is_marked (const saga_entry_t *entry)
{
    return entry->tone != SAGA_TONE_PLAIN || entry->parks;
}

static size_t
s_marks (const saga_timeline_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->history->entry_count; i++)
        count += s_is_marked (&self->history->entries[i]);
    return count;
}

//  Where the marks are: at their times, but side by side. The caller frees it.
static double *
s_place_marks (const saga_timeline_t *self)
{
    size_t count = s_marks (self), next = 0;
    double gap = 2 * MARK + 3, end = self->left + SAGA_TIMELINE_WIDTH + MARK;
    if (gap * (double) count > SAGA_TIMELINE_WIDTH)
        gap = SAGA_TIMELINE_WIDTH / (double) count;
    double *places = calloc (count + 1, sizeof *places);
    assert (places);
    for (size_t i = 0; i < self->history->entry_count; i++) {
        const saga_entry_t *entry = &self->history->entries[i];
        if (!s_is_marked (entry))
            continue;
        double x = saga_timeline_x (self, entry->at_ms);
        bool near = next && x < places[next - 1] + gap;
        places[next] = near ? places[next - 1] + gap : x;
        next++;
    }
    for (size_t i = count; i > 0 && places[i - 1] > end; i--, end -= gap)
        places[i - 1] = end;
    return places;
}

//  The mark with that number, counted from 1, and what it means
static void
s_draw_mark (const saga_timeline_t *self, const saga_entry_t *entry,
             size_t number, double x, double y)
{
    char text[DURATION_SIZE];
    const char *class = s_mark_class (entry->tone);
    double lane = self->top - LANE / 2.0;
    svg_group (self->to, "mark", "%s %s %s", entry->step, entry->event,
               entry->detail);
    svg_path (self->to, "flow thin dot", "M%.1f %.1fL%.1f %.1fV%.1f", x,
              lane + MARK, saga_timeline_x (self, entry->at_ms), self->top,
              self->bottom);
    svg_circle (self->to, class, x, lane, MARK);
    svg_text (self->to, x, lane + 4.5, "small middle", "%zu", number);
    svg_circle (self->to, class, MARGIN + MARK, y - 5, MARK);
    svg_text (self->to, MARGIN + MARK, y - 0.5, "small middle", "%zu", number);
    svg_text (self->to, MARGIN + 110, y, "dim right", "%s",
              duration_text (entry->at_ms, text));
    svg_text (self->to, MARGIN + 126, y, "", "%s%s%s%s%s%s%s", entry->step,
              *entry->step ? " " : "", entry->event, *entry->detail ? ": " : "",
              entry->detail, *entry->follows ? "; " : "", entry->follows);
    svg_group_end (self->to);
}

//  A mark for each entry that is no matter of course, and beneath y what it
//  means
static void
s_draw_marks (const saga_timeline_t *self, double y)
{
    double *places = s_place_marks (self);
    size_t number = 0;
    for (size_t i = 0; i < self->history->entry_count; i++) {
        const saga_entry_t *entry = &self->history->entries[i];
        if (!s_is_marked (entry))
            continue;
        number++;
        s_draw_mark (self, entry, number, places[number - 1],
                     y + NOTE * (double) number);
    }
    free (places);
}

static void
s_draw_heads (const saga_timeline_t *self)
{
    const saga_history_t *history = self->history;
    char took[DURATION_SIZE], deadline[DURATION_SIZE];
    bool parked = strcmp (history->state, "PARKED") == 0;
    int64_t deadline_ms = history->def ? history->def->deadline_ms : 0;
    svg_text (self->to, MARGIN, 46, "head", "%s", history->id);
    svg_text (self->to, MARGIN, 70, "dim", "%s, version %lld: %s %s %s%s%s",
              history->name, (long long) history->version, history->state,
              history->ended ? "after" : "for",
              duration_text (history->end_ms, took),
              deadline_ms ? ", deadline " : "",
              deadline_ms ? duration_text (deadline_ms, deadline) : "");
    if (*history->reason)
        svg_text (self->to, MARGIN, 92, parked ? "bad ink" : "dim", "%s",
                  history->reason);
}

static double
s_draw_legend (const saga_timeline_t *self, FILE *to, double y, double width)
{
    legend_entry_t entries[] = {
        {"compensatable", SVG_BOX, "a step that can be undone", false},
        {"undo", SVG_PILL, "a step is being undone", false},
        {"pivot", SVG_HEXAGON, "the pivot: the point of no return", false},
        {"retriable", SVG_BOX, "a step that is repeated until done", false},
        {"plain dash", SVG_SLANTED, "waits for a signal", false},
        {"plain", SVG_BARRED, "runs another saga", false},
        {"plain dash", SVG_BOX, "goes on still", false},
        {"person dash", SVG_BOX, "PARKED: waits for a person", false},
    };
    entries[7].shown = self->history->park_count > 0;
    for (size_t i = 0; i < self->history->bar_count; i++) {
        const saga_bar_t *bar = &self->history->bars[i];
        const zp_saga_step_t *step = &self->history->def->steps[bar->step];
        entries[1].shown |= bar->undo;
        entries[4].shown |= step->wait_for && !bar->undo;
        entries[5].shown |= step->saga && !bar->undo;
        entries[6].shown |= bar->end == SAGA_END_OPEN;
        if (!bar->undo)
            entries[step->kind == ZP_SAGA_COMPENSATABLE ? 0
                    : step->kind == ZP_SAGA_PIVOT       ? 2
                                                        : 3]
                .shown = true;
    }
    return legend_draw (to, MARGIN, y, width, entries,
                        sizeof entries / sizeof *entries);
}

//  All of it in words
static char *
s_description (const saga_history_t *history)
{
    char *words, took[DURATION_SIZE];
    size_t size;
    FILE *to = open_memstream (&words, &size);
    assert (to);
    for (size_t i = 0; i < history->entry_count; i++) {
        const saga_entry_t *entry = &history->entries[i];
        fprintf (to, "%s%s: %s%s%s%s%s", i ? "; " : "",
                 duration_text (entry->at_ms, took), entry->step,
                 *entry->step ? " " : "", entry->event,
                 *entry->detail ? " " : "", entry->detail);
    }
    fclose (to);
    return words;
}

static double
s_names (const saga_timeline_t *self)
{
    size_t letters = 4;
    for (size_t i = 0; i < s_steps (self); i++) {
        size_t size = strlen (self->history->def->steps[i].id);
        letters = size > letters ? size : letters;
    }
    return (double) (letters < ROOM ? letters : ROOM) * SVG_LETTER * 14;
}

void
saga_timeline_svg (const saga_history_t *history, FILE *to)
{
    saga_timeline_t self = {.history = history, .to = to};
    self.left = MARGIN + s_names (&self) + NAME_PAD;
    self.top = HEADS + LANE + 24;
    self.bottom = self.top + ROW * (double) s_steps (&self);
    s_make_scale (&self);
    double width =
        self.left + SAGA_TIMELINE_WIDTH + SAGA_TIMELINE_TAIL - MARGIN;
    double notes = self.bottom + 28;
    double legend = notes + NOTE * (double) s_marks (&self) + 30;
    double height = legend + s_draw_legend (&self, NULL, 0, width) + MARGIN;
    char *description = s_description (history), title[256];
    snprintf (title, sizeof title, "The saga %s: %s", history->id,
              history->state);
    svg_begin (to, width + 2 * MARGIN, height, title, description);
    free (description);
    s_draw_heads (&self);
    s_draw_line (&self);
    s_draw_parks (&self);
    s_draw_rows (&self);
    s_draw_deadline (&self);
    s_draw_marks (&self, notes);
    for (size_t i = 0; i < history->bar_count; i++)
        saga_timeline_bar (&self, i);
    s_draw_legend (&self, to, legend, width);
    svg_end (to);
    timescale_clear (&self.scale);
}
