//  SPDX-License-Identifier: MIT
//
//  Databases that are refused, and why; and garbage from peers.

#define _POSIX_C_SOURCE 200809L

#include "books.h"

//  Make the database with these commands
static void
s_make (books_t *self, const char *sql)
{
    sqlite3 *db;
    assert_int_equal (sqlite3_open (self->path, &db), SQLITE_OK);
    assert_int_equal (sqlite3_exec (db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close (db);
}

static void
s_expect_refused (books_t *self, zp_status_t expected, const char *says)
{
    zp_status_t status = ZP_OK;
    char *error = NULL;
    assert_false (books_try_start (self, &status, &error));
    if (status != expected || !strstr (error, says) ||
        !strstr (error, self->path))
        fail_msg ("%s: %s", zp_status_name (status), error);
    zstr_free (&error);
    //  Nobody need want to know why
    assert_false (books_try_start (self, NULL, NULL));
}

static void
test_a_database_with_other_tables_is_taken (void **state)
{
    books_t *self = *state;
    s_make (self, "CREATE TABLE films (title); INSERT INTO films VALUES ('M')");
    books_start (self);
    books_charge (self, "s1/pay", 70);
    assert_int_equal (books_shop (self), 70);
    assert_int_equal (books_number (self, "SELECT count (*) FROM films"), 1);
}

static void
test_its_own_id_and_version_are_known_again (void **state)
{
    books_t *self = *state;
    self->options.application_id = 0x626f6f6b;
    self->options.version = 2;
    books_start (self);
    books_charge (self, "s1/pay", 70);
    books_start (self);
    assert_int_equal (books_number (self, "PRAGMA user_version"), 2);
    books_stop (self);
    self->options.version = 1;
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "newer version");
    self->options.version = 3;
    books_start (self);
    assert_int_equal (books_shop (self), 70);
}

static void
test_what_is_of_another_program_is_refused (void **state)
{
    books_t *self = *state;
    s_make (self, "PRAGMA application_id = 7; CREATE TABLE films (title)");
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "of another program");
    self->options.application_id = 8;
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "of another program");
    self->options.application_id = 7;
    books_start (self);
}

static void
test_another_table_of_that_name_is_refused_and_unchanged (void **state)
{
    books_t *self = *state;
    s_make (self, "CREATE TABLE saga_steps (key, other)");
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "saga_steps is of another");
    //  It was left alone: the same again can be made of it
    s_make (self, "INSERT INTO saga_steps VALUES (1, 2)");
}

static void
test_what_is_no_database_is_refused (void **state)
{
    books_t *self = *state;
    FILE *file = fopen (self->path, "w");
    fputs ("Dear diary, today I have bought a film. It was a good one, and "
           "not dear. Tomorrow I shall buy one more.\n",
           file);
    fclose (file);
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "nor any SQLite database");
}

static void
test_a_damaged_database_is_refused (void **state)
{
    books_t *self = *state;
    books_start (self);
    books_charge (self, "s1/pay", 70);
    books_stop (self);
    FILE *file = fopen (self->path, "r+");
    fseek (file, 100, SEEK_SET);
    for (int i = 0; i < 4000; i++)
        fputc (0xa5, file);
    fclose (file);
    s_expect_refused (self, ZP_DATA_LOSS, "it is damaged");
}

static void
test_a_second_owner_is_refused_while_there_is_one (void **state)
{
    books_t *self = *state;
    books_start (self);
    books_charge (self, "s1/pay", 70);
    void *other_state = NULL;
    books_set_up (&other_state);
    books_t *other = other_state;
    strcpy (other->path, self->path);
    s_expect_refused (other, ZP_UNAVAILABLE, "it has an owner already");
    //  The first one is none the worse, and when it has ended the other can
    books_charge (self, "s2/pay", 7);
    assert_int_equal (books_shop (self), 77);
    books_stop (self);
    books_start (other);
    assert_string_equal (books_charge (other, "s2/pay", 7),
                         "done {\"paid\":7}");
    assert_int_equal (books_shop (other), 77);
    books_tear_down (&other_state);
}

static void
test_a_folder_that_is_not_there_is_named (void **state)
{
    books_t *self = *state;
    char *path = zsys_sprintf ("%s/no/books.db", self->folder);
    snprintf (self->path, sizeof self->path, "%s", path);
    s_expect_refused (self, ZP_NOT_FOUND, "make the folder first");
    free (path);
}

#define LONG_SAGA                                                              \
    "0123456789012345678901234567890123456789012345678901234567890123"
#define LONG_STEP "01234567890123456789012345678901"

static void
test_arguments_that_make_no_sense_change_nothing (void **state)
{
    static const char *const cases[][7] = {
        {"charge", NULL},
        {"charge", "", "", "", "", "", NULL},
        {"charge", "s1", "action", "{}", "null", "1", NULL},
        {"charge", "/pay", "action", "{}", "null", "1", NULL},
        {"charge", "s1/", "action", "{}", "null", "1", NULL},
        {"charge", "s1/a/b", "action", "{}", "null", "1", NULL},
        {"charge", "s 1/pay", "action", "{}", "null", "1", NULL},
        {"charge", "s\xc3\xa9/pay", "action", "{}", "null", "1", NULL},
        {"charge", (LONG_SAGA "4/pay"), "action", "{}", "null", "1", NULL},
        {"charge", ("s1/" LONG_STEP "2"), "action", "{}", "null", "1", NULL},
        {"charge", "s1/pay", "undo", "{}", "null", "1", NULL},
        {"charge", "s1/pay", "compensate", "{}", "null", "1", NULL},
        {"refund", "s1/pay", "action", "{}", "null", "1", NULL},
        {"charge", "s1/pay", "action", "{", "null", "1", NULL},
        {"charge", "s1/pay", "action", "{\"a\":1,\"a\":2}", "null", "1", NULL},
        {"charge", "s1/pay", "action", "\"\\u0000\"", "null", "1", NULL},
        {"charge", "s1/pay", "action", "\xff", "null", "1", NULL},
        {"charge", "s1/pay", "action", "", "null", "1", NULL},
        {"charge", "s1/pay", "action", "{}", "nul", "1", NULL},
        {"charge", "s1/pay", "action", "{}", "null", "", NULL},
        {"charge", "s1/pay", "action", "{}", "null", "-1", NULL},
        {"charge", "s1/pay", "action", "{}", "null", "1x", NULL},
        {"charge", "s1/pay", "action", "{}", "null", NULL},
        {"saga.status", NULL},
        {"saga.status", "s1/pay", NULL},
        {"saga.status", "s1/pay", "", NULL},
        {"saga.status", "s1", "action", NULL},
    };
    books_t *self = *state;
    books_start (self);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *const *arg = cases[i];
        //  What is behind the first NULL is not looked at
        books_say (self, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5], NULL);
        if (self->told.status != ZP_INVALID_ARGUMENT || !*self->told.text)
            fail_msg ("case %zu: %s %s", i, zp_status_name (self->told.status),
                      self->told.text);
    }
    assert_int_equal (books_number (self, "SELECT count (*) FROM saga_steps"),
                      0);
    //  The longest names there can be
    assert_string_equal (books_charge (self, LONG_SAGA "/" LONG_STEP, 70),
                         "done {\"paid\":70}");
}

//  What a plain REQ socket is replied, with a '|' between the frames
static const char *
s_plain (books_t *self, const char *const *frames)
{
    static char text[256];
    zsock_t *req = zsock_new (ZMQ_REQ);
    assert_int_equal (zsock_connect (req, "%s", self->endpoint), 0);
    zmsg_t *message = zmsg_new ();
    for (; *frames; frames++)
        zmsg_addstr (message, *frames);
    zmsg_send (&message, req);
    test_until (self->loop, zsock_events (req) & ZMQ_POLLIN);
    message = zmsg_recv (req);
    *text = 0;
    for (zframe_t *frame = zmsg_first (message); frame;
         frame = zmsg_next (message)) {
        size_t size = strlen (text);
        snprintf (text + size, sizeof text - size, "%s%.*s", size ? "|" : "",
                  (int) zframe_size (frame), (char *) zframe_data (frame));
    }
    zmsg_destroy (&message);
    zsock_destroy (&req);
    return text;
}

static void
test_plain_req_sockets_can_be_coordinators (void **state)
{
    static const char *const charge[] = {
        "charge", "s1/pay", "action", "{\"cents\":70}", "null", "1", NULL};
    static const char *const refuse[] = {
        "charge", "s2/pay", "action", "{\"cents\":2000}", "null", "1", NULL};
    static const char *const refund[] = {
        "refund", "s1/pay", "compensate", "{}", "{\"paid\":70}", "1", NULL};
    static const char *const ask[] = {"saga.status", "s1/pay", "action", NULL};
    static const char *const wrong[] = {"charge", "s1", NULL};
    books_t *self = *state;
    books_start (self);
    assert_string_equal (s_plain (self, ask), "unknown");
    for (int i = 0; i < 2; i++)
        assert_string_equal (s_plain (self, charge), "done|{\"paid\":70}");
    assert_string_equal (s_plain (self, refuse),
                         "refused|NO_MONEY|2000 cents are missing");
    assert_int_equal (books_shop (self), 70);
    for (int i = 0; i < 2; i++)
        assert_string_equal (s_plain (self, refund), "done|{\"paid\":70}");
    assert_string_equal (s_plain (self, ask), "done|{\"paid\":70}");
    assert_string_equal (
        s_plain (self, wrong),
        "ERROR|INVALID_ARGUMENT|argument 1, the key, is not SAGA/STEP");
    assert_int_equal (books_shop (self), 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        books_test (test_a_database_with_other_tables_is_taken),
        books_test (test_its_own_id_and_version_are_known_again),
        books_test (test_what_is_of_another_program_is_refused),
        books_test (test_another_table_of_that_name_is_refused_and_unchanged),
        books_test (test_what_is_no_database_is_refused),
        books_test (test_a_damaged_database_is_refused),
        books_test (test_a_second_owner_is_refused_while_there_is_one),
        books_test (test_a_folder_that_is_not_there_is_named),
        books_test (test_arguments_that_make_no_sense_change_nothing),
        books_test (test_plain_req_sockets_can_be_coordinators),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
