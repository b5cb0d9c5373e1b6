//  SPDX-License-Identifier: MIT

#include "command.h"

#include <string.h>

#include "output.h"
#include "zp_similar.h"

const char *
command_word (const command_t *self)
{
    const char *space = strrchr (self->name, ' ');
    return space ? space + 1 : self->name;
}

//  The command of the family that the word names, or NULL
static const command_t *
s_member (const command_t *family, const char *word)
{
    for (const command_t *const *at = family->family; *at; at++)
        if (strcmp (command_word (*at), word) == 0)
            return *at;
    return NULL;
}

const command_t *
command_find (char *const *words, int count, int *used)
{
    const command_t *found = &cmd_zp, *next;
    *used = 0;
    while (found->family && *used < count &&
           (next = s_member (found, words[*used]))) {
        found = next;
        ++*used;
    }
    return found;
}

void
command_unknown (const command_t *family, const char *word)
{
    zp_similar_t similar = {.word = word};
    for (const command_t *const *at = family->family; *at; at++)
        zp_similar_try (&similar, command_word (*at));
    const char *space = *family->name ? " " : "";
    say_error ("no command '%s%s%s'", family->name, space, word);
    if (similar.best)
        say_hint_meant ("zp %s%s%s", family->name, space, similar.best);
    else
        say_hint ("zp help%s%s", space, family->name);
}
