//  SPDX-License-Identifier: MIT

#include "zp_eventlog_group_private.h"

#include <stdarg.h>

#define LOGS_MAX  30000
#define BODY_MAX  INT32_MAX
#define COUNT_MAX INT64_MAX
#define TICK_MS   100  // Between two ticks, at least

static int64_t
s_within (int64_t number, int64_t min, int64_t max)
{
    return number < min ? min : number > max ? max : number;
}

static uint64_t
s_at_most (uint64_t number, uint64_t max)
{
    return number < max ? number : max;
}

zp_eventlog_core_t *
zp_eventlog_core_new (const zp_eventlog_limits_t *limits,
                      const zp_journal_log_t *store)
{
    zp_eventlog_core_t *self = zmalloc (sizeof *self);
    self->limits = *limits;
    zp_eventlog_limits_t *own = &self->limits;
    own->max_logs = (size_t) s_at_most (own->max_logs, LOGS_MAX);
    own->max_body_bytes = (size_t) s_at_most (own->max_body_bytes, BODY_MAX);
    own->max_events = s_at_most (own->max_events, COUNT_MAX);
    own->max_bytes = s_at_most (own->max_bytes, COUNT_MAX);
    own->keep.bytes = s_at_most (own->keep.bytes, COUNT_MAX);
    own->keep.events = s_at_most (own->keep.events, COUNT_MAX);
    own->keep.ms = s_within (own->keep.ms, 0, INT64_MAX / 2);
    own->dedupe_ms = s_within (own->dedupe_ms, 0, ZP_EVENTLOG_MS_MAX);
    own->lease_ms = s_within (own->lease_ms, 1, ZP_EVENTLOG_LEASE_MS_MAX);
    self->store = *store;
    self->due_ms = INT64_MAX;
    TAILQ_INIT (&self->changed);
    return self;
}

static void
s_free_log (zp_eventlog_log_t *log)
{
    zp_eventlog_group_t *group;
    while ((group = TAILQ_FIRST (&log->groups)) != NULL)
        zp_eventlog_group_free (group);
    zp_eventlog_index_clear (&log->index);
    free (log);
}

void
zp_eventlog_core_destroy (zp_eventlog_core_t **self_p)
{
    assert (self_p);
    zp_eventlog_core_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (size_t i = 0; i < self->log_count; i++)
        s_free_log (self->logs[i]);
    free (self->logs);
    zp_known_clear (&self->known);
    free (self);
}

zp_status_t
zp_eventlog_core_fail (zp_eventlog_core_t *self, zp_status_t status,
                       const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (self->error, sizeof self->error, format, args);
    va_end (args);
    self->status = status;
    return status;
}

zp_status_t
zp_eventlog_core_status (const zp_eventlog_core_t *self)
{
    return self->status;
}

const char *
zp_eventlog_core_error (const zp_eventlog_core_t *self)
{
    return self->error;
}

bool
zp_eventlog_core_name (zp_eventlog_core_t *self, const char *what,
                       zp_span_t name)
{
    const char *at = name.data;
    bool good = name.size > 0 && name.size <= ZP_EVENTLOG_NAME_MAX;
    for (size_t i = 0; good && i < name.size; i++)
        good =
            (at[i] >= 'a' && at[i] <= 'z') || (at[i] >= 'A' && at[i] <= 'Z') ||
            (at[i] >= '0' && at[i] <= '9') || (at[i] && strchr ("._-", at[i]));
    if (!good)
        zp_eventlog_core_fail (self, ZP_INVALID_ARGUMENT,
                               "the name of a %s is 1 to %d letters, digits, "
                               "'.', '_' or '-'",
                               what, ZP_EVENTLOG_NAME_MAX);
    return good;
}

//  Where the log with that name is, or should be
static size_t
s_search (const zp_eventlog_core_t *self, zp_span_t name, bool *there)
{
    size_t low = 0;
    size_t high = self->log_count;
    *there = false;
    while (low < high && !*there) {
        size_t middle = low + (high - low) / 2;
        const zp_eventlog_log_t *log = self->logs[middle];
        size_t shorter =
            log->name_size < name.size ? log->name_size : name.size;
        int order = shorter ? memcmp (log->name, name.data, shorter) : 0;
        if (order == 0)
            order = (log->name_size > name.size) - (log->name_size < name.size);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
        if (order == 0)
            *there = true;
    }
    return high > low ? high : low;
}

zp_eventlog_log_t *
zp_eventlog_core_find (zp_eventlog_core_t *self, zp_span_t name)
{
    bool there;
    size_t place = s_search (self, name, &there);
    return there ? self->logs[place] : NULL;
}

zp_eventlog_log_t *
zp_eventlog_core_log (zp_eventlog_core_t *self, size_t number)
{
    return number < self->log_count ? self->logs[number] : NULL;
}

static zp_eventlog_log_t *
s_new_log (zp_eventlog_core_t *self, zp_span_t name)
{
    zp_eventlog_log_t *log = zmalloc (sizeof *log);
    log->core = self;
    memcpy (log->name, name.data, name.size);
    log->name_size = name.size;
    log->keep = self->limits.keep;
    TAILQ_INIT (&log->groups);
    return log;
}

zp_eventlog_log_t *
zp_eventlog_core_make (zp_eventlog_core_t *self, zp_span_t name, bool limited)
{
    bool there;
    if (!zp_eventlog_core_name (self, "log", name))
        return NULL;
    size_t place = s_search (self, name, &there);
    if (there)
        return self->logs[place];
    size_t max = limited ? self->limits.max_logs : LOGS_MAX;
    if (self->log_count >= max) {
        zp_eventlog_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                               "there are %zu logs, and may not be more "
                               "(max_logs)",
                               self->log_count);
        return NULL;
    }
    if (self->log_count == self->log_room) {
        self->log_room = self->log_room ? self->log_room * 2 : 16;
        self->logs = realloc (self->logs, self->log_room * sizeof *self->logs);
        assert (self->logs);
    }
    memmove (self->logs + place + 1, self->logs + place,
             (self->log_count++ - place) * sizeof *self->logs);
    self->logs[place] = s_new_log (self, name);
    return self->logs[place];
}

zp_eventlog_log_t *
zp_eventlog_core_use (zp_eventlog_core_t *self, zp_span_t name)
{
    zp_eventlog_log_t *log = zp_eventlog_core_make (self, name, true);
    if (log)
        zp_eventlog_log_use (log);
    return log;
}

const char *
zp_eventlog_log_use (zp_eventlog_log_t *self)
{
    self->users++;
    return self->name;
}

void
zp_eventlog_log_leave (zp_eventlog_log_t *self)
{
    zp_eventlog_core_t *core = self->core;
    if (--self->users || self->index.next || self->record ||
        !TAILQ_EMPTY (&self->groups))
        return;
    //  Nothing is known of it that a restart would not forget
    bool there;
    size_t place = s_search (core, zp_eventlog_log_name (self), &there);
    memmove (core->logs + place, core->logs + place + 1,
             (--core->log_count - place) * sizeof *core->logs);
    s_free_log (self);
}

void **
zp_eventlog_log_arg (zp_eventlog_log_t *self)
{
    return &self->arg;
}

bool
zp_eventlog_core_tick (zp_eventlog_core_t *self, int64_t now_ms)
{
    now_ms = zp_eventlog_core_clock (self, now_ms);
    bool changed = false;
    if (now_ms < self->due_ms)
        return false;
    self->due_ms = INT64_MAX;
    for (size_t i = 0; i < self->log_count; i++) {
        zp_eventlog_log_t *log = self->logs[i];
        zp_eventlog_log_expire (log);
        zp_eventlog_group_t *group;
        TAILQ_FOREACH (group, &log->groups, groups)
        changed |= zp_eventlog_group_expire (group, now_ms);
    }
    if (self->due_ms < now_ms + TICK_MS)
        self->due_ms = now_ms + TICK_MS;
    return changed;
}

int64_t
zp_eventlog_core_next_tick (zp_eventlog_core_t *self)
{
    return self->due_ms;
}
