//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "place.h"

#include "output.h"
#include "rundir.h"

//  A comma can be a part of a path, but an endpoint must follow the one that
//  is meant
static place_t
s_read (const char *text)
{
    const char *comma = strrchr (text, ',');
    if (!comma || !strstr (comma, "://"))
        return (place_t){.updates = strdup (text)};
    return (place_t){strndup (text, (size_t) (comma - text)),
                     strdup (comma + 1)};
}

static exit_code_t
s_use (place_t place, place_fn *fn, void *arg)
{
    exit_code_t code = fn (arg, &place);
    free (place.updates);
    free (place.requests);
    return code;
}

static exit_code_t
s_use_default (const char *name, place_fn *fn, void *arg)
{
    char *base = rundir_base ();
    place_t place = {zsys_sprintf ("ipc://%s/%s.updates", base, name),
                     zsys_sprintf ("ipc://%s/%s.requests", base, name)};
    free (base);
    return s_use (place, fn, arg);
}

//  Those that the option names
static exit_code_t
s_use_all (const args_t *args, const char *option, place_fn *fn, void *arg)
{
    exit_code_t code = EXIT_OK;
    const char *text = args_text (args, option);
    for (int i = 0; text && code == EXIT_OK; i++) {
        code = s_use (s_read (text), fn, arg);
        text = args_text_at (args, option, i + 1);
    }
    return code;
}

exit_code_t
place_bind (const args_t *args, const char *option, const char *name,
            place_fn *fn, void *arg)
{
    if (args_has (args, option))
        return s_use_all (args, option, fn, arg);
    char *why = rundir_make_base ();
    if (why)
        say_error ("%s", why);
    exit_code_t code = why ? EXIT_ERROR : s_use_default (name, fn, arg);
    free (why);
    return code;
}

exit_code_t
place_connect (const args_t *args, place_fn *fn, void *arg)
{
    const char *set = getenv ("ZP_PUB");
    if (args_has (args, "connect"))
        return s_use_all (args, "connect", fn, arg);
    if (set && *set)
        return s_use (s_read (set), fn, arg);
    return s_use_default ("pub", fn, arg);
}
