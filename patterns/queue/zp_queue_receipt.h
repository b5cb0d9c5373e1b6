//  SPDX-License-Identifier: MIT
//
//  zp_queue_receipt - says which lease of a message is meant
//
//  A worker gets a receipt with each message, and shows it with all that it
//  says of that message: "ID:ACQUIRED:EPOCH", three numbers.

#ifndef ZP_QUEUE_RECEIPT_H
#define ZP_QUEUE_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

typedef struct zp_queue_receipt {
    uint64_t id;        // Of the message
    uint32_t acquired;  // The how manieth lease of it
    uint64_t epoch;     // The journal's when it was leased
} zp_queue_receipt_t;

//  Room for a receipt as text, with the 0 at its end.
#define ZP_QUEUE_RECEIPT_MAX 56

//  Write a receipt, and return its length; read one, false if it is none (and
//  *self is unchanged). What can be read is written just so.
size_t zp_queue_receipt_write (const zp_queue_receipt_t *self, char *text);
bool zp_queue_receipt_read (zp_queue_receipt_t *self, zp_span_t text);

#endif
