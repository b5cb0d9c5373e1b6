//  SPDX-License-Identifier: MIT
//
//  log_event - events of a log as they are printed, and who reads them

#ifndef LOG_EVENT_H
#define LOG_EVENT_H

#include "args.h"
#include "zp_eventlog_event.h"

//  The event as a line, with its end: its body as text_line has it, or JSON.
//  The caller frees it.
char *log_event_line (const zp_eventlog_event_t *event, bool as_json);

//  The name of a member: what --member says, or host and process. Empty if
//  --group is not given. False if --member is given alone, which was said.
#define LOG_MEMBER_MAX 128
bool log_event_member (const args_t *args, char name[LOG_MEMBER_MAX]);

//  Where --from says to begin: an offset, "start" or "end". *offset is
//  ZP_EVENTLOG_START or ZP_EVENTLOG_END for those. False if it is none of them,
//  which was said; *offset is unchanged if it is not given.
bool log_event_from (const args_t *args, uint64_t *offset);

//  The same as the methods of a log want it, or otherwise if it is not given.
const char *log_event_from_text (const args_t *args, const char *otherwise);

#endif
