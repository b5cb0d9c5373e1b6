//  SPDX-License-Identifier: MIT
//
//  plans - what somebody can subscribe to, by a file of plans

#ifndef PLANS_H
#define PLANS_H

#include "service.h"

//  What is in the file that option names: an array of {id, cents (a month),
//  seats}. The caller owns it. NULL if it is wrong, which is said.
json_t *plans_load (service_t *service, const service_option_t *file);

//  A number of a plan: its "cents" or "seats"; 0 if there is no such plan.
json_int_t
plans_number (const json_t *plans, const char *plan, const char *field);

#endif
