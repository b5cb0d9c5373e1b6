//  SPDX-License-Identifier: MIT
//
//  news - what a subscriber hears, for people and for programs

#ifndef NEWS_H
#define NEWS_H

#include "outflow.h"
#include "zp_subscriber.h"

//  Print a piece of news as JSON, a line on stdout. stream is which it is of;
//  0: not known.
void news_json (outflow_t *out, const zp_news_t *news, uint64_t stream);

//  Print an event or a value as a line on stdout, and say all else on stderr.
void news_text (outflow_t *out, const zp_news_t *news);

#endif
