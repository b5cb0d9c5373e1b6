//  SPDX-License-Identifier: MIT
//
//  The owner is killed at random moments, many times. In each turn it appends a
//  group of records that know their turn and how many they are, and erases the
//  group of the turn before. So at any time there must be one whole group, and
//  none older than what was said to be on disk. What it knows it writes to a
//  file, which the kernel keeps.

#define _DEFAULT_SOURCE  // usleep

#include "child.h"
#include "fixture.h"
#include "test_seed.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS    25
#define GROUP_MAX 400
#define TURNS_MAX 100  // Between appending a group and hearing that it is there

//  What the owner knows to be on disk
typedef struct {
    uint64_t turn;     // Its last turn that was committed
    uint64_t highest;  // Highest number of a record that was
    uint64_t commits;  // How many
} s_known_t;

static s_known_t *
s_map (const char *path)
{
    int file = open (path, O_RDWR | O_CREAT, 0600);
    assert_int_not_equal (file, -1);
    assert_int_equal (ftruncate (file, sizeof (s_known_t)), 0);
    s_known_t *known =
        mmap (NULL, sizeof *known, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true (known != MAP_FAILED);
    close (file);
    return known;
}

//  In the owner's process

typedef struct {
    uint64_t position;  // When it had been done
    uint64_t highest;   // Number that it appended
} s_turn_t;

typedef struct {
    zp_journal_t *journal;      // Under test
    s_known_t *known;           // For the test to see
    s_turn_t turns[TURNS_MAX];  // The last ones, by number
    uint64_t turn;              // Last one done
    uint64_t told;              // Last one that is on disk
    uint64_t first;             // Number of the first record of the group
    uint64_t count;             // How many it has
    uint64_t seed;              // For its random numbers
} s_owner_t;

static void
s_on_committed (void *arg, uint64_t position)
{
    s_owner_t *self = arg;
    while (self->told < self->turn &&
           self->turns[(self->told + 1) % TURNS_MAX].position <= position)
        self->told++;
    self->known->turn = self->told;
    self->known->highest = self->turns[self->told % TURNS_MAX].highest;
    self->known->commits++;
}

static int
s_on_record (void *arg, const zp_record_t *record)
{
    s_owner_t *self = arg;
    memcpy (&self->turn, record->body.data, sizeof self->turn);
    if (self->count++ == 0)
        self->first = record->number;
    return 0;
}

static int
s_on_turn (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    s_owner_t *self = arg;
    if (self->turn - self->told == TURNS_MAX - 1)
        return 0;
    uint64_t turn = ++self->turn;
    for (uint64_t i = 0; i < self->count; i++)
        zp_journal_erase (self->journal, self->first + i);
    int most = turn % 4 ? 4 : GROUP_MAX;
    self->count = 1 + (uint64_t) test_below (&self->seed, most);
    uint64_t number = 0;
    for (uint64_t i = 0; i < self->count; i++) {
        uint64_t body[100] = {turn, self->count};
        number = zp_journal_append (self->journal, fixture_text (""),
                                    fixture_text (""),
                                    (zp_span_t){body, sizeof body});
    }
    self->first = number - self->count + 1;
    self->turns[turn % TURNS_MAX] =
        (s_turn_t){zp_journal_position (self->journal), number};
    return 0;
}

static int
s_child (const char *url, const char *known, const char *seed)
{
    s_owner_t self = {.known = s_map (known)};
    self.seed = strtoull (seed, NULL, 10);
    zp_journal_events_t events = {.committed = s_on_committed, .arg = &self};
    zloop_t *loop = zloop_new ();
    self.journal = zp_journal_new (loop, url, &events, NULL, NULL);
    if (!self.journal ||
        zp_journal_replay (self.journal, 0, true, s_on_record, &self) != ZP_OK)
        return 1;
    self.told = self.turn;
    zloop_timer (loop, 0, 0, s_on_turn, &self);
    puts ("ready");
    fflush (stdout);
    return zloop_start (loop);
}

//  In the test's process

typedef struct {
    uint64_t turn;   // Of all records
    uint64_t size;   // How many they should be
    uint64_t count;  // How many there are
} s_found_t;

static int
s_on_found (void *arg, const zp_record_t *record)
{
    s_found_t *found = arg;
    uint64_t body[100];
    assert_int_equal (record->body.size, sizeof body);
    memcpy (body, record->body.data, sizeof body);
    if (found->count++ == 0) {
        found->turn = body[0];
        found->size = body[1];
    }
    assert_int_equal (body[0], found->turn);
    return 0;
}

static void
s_check (fixture_t *self, const s_known_t *known)
{
    fixture_open (self);
    s_found_t found = {0, 0, 0};
    assert_int_equal (
        zp_journal_replay (self->journal, 0, true, s_on_found, &found), ZP_OK);
    assert_int_equal (found.count, found.size);
    assert_true (found.turn >= known->turn);
    //  An operation that changes nothing for the next round
    uint64_t number = fixture_append (self, "", "", "");
    assert_true (number > known->highest);
    zp_journal_erase (self->journal, number);
    zp_journal_destroy (&self->journal);
}

static void
test_what_was_committed_survives_a_kill_and_no_turn_is_divided (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    char *path = zsys_sprintf ("%s/known", self->folder);
    s_known_t *known = s_map (path);
    for (int round = 0; round < ROUNDS; round++) {
        char text[30];
        snprintf (text, sizeof text, "%" PRIu64, test_random (&seed));
        child_t *child = child_new (self->url, path, text);
        assert_true (child_says (child, "ready"));
        usleep ((useconds_t) test_below (&seed, 60000));
        child_signal (child, SIGKILL);
        assert_int_equal (child_end (child), -1);
        child_destroy (&child);
        s_check (self, known);
    }
    print_message ("%d commits, %d turns, numbers up to %d\n",
                   (int) known->commits, (int) known->turn,
                   (int) known->highest);
    assert_true (known->turn > ROUNDS);
    munmap (known, sizeof *known);
    free (path);
}

int
main (int argc, char **argv)
{
    if (argc > 3)
        return s_child (argv[1], argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_what_was_committed_survives_a_kill_and_no_turn_is_divided),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
