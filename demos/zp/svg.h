//  SPDX-License-Identifier: MIT
//
//  svg - a drawing that stands by itself: no script, no font, no file but it
//
//  It is light on a light screen and dark on a dark one, each with a ground of
//  its own, so that it can be read on any page. Texts are escaped: whatever a
//  definition or a service says is text. A class is a role, such as "undo",
//  with its colours in both; svg.c lists them.

#ifndef SVG_H
#define SVG_H

#include <stdio.h>

#define SVG_LETTER 0.61  // Width of a letter of class "code", of its size
#define SVG_SLANT  12    // How far the sides of slanted shapes are slanted

//  What is drawn so can be told apart without colours, too
typedef enum svg_shape {
    SVG_BOX,      // Rounded a little: a call
    SVG_SLANTED,  // A parallelogram: something comes in from outside
    SVG_BARRED,   // With bars at its sides: another saga
    SVG_HEXAGON,  // The pivot
    SVG_PILL,     // Round: a compensation
    SVG_PLAIN,    // A rectangle: a ground
    SVG_ARROW,    // From its left to its right: a message
    SVG_CROSSED   // The same, with a cross at its end: a lost one
} svg_shape_t;

typedef struct svg_box {
    double x, y;           // Its upper left corner
    double width, height;  // Of it
} svg_box_t;

//  Begin a drawing of that size. Who can't see it is told the title and the
//  description.
void svg_begin (FILE *to, double width, double height, const char *title,
                const char *description);
void svg_end (FILE *to);

//  A group that explains itself: to who can't see it, and under the mouse.
void svg_group (FILE *to, const char *class, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void svg_group_end (FILE *to);

//  Text from (x, y) on; it is in its middle if the class has "middle".
void svg_text (FILE *to, double x, double y, const char *class,
               const char *format, ...) __attribute__ ((format (printf, 5, 6)));

void svg_shape (FILE *to, const char *class, svg_shape_t shape, svg_box_t box);
void svg_circle (FILE *to, const char *class, double x, double y, double r);
void svg_line (FILE *to, const char *class, double x1, double y1, double x2,
               double y2);

//  A line with the head of an arrow, or a cross, at its end.
void svg_arrow (FILE *to, const char *class, double x1, double y1, double x2,
                double y2);
void svg_crossed (FILE *to, const char *class, double x1, double y1, double x2,
                  double y2);

//  A path, in the language of SVG.
void svg_path (FILE *to, const char *class, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

#endif
