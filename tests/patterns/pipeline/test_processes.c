//  SPDX-License-Identifier: MIT
//
//  Ventilator, workers and sink in processes of their own, which are killed,
//  frozen and told to end.

#define _DEFAULT_SOURCE

#include "child.h"
#include "fixture.h"
#include "test_seed.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define LARGE (256 * 1024)  // Bytes of a large task
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MOST_MIB 600  // They need much of it themselves
#else
#define MOST_MIB 100
#endif

typedef struct {
    char tasks[64], results[64], control[64];  // Endpoints
} s_place_t;

static s_place_t
s_place (const char *name)
{
    s_place_t self;
    snprintf (self.tasks, sizeof self.tasks, "ipc://@zp-%s-tasks", name);
    snprintf (self.results, sizeof self.results, "ipc://@zp-%s-results", name);
    snprintf (self.control, sizeof self.control, "ipc://@zp-%s-control", name);
    return self;
}

//  Say if this process has ever needed much memory
static void
s_say_size (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    long most_mib = usage.ru_maxrss / 1024;
    printf ("%s\n", most_mib < MOST_MIB ? "small" : "large");
    fprintf (stderr, "%ld MiB\n", most_mib);
}

//  The child: a worker, to which each task is so many milliseconds of work

static void
s_work (zp_task_t *task, void *arg)
{
    const int *work_ms = arg;
    if (*work_ms)
        usleep ((unsigned) *work_ms * 1000);
    zp_span_t body = zp_task_body (task);
    zp_task_done (&task, body.data, body.size);
}

static int
s_be_worker (const char *name, const char *work_ms)
{
    s_place_t place = s_place (name);
    int ms = atoi (work_ms);
    zp_worker_t *worker = zp_worker_new (NULL, s_work, &ms);
    zp_worker_connect (worker, place.tasks);
    zp_worker_connect_sink (worker, place.results);
    printf ("ready\n");
    fflush (stdout);
    zp_worker_run (worker);
    zp_worker_destroy (&worker);
    return 0;
}

//  The child: a sink for one batch after the other, which says when each of
//  them begins and how it ended, and if anything was counted twice

static int
s_see (void *arg, const zp_result_t *result)
{
    uint8_t *seen = arg;
    if (result->number >= FIXTURE_TASKS || seen[result->number]++)
        printf ("counted twice: %d\n", (int) result->number);
    return 0;
}

static int
s_tell_begin (void *arg, const zp_batch_t *batch)
{
    (void) arg;
    if (!batch->ended && batch->done + batch->failed == 0)
        printf ("begun\n");
    fflush (stdout);
    return 0;
}

static int
s_be_sink (const char *name)
{
    s_place_t place = s_place (name);
    static uint8_t seen[FIXTURE_TASKS];
    zp_sink_t *sink = zp_sink_new (NULL, NULL, s_see, seen);
    if (zp_sink_bind (sink, place.results, place.control) != ZP_OK)
        return 1;
    zp_sink_on_batch (sink, s_tell_begin, NULL);
    printf ("ready\n");
    zp_status_t status = ZP_OK;
    while (status != ZP_CANCELLED) {
        fflush (stdout);
        memset (seen, 0, sizeof seen);
        status = zp_sink_run (sink);
        const zp_batch_t *batch = zp_sink_batch (sink);
        printf ("%s %d %d\n", zp_status_name (status), (int) batch->done,
                (int) batch->failed);
    }
    s_say_size ();
    zp_sink_destroy (&sink);
    return 0;
}

//  The child: a ventilator with so many tasks; those named with a + are large

static zframe_t *
s_source (void *arg, uint64_t number)
{
    const char *count = arg;
    if (number >= strtoull (count, NULL, 10))
        return NULL;
    return zframe_new (NULL, strchr (count, '+') ? LARGE : 10);
}

static int
s_be_ventilator (const char *name, const char *count)
{
    s_place_t place = s_place (name);
    zp_ventilator_options_t options = ZP_VENTILATOR_DEFAULTS;
    options.retry_ms = 1000;
    options.max_attempts = 20;
    options.max_bytes = 8 << 20;
    zp_ventilator_t *ventilator = zp_ventilator_new (NULL, &options);
    if (zp_ventilator_bind (ventilator, place.tasks) != ZP_OK)
        return 1;
    zp_ventilator_connect (ventilator, place.control);
    zp_status_t status =
        zp_ventilator_run (ventilator, s_source, (void *) count);
    const zp_batch_t *batch = zp_ventilator_batch (ventilator);
    printf ("%s %d %d\n", zp_status_name (status), (int) batch->done,
            (int) batch->failed);
    s_say_size ();
    zp_ventilator_destroy (&ventilator);
    return 0;
}

//  The parent

typedef struct {
    char name[32];        // Of the endpoints
    child_t *ventilator;  // Each in a process of its own
    child_t *sink;
    child_t *worker[4];
} s_plant_t;

static void
s_start_worker (s_plant_t *self, int number, const char *work_ms)
{
    child_destroy (&self->worker[number]);
    self->worker[number] = child_new ("worker", self->name, work_ms);
    assert_true (child_says (self->worker[number], "ready"));
}

static void
s_start_sink (s_plant_t *self)
{
    child_destroy (&self->sink);
    self->sink = child_new ("sink", self->name, NULL);
    assert_true (child_says (self->sink, "ready"));
}

//  Start a ventilator, and wait until its batch has begun
static void
s_begin (s_plant_t *self, const char *count)
{
    child_destroy (&self->ventilator);
    self->ventilator = child_new ("ventilator", self->name, count);
    assert_true (child_says (self->sink, "begun"));
}

static int
s_set_up (void **state)
{
    static int number = 0;
    s_plant_t *self = zmalloc (sizeof *self);
    snprintf (self->name, sizeof self->name, "plant-%d-%d", (int) getpid (),
              number++);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_plant_t *self = *state;
    child_destroy (&self->ventilator);
    child_destroy (&self->sink);
    for (int i = 0; i < 4; i++)
        child_destroy (&self->worker[i]);
    free (self);
    return 0;
}

//  The batch ends well at both, with so many tasks done
static void
s_expect_ok (s_plant_t *self, int count)
{
    char line[64];
    snprintf (line, sizeof line, "OK %d 0", count);
    assert_true (child_says (self->ventilator, line));
    assert_true (child_says (self->ventilator, "small"));
    assert_int_equal (child_end (self->ventilator), 0);
    assert_true (child_says (self->sink, line));
}

static void
test_workers_are_killed_again_and_again (void **state)
{
    s_plant_t *self = *state;
    uint64_t seed = test_seed ();
    s_start_sink (self);
    for (int i = 0; i < 4; i++)
        s_start_worker (self, i, "1");
    s_begin (self, "5000");
    for (int i = 0; i < 30; i++) {
        usleep ((unsigned) test_below (&seed, 50000));  // At any moment
        int victim = test_below (&seed, 4);
        child_signal (self->worker[victim], SIGKILL);
        s_start_worker (self, victim, "1");
    }
    s_expect_ok (self, 5000);
}

static void
test_a_frozen_worker_holds_up_nobody (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    for (int i = 0; i < 3; i++)
        s_start_worker (self, i, "1");
    child_signal (self->worker[0], SIGSTOP);
    s_begin (self, "2000");
    s_expect_ok (self, 2000);
    //  When it comes back, what it held is of a batch that is over
    child_signal (self->worker[0], SIGCONT);
    s_begin (self, "2000");
    s_expect_ok (self, 2000);
}

static void
test_a_slow_worker_does_not_starve_the_others (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    s_start_worker (self, 0, "1000");
    for (int i = 1; i < 4; i++)
        s_start_worker (self, i, "1");
    int64_t start_ms = zclock_mono ();
    s_begin (self, "2000");
    s_expect_ok (self, 2000);
    //  If each got its share it would take 500 s
    assert_true (zclock_mono () - start_ms < 60000);
}

static void
test_a_sink_that_freezes_loses_nothing (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    s_start_worker (self, 0, "1");
    s_begin (self, "3000");
    child_signal (self->sink, SIGSTOP);
    usleep (4000000);  // Longer than the ventilator goes on without it
    child_signal (self->sink, SIGCONT);
    s_expect_ok (self, 3000);
}

static void
test_a_ventilator_that_freezes_goes_on (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    s_start_worker (self, 0, "1");
    s_begin (self, "1000");
    child_signal (self->ventilator, SIGSTOP);
    usleep (2000000);
    child_signal (self->ventilator, SIGCONT);
    s_expect_ok (self, 1000);
}

static void
test_a_batch_dies_with_its_ventilator_and_the_next_one_lives (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    s_begin (self, "1000");
    child_destroy (&self->ventilator);  // Killed
    self->ventilator = child_new ("ventilator", self->name, "1000");
    assert_true (child_says (self->sink, "UNAVAILABLE 0 0"));
    assert_true (child_says (self->sink, "begun"));
    s_start_worker (self, 0, "0");
    s_expect_ok (self, 1000);
}

static void
test_memory_is_bounded_whatever_the_batch (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    for (int i = 0; i < 3; i++)
        s_start_worker (self, i, "0");
    child_signal (self->worker[0], SIGSTOP);
    s_begin (self, "3000+");  // 750 MiB
    s_expect_ok (self, 3000);
    child_signal (self->sink, SIGTERM);
    assert_true (child_says (self->sink, "CANCELLED 3000 0"));
    assert_true (child_says (self->sink, "small"));
}

static void
test_a_signal_ends_each_of_them_well (void **state)
{
    s_plant_t *self = *state;
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        s_start_worker (self, 0, "0");
        child_signal (self->worker[0], signals[i]);
        assert_int_equal (child_end (self->worker[0]), 0);
        s_start_sink (self);
        s_begin (self, "1000");
        child_signal (self->ventilator, signals[i]);
        assert_true (child_says (self->ventilator, "CANCELLED 0 0"));
        assert_true (child_says (self->ventilator, "small"));
        assert_int_equal (child_end (self->ventilator), 0);
        assert_true (child_says (self->sink, "CANCELLED 0 0"));
    }
}

static void
test_a_sink_that_is_told_to_end_says_so_to_the_ventilator (void **state)
{
    s_plant_t *self = *state;
    s_start_sink (self);
    s_begin (self, "1000");
    child_signal (self->sink, SIGTERM);
    assert_true (child_says (self->sink, "CANCELLED 0 0"));
    assert_true (child_says (self->sink, "small"));
    assert_int_equal (child_end (self->sink), 0);
    assert_true (child_says (self->ventilator, "ABORTED 0 0"));
}

int
main (int argc, char **argv)
{
    if (argc > 1 && streq (argv[1], "worker"))
        return s_be_worker (argv[2], argv[3]);
    if (argc > 1 && streq (argv[1], "sink"))
        return s_be_sink (argv[2]);
    if (argc > 1 && streq (argv[1], "ventilator"))
        return s_be_ventilator (argv[2], argv[3]);
#define plant_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        plant_test (test_workers_are_killed_again_and_again),
        plant_test (test_a_frozen_worker_holds_up_nobody),
        plant_test (test_a_slow_worker_does_not_starve_the_others),
        plant_test (test_a_sink_that_freezes_loses_nothing),
        plant_test (test_a_ventilator_that_freezes_goes_on),
        plant_test (
            test_a_batch_dies_with_its_ventilator_and_the_next_one_lives),
        plant_test (test_memory_is_bounded_whatever_the_batch),
        plant_test (test_a_signal_ends_each_of_them_well),
        plant_test (test_a_sink_that_is_told_to_end_says_so_to_the_ventilator),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
