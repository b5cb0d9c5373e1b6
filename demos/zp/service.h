//  SPDX-License-Identifier: MIT
//
//  service - one process of a constellation
//
//  Starts it, looks if it is still there, signals it. It runs in a process
//  group of its own, which is signalled as a whole, and is killed by the kernel
//  when the supervisor dies. What it prints goes to its log. Nothing here
//  waits.

#ifndef SERVICE_H
#define SERVICE_H

#include <czmq.h>
#include <jansson.h>

#include "output.h"
#include "topology.h"

typedef enum service_state {
    SERVICE_WAITING,   // For those that it comes after
    SERVICE_STARTING,  // Its process is there, or goes on after a pause
    SERVICE_READY,     // It has answered zp.ping
    SERVICE_SILENT,    // It should have, and does not, or not any more
    SERVICE_PAUSED,    // It was told to stand still
    SERVICE_STOPPING,  // It was told to end
    SERVICE_STOPPED,   // It was told to end, and has
    SERVICE_OFF,       // It is one of several, and above their number
    SERVICE_DEAD,      // It has ended by itself, or was killed
} service_state_t;

typedef struct service {
    const topology_service_t *spec;  // What to run
    char *log;                       // Path of the file for what it prints
    bool wanted;                     // It should be running
    service_state_t state;           // Where it is
    service_state_t then;            // Where it will be when it has ended
    pid_t pid;                       // Its process and group; 0: none
    int how;                         // Once it has ended: as waitpid tells it
    int64_t started_ms;  // When it was started; monotonic, as all of these
    int64_t asked_ms;    // Since when it is to answer zp.ping
    int64_t told_ms;     // When it was told to end
    int64_t ended_ms;    // When it ended
} service_t;

//  Prepare a service, whose spec and run folder must outlive it.
void
service_init (service_t *self, const topology_service_t *spec, const char *run);

//  Free what it has allocated. The process must have ended.
void service_term (service_t *self);

//  Let one that has ended wait to be started again.
void service_wait (service_t *self);

//  Start its process, with a new log; the one before is kept as NAME.log.1.
//  False, and errno, if the system can't. That the program can't be run is
//  found out by service_ended, and said in the log.
bool service_start (service_t *self);

//  True if there is a process that has not ended.
bool service_alive (const service_t *self);

//  Look if the process has ended. _gone changes nothing; with _ended it is then
//  known to have, and what is left of its group is killed: true once.
bool service_gone (const service_t *self);
bool service_ended (service_t *self);

//  Let it stand still, all of its group; and go on, to be asked if it is ready.
void service_pause (service_t *self);
void service_resume (service_t *self);

//  Send the signal, which should end it, to all of its group, and say where it
//  will be then; or kill it at once, and all that is left of its group. A
//  service that is paused goes on, to take the signal.
void service_end (service_t *self, int signal, service_state_t then);
void service_kill (service_t *self);

//  The state's name, and the colour of one of these names; and how it ended,
//  such as "exit code 1" or "signal SEGV", in a text that the caller frees.
const char *service_state_name (service_state_t state);
colour_t service_state_colour (const char *name);
char *service_how (const service_t *self);

//  All about it, for `zp ps`. The caller owns the reference.
json_t *service_json (const service_t *self);

#endif
