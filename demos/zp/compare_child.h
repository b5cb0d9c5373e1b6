//  SPDX-License-Identifier: MIT
//
//  compare_child - zp itself, as a process beside this one
//
//  It dies with this one, however that ends.

#ifndef COMPARE_CHILD_H
#define COMPARE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

//  Start zp with these words, ended by NULL. What it says goes to a file. -1 if
//  that can't be, which was said.
pid_t compare_child_start (const char *const *words, const char *log);

//  True if it has ended by itself.
bool compare_child_ended (pid_t pid);

//  Kill it, and wait until it is gone. 0 is nobody.
void compare_child_kill (pid_t *pid_p);

#endif
