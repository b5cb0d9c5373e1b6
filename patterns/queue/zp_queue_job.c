//  SPDX-License-Identifier: MIT

#include "zp_queue_job.h"

zp_span_t
zp_queue_job_body (zp_queue_job_t *self)
{
    return (zp_span_t){self->body, self->body_size};
}

uint64_t
zp_queue_job_id (zp_queue_job_t *self)
{
    return self->lease.id;
}

uint32_t
zp_queue_job_acquired (zp_queue_job_t *self)
{
    return self->lease.acquired;
}

void
zp_queue_job_done (zp_queue_job_t **self_p)
{
    zp_queue_job_end (self_p, ZP_QUEUE_DONE);
}

void
zp_queue_job_retry (zp_queue_job_t **self_p, int64_t delay_ms)
{
    (*self_p)->delay_ms = delay_ms;
    zp_queue_job_end (self_p, ZP_QUEUE_RETRY);
}

void
zp_queue_job_bury (zp_queue_job_t **self_p, const char *why)
{
    (*self_p)->why = strdup (why ? why : "");
    zp_queue_job_end (self_p, ZP_QUEUE_BURY);
}
