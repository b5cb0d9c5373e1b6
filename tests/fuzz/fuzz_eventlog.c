//  SPDX-License-Identifier: MIT
//
//  What an event log reads: offsets that members ack, what is said of an event
//  on the wire, and heads of records. What is taken is the same again when it
//  is written and read once more; and a core that is given such a record must
//  be able to work with it.
//
//  Input: the text, for all of them.

#include "zp_eventlog_event.h"
#include "zp_eventlog_group.h"
#include "zp_eventlog_head.h"

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_ranges (zp_span_t text)
{
    uint64_t from, to;
    size_t size = text.size;
    while (zp_eventlog_range_read (&text, &from, &to)) {
        CHECK (from <= to && to < ZP_EVENTLOG_OFFSET_MAX);
        CHECK (text.size < size);
        size = text.size;
    }
    CHECK (text.size == size);
}

static void
s_try_event (zp_span_t text)
{
    zp_eventlog_event_t event = {.offset = 0}, again = {.offset = 0};
    if (!zp_eventlog_event_read (&event, text))
        return;
    char meta[ZP_EVENTLOG_META_MAX];
    size_t size = zp_eventlog_event_write (&event, meta);
    CHECK (size == text.size && memcmp (meta, text.data, size) == 0);
    CHECK (zp_eventlog_event_read (&again, (zp_span_t){meta, size}));
    CHECK (again.offset == event.offset && again.id.size == event.id.size);
}

static void
s_try_head (zp_span_t text)
{
    zp_eventlog_head_t head, again;
    const char *wrong;
    if (!zp_eventlog_head_read (&head, text, &wrong)) {
        CHECK (wrong);
        return;
    }
    char one[ZP_EVENTLOG_HEAD_MAX], other[ZP_EVENTLOG_HEAD_MAX];
    if (head.kind != ZP_EVENTLOG_GROUP) {
        size_t size = zp_eventlog_head_write (&head, one);
        CHECK (zp_eventlog_head_read (&again, (zp_span_t){one, size}, &wrong));
        CHECK (zp_eventlog_head_write (&again, other) == size);
        CHECK (memcmp (one, other, size) == 0);
        zp_eventlog_head_clear (&again);
    }
    zp_eventlog_head_clear (&head);
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    (void) key;
    (void) head;
    (void) body;
    return ++*(uint64_t *) arg;
}

static void
s_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    (void) key;
    zp_eventlog_head_t read;
    const char *wrong;
    CHECK (number <= *(uint64_t *) arg);
    CHECK (zp_eventlog_head_read (&read, head, &wrong));
    zp_eventlog_head_clear (&read);
}

static void
s_erase (void *arg, uint64_t number)
{
    CHECK (number <= *(uint64_t *) arg);
}

//  Append, take, ack and trim in a log that has such a record
static void
s_work (zp_eventlog_core_t *core, zp_span_t name)
{
    const int64_t now_ms = 1000000;
    const zp_span_t body = {"x", 1};
    const zp_eventlog_append_t plain = {.expects = false};
    zp_eventlog_appended_t appended;
    if (zp_eventlog_core_append (core, name, &body, 1, &plain, now_ms,
                                 &appended) != ZP_OK)
        return;
    zp_eventlog_log_written (appended.log, appended.offset + 1);
    zp_eventlog_group_t *group =
        zp_eventlog_group_use (appended.log, (zp_span_t){"g", 1}, 0);
    CHECK (group);
    uint64_t from;
    zp_eventlog_group_lost (group, &from);
    zp_eventlog_member_t *member =
        zp_eventlog_member_new (group, (zp_span_t){"m", 1});
    zp_eventlog_member_set_credit (member, 10, 1000);
    zp_eventlog_handout_t handout;
    while (zp_eventlog_member_take (member, 0, now_ms, &handout))
        CHECK (zp_eventlog_group_ack (group, handout.offset, handout.offset) ==
               1);
    zp_eventlog_core_settle (core);
    zp_eventlog_member_destroy (&member, true, now_ms);
    zp_eventlog_core_tick (core, now_ms);
    zp_eventlog_log_trim (appended.log, appended.offset + 1);
}

static void
s_try_core (zp_span_t text)
{
    uint64_t number = 1;
    const zp_journal_log_t store = {s_append, s_amend, s_erase, &number};
    const zp_eventlog_limits_t limits = ZP_EVENTLOG_LIMITS;
    zp_eventlog_core_t *core = zp_eventlog_core_new (&limits, &store);
    const zp_span_t name = {"films", 5};
    if (zp_eventlog_core_restore (core, 1, name, text, 1, 1000) == ZP_OK &&
        zp_eventlog_core_restored (core) == ZP_OK)
        s_work (core, name);
    zp_eventlog_core_destroy (&core);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *text = malloc (size);  // Exactly as much as it may look at
    if (size)
        memcpy (text, data, size);
    const zp_span_t span = {text, size};
    s_try_ranges (span);
    s_try_event (span);
    s_try_head (span);
    s_try_core (span);
    free (text);
    return 0;
}
