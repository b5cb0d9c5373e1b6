//  SPDX-License-Identifier: MIT

#include "zp_breaker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

//  What the window remembers of a call, as bits
#define FAILED 1
#define SLOW   2

typedef struct s_probe {
    uint64_t lease;      // Number on its ticket; 0: the place is free
    int64_t expires_ms;  // When a silent one loses the place
    bool succeeded;      // It did; the place is taken for good
} s_probe_t;

struct zp_breaker {
    zp_breaker_options_t options;
    zp_breaker_state_t state;  // OPEN is left when somebody asks
    uint64_t last_number;      // Last number given to a state or a lease
    uint64_t generation;       // Number of this state
    int64_t reopens_ms;        // When OPEN ends
    int calls;                 // In the window
    int failed;                // Of these
    int slow;                  // Of these
    int oldest;                // Where the next one goes, once it is full
    uint8_t *outcomes;         // The window: a ring of FAILED | SLOW
    int succeeded;             // Probes that did
    s_probe_t *probes;         // Places for probes
};

static void
s_enter (zp_breaker_t *self, zp_breaker_state_t state)
{
    self->state = state;
    self->generation = ++self->last_number;
    self->calls = self->failed = self->slow = self->oldest = 0;
    self->succeeded = 0;
    memset (self->probes, 0,
            (size_t) self->options.probes * sizeof *self->probes);
}

zp_breaker_t *
zp_breaker_new (const zp_breaker_options_t *options)
{
    static const zp_breaker_options_t defaults = ZP_BREAKER_DEFAULTS;
    if (!options)
        options = &defaults;
    assert (options->window >= 1);
    assert (options->min_calls >= 1 && options->min_calls <= options->window);
    assert (options->failure_percent >= 1 && options->failure_percent <= 100);
    assert (options->slow_ms >= 0);
    assert (options->slow_percent >= 1 && options->slow_percent <= 100);
    assert (options->open_ms >= 0 && options->open_jitter_percent >= 0);
    assert (options->probes >= 1 && options->probe_lease_ms >= 1);

    zp_breaker_t *self = calloc (1, sizeof *self);
    assert (self);
    self->options = *options;
    self->outcomes = calloc ((size_t) options->window, sizeof *self->outcomes);
    self->probes = calloc ((size_t) options->probes, sizeof *self->probes);
    assert (self->outcomes && self->probes);
    s_enter (self, ZP_BREAKER_CLOSED);
    return self;
}

void
zp_breaker_destroy (zp_breaker_t **self_p)
{
    zp_breaker_t *self = *self_p;
    if (!self)
        return;
    free (self->outcomes);
    free (self->probes);
    free (self);
    *self_p = NULL;
}

static void
s_open (zp_breaker_t *self, int64_t now_ms, uint64_t random)
{
    s_enter (self, ZP_BREAKER_OPEN);
    int64_t open_ms = self->options.open_ms;
    int64_t jitter_ms = open_ms * self->options.open_jitter_percent / 100;
    double share = (double) (random >> 11) * 0x1p-53;
    self->reopens_ms =
        now_ms + open_ms + (int64_t) (share * (double) jitter_ms);
}

//  How long this place stays taken, if nothing is heard

static int64_t
s_probe_wait (const s_probe_t *probe, int64_t now_ms)
{
    if (probe->succeeded)
        return INT64_MAX;
    bool taken = probe->lease != 0 && now_ms < probe->expires_ms;
    return taken ? probe->expires_ms - now_ms : 0;
}

static bool
s_allow_probe (zp_breaker_t *self, int64_t now_ms, zp_breaker_ticket_t *ticket)
{
    for (int place = 0; place < self->options.probes; place++) {
        s_probe_t *probe = &self->probes[place];
        if (s_probe_wait (probe, now_ms) == 0) {
            probe->lease = ++self->last_number;
            probe->expires_ms = now_ms + self->options.probe_lease_ms;
            *ticket = (zp_breaker_ticket_t){probe->lease, place + 1};
            return true;
        }
    }
    return false;
}

bool
zp_breaker_allow (zp_breaker_t *self, int64_t now_ms,
                  zp_breaker_ticket_t *ticket)
{
    if (self->state == ZP_BREAKER_CLOSED) {
        *ticket = (zp_breaker_ticket_t){self->generation, 0};
        return true;
    }
    if (self->state == ZP_BREAKER_OPEN) {
        if (now_ms < self->reopens_ms)
            return false;
        s_enter (self, ZP_BREAKER_HALF_OPEN);
    }
    return s_allow_probe (self, now_ms, ticket);
}

//  The probe that the ticket belongs to, if it still has its place

static s_probe_t *
s_probe (zp_breaker_t *self, zp_breaker_ticket_t ticket)
{
    if (ticket.probe == 0)
        return NULL;
    s_probe_t *probe = &self->probes[ticket.probe - 1];
    return probe->lease == ticket.number && !probe->succeeded ? probe : NULL;
}

static void
s_report_probe (zp_breaker_t *self, int64_t now_ms, s_probe_t *probe,
                int outcome, uint64_t random)
{
    if (outcome != 0) {
        s_open (self, now_ms, random);
        return;
    }
    probe->succeeded = true;
    if (++self->succeeded == self->options.probes)
        s_enter (self, ZP_BREAKER_CLOSED);
}

static void
s_remember (zp_breaker_t *self, int outcome)
{
    const zp_breaker_options_t *options = &self->options;
    if (self->calls == options->window) {
        int gone = self->outcomes[self->oldest];
        self->failed -= (gone & FAILED) != 0;
        self->slow -= (gone & SLOW) != 0;
    }
    else
        self->calls++;
    self->outcomes[self->oldest] = (uint8_t) outcome;
    self->failed += (outcome & FAILED) != 0;
    self->slow += (outcome & SLOW) != 0;
    if (++self->oldest == options->window)
        self->oldest = 0;
}

void
zp_breaker_report (zp_breaker_t *self, int64_t now_ms,
                   zp_breaker_ticket_t ticket, bool ok, int64_t elapsed_ms,
                   uint64_t random)
{
    const zp_breaker_options_t *options = &self->options;
    int outcome = ok ? 0 : FAILED;
    if (options->slow_ms > 0 && elapsed_ms > options->slow_ms)
        outcome |= SLOW;

    s_probe_t *probe = s_probe (self, ticket);
    if (probe)
        s_report_probe (self, now_ms, probe, outcome, random);
    else if (ticket.number == self->generation) {
        s_remember (self, outcome);
        int64_t calls = self->calls;
        if (calls >= options->min_calls &&
            (self->failed * INT64_C (100) >= options->failure_percent * calls ||
             self->slow * INT64_C (100) >= options->slow_percent * calls))
            s_open (self, now_ms, random);
    }
}

void
zp_breaker_forget (zp_breaker_t *self, zp_breaker_ticket_t ticket)
{
    s_probe_t *probe = s_probe (self, ticket);
    if (probe)
        probe->lease = 0;
}

void
zp_breaker_retry (zp_breaker_t *self, int64_t now_ms)
{
    if (self->state == ZP_BREAKER_OPEN && now_ms < self->reopens_ms)
        self->reopens_ms = now_ms;
}

zp_breaker_state_t
zp_breaker_state (const zp_breaker_t *self, int64_t now_ms)
{
    if (self->state == ZP_BREAKER_OPEN && now_ms >= self->reopens_ms)
        return ZP_BREAKER_HALF_OPEN;
    return self->state;
}

int64_t
zp_breaker_retry_after (const zp_breaker_t *self, int64_t now_ms)
{
    if (self->state == ZP_BREAKER_CLOSED)
        return 0;
    if (self->state == ZP_BREAKER_OPEN)
        return now_ms < self->reopens_ms ? self->reopens_ms - now_ms : 0;
    int64_t least_ms = INT64_MAX;
    for (int place = 0; place < self->options.probes; place++) {
        int64_t wait_ms = s_probe_wait (&self->probes[place], now_ms);
        if (wait_ms < least_ms)
            least_ms = wait_ms;
    }
    return least_ms;
}

const char *
zp_breaker_state_name (zp_breaker_state_t state)
{
    static const char *const names[] = {
        [ZP_BREAKER_CLOSED] = "CLOSED",
        [ZP_BREAKER_OPEN] = "OPEN",
        [ZP_BREAKER_HALF_OPEN] = "HALF_OPEN",
    };
    return names[state];
}
