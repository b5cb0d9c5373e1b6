//  SPDX-License-Identifier: MIT

#include "zp_journal_log.h"

#include "zp_journal.h"

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    return zp_journal_append (arg, key, head, body);
}

static void
s_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    zp_journal_amend (arg, number, key, head);
}

static void
s_erase (void *arg, uint64_t number)
{
    zp_journal_erase (arg, number);
}

zp_journal_log_t
zp_journal_log (zp_journal_t *journal)
{
    return (zp_journal_log_t){s_append, s_amend, s_erase, journal};
}
