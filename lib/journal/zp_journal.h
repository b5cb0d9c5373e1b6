//  SPDX-License-Identifier: MIT
//
//  zp_journal - records that are on disk before anybody is told so
//
//  A journal holds records. Each has a number, counting up from 1 and, once on
//  disk, never used again; a key, which says what it belongs to; a head, small,
//  that can be changed later; and a body, which can't. Records are appended,
//  amended and erased in memory at once, and reach the disk a moment later, in
//  that order: what gathers while one commit runs goes to disk in the next, as
//  one transaction (group commit; Gray and Reuter, "Transaction Processing",
//  1993, section 9.4), so there is no timer and no wait that serves nobody.
//  What has gathered takes memory: those whose operations these are must be
//  made to wait for `committed`.
//
//  Every operation has a position, counting up. When `committed` says N, all
//  operations up to position N are on disk: confirm nothing before. What is
//  done in one go, by a function that the loop has called, is never divided by
//  a crash: either all of it is on disk, or nothing.
//
//  A failure to write or to sync is final, since what the disk then holds is
//  unknown (Rebello et al., "Can Applications Recover from fsync Failures?",
//  USENIX ATC 2020). `failed` is told once, nothing is committed any more, and
//  the program should end with that text; started again it finds all that was
//  confirmed.
//
//  The URL names the kind of journal and its place:
//
//    sqlite:PATH   a SQLite 3 database, of which one process can be the owner.
//                  While it has none, look inside with the sqlite3 shell:
//                  select number, key, head, length (body) from records
//
//  A journal lives on a loop, and belongs to its thread. The writing is done in
//  a thread of its own, except for little batches while the disk is quick (32
//  KiB, and 1 ms for the last one): to wake that thread would take as long. So
//  a disk that becomes slow holds up the loop once, for one commit.

#ifndef ZP_JOURNAL_H
#define ZP_JOURNAL_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_journal zp_journal_t;

#define ZP_JOURNAL_KEY_MAX  255        // Bytes of a key
#define ZP_JOURNAL_HEAD_MAX 65536      // Bytes of a head
#define ZP_JOURNAL_BODY_MAX 536870912  // Bytes of a body

//  A record that was read. The spans are the journal's, and gone when the
//  function that was given it returns.
typedef struct zp_record {
    uint64_t number;   // Its number
    int64_t time_ms;   // When it was appended, since 1970
    zp_span_t key;     // What it belongs to
    zp_span_t head;    // The part that can be amended
    zp_span_t body;    // The part that can't; {NULL, 0} if it was not asked for
    size_t body_size;  // Bytes of the body, asked for or not
} zp_record_t;

//  Who is told what happens in a journal, on its loop or in zp_journal_flush;
//  never within another event. Each may be NULL.
typedef struct zp_journal_events {
    //  All operations up to position are on disk
    void (*committed) (void *arg, uint64_t position);
    //  A record that zp_journal_fetch asked for; NULL in its place if there is
    //  none with that number
    void (*fetched) (void *arg, uint64_t number, const zp_record_t *record);
    //  Nothing will be committed any more; text says why, and what to do.
    //  ZP_RESOURCE_EXHAUSTED: the disk is full; ZP_DATA_LOSS: it failed
    void (*failed) (void *arg, zp_status_t status, const char *text);
    void *arg;  // Given to each
} zp_journal_events_t;

//  Open the journal at url, or make it if there is none, and become its owner.
//  The loop must outlive it. On failure NULL is returned, what is there is left
//  alone, and *status_p and *error_p (both may be NULL; free the text with
//  zstr_free) have the reason: ZP_INVALID_ARGUMENT (no such kind of journal),
//  ZP_PERMISSION_DENIED, ZP_NOT_FOUND (no such folder), ZP_UNAVAILABLE (it has
//  an owner already), ZP_FAILED_PRECONDITION (not a journal, or made by a newer
//  version), ZP_DATA_LOSS (damaged, or the disk is), ZP_RESOURCE_EXHAUSTED
//  (disk full). Damage in the middle is not found before it is read.
zp_journal_t *zp_journal_new (zloop_t *loop, const char *url,
                              const zp_journal_events_t *events,
                              zp_status_t *status_p, char **error_p);

//  Commit what was appended, amended and erased, without telling anybody; then
//  close the journal. Never in one of its own events; the loop must have ended,
//  or be in the handler of a reader.
void zp_journal_destroy (zp_journal_t **self_p);

//  How often this journal has had an owner, the present one included: from 1.
uint64_t zp_journal_epoch (zp_journal_t *self);

//  Call fn for each record from number `from` on, in the order of their
//  numbers, with bodies or without; it returns 0 to go on. Only before the
//  first operation; fn itself may append, amend and erase. ZP_OK; ZP_ABORTED if
//  fn ended it; ZP_DATA_LOSS if the journal is damaged, and zp_journal_error
//  says where.
typedef int (zp_record_fn) (void *arg, const zp_record_t *record);
zp_status_t zp_journal_replay (zp_journal_t *self, uint64_t from, bool bodies,
                               zp_record_fn *fn, void *arg);

//  Append a record (all copied) and return its number. Key and head are text
//  in UTF-8, the body is any bytes.
uint64_t zp_journal_append (zp_journal_t *self, zp_span_t key, zp_span_t head,
                            zp_span_t body);

//  Give a record another key and head (copied). One that was erased stays so.
void zp_journal_amend (zp_journal_t *self, uint64_t number, zp_span_t key,
                       zp_span_t head);

//  Take a record away.
void zp_journal_erase (zp_journal_t *self, uint64_t number);

//  Let what has gathered be written, if nothing is being written: it may be on
//  disk, and `committed` told, before this returns. That happens by itself at
//  the end of the loop's turn, but a turn of the loop takes time: whoever knows
//  that he is done says so. After the first time it is only done so.
void zp_journal_flush (zp_journal_t *self);

//  The position of the last operation; 0 if there was none.
uint64_t zp_journal_position (zp_journal_t *self);

//  Read a record; it comes to `fetched` later, as it is after all operations
//  up to now and perhaps some that follow. Ask for many at once: they are read
//  together, and come in the order in which they were asked for.
void zp_journal_fetch (zp_journal_t *self, uint64_t number);

//  What went wrong last: a line for a person, and what to do. "" if nothing.
const char *zp_journal_error (zp_journal_t *self);

typedef struct zp_journal_stats {
    uint64_t position;    // Of the last operation
    uint64_t committed;   // Position up to which all is on disk
    uint64_t commits;     // Transactions written
    uint64_t fetches;     // Records read back
    uint64_t size_bytes;  // What it takes on disk
} zp_journal_stats_t;

void zp_journal_stats (zp_journal_t *self, zp_journal_stats_t *stats);

#endif
