//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "screen.h"

#include <sys/ioctl.h>
#include <termios.h>

#define LINES_OTHERWISE   24
#define COLUMNS_OTHERWISE 80

struct screen {
    struct termios before;  // How the terminal was
};

screen_t *
screen_new (void)
{
    struct termios before;
    if (!isatty (STDOUT_FILENO) || tcgetattr (STDIN_FILENO, &before) == -1)
        return NULL;
    screen_t *self = zmalloc (sizeof *self);
    self->before = before;
    struct termios now = before;
    now.c_lflag &= ~(tcflag_t) (ICANON | ECHO);
    now.c_cc[VMIN] = 0;
    now.c_cc[VTIME] = 0;
    now.c_cc[VSUSP] = _POSIX_VDISABLE;  // It would leave the screen as it is
    tcsetattr (STDIN_FILENO, TCSANOW, &now);
    //  The other screen, no cursor, no wrapping of lines
    fputs ("\033[?1049h\033[?25l\033[?7l", stdout);
    fflush (stdout);
    return self;
}

void
screen_destroy (screen_t **self_p)
{
    assert (self_p);
    screen_t *self = *self_p;
    if (!self)
        return;
    fputs ("\033[?7h\033[?25h\033[?1049l", stdout);
    fflush (stdout);
    tcsetattr (STDIN_FILENO, TCSANOW, &self->before);
    free (self);
    *self_p = NULL;
}

static void
s_size (size_t *lines, size_t *columns)
{
    struct winsize size = {0};
    ioctl (STDOUT_FILENO, TIOCGWINSZ, &size);
    *lines = size.ws_row ? size.ws_row : LINES_OTHERWISE;
    *columns = size.ws_col ? size.ws_col : COLUMNS_OTHERWISE;
}

size_t
screen_lines (void)
{
    size_t lines, columns;
    s_size (&lines, &columns);
    return lines;
}

void
screen_show (const page_t *page, size_t head, size_t from, const char *foot)
{
    size_t lines, columns;
    s_size (&lines, &columns);
    //  At once, as far as the terminal can: no flicker
    fputs ("\033[?2026h\033[H", stdout);
    for (size_t line = 0; line + 1 < lines; line++) {
        size_t number = line < head ? line : line + from;
        if (number < page_count (page))
            page_print (page, number, columns, stdout);
        fputs ("\033[K\r\n", stdout);
    }
    printf ("%s%.*s%s\033[K\033[J\033[?2026l", paint (stdout, DIM),
            (int) columns, foot, paint (stdout, PLAIN));
    fflush (stdout);
}

int
screen_key (const char **at, const char *end)
{
    static const struct {
        const char *bytes;
        screen_key_t key;
    } keys[] = {{"\033[A", SCREEN_UP},       {"\033OA", SCREEN_UP},
                {"\033[B", SCREEN_DOWN},     {"\033OB", SCREEN_DOWN},
                {"\033[5~", SCREEN_PAGE_UP}, {"\033[6~", SCREEN_PAGE_DOWN},
                {"\033[H", SCREEN_HOME},     {"\033[1~", SCREEN_HOME},
                {"\033[F", SCREEN_END},      {"\033[4~", SCREEN_END}};
    size_t left = (size_t) (end - *at);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t size = strlen (keys[i].bytes);
        if (left >= size && memcmp (*at, keys[i].bytes, size) == 0) {
            *at += size;
            return keys[i].key;
        }
    }
    return left ? (unsigned char) *(*at)++ : SCREEN_NONE;
}
