//  SPDX-License-Identifier: MIT
//
//  expand - fills in the placeholders of a text
//
//  A placeholder is a name in braces, {run}; a name is of letters, digits, -
//  and _. Two braces, {{, stand for one, and one before anything else for
//  itself, so that JSON can be written as it is.

#ifndef EXPAND_H
#define EXPAND_H

#define EXPAND_NAME_MAX 64  // Bytes of a placeholder's name, with its end

//  Gives the text for a placeholder, or NULL if there is none of that name.
typedef const char *(expand_fn) (void *arg, const char *name);

//  The text with its placeholders filled in, which the caller frees. NULL if
//  one is not known: its name is in unknown, room for EXPAND_NAME_MAX bytes.
char *expand (const char *text, expand_fn *fn, void *arg, char *unknown);

#endif
