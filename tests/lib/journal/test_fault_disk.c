//  SPDX-License-Identifier: MIT
//
//  What may be on a disk after a power loss, sector by sector.

#include "fault_disk.h"

#include "fixture.h"
#include "test_seed.h"

#define SEEDS   300
#define WRITES  5  // Each of a letter of its own, behind the one before
#define SECTORS 4  // To a write

typedef struct s_disk {
    fixture_t *fixture;  // For a folder
    fault_disk_t *disk;  // Under test
    fault_file_t *file;  // On it
    char *path;          // Of the file
    uint64_t seed;       // Of the test
} s_disk_t;

static int
s_set_up (void **state)
{
    s_disk_t *self = zmalloc (sizeof *self);
    void *fixture;
    fixture_set_up (&fixture);
    self->fixture = fixture;
    self->disk = fault_disk_new ();
    self->path = zsys_sprintf ("%s/file", self->fixture->folder);
    self->seed = test_seed ();
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_disk_t *self = *state;
    void *fixture = self->fixture;
    fixture_tear_down (&fixture);
    fault_disk_destroy (&self->disk);
    free (self->path);
    free (self);
    return 0;
}

//  An empty file that was synced, with its name

static void
s_make (s_disk_t *self)
{
    FILE *file = fopen (self->path, "w");
    assert_non_null (file);
    fclose (file);
    self->file = fault_disk_file (self->disk, self->path);
}

//  Write the letters, without a sync

static void
s_write (s_disk_t *self, char first)
{
    char bytes[SECTORS * FAULT_SECTOR];
    for (int i = 0; i < WRITES; i++) {
        memset (bytes, first + i, sizeof bytes);
        fault_disk_write (self->disk, self->file, i * (int64_t) sizeof bytes,
                          bytes, sizeof bytes);
    }
}

//  Lose the power. Returns the first letter of each sector that is there; of
//  garbage too, and "-" if there is no file. To be freed.

static char *
s_lose (s_disk_t *self, fault_loss_t loss)
{
    fault_disk_lose (self->disk, loss, self->seed++);
    FILE *file = fopen (self->path, "rb");
    char *found = zmalloc (2 * WRITES * SECTORS + 2);
    if (!file)
        return strcpy (found, "-");
    char sector[FAULT_SECTOR];
    for (size_t count = 0; fread (sector, sizeof sector, 1, file) == 1;) {
        bool whole = memcmp (sector, sector + 1, sizeof sector - 1) == 0;
        found[count++] =
            whole && sector[0] >= 'A' && sector[0] <= 'z' ? sector[0] : '?';
    }
    fclose (file);
    return found;
}

static void
s_check (s_disk_t *self, fault_loss_t loss, const char *expected)
{
    char *found = s_lose (self, loss);
    assert_string_equal (found, expected);
    free (found);
}

static void
test_what_was_synced_is_there (void **state)
{
    s_disk_t *self = *state;
    for (fault_loss_t loss = 0; loss < FAULT_LOSSES; loss++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        s_check (self, loss, "aaaabbbbccccddddeeee");
    }
}

static void
test_what_was_not_synced_is_lost (void **state)
{
    s_disk_t *self = *state;
    s_make (self);
    s_write (self, 'a');
    fault_disk_sync (self->file);
    s_write (self, 'A');
    fault_disk_resize (self->disk, self->file, 0);
    s_check (self, FAULT_LOSS_UNSYNCED, "aaaabbbbccccddddeeee");
}

static void
test_when_only_the_program_ends_all_is_there (void **state)
{
    s_disk_t *self = *state;
    s_make (self);
    s_write (self, 'A');
    fault_disk_resize (self->disk, self->file, 6 * FAULT_SECTOR);
    s_check (self, FAULT_LOSS_NOTHING, "AAAABB");
}

//  Old letters, so that the size is known: of the new ones there are those up
//  to some write, of which there may be a part

static void
test_a_torn_loss_keeps_the_order (void **state)
{
    s_disk_t *self = *state;
    int torn = 0;
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        s_write (self, 'A');
        char *found = s_lose (self, FAULT_LOSS_TORN);
        char *old = found + strcspn (found, "abcde");
        char *last_new = NULL;
        for (char *at = found; *at; at++)
            if (*at < 'a')
                last_new = at;
        if (last_new && *old && old < last_new) {
            assert_true ((last_new - found) / SECTORS ==
                         (old - found) / SECTORS);
            torn++;
        }
        free (found);
    }
    assert_in_range (torn, SEEDS / 10, SEEDS);
}

static void
test_a_reordered_loss_keeps_any_sectors (void **state)
{
    s_disk_t *self = *state;
    int kept[WRITES * SECTORS] = {0}, later_only = 0;
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        s_write (self, 'A');
        char *found = s_lose (self, FAULT_LOSS_REORDERED);
        assert_int_equal (strlen (found), WRITES * SECTORS);
        for (int at = 0; at < WRITES * SECTORS; at++)
            kept[at] += found[at] < 'a';
        later_only += found[0] == 'a' && found[WRITES * SECTORS - 1] == 'E';
        free (found);
    }
    for (int at = 0; at < WRITES * SECTORS; at++)
        assert_in_range (kept[at], 1, SEEDS - 1);
    assert_in_range (later_only, 1, SEEDS - 1);
}

//  A sector is never as it was at no time: what is there of a later write is
//  there of the earlier one too

static void
test_a_sector_is_as_it_was_at_some_time (void **state)
{
    s_disk_t *self = *state;
    int seen[3] = {0};
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        char left[FAULT_SECTOR / 2], right[FAULT_SECTOR / 2];
        memset (left, 'b', sizeof left);
        memset (right, 'b', sizeof right);
        fault_disk_write (self->disk, self->file, 0, left, sizeof left);
        fault_disk_write (self->disk, self->file, sizeof left, right,
                          sizeof right);
        char *found = s_lose (self, FAULT_LOSS_REORDERED);
        FILE *file = fopen (self->path, "rb");
        char sector[FAULT_SECTOR];
        assert_int_equal (fread (sector, sizeof sector, 1, file), 1);
        fclose (file);
        assert_false (sector[0] == 'a' && sector[FAULT_SECTOR - 1] == 'b');
        seen[(sector[0] == 'b') + (sector[FAULT_SECTOR - 1] == 'b')]++;
        free (found);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range (seen[i], 1, SEEDS - 1);
}

static void
test_a_new_end_may_come_before_its_bytes (void **state)
{
    s_disk_t *self = *state;
    size_t shortest = SIZE_MAX, longest = 0;
    int garbage = 0;
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        char *found = s_lose (self, FAULT_LOSS_REORDERED);
        size_t length = strlen (found);
        shortest = length < shortest ? length : shortest;
        longest = length > longest ? length : longest;
        garbage += strchr (found, '?') != NULL;
        free (found);
    }
    assert_int_equal (shortest, 0);
    assert_int_equal (longest, WRITES * SECTORS);
    assert_in_range (garbage, 1, SEEDS - 1);
}

static void
test_a_file_is_made_shorter_wholly_or_not_at_all (void **state)
{
    s_disk_t *self = *state;
    int was[2] = {0};
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        fault_disk_resize (self->disk, self->file, 0);
        s_write (self, 'A');
        char *found = s_lose (self, FAULT_LOSS_REORDERED);
        bool cut = strcmp (found, "aaaabbbbccccddddeeee") != 0;
        assert_true (!cut || !strpbrk (found, "abcde"));
        was[cut]++;
        free (found);
    }
    for (int i = 0; i < 2; i++)
        assert_in_range (was[i], 1, SEEDS - 1);
}

static void
test_what_a_failed_sync_lost_is_lost_for_ever (void **state)
{
    s_disk_t *self = *state;
    s_make (self);
    s_write (self, 'a');
    fault_disk_sync (self->file);
    s_write (self, 'A');
    fault_disk_sync_failed (self->file);
    fault_disk_write (self->disk, self->file, 0, "late", 4);
    fault_disk_sync (self->file);
    s_check (self, FAULT_LOSS_NOTHING, "?aaabbbbccccddddeeee");
}

static void
test_a_name_has_to_be_synced (void **state)
{
    s_disk_t *self = *state;
    self->file = fault_disk_create (self->disk, self->path);
    s_write (self, 'a');
    fault_disk_sync (self->file);
    s_check (self, FAULT_LOSS_UNSYNCED, "-");

    self->file = fault_disk_create (self->disk, self->path);
    s_write (self, 'a');
    fault_disk_sync (self->file);
    fault_disk_sync_names (self->disk, self->path);
    fault_disk_delete (self->disk, self->path);
    s_check (self, FAULT_LOSS_UNSYNCED, "aaaabbbbccccddddeeee");

    fault_disk_delete (self->disk, self->path);
    fault_disk_sync_names (self->disk, self->path);
    s_check (self, FAULT_LOSS_UNSYNCED, "-");
}

static void
test_names_survive_in_any_order (void **state)
{
    s_disk_t *self = *state;
    int was[3] = {0};
    for (int i = 0; i < SEEDS; i++) {
        s_make (self);
        s_write (self, 'a');
        fault_disk_sync (self->file);
        fault_disk_delete (self->disk, self->path);
        self->file = fault_disk_create (self->disk, self->path);
        s_write (self, 'A');
        fault_disk_sync (self->file);
        char *found = s_lose (self, FAULT_LOSS_REORDERED);
        was[*found == 'a' ? 0 : *found == 'A' ? 1 : 2]++;
        free (found);
    }
    for (int i = 0; i < 3; i++)
        assert_in_range (was[i], 1, SEEDS - 1);
}

#define DISK_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST (test_what_was_synced_is_there),
        DISK_TEST (test_what_was_not_synced_is_lost),
        DISK_TEST (test_when_only_the_program_ends_all_is_there),
        DISK_TEST (test_a_torn_loss_keeps_the_order),
        DISK_TEST (test_a_reordered_loss_keeps_any_sectors),
        DISK_TEST (test_a_sector_is_as_it_was_at_some_time),
        DISK_TEST (test_a_new_end_may_come_before_its_bytes),
        DISK_TEST (test_a_file_is_made_shorter_wholly_or_not_at_all),
        DISK_TEST (test_what_a_failed_sync_lost_is_lost_for_ever),
        DISK_TEST (test_a_name_has_to_be_synced),
        DISK_TEST (test_names_survive_in_any_order),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
