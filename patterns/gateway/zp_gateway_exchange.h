//  SPDX-License-Identifier: MIT
//
//  An exchange: a request and its answer. Not for anybody but the gateway.
//
//  libmicrohttpd suspends it while its services are asked, and sees nothing of
//  its client until it is resumed; so all times, and clients that go away, are
//  looked after here.

#ifndef ZP_GATEWAY_EXCHANGE_H
#define ZP_GATEWAY_EXCHANGE_H

#include "zp_gateway_arguments.h"
#include "zp_gateway_conn.h"
#include "zp_gateway_http.h"
#include "zp_gateway_kept.h"

typedef struct zp_gateway_peer zp_gateway_peer_t;
typedef struct zp_gateway_lane zp_gateway_lane_t;
typedef struct zp_gateway_stream zp_gateway_stream_t;

//  A call to a service that was made for an exchange
typedef struct zp_gateway_out {
    zp_gateway_exchange_t *exchange;  // For which
    const zp_gateway_call_t *call;    // What the file says of it; may be NULL
    zp_gateway_peer_t *peer;          // Who was called
    uint64_t id;                      // The call's; 0: not out
    zp_status_t status;               // How it ended
    int code;                         // The same for HTTP
    int retry_after_ms;               // As told
    char *text;                       // The result, or why there is none
    size_t size;                      // Of that
    zp_gateway_question_t question;   // Of a part with "stale_ms"
    bool stale;                       // The text is an older result
} zp_gateway_out_t;

//  How far an exchange is
typedef enum zp_gateway_stage {
    ZP_GATEWAY_NEW,       // Its header is not whole
    ZP_GATEWAY_TAKEN,     // Its body may come
    ZP_GATEWAY_BEGUN,     // It is being answered
    ZP_GATEWAY_ANSWERED,  // There is an answer
    ZP_GATEWAY_QUEUED     // It is on its way
} zp_gateway_stage_t;

struct zp_gateway_exchange {
    zp_gateway_t *gateway;              // Whose
    zp_gateway_conn_t *conn;            // On which connection
    struct MHD_Connection *connection;  // The same, libmicrohttpd's
    zp_gateway_stage_t stage;           // How far it is
    bool suspended;                     // libmicrohttpd waits for us
    bool upload;                        // A body comes
    bool too_large;                     // More of it than may be
    bool gone;                          // The client is
    bool streams;                       // It is one of server-sent events
    bool counted;                       // Inside the gateway's gate for these
    bool inside;                        // Inside the gate of its route
    char *target;                       // As it came
    char method[16];                    // The same
    size_t header_bytes;                // Of its header
    zp_gateway_match_t match;           // What it is for
    zp_gateway_lane_t *lane;      // Its route, or one that stands for none
    const zp_gateway_key_t *key;  // Of the client; or NULL
    char client[ZP_GATEWAY_CLIENT_MAX];  // Whose it is: an address
    char id[ZP_GATEWAY_ID_MAX + 1];      // The request's
    zp_trace_t trace;                    // What it is a part of
    uint8_t parent[8];                   // The client's span; zero: none
    uint64_t serial;                     // How manieth it is
    int64_t begun_us;                    // When it came
    zchunk_t *body;                      // What came of it; or NULL
    json_t *json;                        // The same, read; or NULL
    zp_gateway_out_t *outs;              // Calls
    size_t count;                        // Of these
    size_t left;                         // Of these have not ended
    struct MHD_Response *answer;         // To be sent
    int code;                            // With this code
    uint64_t size;                       // Of its body, as far as it is known
    char *error;                         // What went wrong, for the operator
    zp_gateway_stream_t *stream;         // EVENTS: the stream
    struct zp_gateway_content *content;  // CONTENT: what is got
};

//  zp_gateway_admit.c: an exchange that has its match may go on, or has its
//  answer.
void zp_gateway_admit (zp_gateway_exchange_t *self);

//  zp_gateway_origin.c: true unless a browser sends it for a page from
//  elsewhere.
bool zp_gateway_same_origin (const zp_gateway_exchange_t *self);

//  zp_gateway_intake.c

void *zp_gateway_intake_uri (void *gateway, const char *target,
                             struct MHD_Connection *connection);
enum MHD_Result
zp_gateway_intake (void *gateway, struct MHD_Connection *connection,
                   const char *url, const char *method, const char *version,
                   const char *data, size_t *size, void **exchange_p);
void
zp_gateway_intake_end (void *gateway, struct MHD_Connection *connection,
                       void **exchange_p, enum MHD_RequestTerminationCode how);

//  The exchange is over: count it, write it down, and free it.
void zp_gateway_exchange_end (zp_gateway_exchange_t *self);

//  A header of the request, or NULL.
const char *
zp_gateway_header (const zp_gateway_exchange_t *self, const char *name);

//  What arguments are made of.
zp_gateway_input_t zp_gateway_input (const zp_gateway_exchange_t *self);

//  zp_gateway_tap.c: tell the tap, if there is one, that it came, or how it has
//  ended.
void zp_gateway_tap_took (const zp_gateway_exchange_t *self);
void zp_gateway_tap_ended (const zp_gateway_exchange_t *self);

//  zp_gateway_framing.c

//  True if all agree on where the request ends; if not, it is refused.
bool zp_gateway_framed (zp_gateway_exchange_t *self, const char *version);

//  How each kind of route begins to answer; each answers at some time.
typedef void (zp_gateway_begin_fn) (zp_gateway_exchange_t *self);
zp_gateway_begin_fn zp_gateway_begin_calls, zp_gateway_begin_accept,
    zp_gateway_begin_events, zp_gateway_begin_content, zp_gateway_begin_files;

//  zp_gateway_ask.c

//  The exchange is over: cancel what is out for it.
void zp_gateway_calls_end (zp_gateway_exchange_t *self);

//  zp_gateway_merge.c

//  A part with "stale_ms" has ended: keep its result; or, if its service is at
//  fault, take the one that is kept.
void zp_gateway_fall_back (zp_gateway_out_t *self);

//  The part without which there is no answer, or NULL. If there is none at all,
//  that is the first.
const zp_gateway_out_t *zp_gateway_fatal (const zp_gateway_exchange_t *self);

//  All parts have ended: answer with what they gave.
void zp_gateway_answer_merged (zp_gateway_exchange_t *self);

#endif
