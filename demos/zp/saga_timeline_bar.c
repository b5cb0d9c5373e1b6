//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "saga_timeline_private.h"

#include <string.h>

#include "duration.h"
#include "saga_text.h"

#define BAR   24   // Height of a bar
#define SMALL 7.4  // Width of a letter of class "small"

//  How a bar has ended, in words and as a sign
static const char *
s_end_text (const saga_bar_t *bar)
{
    static const char *const texts[] = {
        [SAGA_END_OPEN] = "goes on",    [SAGA_END_DONE] = "done",
        [SAGA_END_REFUSED] = "refused", [SAGA_END_UNANSWERED] = "not answered",
        [SAGA_END_LEFT] = "broken off", [SAGA_END_BY_HAND] = "done by hand"};
    return bar->undo && bar->end == SAGA_END_DONE ? "undone" : texts[bar->end];
}

static void
s_draw_end (const saga_timeline_t *self, saga_end_t end, const char *class,
            double x, double y)
{
    char hollow[80];
    snprintf (hollow, sizeof hollow, "%s hollow", class);
    switch (end) {
    case SAGA_END_DONE:
        svg_path (self->to, hollow, "M%.1f %.1fl4 5l7 -10", x, y);
        break;
    case SAGA_END_REFUSED:
        svg_path (self->to, "bad hollow", "M%.1f %.1fl9 9m0 -9l-9 9", x,
                  y - 4.5);
        break;
    case SAGA_END_UNANSWERED:
        svg_text (self->to, x + 5, y + 6, "bad ink id middle", "?");
        break;
    case SAGA_END_BY_HAND:
        svg_path (self->to, "person hollow", "M%.1f %.1fl4 5l7 -10", x, y);
        break;
    case SAGA_END_OPEN:
        svg_path (self->to, "flow", "M%.1f %.1fl5 5l-5 5", x, y - 5);
        break;
    case SAGA_END_LEFT:
        break;
    }
}

static svg_shape_t
s_shape (const zp_saga_step_t *step, const saga_bar_t *bar, double width)
{
    svg_shape_t shape = bar->undo                     ? SVG_PILL
                        : step->wait_for              ? SVG_SLANTED
                        : step->kind == ZP_SAGA_PIVOT ? SVG_HEXAGON
                        : step->saga                  ? SVG_BARRED
                                                      : SVG_BOX;
    return width < 2 * SVG_SLANT + 4 && shape != SVG_PILL ? SVG_BOX : shape;
}

//  The room to the next bar of the same row, or to the end of the drawing
static double
s_room (const saga_timeline_t *self, size_t number)
{
    const saga_bar_t *bars = self->history->bars;
    double room = self->left + SAGA_TIMELINE_WIDTH + SAGA_TIMELINE_TAIL -
                  saga_timeline_x (self, bars[number].to_ms);
    for (size_t i = 0; i < self->history->bar_count; i++) {
        double gap = saga_timeline_x (self, bars[i].from_ms) -
                     saga_timeline_x (self, bars[number].to_ms);
        if (i > number && bars[i].step == bars[number].step && gap < room)
            room = gap;
    }
    return room;
}

//  Say how long a bar took, and how often it was tried: inside or beside it;
//  where there is little room, only that
static void
s_draw_label (const saga_timeline_t *self, size_t number, svg_box_t box)
{
    const saga_bar_t *bar = &self->history->bars[number];
    char took[DURATION_SIZE], all[DURATION_SIZE + 48], tries[32];
    bool several = bar->attempts > 1;
    duration_text (bar->to_ms - bar->from_ms, took);
    snprintf (tries, sizeof tries, "%lld attempts", (long long) bar->attempts);
    snprintf (all, sizeof all, "%s%s%s", took, several ? ", " : "",
              several ? tries : "");
    snprintf (tries, sizeof tries, "\u00d7%lld", (long long) bar->attempts);
    const char *const labels[] = {all, tries};
    double y = box.y + box.height / 2 + 4.5;
    for (int i = 0; i <= several; i++) {
        double wide = (double) strlen (labels[i]) * SMALL;
        if (wide < box.width - 2 * SVG_SLANT) {
            svg_text (self->to, box.x + box.width / 2, y, "small middle", "%s",
                      labels[i]);
            return;
        }
        if (wide < s_room (self, number) - 28) {
            svg_text (self->to, box.x + box.width + 24, y, "small", "%s",
                      labels[i]);
            return;
        }
    }
}

void
saga_timeline_bar (const saga_timeline_t *self, size_t number)
{
    const saga_bar_t *bar = &self->history->bars[number];
    const zp_saga_step_t *step = &self->history->def->steps[bar->step];
    char took[DURATION_SIZE], tries[48] = "", class[64];
    double x = saga_timeline_x (self, bar->from_ms),
           y = saga_timeline_y (self, bar->step);
    double width = saga_timeline_x (self, bar->to_ms) - x;
    svg_box_t box = {x, y - BAR / 2.0, width < 4 ? 4 : width, BAR};
    if (bar->attempts > 1)
        snprintf (tries, sizeof tries, ", %lld attempts",
                  (long long) bar->attempts);
    const char *role = bar->undo ? "undo" : saga_text_kind (step->kind);
    bool waits = step->wait_for || bar->end == SAGA_END_OPEN;
    snprintf (class, sizeof class, "%s%s%s", role, waits ? " dash" : "",
              step->wait_for ? " hollow" : "");
    svg_group (self->to, "bar", "%s: %s%s, %s", step->id,
               duration_text (bar->to_ms - bar->from_ms, took), tries,
               s_end_text (bar));
    svg_shape (self->to, class, s_shape (step, bar, box.width), box);
    s_draw_end (self, bar->end, role, x + box.width + 6, y);
    s_draw_label (self, number, box);
    svg_group_end (self->to);
}
