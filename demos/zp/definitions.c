//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "definitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "output.h"
#include "textfile.h"
#include "zp_json_where.h"

//  Add a mistake; the text is taken
static void
s_wrong (definitions_t *self, definition_t *definition, zp_json_where_t where,
         json_t *text)
{
    json_array_append_new (definition->mistakes,
                           json_pack ("{si, si, so}", "line", where.line,
                                      "column", where.column, "text", text));
    self->mistakes++;
}

//  The same for a member of a definition that has none of its own
static void
s_wrong_at (definitions_t *self, definition_t *definition, const char *pointer,
            const char *format, ...)
{
    zp_json_where_t where;
    zp_json_where_value (definition->def->text, definition->def->text_size,
                         pointer, &where);
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    s_wrong (self, definition, where, json_text (text));
    free (text);
}

//  Take apart lines such as "5:46: there is no service \"banking\"\n"
static void
s_keep_mistakes (definitions_t *self, definition_t *definition, char *lines)
{
    char *line, *rest = lines;
    while (rest && (line = strsep (&rest, "\n")) && *line) {
        zp_json_where_t where = {0};
        int used = 0;
        sscanf (line, "%d:%d: %n", &where.line, &where.column, &used);
        s_wrong (self, definition, where, json_text (line + used));
    }
}

static exit_code_t
s_read_file (definitions_t *self, const char *path, const char *const *services)
{
    size_t size;
    char *text = textfile_read (path, ZP_SAGA_DEF_MAX, &size), *mistakes;
    if (!text) {
        say_error ("can't read %s: %s", path, strerror (errno));
        return EXIT_NOT_FOUND;
    }
    self->all = realloc (self->all, (self->count + 1) * sizeof *self->all);
    assert (self->all);
    definition_t *definition = &self->all[self->count++];
    *definition =
        (definition_t){.path = strdup (path), .mistakes = json_array ()};
    definition->def =
        zp_saga_def_new ((zp_span_t){text, size}, services, &mistakes);
    s_keep_mistakes (self, definition, mistakes);
    free (mistakes);
    free (text);
    return EXIT_OK;
}

static int
s_is_json (const struct dirent *entry)
{
    size_t size = strlen (entry->d_name);
    return *entry->d_name != '.' && size > 5 &&
           strcmp (entry->d_name + size - 5, ".json") == 0;
}

static exit_code_t
s_read_folder (definitions_t *self, const char *path,
               const char *const *services)
{
    struct dirent **entries;
    int count = scandir (path, &entries, s_is_json, alphasort);
    exit_code_t code = count > 0 ? EXIT_OK : EXIT_NOT_FOUND;
    if (count < 0)
        say_error ("can't read %s: %s", path, strerror (errno));
    else if (count == 0)
        say_error ("no definitions in %s: no file there ends in .json", path);
    for (int i = 0; i < count; i++) {
        char *file = zsys_sprintf ("%s/%s", path, entries[i]->d_name);
        if (code == EXIT_OK)
            code = s_read_file (self, file, services);
        free (file);
        free (entries[i]);
    }
    if (count >= 0)
        free (entries);
    return code;
}

//  The one of that name, or NULL
static definition_t *
s_find (const definitions_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->all[i].def && strcmp (self->all[i].def->name, name) == 0)
            return &self->all[i];
    return NULL;
}

static void
s_check_name (definitions_t *self, definition_t *definition)
{
    definition_t *first = s_find (self, definition->def->name);
    if (first != definition)
        s_wrong_at (self, definition, "/saga", "%s defines \"%s\" as well",
                    first->path, definition->def->name);
}

//  The sagas that a step runs: to do it, and to undo it; NULL: none
static const char *
s_runs (const zp_saga_step_t *step, bool undo)
{
    return !step->saga ? NULL : undo ? step->compensation : step->saga;
}

//  True if the saga runs that one, also through others; `visited` has a flag
//  for each definition
static bool
s_reaches (const definitions_t *self, const definition_t *from,
           const definition_t *to, bool *visited)
{
    if (from == to)
        return true;
    if (!from || visited[from - self->all])
        return false;
    visited[from - self->all] = true;
    for (size_t i = 0; i < 2 * from->def->count; i++) {
        const char *name = s_runs (&from->def->steps[i / 2], i % 2);
        if (name && s_reaches (self, s_find (self, name), to, visited))
            return true;
    }
    return false;
}

//  Some have mistakes of their own, and nobody knows their names
static bool
s_all_known (const definitions_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!self->all[i].def)
            return false;
    return true;
}

static void
s_check_step (definitions_t *self, definition_t *definition, size_t number,
              bool undo)
{
    const char *name = s_runs (&definition->def->steps[number], undo);
    if (!name)
        return;
    char pointer[64];
    snprintf (pointer, sizeof pointer, "/steps/%zu/%s", number,
              undo ? "compensation" : "saga");
    definition_t *other = s_find (self, name);
    bool *visited = zmalloc ((self->count + 1) * sizeof *visited);
    if (!other && s_all_known (self))
        s_wrong_at (self, definition, pointer,
                    "there is no saga \"%s\" among these definitions", name);
    else if (s_reaches (self, other, definition, visited))
        s_wrong_at (self, definition, pointer, "so the saga would run itself");
    free (visited);
}

exit_code_t
definitions_read (definitions_t *self, char *const *words,
                  const char *const *services)
{
    *self = (definitions_t){0};
    exit_code_t code = EXIT_OK;
    struct stat stat_;
    for (; *words && code == EXIT_OK; words++) {
        bool folder = stat (*words, &stat_) == 0 && S_ISDIR (stat_.st_mode);
        code = folder ? s_read_folder (self, *words, services)
                      : s_read_file (self, *words, services);
    }
    for (size_t i = 0; i < self->count; i++) {
        definition_t *definition = &self->all[i];
        if (!definition->def)
            continue;
        s_check_name (self, definition);
        for (size_t step = 0; step < definition->def->count; step++) {
            s_check_step (self, definition, step, false);
            s_check_step (self, definition, step, true);
        }
    }
    return code;
}

void
definitions_clear (definitions_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        zp_saga_def_destroy (&self->all[i].def);
        json_decref (self->all[i].mistakes);
        free (self->all[i].path);
    }
    free (self->all);
    *self = (definitions_t){0};
}

exit_code_t
definitions_say (const definitions_t *self)
{
    size_t wrong = 0;
    for (size_t i = 0; i < self->count; i++) {
        const definition_t *definition = &self->all[i];
        size_t number;
        json_t *mistake;
        wrong += json_array_size (definition->mistakes) > 0;
        json_array_foreach (definition->mistakes, number, mistake)
        {
            int line, column;
            const char *text;
            json_unpack (mistake, "{si, si, ss}", "line", &line, "column",
                         &column, "text", &text);
            say ("%s:%d:%d: %s", definition->path, line, column, text);
        }
    }
    if (self->mistakes > 0)
        say_error ("%zu mistake%s in %zu of %zu definition%s", self->mistakes,
                   self->mistakes == 1 ? "" : "s", wrong, self->count,
                   self->count == 1 ? "" : "s");
    return self->mistakes > 0 ? EXIT_USAGE : EXIT_OK;
}
