//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "fault_disk.h"

#include <assert.h>
#include <czmq.h>
#include <unistd.h>

#include "fault_file.h"

//  From change `number` on a name stands for that file
typedef struct s_meaning {
    uint64_t number;     // 0: that was synced
    fault_file_t *file;  // NULL: there is none
} s_meaning_t;

typedef struct s_name {
    uint64_t number;     // Tells it from other things
    char *path;          // The name
    zlistx_t *meanings;  // s_meaning_t *: the first is synced, the last is now
} s_name_t;

struct fault_disk {
    zlistx_t *names;   // s_name_t *
    zlistx_t *files;   // fault_file_t *, with a name or without
    uint64_t changes;  // Number of the last change
    uint64_t things;   // Number of the last file or name
};

static void
s_free (void **item_p)
{
    free (*item_p);
}

static void
s_name_free (void **item_p)
{
    s_name_t *name = *item_p;
    zlistx_destroy (&name->meanings);
    free (name->path);
    free (name);
}

fault_disk_t *
fault_disk_new (void)
{
    fault_disk_t *self = zmalloc (sizeof *self);
    self->names = zlistx_new ();
    zlistx_set_destructor (self->names, s_name_free);
    self->files = zlistx_new ();
    zlistx_set_destructor (self->files,
                           (zlistx_destructor_fn *) fault_file_destroy);
    return self;
}

void
fault_disk_destroy (fault_disk_t **self_p)
{
    fault_disk_t *self = *self_p;
    if (!self)
        return;
    zlistx_destroy (&self->names);
    zlistx_destroy (&self->files);
    free (self);
    *self_p = NULL;
}

static fault_file_t *
s_file_new (fault_disk_t *self)
{
    fault_file_t *file = fault_file_new (++self->things);
    zlistx_add_end (self->files, file);
    return file;
}

static void
s_mean (s_name_t *name, uint64_t number, fault_file_t *file)
{
    s_meaning_t *meaning = zmalloc (sizeof *meaning);
    *meaning = (s_meaning_t){number, file};
    zlistx_add_end (name->meanings, meaning);
}

//  The file that a name stands for now, or NULL

static fault_file_t *
s_meant (const s_name_t *name)
{
    return ((s_meaning_t *) zlistx_tail (name->meanings))->file;
}

//  The name at path, which stands for the real file if the disk was not told
//  otherwise

static s_name_t *
s_name (fault_disk_t *self, const char *path, bool just_created)
{
    s_name_t *name = zlistx_first (self->names);
    while (name && strneq (name->path, path))
        name = zlistx_next (self->names);
    if (name)
        return name;
    name = zmalloc (sizeof *name);
    name->number = ++self->things;
    name->path = strdup (path);
    name->meanings = zlistx_new ();
    zlistx_set_destructor (name->meanings, s_free);
    fault_file_t *file = s_file_new (self);
    if (just_created || !fault_file_load (file, path))
        file = NULL;
    s_mean (name, 0, file);
    zlistx_add_end (self->names, name);
    return name;
}

fault_file_t *
fault_disk_file (fault_disk_t *self, const char *path)
{
    fault_file_t *file = s_meant (s_name (self, path, false));
    assert (file);
    return file;
}

fault_file_t *
fault_disk_create (fault_disk_t *self, const char *path)
{
    s_name_t *name = s_name (self, path, true);
    assert (!s_meant (name));
    fault_file_t *file = s_file_new (self);
    s_mean (name, ++self->changes, file);
    return file;
}

void
fault_disk_delete (fault_disk_t *self, const char *path)
{
    s_name_t *name = s_name (self, path, false);
    if (s_meant (name))
        s_mean (name, ++self->changes, NULL);
}

void
fault_disk_write (fault_disk_t *self, fault_file_t *file, int64_t offset,
                  const void *data, size_t size)
{
    fault_file_write (file, ++self->changes, offset, data, size);
}

void
fault_disk_resize (fault_disk_t *self, fault_file_t *file, int64_t size_bytes)
{
    fault_file_resize (file, ++self->changes, size_bytes);
}

void
fault_disk_sync (fault_file_t *file)
{
    fault_file_settle (file, NULL);
}

void
fault_disk_sync_failed (fault_file_t *file)
{
    fault_file_forget (file);
}

//  Let a name stand for what it did at that moment

static void
s_name_settle (s_name_t *name, uint64_t moment)
{
    fault_file_t *file = NULL;
    for (s_meaning_t *meaning = zlistx_first (name->meanings); meaning;
         meaning = zlistx_next (name->meanings))
        if (meaning->number <= moment)
            file = meaning->file;
    zlistx_purge (name->meanings);
    s_mean (name, 0, file);
}

void
fault_disk_sync_names (fault_disk_t *self, const char *path)
{
    size_t folder = (size_t) (strrchr (path, '/') - path) + 1;
    for (s_name_t *name = zlistx_first (self->names); name;
         name = zlistx_next (self->names))
        if (strncmp (name->path, path, folder) == 0 &&
            !strchr (name->path + folder, '/'))
            s_name_settle (name, UINT64_MAX);
}

int64_t
fault_disk_size (const fault_file_t *file)
{
    return fault_file_size (file);
}

int64_t
fault_disk_used (const fault_disk_t *self)
{
    int64_t used = 0;
    for (s_name_t *name = zlistx_first (self->names); name;
         name = zlistx_next (self->names))
        if (s_meant (name))
            used += fault_file_size (s_meant (name));
    return used;
}

//  The first change that was not synced; UINT64_MAX if all were

static uint64_t
s_first (fault_disk_t *self)
{
    uint64_t first = UINT64_MAX;
    for (fault_file_t *file = zlistx_first (self->files); file;
         file = zlistx_next (self->files))
        if (fault_file_first (file) < first)
            first = fault_file_first (file);
    for (s_name_t *name = zlistx_first (self->names); name;
         name = zlistx_next (self->names)) {
        zlistx_first (name->meanings);
        s_meaning_t *meaning = zlistx_next (name->meanings);
        if (meaning && meaning->number < first)
            first = meaning->number;
    }
    return first;
}

void
fault_disk_lose (fault_disk_t *self, fault_loss_t loss, uint64_t seed)
{
    fault_power_t power = {.kind = loss, .seed = seed, .first = s_first (self)};
    if (power.first != UINT64_MAX)
        power.last = self->changes;
    for (fault_file_t *file = zlistx_first (self->files); file;
         file = zlistx_next (self->files))
        fault_file_settle (file, &power);
    for (s_name_t *name = zlistx_first (self->names); name;
         name = zlistx_next (self->names)) {
        s_name_settle (name, fault_moment (&power, name->number, 0));
        unlink (name->path);
        if (s_meant (name))
            fault_file_store (s_meant (name), name->path);
    }
    zlistx_purge (self->names);
    zlistx_purge (self->files);
    self->changes = self->things = 0;
}
