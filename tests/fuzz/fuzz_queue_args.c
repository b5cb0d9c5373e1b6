//  SPDX-License-Identifier: MIT
//
//  What a queue's methods read from anybody: options, and receipts. Options are
//  taken within their limits, or refused with a text for any terminal; what is
//  taken for a receipt is written just as it was read.
//
//  Input: the text, for both.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zp_args.h"
#include "zp_queue_receipt.h"

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_options (zp_span_t text)
{
    int64_t number = 0, other = 7;
    bool flag = false;
    char word[8] = "";
    const zp_arg_t args[] = {
        {.name = "delay_ms", .number = &number, .min = -3, .max = 1000},
        {.name = "count", .number = &other, .min = 1, .max = INT64_MAX},
        {.name = "paused", .flag = &flag},
        {.name = "id", .text = word, .room = sizeof word}};
    char error[ZP_ARGS_ERROR] = "";
    if (!zp_args_read (text, args, 4, error))
        CHECK (*error);
    for (const char *at = error; *at; at++)
        CHECK (*at >= ' ' && *at <= '~');
    CHECK (number >= -3 && number <= 1000 && other >= 1);
    CHECK (memchr (word, 0, sizeof word));
}

static void
s_try_receipt (zp_span_t text)
{
    zp_queue_receipt_t receipt;
    if (!zp_queue_receipt_read (&receipt, text))
        return;
    char again[ZP_QUEUE_RECEIPT_MAX];
    CHECK (zp_queue_receipt_write (&receipt, again) == text.size);
    CHECK (memcmp (again, text.data, text.size) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *text = malloc (size);  // Exactly as much as it may look at
    if (size)
        memcpy (text, data, size);
    zp_span_t span = {text, size};
    s_try_options (span);
    s_try_receipt (span);
    free (text);
    return 0;
}
