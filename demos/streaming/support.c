//  SPDX-License-Identifier: MIT
//
//  zp-support - a desk that answers viewers who need help
//
//      support.get      {ticket} -> {ticket, state, desk, answer}: "waiting",
//                       or "answered"
//      support.tickets  {after} -> {rows: [{ticket, desk, answer, came}]}, at
//                       most 500
//
//  A ticket is a job of the queue "support", {profile, text}, and is called by
//  the job's number: that is what whoever put it was told. As many desks as you
//  like work off that queue, each one ticket at a time, and share a book
//  (tickets.h): any of them can say what became of a ticket. One that was never
//  put is waiting, too.
//
//  To answer takes some time, which is random; the same for the same ticket and
//  seed.
//
//  Gauges: answered, by all desks; again, how many tickets came to a desk that
//  were answered before; mine, by this one.

#define _GNU_SOURCE

#include "jobs.h"
#include "tickets.h"
#include "zp_random.h"

#include <stdatomic.h>

#define TEXT_MAX 500   // Bytes of what a viewer needs
#define AGAIN_MS 1000  // Before a ticket that failed is tried again

typedef struct support {
    service_t *service;        // To say things
    tickets_t *book;           // For the loop
    tickets_t *desk_book;      // For the desk, which is a thread
    const char *desk;          // Its name
    long think_ms;             // How long an answer takes
    uint64_t seed;             // Of these times
    atomic_int_fast64_t mine;  // Tickets answered here
} support_t;

//  Name, type, needed, least, most
static const field_t s_job_fields[] = {
    {"profile", JSON_STRING, true, 1, PROFILE_MAX},
    {"text", JSON_STRING, true, 1, TEXT_MAX},
    {0},
};

static const field_t s_get_fields[] = {
    {"ticket", JSON_INTEGER, true, 1, INT_MAX},
    {0},
};

static const field_t s_tickets_fields[] = {
    {"after", JSON_INTEGER, false, 0, INT_MAX},
    {0},
};

//  Think, from two thirds to four thirds of the usual time, and say something
static const char *
s_think (const support_t *self, uint64_t ticket)
{
    static const char *const answers[] = {
        "Have you tried turning it off and on again?",
        "That is how silent films sound.",
        "It is us, not you. It works again.",
        "Please press the button once only.",
    };
    zp_random_t random;
    zp_random_seed (&random, self->seed + ticket);
    uint32_t spread = (uint32_t) (self->think_ms * 2 / 3);
    zclock_sleep ((int) (self->think_ms - spread / 2 +
                         zp_random_below (&random, spread + 1)));
    return answers[zp_random_below (&random, sizeof answers / sizeof *answers)];
}

//  Answer a ticket, in the desk's thread
static void
s_job (zp_queue_job_t *job, void *arg)
{
    support_t *self = arg;
    json_t *body = jobs_body (&job, s_job_fields);
    if (!body)
        return;
    uint64_t ticket = zp_queue_job_id (job);
    json_t *found = tickets_get (self->desk_book, (json_int_t) ticket);
    const char *answer = found ? "" : s_think (self, ticket);
    if (tickets_answer (self->desk_book, (json_int_t) ticket, self->desk,
                        answer)) {
        atomic_fetch_add (&self->mine, found ? 0 : 1);
        zp_queue_job_done (&job);
    }
    else {
        service_say (self->service, "ticket %llu: %s; again in a second",
                     (unsigned long long) ticket,
                     tickets_error (self->desk_book));
        zp_queue_job_retry (&job, AGAIN_MS);
    }
    json_decref (found);
    json_decref (body);
}

static void
s_get (zp_request_t *request, void *arg)
{
    support_t *self = arg;
    json_t *body = service_body (&request, s_get_fields);
    if (!body)
        return;
    json_t *ticket = json_object_get (body, "ticket");
    json_t *found = tickets_get (self->book, json_integer_value (ticket));
    json_object_del (found, "came");
    json_object_set_new (body, "state",
                         json_string (found ? "answered" : "waiting"));
    json_object_update_missing (body, found);
    service_reply (&request, json_incref (body));
    json_decref (found);
    json_decref (body);
}

static void
s_tickets (zp_request_t *request, void *arg)
{
    support_t *self = arg;
    json_t *body = service_body (&request, s_tickets_fields);
    if (!body)
        return;
    json_t *rows = tickets_page (
        self->book, json_integer_value (json_object_get (body, "after")));
    if (rows)
        service_reply (&request, json_pack ("{s:o}", "rows", rows));
    else
        zp_request_fail (&request, ZP_UNAVAILABLE, "the book: %s",
                         tickets_error (self->book));
    json_decref (body);
}

static json_t *
s_gauges (void *arg)
{
    support_t *self = arg;
    json_t *gauges = tickets_sums (self->book);
    if (!gauges)
        gauges = json_object ();
    json_object_set_new (gauges, "mine",
                         json_integer (atomic_load (&self->mine)));
    return gauges;
}

//  The number that was given as that option; false, and said why, if it is none
static bool
s_number (service_t *service, const service_option_t *option, long max,
          long *number)
{
    char *end;
    errno = 0;
    *number = strtol (option->value, &end, 10);
    if (!errno && isdigit ((byte) *option->value) && !*end && *number <= max)
        return true;
    service_say (service, "--%s must be a number from 0 to %ld, not \"%s\"",
                 option->name, max, option->value);
    return false;
}

int
main (int argc, char **argv)
{
    service_option_t options[] = {
        {"book", "FILE", "where all desks keep their answers", NULL},
        {"queue", "ENDPOINT", "where the broker of queues is",
         "tcp://127.0.0.1:5704"},
        {"desk", "NAME", "how this one is called", "desk"},
        {"think-ms", "N", "how long an answer takes", "150"},
        {"seed", "N", "of how long that is", "1"},
        {0},
    };
    service_about_t about = {.name = "zp-support",
                             .summary = "Answers viewers who need help.",
                             .bind = "tcp://127.0.0.1:5714"};
    service_t *service = service_new (&about, options, argc, argv);
    support_t self = {.service = service, .desk = options[2].value};
    long seed = 0;
    int result = 1;
    if (s_number (service, &options[3], 60000, &self.think_ms) &&
        s_number (service, &options[4], LONG_MAX, &seed)) {
        self.seed = (uint64_t) seed;
        self.book = tickets_new (service, &options[0]);
        self.desk_book = self.book ? tickets_new (service, &options[0]) : NULL;
    }
    if (self.desk_book &&
        service_take (service, &options[1], "support", 1, s_job, &self)) {
        zp_server_t *server = service_server (service);
        zp_server_method (server, "support.get", s_get, &self);
        zp_server_method (server, "support.tickets", s_tickets, &self);
        service_gauges (service, s_gauges, &self);
        result = service_run (service);
    }
    service_destroy (&service);
    tickets_destroy (&self.desk_book);
    tickets_destroy (&self.book);
    return result;
}
