//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "args.h"
#include "commands.h"
#include "module.h"
#include "output.h"
#include "table.h"
#include "zp_similar.h"

//  What becomes of a file
typedef enum fate { COPIED, UNCHANGED, DIFFERS } fate_t;

//  One file of a module
typedef struct item {
    char *name;          // Without folders
    const char *folder;  // Of its module
    char *from, *to;     // Full paths
    fate_t fate;         // What is there at the other end
} item_t;

static void
s_item_destroy (void **item_p)
{
    item_t *item = *item_p;
    free (item->name);
    free (item->from);
    free (item->to);
    free (item);
    *item_p = NULL;
}

static fate_t
s_compare (zchunk_t *content, const char *path)
{
    if (access (path, F_OK) == -1)
        return COPIED;
    zchunk_t *other = zchunk_slurp (path, 0);
    bool same = other && zchunk_size (other) == zchunk_size (content) &&
                memcmp (zchunk_data (other), zchunk_data (content),
                        zchunk_size (content)) == 0;
    zchunk_destroy (&other);
    return same ? UNCHANGED : DIFFERS;
}

//  What is to be copied where. NULL if a file can't be read, said on stderr.
static zlistx_t *
s_plan (const char *root, zlistx_t *modules, const char *folder)
{
    zlistx_t *items = zlistx_new ();
    zlistx_set_destructor (items, s_item_destroy);
    for (module_t *module = zlistx_first (modules); module;
         module = zlistx_next (modules))
        for (const char *name = zlistx_first (module->files); name && items;
             name = zlistx_next (module->files)) {
            item_t *item = zmalloc (sizeof *item);
            item->name = strdup (name);
            item->folder = module->folder;
            item->from = zsys_sprintf ("%s/%s/%s", root, module->folder, name);
            item->to = zsys_sprintf ("%s/%s", folder, name);
            zlistx_add_end (items, item);
            zchunk_t *content = zchunk_slurp (item->from, 0);
            if (content)
                item->fate = s_compare (content, item->to);
            else {
                say_error ("can't read %s: %s", item->from, strerror (errno));
                zlistx_destroy (&items);
                return NULL;
            }
            zchunk_destroy (&content);
        }
    return items;
}

static bool
s_may_overwrite (zlistx_t *items, bool force)
{
    bool may = true;
    for (item_t *item = zlistx_first (items); item && !force;
         item = zlistx_next (items))
        if (item->fate == DIFFERS) {
            say_error ("%s is there already, and differs", item->to);
            may = false;
        }
    if (!may)
        say_hint ("--force overwrites; nothing was copied");
    return may;
}

static bool
s_copy (const item_t *item)
{
    zchunk_t *content = zchunk_slurp (item->from, 0);
    FILE *file = content ? fopen (item->to, "w") : NULL;
    bool written =
        file && fwrite (zchunk_data (content), 1, zchunk_size (content),
                        file) == zchunk_size (content);
    if (file)
        written = fclose (file) == 0 && written;
    if (!written)
        say_error ("can't write %s: %s", item->to, strerror (errno));
    zchunk_destroy (&content);
    return written;
}

static bool
s_copy_all (zlistx_t *items)
{
    for (item_t *item = zlistx_first (items); item; item = zlistx_next (items))
        if (item->fate != UNCHANGED && !s_copy (item))
            return false;
    return true;
}

//  The line that compiles all sources: packages for pkg-config, other flags.
//  The caller frees it.
static char *
s_compiler_line (zlistx_t *modules)
{
    char *packages = strdup (""), *flags = strdup ("");
    for (module_t *module = zlistx_first (modules); module;
         module = zlistx_next (modules))
        for (const char *link = zlistx_first (module->links); link;
             link = zlistx_next (module->links)) {
            char **list = *link == '-' ? &flags : &packages;
            char *with = zsys_sprintf ("%s ", *list);
            char *word = zsys_sprintf (" %s ", link);
            bool there = strstr (with, word) != NULL;
            free (with);
            free (word);
            char *longer = there ? NULL : zsys_sprintf ("%s %s", *list, link);
            if (longer) {
                free (*list);
                *list = longer;
            }
        }
    char *line = zsys_sprintf ("cc -std=c11 *.c%s%s%s%s",
                               *packages ? " $(pkg-config --cflags --libs" : "",
                               packages, *packages ? ")" : "", flags);
    free (packages);
    free (flags);
    return line;
}

static const char *
s_fate_name (fate_t fate)
{
    static const char *const names[] = {[COPIED] = "copied",
                                        [UNCHANGED] = "unchanged",
                                        [DIFFERS] = "overwritten"};
    return names[fate];
}

static void
s_report (zlistx_t *items, zlistx_t *modules, bool as_json)
{
    char *line = s_compiler_line (modules);
    json_t *files = json_array ();
    table_t *table = table_new (3);
    for (item_t *item = zlistx_first (items); item;
         item = zlistx_next (items)) {
        const char *fate = s_fate_name (item->fate);
        table_cell (table, PLAIN, "%s", item->name);
        table_cell (table, DIM, "%s", fate);
        table_cell (table, PLAIN, "%s", item->folder);
        json_t *json = json_object ();
        json_object_set_new (json, "file", json_text (item->name));
        json_object_set_new (json, "module", json_text (item->folder));
        json_object_set_new (json, "fate", json_text (fate));
        json_array_append_new (files, json);
    }
    if (as_json) {
        json_t *json = json_object ();
        json_object_set (json, "files", files);
        json_object_set_new (json, "build", json_text (line));
        print_json (json);
        table_destroy (&table);
    }
    else {
        table_print (&table);
        fflush (stdout);
        say ("build them with your own sources, so:\n    %s", line);
    }
    json_decref (files);
    free (line);
}

static void
s_no_module (const char *root, const char *name)
{
    say_error ("no module %s", name);
    zp_similar_t similar = {.word = name};
    zlistx_t *folders = module_list (root);
    for (const char *folder = zlistx_first (folders); folder;
         folder = zlistx_next (folders))
        zp_similar_try (&similar, strchr (folder, '/') + 1);
    if (similar.best)
        say_hint_meant ("%s", similar.best);
    else
        say_hint ("zp copy --list");
    zlistx_destroy (&folders);
}

static int
s_copy_module (const args_t *args, const char *root)
{
    const char *name = args_operand (args, 0), *folder = args_operand (args, 1);
    char *missing;
    zlistx_t *modules = module_closure (root, name, &missing);
    if (!modules) {
        s_no_module (root, missing);
        free (missing);
        return EXIT_NOT_FOUND;
    }
    int result = EXIT_ERROR;
    zlistx_t *items = s_plan (root, modules, folder);
    if (items && s_may_overwrite (items, args_has (args, "force"))) {
        if (zsys_dir_create ("%s", folder) == -1)
            say_error ("can't make the folder %s: %s", folder,
                       strerror (errno));
        else if (s_copy_all (items)) {
            s_report (items, modules, args_has (args, "json"));
            result = EXIT_OK;
        }
    }
    zlistx_destroy (&items);
    zlistx_destroy (&modules);
    return result;
}

static int
s_list (const args_t *args, const char *root)
{
    zlistx_t *folders = module_list (root);
    json_t *list = json_array ();
    table_t *table = table_new (2);
    for (const char *folder = zlistx_first (folders); folder;
         folder = zlistx_next (folders)) {
        module_t *module = module_load (root, folder);
        table_cell (table, PLAIN, "%s", folder);
        table_cell (table, PLAIN, "%s", module->summary);
        json_t *json = json_object ();
        json_object_set_new (json, "module", json_text (folder));
        json_object_set_new (json, "summary", json_text (module->summary));
        json_array_append_new (list, json);
        module_destroy (&module);
    }
    if (args_has (args, "json"))
        print_json (json_incref (list));
    else
        table_print (&table);
    table_destroy (&table);
    json_decref (list);
    zlistx_destroy (&folders);
    return EXIT_OK;
}

static int
s_run (args_t *args)
{
    if (!args_has (args, "list") && args->count < 2) {
        say_error ("zp copy: which module, and where to?");
        say_hint ("zp copy --list, then zp copy MODULE DIR");
        return EXIT_USAGE;
    }
    char *root = module_root ();
    if (!root) {
        say_error ("the modules are nowhere to be found");
        say_hint ("ZP_HOME=FOLDER zp copy ..., with the folder of lib/ and "
                  "patterns/");
        return EXIT_NOT_FOUND;
    }
    int result = args_has (args, "list") ? s_list (args, root)
                                         : s_copy_module (args, root);
    free (root);
    return result;
}

const command_t cmd_copy = {
    .name = "copy",
    .summary = "copy a module, and all that it needs, into a folder of yours",
    .usage = "MODULE DIR | --list",
    .examples = "zp copy --list\n"
                "zp copy reqrep src/zp\n"
                "zp copy lib/envelope src/zp --force\n",
    .options = {{.name = "list",
                 .letter = 'l',
                 .text = "only list the modules, and what they are"},
                {.name = "force",
                 .letter = 'f',
                 .text = "overwrite files that differ"},
                OPTION_JSON},
    .operands = {OPERAND_MODULE, OPERAND_FILE},
    .run = s_run,
    .notes = "The files lie flat in DIR, which is made if need be. If one is\n"
             "there already and differs, nothing is copied at all without\n"
             "--force.",
};
