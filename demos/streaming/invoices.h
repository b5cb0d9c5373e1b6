//  SPDX-License-Identifier: MIT
//
//  invoices - written from a queue of jobs, one file each
//
//  A job is {invoice, profile, plan, month, cents}, and the file is named by
//  the invoice: so however often the job comes, it is one.
//
//      billing.invoices   {profile} -> {profile, invoices: [jobs]}

#ifndef INVOICES_H
#define INVOICES_H

#include "service.h"

#define INVOICES_QUEUE "invoices"

typedef struct invoices invoices_t;

//  Write those whose jobs are in the queue of that broker, in that folder, and
//  answer the method, in a thread. NULL, and said why, if that can't be.
invoices_t *invoices_new (service_t *service, const service_option_t *folder,
                          const service_option_t *broker);

//  After the service. Tolerates NULL.
void invoices_destroy (invoices_t **self_p);

#endif
