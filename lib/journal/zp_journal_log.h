//  SPDX-License-Identifier: MIT
//
//  zp_journal_log - where decisions are written
//
//  What decides is pure, and is given a log: the broker's writes to a journal,
//  a test's to a list in memory. Key, head, body, number, and what a crash
//  divides: see zp_journal.h.

#ifndef ZP_JOURNAL_LOG_H
#define ZP_JOURNAL_LOG_H

#include <stdint.h>

#include "zp_envelope.h"

typedef struct zp_journal zp_journal_t;

typedef struct zp_journal_log {
    //  Append a record (all copied), and return its number
    uint64_t (*append) (void *arg, zp_span_t key, zp_span_t head,
                        zp_span_t body);
    //  Give a record another key and head (copied)
    void (*amend) (void *arg, uint64_t number, zp_span_t key, zp_span_t head);
    //  Take a record away
    void (*erase) (void *arg, uint64_t number);
    void *arg;  // Given to each
} zp_journal_log_t;

//  The log that writes to a journal, as long as that lives.
zp_journal_log_t zp_journal_log (zp_journal_t *journal);

#endif
