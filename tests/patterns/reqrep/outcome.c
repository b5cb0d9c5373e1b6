//  SPDX-License-Identifier: MIT

#include "outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

void
outcome_note (void *arg, const zp_reply_t *reply)
{
    outcome_t *outcome = arg;
    if (reply->more)
        outcome->pieces++;
    else
        outcome->ended++;
    outcome->status = reply->status;
    snprintf (outcome->text, sizeof outcome->text, "%s", reply->text);
    size_t used = strlen (outcome->result);
    if (reply->count && used + 1 < sizeof outcome->result)
        snprintf (outcome->result + used, sizeof outcome->result - used,
                  "%s%.*s", used ? " " : "", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
    outcome->count = reply->count;
    outcome->attempts = reply->attempts;
    outcome->retry_after_ms = reply->retry_after_ms;
    outcome->elapsed_ms = reply->elapsed_ms;
}

uint64_t
outcome_start (zp_client_t *client, const char *method, const char *arg,
               int timeout_ms, outcome_t *outcome)
{
    *outcome = (outcome_t){.status = ZP_OK};
    zp_call_t call = {.method = method,
                      .args = &(zp_span_t){arg, strlen (arg)},
                      .count = 1,
                      .timeout_ms = timeout_ms,
                      .fn = outcome_note,
                      .arg = outcome};
    uint64_t id;
    assert_int_equal (zp_client_start (client, &call, &id), ZP_OK);
    assert_int_equal (outcome->ended, 0);
    return id;
}

bool
outcome_is (const outcome_t *outcome, zp_status_t status)
{
    if (outcome->ended == 1 && outcome->status == status)
        return true;
    print_error ("ended %d times, last with %s: %s\n", outcome->ended,
                 zp_status_name (outcome->status), outcome->text);
    return false;
}
