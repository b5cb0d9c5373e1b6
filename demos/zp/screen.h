//  SPDX-License-Identifier: MIT
//
//  screen - the whole terminal, as long as something is shown on it
//
//  What was on it comes back at the end (the alternate screen).

#ifndef SCREEN_H
#define SCREEN_H

#include "page.h"

//  What a person has typed, besides letters
typedef enum screen_key {
    SCREEN_NONE = 0,
    SCREEN_UP = 256,
    SCREEN_DOWN,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_HOME,
    SCREEN_END
} screen_key_t;

typedef struct screen screen_t;

//  Take the terminal that stdin and stdout are. NULL if they are none.
screen_t *screen_new (void);

//  Give it back as it was. Tolerates NULL.
void screen_destroy (screen_t **self_p);

//  Lines that it has now.
size_t screen_lines (void);

//  Show the first `head` lines of the page, then those from `from` on, as many
//  as there is room for, and the foot at the bottom.
void
screen_show (const page_t *page, size_t head, size_t from, const char *foot);

//  Bytes were typed: the next key, or letter, that *at stands for; goes behind
//  it. SCREEN_NONE at the end.
int screen_key (const char **at, const char *end);

#endif
