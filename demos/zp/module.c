//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "module.h"

#include <dirent.h>

#include "program.h"

static zlistx_t *
s_strings (void)
{
    zlistx_t *list = zlistx_new ();
    zlistx_set_duplicator (list, (zlistx_duplicator_fn *) strdup);
    zlistx_set_destructor (list, (zlistx_destructor_fn *) zstr_free);
    zlistx_set_comparator (list, (zlistx_comparator_fn *) strcmp);
    return list;
}

//  The path if it is a root, or NULL; takes the path
static char *
s_if_root (char *path)
{
    char *lib = zsys_sprintf ("%s/lib/status/MODULE", path);
    bool is = access (lib, R_OK) == 0;
    free (lib);
    if (!is)
        zstr_free (&path);
    return path;
}

char *
module_root (void)
{
    const char *home = getenv ("ZP_HOME");
    if (home && *home)
        return s_if_root (strdup (home));
    char *here = program_folder ();
    char *root = s_if_root (zsys_sprintf ("%s/../share/zpatterns", here));
    free (here);
    if (!root)
        root = s_if_root (strdup (ZP_SOURCE_DIR));
    if (!root)
        root = s_if_root (strdup (ZP_SHARE_DIR));
    return root;
}

static void
s_list_layer (zlistx_t *folders, const char *root, const char *layer)
{
    char *path = zsys_sprintf ("%s/%s", root, layer);
    DIR *folder = opendir (path);
    struct dirent *entry;
    while (folder && (entry = readdir (folder))) {
        char *file = zsys_sprintf ("%s/%s/MODULE", path, entry->d_name);
        char *name = zsys_sprintf ("%s/%s", layer, entry->d_name);
        if (access (file, R_OK) == 0)
            zlistx_add_end (folders, name);
        free (name);
        free (file);
    }
    if (folder)
        closedir (folder);
    free (path);
}

zlistx_t *
module_list (const char *root)
{
    zlistx_t *folders = s_strings ();
    s_list_layer (folders, root, "lib");
    s_list_layer (folders, root, "patterns");
    zlistx_sort (folders);
    return folders;
}

//  Add the words of a text to a list. A version that a package must have at
//  least, "libzmq >= 4.3", is left out: pkg-config's caller need not repeat it.
static void
s_add_words (zlistx_t *list, char *text)
{
    char *word, *rest = text;
    bool version = false;
    while ((word = strsep (&rest, " \t"))) {
        if (*word && !version && strcmp (word, ">=") != 0)
            zlistx_add_end (list, word);
        version = *word ? strcmp (word, ">=") == 0 : version;
    }
}

static void
s_read_line (module_t *self, char *line)
{
    line[strcspn (line, "\r\n")] = 0;
    size_t size = strcspn (line, " \t");
    char *values = line + size + strspn (line + size, " \t");
    line[size] = 0;
    if (strcmp (line, "files") == 0)
        s_add_words (self->files, values);
    else if (strcmp (line, "needs") == 0)
        s_add_words (self->needs, values);
    else if (strcmp (line, "links") == 0)
        s_add_words (self->links, values);
    else if (strcmp (line, "summary") == 0) {
        zstr_free (&self->summary);
        self->summary = strdup (values);
    }
}

module_t *
module_load (const char *root, const char *folder)
{
    char *path = zsys_sprintf ("%s/%s/MODULE", root, folder);
    FILE *file = fopen (path, "r");
    free (path);
    if (!file)
        return NULL;
    module_t *self = zmalloc (sizeof *self);
    self->folder = strdup (folder);
    self->summary = strdup ("");
    self->files = s_strings ();
    self->needs = s_strings ();
    self->links = s_strings ();
    char *line = NULL;
    size_t room = 0;
    while (getline (&line, &room, file) != -1)
        s_read_line (self, line);
    free (line);
    fclose (file);
    return self;
}

void
module_destroy (module_t **self_p)
{
    assert (self_p);
    module_t *self = *self_p;
    if (!self)
        return;
    free (self->folder);
    free (self->summary);
    zlistx_destroy (&self->files);
    zlistx_destroy (&self->needs);
    zlistx_destroy (&self->links);
    free (self);
    *self_p = NULL;
}

static bool
s_is_there (zlistx_t *modules, const char *folder)
{
    for (module_t *module = zlistx_first (modules); module;
         module = zlistx_next (modules))
        if (strcmp (module->folder, folder) == 0)
            return true;
    return false;
}

//  Add the module in that folder behind all that it needs. False if one is not
//  there. A module that needs itself, over others, is added once.
static bool
s_add (zlistx_t *modules, zlistx_t *begun, const char *root, const char *folder,
       char **missing)
{
    if (s_is_there (modules, folder) || zlistx_find (begun, (void *) folder))
        return true;
    module_t *module = module_load (root, folder);
    if (!module) {
        *missing = strdup (folder);
        return false;
    }
    zlistx_add_end (begun, (void *) folder);
    bool found = true;
    for (const char *need = zlistx_first (module->needs); need && found;
         need = zlistx_next (module->needs))
        found = s_add (modules, begun, root, need, missing);
    zlistx_add_end (modules, module);
    return found;
}

//  The folder of the module with that name, which the caller frees
static char *
s_folder (const char *root, const char *name)
{
    zlistx_t *folders = module_list (root);
    char *found = NULL;
    for (const char *folder = zlistx_first (folders); folder && !found;
         folder = zlistx_next (folders))
        if (strcmp (folder, name) == 0 ||
            strcmp (strchr (folder, '/') + 1, name) == 0)
            found = strdup (folder);
    zlistx_destroy (&folders);
    return found;
}

zlistx_t *
module_closure (const char *root, const char *name, char **missing)
{
    *missing = NULL;
    zlistx_t *modules = zlistx_new (), *begun = s_strings ();
    zlistx_set_destructor (modules, (zlistx_destructor_fn *) module_destroy);
    char *folder = s_folder (root, name);
    if (!folder)
        *missing = strdup (name);
    if (!folder || !s_add (modules, begun, root, folder, missing))
        zlistx_destroy (&modules);
    free (folder);
    zlistx_destroy (&begun);
    return modules;
}
