//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "svg.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEAD  9  // Length of the head of an arrow
#define CROSS 6  // Half the size of a cross

//  A role and its colours
typedef struct role {
    const char *name;           // The class
    const char *fill, *line;    // In the light
    const char *fill2, *line2;  // In the dark
} role_t;

//  Text has at least a contrast of 4.5 on its ground, lines 3 (WCAG 2.1)
static const role_t s_roles[] = {
    {"paper", "#ffffff", "none", "#0d1117", "none"},
    {"band", "#f3f4f6", "none", "#171c23", "none"},
    {"compensatable", "#ddf0ff", "#0969da", "#0c2748", "#58a6ff"},
    {"pivot", "#f0e5ff", "#8250df", "#2c1a4d", "#bc8cff"},
    {"retriable", "#dcf7e3", "#1a7f37", "#0b2f1a", "#3fb950"},
    {"undo", "#ffe9d6", "#bc4c00", "#41200a", "#f0883e"},
    {"bad", "#ffe2e0", "#cf222e", "#4a1418", "#ff7b72"},
    {"person", "#fff3c4", "#805500", "#3a2c05", "#e3b341"},
    {"plain", "#ffffff", "#57606a", "#0d1117", "#9198a1"},
    {"flow", "none", "#57606a", "none", "#9198a1"},
    {"faint", "none", "#d0d7de", "none", "#30363d"},
};

#define ROLES (sizeof s_roles / sizeof *s_roles)

//  What is the same in the light and in the dark
static const char s_style[] =
    "text{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;"
    "font-size:14px;fill:#1b1f24}"
    ".code{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,"
    "monospace}"
    ".head{font-size:22px;font-weight:600}"
    ".id{font-size:16px;font-weight:700}"
    ".small{font-size:12.5px}"
    ".middle{text-anchor:middle}.right{text-anchor:end}"
    ".dim{fill:#57606a}"
    "path,rect,circle,line{stroke-width:1.8}"
    ".thick{stroke-width:3.5}.thin{stroke-width:1.2}"
    ".dash{stroke-dasharray:6 4}.dot{stroke-dasharray:1.5 4;"
    "stroke-linecap:round}";

//  Print text, which is UTF-8, so that it is text in XML, too. What XML can't
//  have, control characters and two that Unicode has put aside, become question
//  marks.
static void
s_escape (FILE *to, const char *text)
{
    for (; *text; text++) {
        unsigned char letter = (unsigned char) *text;
        if (strncmp (text, "\xEF\xBF\xBE", 3) == 0 ||
            strncmp (text, "\xEF\xBF\xBF", 3) == 0) {
            putc ('?', to);
            text += 2;
            continue;
        }
        if (letter == '&')
            fputs ("&amp;", to);
        else if (letter == '<')
            fputs ("&lt;", to);
        else if (letter == '>')
            fputs ("&gt;", to);
        else
            putc (letter < ' ' || letter == 0x7F ? '?' : letter, to);
    }
}

static void
s_escape_format (FILE *to, const char *format, va_list arguments)
{
    char *text;
    if (vasprintf (&text, format, arguments) < 0)
        abort ();
    s_escape (to, text);
    free (text);
}

static void
s_print_roles (FILE *to, bool dark)
{
    for (size_t i = 0; i < ROLES; i++) {
        const role_t *role = &s_roles[i];
        const char *line = dark ? role->line2 : role->line;
        fprintf (to, ".%s{fill:%s;stroke:%s}", role->name,
                 dark ? role->fill2 : role->fill, line);
        //  A head of an arrow, a mark, or text in the role's colour
        fprintf (to, ".%s.ink{fill:%s;stroke:none}.%s.hollow{fill:none}",
                 role->name, line, role->name);
    }
}

//  Heads of arrows, and the shading of a time of waiting
static void
s_print_defs (FILE *to)
{
    static const char *const arrows[] = {"flow", "undo", "bad"};
    fputs ("<defs>\n", to);
    for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++)
        fprintf (to,
                 "<marker id=\"to-%s\" viewBox=\"0 0 10 10\" refX=\"9\" "
                 "refY=\"5\" markerWidth=\"10\" markerHeight=\"10\" "
                 "markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
                 "<path class=\"%s ink\" d=\"M0 0L10 5L0 10z\"/></marker>\n",
                 arrows[i], arrows[i]);
    fputs ("</defs>\n", to);
}

void
svg_begin (FILE *to, double width, double height, const char *title,
           const char *description)
{
    fprintf (to,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
             "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
             "aria-labelledby=\"title desc\">\n<title id=\"title\">",
             width, height, width, height);
    s_escape (to, title);
    fputs ("</title>\n<desc id=\"desc\">", to);
    s_escape (to, description);
    fprintf (to, "</desc>\n<style>%s", s_style);
    s_print_roles (to, false);
    fputs ("@media (prefers-color-scheme:dark){text{fill:#f0f6fc}"
           ".dim{fill:#9198a1}",
           to);
    s_print_roles (to, true);
    fputs ("}</style>\n", to);
    s_print_defs (to);
    fprintf (to, "<rect class=\"paper\" width=\"%.0f\" height=\"%.0f\"/>\n",
             width, height);
}

void
svg_end (FILE *to)
{
    fputs ("</svg>\n", to);
}

void
svg_group (FILE *to, const char *class, const char *format, ...)
{
    fprintf (to, "<g class=\"%s\"><title>", class);
    va_list arguments;
    va_start (arguments, format);
    s_escape_format (to, format, arguments);
    va_end (arguments);
    fputs ("</title>\n", to);
}

void
svg_group_end (FILE *to)
{
    fputs ("</g>\n", to);
}

void
svg_text (FILE *to, double x, double y, const char *class, const char *format,
          ...)
{
    fprintf (to, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
    va_list arguments;
    va_start (arguments, format);
    s_escape_format (to, format, arguments);
    va_end (arguments);
    fputs ("</text>\n", to);
}

//  A rectangle whose corners are cut or slanted so far: those of its upper left
//  and lower right, of the others, and in the middle of its sides
static void
s_polygon (FILE *to, const char *class, svg_box_t box, double left,
           double right, double middle)
{
    double x = box.x, y = box.y, width = box.width, height = box.height;
    fprintf (to,
             "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f "
             "%.1fL%.1f %.1fL%.1f %.1fz\"/>\n",
             class, x + left, y, x + width - right, y, x + width - middle,
             y + height / 2, x + width - left, y + height, x + right,
             y + height, x + middle, y + height / 2);
}

//  Of its corners
static double
s_radius (svg_shape_t shape, double width, double height)
{
    if (shape == SVG_PILL)
        return height / 2;
    if (shape != SVG_BOX)
        return 0;
    return width < 24 ? width / 8 : 6;
}

void
svg_shape (FILE *to, const char *class, svg_shape_t shape, svg_box_t box)
{
    const double slant = SVG_SLANT, bar = 7;
    if (shape == SVG_HEXAGON)
        s_polygon (to, class, box, slant, slant, 0);
    else if (shape == SVG_SLANTED)
        s_polygon (to, class, box, slant, 0, slant / 2);
    else if (shape == SVG_ARROW || shape == SVG_CROSSED)
        (shape == SVG_ARROW ? svg_arrow : svg_crossed) (
            to, class, box.x, box.y + box.height / 2,
            box.x + box.width - (shape == SVG_ARROW ? 0 : CROSS),
            box.y + box.height / 2);
    else
        fprintf (to,
                 "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                 "height=\"%.1f\" rx=\"%.1f\"/>\n",
                 class, box.x, box.y, box.width, box.height,
                 s_radius (shape, box.width, box.height));
    if (shape == SVG_BARRED)
        for (int side = 0; side < 2; side++) {
            double x = side ? box.x + box.width - bar : box.x + bar;
            svg_line (to, class, x, box.y, x, box.y + box.height);
        }
}

void
svg_circle (FILE *to, const char *class, double x, double y, double r)
{
    fprintf (to, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n",
             class, x, y, r);
}

void
svg_line (FILE *to, const char *class, double x1, double y1, double x2,
          double y2)
{
    fprintf (to,
             "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" "
             "y2=\"%.1f\"/>\n",
             class, x1, y1, x2, y2);
}

void
svg_path (FILE *to, const char *class, const char *format, ...)
{
    fprintf (to, "<path class=\"%s\" d=\"", class);
    va_list arguments;
    va_start (arguments, format);
    vfprintf (to, format, arguments);
    va_end (arguments);
    fputs ("\"/>\n", to);
}

//  The direction from one place to another
static void
s_direction (double x1, double y1, double x2, double y2, double *x, double *y)
{
    double length = hypot (x2 - x1, y2 - y1);
    *x = length > 0 ? (x2 - x1) / length : 1;
    *y = length > 0 ? (y2 - y1) / length : 0;
}

void
svg_arrow (FILE *to, const char *class, double x1, double y1, double x2,
           double y2)
{
    double x, y;
    s_direction (x1, y1, x2, y2, &x, &y);
    double back_x = x2 - x * HEAD, back_y = y2 - y * HEAD;
    svg_line (to, class, x1, y1, back_x, back_y);
    fprintf (to,
             "<path class=\"%s ink\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fz\"/>\n",
             class, x2, y2, back_x - y * HEAD / 2, back_y + x * HEAD / 2,
             back_x + y * HEAD / 2, back_y - x * HEAD / 2);
}

void
svg_crossed (FILE *to, const char *class, double x1, double y1, double x2,
             double y2)
{
    svg_line (to, class, x1, y1, x2, y2);
    //  The line may be dashed
    fprintf (to,
             "<path class=\"%s\" style=\"stroke-dasharray:none\" "
             "d=\"M%.1f %.1fl%d %dm%d 0l%d %d\"/>\n",
             class, x2 - CROSS, y2 - CROSS, 2 * CROSS, 2 * CROSS, -2 * CROSS,
             2 * CROSS, -2 * CROSS);
}
