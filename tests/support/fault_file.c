//  SPDX-License-Identifier: MIT

#include "fault_file.h"

#include <assert.h>
#include <czmq.h>
#include <stdio.h>

#include "test_seed.h"

typedef struct s_change {
    uint64_t number;       // Among all changes to the disk
    int64_t offset;        // Where in the file
    size_t size;           // How many bytes
    int64_t file_size;     // Of the file after it
    bool resizes;          // It is done wholly, with the size, or not at all
    unsigned char data[];  // The bytes
} s_change_t;

struct fault_file {
    uint64_t number;        // Tells it from others
    unsigned char *synced;  // What the disk has for sure, and room for more
    int64_t synced_size;    // Its bytes
    int64_t room;           // Bytes that there is memory for
    int64_t size;           // As programs see it
    zlistx_t *changes;      // s_change_t *: not synced, in their order
};

static void
s_free (void **item_p)
{
    free (*item_p);
}

fault_file_t *
fault_file_new (uint64_t number)
{
    fault_file_t *self = zmalloc (sizeof *self);
    self->number = number;
    self->changes = zlistx_new ();
    zlistx_set_destructor (self->changes, s_free);
    return self;
}

void
fault_file_destroy (fault_file_t **self_p)
{
    fault_file_t *self = *self_p;
    zlistx_destroy (&self->changes);
    free (self->synced);
    free (self);
    *self_p = NULL;
}

static void
s_reserve (fault_file_t *self, int64_t size)
{
    if (size <= self->room)
        return;
    self->room = size + size / 2 + 64 * 1024;
    self->synced = realloc (self->synced, (size_t) self->room);
    assert (self->synced);
}

bool
fault_file_load (fault_file_t *self, const char *path)
{
    FILE *real = fopen (path, "rb");
    if (!real)
        return false;
    fseek (real, 0, SEEK_END);
    self->size = self->synced_size = ftell (real);
    s_reserve (self, self->size);
    rewind (real);
    size_t got =
        self->size ? fread (self->synced, 1, (size_t) self->size, real) : 0;
    assert (got == (size_t) self->size);
    fclose (real);
    return true;
}

static s_change_t *
s_change (fault_file_t *self, uint64_t number, int64_t offset, int64_t end)
{
    size_t size = (size_t) (end - offset);
    s_change_t *change = zmalloc (sizeof *change + size);
    change->number = number;
    change->offset = offset;
    change->size = size;
    zlistx_add_end (self->changes, change);
    return change;
}

//  What is cut off is zeros if the file grows again

void
fault_file_resize (fault_file_t *self, uint64_t number, int64_t size_bytes)
{
    bool grows = size_bytes > self->size;
    s_change_t *change =
        s_change (self, number, grows ? self->size : size_bytes,
                  grows ? size_bytes : self->size);
    change->file_size = self->size = size_bytes;
    change->resizes = true;
}

void
fault_file_write (fault_file_t *self, uint64_t number, int64_t offset,
                  const void *data, size_t size)
{
    if (offset > self->size)
        fault_file_resize (self, number, offset);
    int64_t end = offset + (int64_t) size;
    s_change_t *change = s_change (self, number, offset, end);
    memcpy (change->data, data, size);
    if (end > self->size)
        self->size = end;
    change->file_size = self->size;
}

//  A random number that always is the same for the same three

static uint64_t
s_chance (uint64_t seed, uint64_t thing, uint64_t place)
{
    uint64_t state = seed;
    state = test_random (&state) ^ thing;
    state = test_random (&state) ^ place;
    return test_random (&state);
}

uint64_t
fault_moment (const fault_power_t *power, uint64_t thing, uint64_t place)
{
    if (power->kind == FAULT_LOSS_NOTHING)
        return UINT64_MAX;
    if (power->kind == FAULT_LOSS_UNSYNCED || power->last == 0)
        return 0;
    uint64_t count = power->last - power->first + 1;
    uint64_t chance = s_chance (power->seed, thing, place);
    if (power->kind == FAULT_LOSS_REORDERED)
        return power->first - 1 + chance % (count + 1);
    //  Torn: one change for all places, which each of them got or not
    uint64_t torn = power->first + s_chance (power->seed, 0, 0) % count;
    return torn - chance % 2;
}

//  Lengthen what the disk has by what was there before somebody wrote to it

static void
s_lengthen (fault_file_t *self, int64_t size, const fault_power_t *power)
{
    s_reserve (self, size);
    for (int64_t from = self->synced_size; from < size; from += FAULT_SECTOR) {
        uint64_t chance =
            s_chance (power->seed, self->number, ~(uint64_t) from);
        bool garbage = power->kind == FAULT_LOSS_REORDERED && chance % 2;
        int64_t left = size - from;
        memset (self->synced + from, garbage ? (int) (chance >> 8 & 0xff) : 0,
                (size_t) (left < FAULT_SECTOR ? left : FAULT_SECTOR));
    }
}

//  Write down a change where its sectors have got it, up to an end

static void
s_write_back (fault_file_t *self, const s_change_t *change, int64_t end,
              const fault_power_t *power)
{
    for (int64_t from = change->offset, to; from < end; from = to) {
        int64_t sector = from / FAULT_SECTOR;
        to = (sector + 1) * FAULT_SECTOR;
        if (to > end)
            to = end;
        if (change->resizes ||
            change->number <=
                fault_moment (power, self->number, (uint64_t) sector))
            memcpy (self->synced + from, change->data + (from - change->offset),
                    (size_t) (to - from));
    }
}

#define SIZE UINT64_MAX  // The place of a file's size

void
fault_file_settle (fault_file_t *self, const fault_power_t *power)
{
    static const fault_power_t all = {.kind = FAULT_LOSS_NOTHING};
    if (!power)
        power = &all;
    int64_t most = self->synced_size;
    for (s_change_t *change = zlistx_first (self->changes); change;
         change = zlistx_next (self->changes)) {
        int64_t end = change->offset + (int64_t) change->size;
        int64_t reach = end > change->file_size ? end : change->file_size;
        most = reach > most ? reach : most;
    }
    s_lengthen (self, most, power);
    //  Where the file was not made shorter after all, nothing else followed
    int64_t kept = INT64_MAX;
    uint64_t moment = fault_moment (power, self->number, SIZE);
    for (s_change_t *change = zlistx_first (self->changes); change;
         change = zlistx_next (self->changes)) {
        int64_t end = change->offset + (int64_t) change->size;
        bool sized = change->number <= moment;
        if (sized || !change->resizes)
            s_write_back (self, change, end < kept ? end : kept, power);
        else if (change->offset < kept)
            kept = change->offset;
        if (sized)
            self->synced_size = change->file_size;
    }
    zlistx_purge (self->changes);
}

void
fault_file_forget (fault_file_t *self)
{
    zlistx_purge (self->changes);
}

uint64_t
fault_file_first (fault_file_t *self)
{
    s_change_t *change = zlistx_first (self->changes);
    return change ? change->number : UINT64_MAX;
}

void
fault_file_store (const fault_file_t *self, const char *path)
{
    FILE *real = fopen (path, "wb");
    assert (real);
    size_t size = (size_t) self->synced_size;
    size_t put = size ? fwrite (self->synced, 1, size, real) : 0;
    int rc = fclose (real);
    assert (put == size && rc == 0);
}

int64_t
fault_file_size (const fault_file_t *self)
{
    return self->size;
}
