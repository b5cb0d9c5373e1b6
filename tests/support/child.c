//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "child.h"

#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

extern char **environ;

struct child {
    pid_t pid;   // Of the process; 0: ended
    FILE *said;  // Its stdout
};

child_t *
child_new (const char *one, const char *two, const char *three)
{
    int ends[2];
    assert_int_equal (pipe (ends), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init (&actions);
    posix_spawn_file_actions_adddup2 (&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose (&actions, ends[0]);
    child_t *self = calloc (1, sizeof *self);
    char *argv[] = {"child", (char *) one, (char *) two, (char *) three, NULL};
    assert_int_equal (posix_spawn (&self->pid, "/proc/self/exe", &actions, NULL,
                                   argv, environ),
                      0);
    posix_spawn_file_actions_destroy (&actions);
    close (ends[1]);
    self->said = fdopen (ends[0], "r");
    return self;
}

void
child_destroy (child_t **self_p)
{
    child_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    if (self->pid) {
        kill (self->pid, SIGKILL);
        child_end (self);
    }
    fclose (self->said);
    free (self);
}

void
child_signal (child_t *self, int signal)
{
    assert_int_equal (kill (self->pid, signal), 0);
}

bool
child_waits (child_t *self)
{
    char path[64], state = '?';
    snprintf (path, sizeof path, "/proc/%d/stat", (int) self->pid);
    FILE *stat = fopen (path, "r");
    assert_non_null (stat);
    assert_int_equal (fscanf (stat, "%*d (%*[^)]) %c", &state), 1);
    fclose (stat);
    return state == 'S';
}

bool
child_says (child_t *self, const char *line)
{
    char said[256] = "";
    if (fgets (said, sizeof said, self->said))
        said[strcspn (said, "\n")] = 0;
    if (strcmp (said, line) == 0)
        return true;
    print_error ("the child said: %s\n", said);
    return false;
}

int
child_end (child_t *self)
{
    int status;
    assert_int_equal (waitpid (self->pid, &status, 0), self->pid);
    self->pid = 0;
    return WIFEXITED (status) ? WEXITSTATUS (status) : -1;
}
