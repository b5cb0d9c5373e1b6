//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "patience.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define PATIENCE_S 60

//  A process in a terminal of its own, which is busy until it is ended
static pid_t
s_start_busy (int *terminal)
{
    pid_t child = forkpty (terminal, NULL, NULL, NULL);
    assert_int_not_equal (child, -1);
    if (child > 0)
        return child;
    alarm (PATIENCE_S);
    sigset_t ends;
    sigemptyset (&ends);
    sigaddset (&ends, SIGUSR1);
    sigprocmask (SIG_BLOCK, &ends, NULL);
    patience_t *patience = patience_new ("reading all");
    puts ("begun");
    fflush (stdout);
    sigwaitinfo (&ends, NULL);
    patience_destroy (&patience);
    _exit (0);
}

//  Read what the terminal shows until a text is in it, or to its end
static void
s_read_until (int terminal, const char *text, char *screen, size_t room)
{
    size_t size = 0;
    ssize_t got;
    screen[0] = 0;
    while ((!text || !strstr (screen, text)) && size + 1 < room &&
           (got = read (terminal, screen + size, room - size - 1)) > 0) {
        size += (size_t) got;
        screen[size] = 0;
    }
    if (text)
        assert_non_null (strstr (screen, text));
}

static int
s_end (pid_t child, int terminal)
{
    int how;
    assert_int_equal (waitpid (child, &how, 0), child);
    close (terminal);
    assert_true (WIFEXITED (how));
    return WEXITSTATUS (how);
}

static void
test_what_takes_long_is_shown_and_wiped (void **state)
{
    (void) state;
    int terminal;
    char screen[4096];
    pid_t child = s_start_busy (&terminal);
    s_read_until (terminal, "reading all, 2 s", screen, sizeof screen);
    kill (child, SIGUSR1);
    s_read_until (terminal, NULL, screen, sizeof screen);
    size_t size = strlen (screen);
    assert_true (size >= 4);
    assert_string_equal (screen + size - 4, "\r\033[K");
    assert_int_equal (s_end (child, terminal), EXIT_OK);
}

static void
test_what_is_quick_is_not_shown (void **state)
{
    (void) state;
    int terminal;
    char screen[4096];
    pid_t child = s_start_busy (&terminal);
    s_read_until (terminal, "begun", screen, sizeof screen);
    kill (child, SIGUSR1);
    s_read_until (terminal, NULL, screen, sizeof screen);
    assert_null (strstr (screen, "reading"));
    assert_int_equal (s_end (child, terminal), EXIT_OK);
}

static void
test_ctrl_c_ends_the_process_though_it_is_busy (void **state)
{
    (void) state;
    int terminal;
    char screen[4096];
    pid_t child = s_start_busy (&terminal);
    s_read_until (terminal, "begun", screen, sizeof screen);
    assert_int_equal (write (terminal, "\003", 1), 1);
    assert_int_equal (s_end (child, terminal), EXIT_INTERRUPTED);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_takes_long_is_shown_and_wiped),
        cmocka_unit_test (test_what_is_quick_is_not_shown),
        cmocka_unit_test (test_ctrl_c_ends_the_process_though_it_is_busy),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
