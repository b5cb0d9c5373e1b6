//  SPDX-License-Identifier: MIT
//
//  output - data on stdout, messages on stderr
//
//  Colours only on a terminal, and never if NO_COLOR is set
//  (https://no-color.org). Control characters in messages, which may come from
//  a peer, are not passed on to the terminal.

#ifndef OUTPUT_H
#define OUTPUT_H

#include <czmq.h>
#include <jansson.h>

typedef enum colour {
    PLAIN,
    BOLD,
    DIM,
    RED,
    GREEN,
    YELLOW,
} colour_t;

//  What switches the colour on in that stream; "" where there are no colours.
//  PLAIN switches off.
const char *paint (FILE *stream, colour_t colour);

//  A line on stderr.
void say (const char *format, ...) CHECK_PRINTF (1);

//  The same without a line's end: a question.
void ask (const char *format, ...) CHECK_PRINTF (1);

//  A line that is an error: "zp: ...".
void say_error (const char *format, ...) CHECK_PRINTF (1);

//  A line of a list on stderr that starts with a word in colour.
void say_mark (colour_t colour, const char *mark, const char *format, ...)
    CHECK_PRINTF (3);

//  What to do next: "    try: ..." and "    did you mean ...?".
void say_hint (const char *format, ...) CHECK_PRINTF (1);
void say_hint_meant (const char *format, ...) CHECK_PRINTF (1);

//  On a terminal, say on the last line of stderr what is being waited for. The
//  next message replaces it, and progress_end wipes it.
void progress (const char *format, ...) CHECK_PRINTF (1);
void progress_end (void);

//  Print JSON on stdout, indented if that is a terminal, and a line's end.
//  Takes the reference.
void print_json (json_t *json);

//  A JSON string of text that may hold anything: bytes that are no UTF-8 become
//  question marks. The caller owns the reference.
json_t *json_text (const char *text);

//  Print text that may hold anything on stdout: as it is, but without control
//  characters on a terminal.
void print_bytes (const void *data, size_t size);

//  The bytes as one line that can do nothing to a terminal, cut to at most
//  `room` characters. The caller frees it.
char *one_line (const void *data, size_t size, size_t room);

//  The bytes as one line, whatever they are: control characters but tabs, and
//  if it is no UTF-8 all that is no ASCII, become such as \x1B. The caller
//  frees it.
char *text_line (const void *data, size_t size);

#endif
