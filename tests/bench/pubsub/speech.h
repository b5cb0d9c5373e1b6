//  SPDX-License-Identifier: MIT
//
//  speech - what a publisher says and its subscribers hear, the same for all
//
//  A speech has parts. "Hello" is said until each subscriber has heard it, so
//  that all listen. Then come updates one at a time, each when all have the one
//  before, which tell the latency; then as many as go, for some seconds; and
//  then the end, which is said until each has heard it, unless nothing gets
//  lost. Subscribers say that they have heard, through a pipe.
//
//  A payload begins with its number, in 8 bytes, and the time when it was made,
//  in nanoseconds, if latency is measured, in 8 more.

#ifndef SPEECH_H
#define SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_histogram.h"

#define SPEECH_SIZE_MIN 17              // Bytes of a payload
#define SPEECH_TOPICS   16              // In turns
#define SPEECH_STEM     "storm/north/"  // How these begin

extern const char *const speech_topics[SPEECH_TOPICS];

typedef enum speech_part {
    SPEECH_HELLO,  // Who listens?
    SPEECH_ALONE,  // One at a time
    SPEECH_FLOOD,  // As many as go
    SPEECH_END     // That was all
} speech_part_t;

typedef struct speech {
    size_t size;      // Bytes of a payload
    int subscribers;  // How many hear it
    bool lossless;    // All of them hear all of it
    int alone;        // Updates one at a time
    double seconds;   // Of the flood,
    uint64_t count;   // or how much it has, if not 0
    int heard;        // Pipe from which what the subscribers say is read
    int ready;        // Pipe to tell that the flood begins; -1: don't

    speech_part_t part;  // Where it stands
    char *payload;       // The next one; NULL before the first
    int waiting;         // Subscribers that have not heard this
    bool ended;          // The end was said
    uint64_t said;       // In the flood
    uint64_t first_ns;   // When that began
    double cpu_ns;       // Processor time then, and at the end what it took
} speech_t;

//  Publish data about that topic of speech_topics.
typedef void (speech_fn) (void *arg, int topic, const void *data, size_t size);

//  Say what is to be said next: one update, or some of the flood. False if it
//  is over. What was said is to leave at once.
bool speech_step (speech_t *self, speech_fn *say, void *arg);

typedef struct ear {
    size_t size;                // Bytes of a payload
    bool lossless;              // Losing one ends the program
    int heard;                  // Pipe to which is written what was heard
    zp_histogram_t *latencies;  // Of those that came alone, in nanoseconds

    bool greeted;      // Heard hello
    uint64_t count;    // Heard of the flood
    uint64_t last;     // Number of the last one
    uint64_t last_ns;  // When the end came
    double cpu_ns;     // As above
} ear_t;

//  Hear a payload. False if it was the end.
bool ear_hear (ear_t *self, const void *data, size_t size);

//  The time now, in nanoseconds
uint64_t speech_clock (void);

#endif
