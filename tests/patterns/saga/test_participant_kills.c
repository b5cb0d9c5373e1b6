//  SPDX-License-Identifier: MIT
//
//  A service is killed at random moments under load, many times, while a
//  coordinator charges and refunds, in both orders, and asks again and again.
//  In the end each reply it has seen is true, and no money was lost or made.

#define _POSIX_C_SOURCE 200809L

#include "books.h"
#include "child.h"
#include "test_seed.h"

#include <signal.h>

#define KILLS    40
#define SAGAS    600
#define AT_ONCE  32
#define WAIT_MS  300  // For a reply
#define SAID_MAX 80

typedef struct saga saga_t;

typedef struct crowd {
    books_t *books;  // Where the database is
    uint64_t seed;   // For what is left to chance
    int next;        // The first saga that has not begun
    int settled;     // How many know all
    int replies;     // With status OK
    saga_t *sagas;   // All of them
    bool wrong;      // Two replies to the same were not the same
} crowd_t;

struct saga {
    crowd_t *crowd;          // One of these
    char key[32];            // SAGA/STEP
    int cents;               // To be charged
    bool undo_first;         // The compensation overtakes the action
    bool undo;               // There is one
    int stage;               // What has been settled: 0, 1, 2
    char said[2][SAID_MAX];  // To the charge and the refund
};

static void s_ask (saga_t *self);

static bool
s_undoes (const saga_t *self)
{
    return self->stage == (self->undo_first ? 0 : 1);
}

static void
s_go_on (saga_t *self)
{
    crowd_t *crowd = self->crowd;
    //  Now and then it is not sure whether it has heard that
    if (test_below (&crowd->seed, 4) > 0)
        self->stage += self->stage == 0 && !self->undo ? 2 : 1;
    if (self->stage < 2)
        s_ask (self);
    else {
        crowd->settled++;
        if (crowd->next < SAGAS)
            s_ask (&crowd->sagas[crowd->next++]);
    }
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    saga_t *self = arg;
    char text[SAID_MAX] = "";
    if (reply->status == ZP_CANCELLED)
        return;  // The test has ended
    if (reply->status != ZP_OK) {
        s_ask (self);
        return;
    }
    for (size_t i = 0; i < reply->count; i++) {
        size_t size = strlen (text);
        snprintf (text + size, sizeof text - size, "%s%.*s", i ? " " : "",
                  (int) reply->parts[i].size,
                  (const char *) reply->parts[i].data);
    }
    char *said = self->said[s_undoes (self)];
    self->crowd->replies++;
    if (*said && strcmp (said, text) != 0)
        self->crowd->wrong = true;
    strcpy (said, text);
    s_go_on (self);
}

static void
s_ask (saga_t *self)
{
    bool undo = s_undoes (self);
    char input[32];
    snprintf (input, sizeof input, "{\"cents\":%d}", self->cents);
    bool paid = strncmp (self->said[0], "done ", 5) == 0;
    const char *result = undo && paid ? self->said[0] + 5 : "null";
    zp_span_t args[] = {{self->key, strlen (self->key)},
                        {undo ? "compensate" : "action", undo ? 10 : 6},
                        {input, strlen (input)},
                        {result, strlen (result)},
                        {"1", 1}};
    zp_call_t call = {.method = undo ? "refund" : "charge",
                      .args = args,
                      .count = 5,
                      .timeout_ms = WAIT_MS,
                      .fn = s_on_reply,
                      .arg = self};
    assert_int_equal (zp_client_start (self->crowd->books->client, &call, NULL),
                      ZP_OK);
}

//  What was replied for a key is what the books say
static int
s_audit (books_t *books, const saga_t *saga)
{
    bool charged = strncmp (saga->said[0], "done ", 5) == 0;
    bool refunded = charged && saga->undo;
    if (saga->undo_first)
        assert_string_equal (
            saga->said[0],
            "refused COMPENSATED it was compensated before it came");
    if (refunded)
        assert_string_equal (saga->said[1], saga->said[0]);
    else if (saga->undo)
        assert_string_equal (saga->said[1], "done null");
    bool there = charged && !refunded;
    assert_int_equal (books_charged (books, saga->key), there);
    return there ? saga->cents : 0;
}

static void
s_begin (crowd_t *self)
{
    self->sagas = zmalloc (SAGAS * sizeof *self->sagas);
    for (int i = 0; i < SAGAS; i++) {
        saga_t *saga = &self->sagas[i];
        saga->crowd = self;
        snprintf (saga->key, sizeof saga->key, "saga-%d/pay", i);
        saga->cents = 1 + test_below (&self->seed, 20);
        saga->undo = test_below (&self->seed, 4) > 0;
        saga->undo_first = saga->undo && test_below (&self->seed, 4) == 0;
    }
    while (self->next < AT_ONCE)
        s_ask (&self->sagas[self->next++]);
}

static void
test_kills_at_random_moments (void **state)
{
    books_t *books = *state;
    crowd_t crowd = {.books = books, .seed = test_seed ()};
    char *endpoint = zsys_sprintf ("ipc://%s/socket", books->folder);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    books->client = zp_client_new (books->loop, &options);
    assert_int_equal (zp_client_connect (books->client, endpoint), ZP_OK);
    child_t *service = child_new (books->path, endpoint, NULL);
    s_begin (&crowd);
    int kills = 0;
    while (crowd.settled < SAGAS) {
        int until = crowd.replies + test_below (&crowd.seed, SAGAS * 2 / KILLS);
        test_until (books->loop,
                    crowd.replies > until || crowd.settled == SAGAS);
        if (crowd.settled == SAGAS)
            break;
        child_signal (service, SIGKILL);
        child_destroy (&service);
        service = child_new (books->path, endpoint, NULL);
        kills++;
    }
    assert_false (crowd.wrong);
    child_destroy (&service);
    zp_client_destroy (&books->client);
    print_message ("%d kills, %d replies\n", kills, crowd.replies);
    assert_true (kills > KILLS / 4);

    books_open (books);
    int shop = 0;
    for (int i = 0; i < SAGAS; i++)
        shop += s_audit (books, &crowd.sagas[i]);
    assert_int_equal (books_shop (books), shop);
    free (crowd.sagas);
    free (endpoint);
}

int
main (int argc, char **argv)
{
    if (argc > 2)
        return books_serve (argv[1], argv[2], BOOKS_MONEY);
    const struct CMUnitTest tests[] = {
        books_test (test_kills_at_random_moments),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
