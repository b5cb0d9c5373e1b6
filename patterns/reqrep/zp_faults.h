//  SPDX-License-Identifier: MIT
//
//  zp_faults - faults on purpose
//
//  Rules that say which requests go wrong, and how, to see what the callers
//  make of it. A rule is a JSON object:
//
//    {"method": "catalog.*",    only methods that start so; "*": all (default)
//     "client": "9f86d081...",  only the client with this id, in hexadecimal
//     "holds": "\"ada\"",       only those with this text in an argument
//     "percent": 30,            only so many of them, at random; default 100
//     "for_ms": 10000,          only for so long from now; default: for ever
//     and one or more of
//     "delay_ms": 3000,         run it so much later
//     "drop": "before",         lose it before it runs, or, with "after", run
//                               it and lose the reply
//     "error": "UNAVAILABLE"}   do not run it, reply with this status
//
//  Of several rules that match, the first counts. With the same seed and the
//  same requests, the same ones go wrong. Pure: the time is an argument.

#ifndef ZP_FAULTS_H
#define ZP_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_faults zp_faults_t;

//  What is to go wrong with one request. All zero: nothing.
typedef struct zp_fault {
    int delay_ms;        // Run it later
    bool drop_before;    // Lose it
    bool drop_after;     // Lose its reply
    zp_status_t status;  // Not ZP_OK: reply this, and do not run it
} zp_fault_t;

//  No rules yet.
zp_faults_t *zp_faults_new (uint64_t seed);

void zp_faults_destroy (zp_faults_t **self_p);

//  Replace all rules by those in a JSON array; an empty one heals. On
//  ZP_INVALID_ARGUMENT the old rules stay, and error, which has room for size
//  bytes, has a line that says what is wrong and where.
zp_status_t
zp_faults_load (zp_faults_t *self, const void *json, size_t json_size,
                int64_t now_ms, char *error, size_t size);

//  The rules as a JSON array, each with "hits", how often it has struck. The
//  caller frees it.
char *zp_faults_list (zp_faults_t *self);

//  A request, as far as the rules look at it.
typedef struct zp_faulted {
    const char *method;     // What is to be done
    uint64_t client;        // By whom it is wanted
    const zp_span_t *args;  // With what
    size_t count;           // How many arguments
} zp_faulted_t;

//  What is to go wrong with this request. True if something is.
bool zp_faults_pick (zp_faults_t *self, const zp_faulted_t *request,
                     int64_t now_ms, zp_fault_t *fault);

#endif
