//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "viewers_http.h"

#include "zp_gateway_http.h"
#include "zp_random.h"

#include <curl/curl.h>
#include <sys/epoll.h>
#include <sys/queue.h>

#define BODY_MAX   (256 << 10)
#define IDLE_MAX   32     // Handles that are kept for the next requests
#define TURN       64     // Sockets that are seen to at once
#define CONNECT_MS 2000   // For a connection
#define SLOW_ROOM  65536  // Bytes that may wait in the kernel for a slow reader

typedef struct exchange {
    LIST_ENTRY (exchange) link;  // To the others that are open
    viewers_http_t *http;        // Whose it is
    CURL *easy;                  // libcurl's part of it
    struct curl_slist *headers;  // That are sent
    viewers_data_fn *data;       // Of the request
    viewers_answer_fn *fn;       // Of the request
    void *arg;                   // Of the request
    char *body;                  // Of the answer, with a 0 behind it
    size_t size;                 // Bytes of it
    int64_t first_us;            // When its first byte came
    uint64_t serial;             // Which one it is
    char method[64];             // As taps are told
} exchange_t;

typedef LIST_HEAD (exchanges, exchange) exchanges_t;

struct viewers_http {
    zloop_t *loop;        // Where it lives
    zp_timers_t *timers;  // On that
    zp_timer_t timer;     // When libcurl wants to be called
    int epoll;            // All sockets of libcurl
    CURLM *multi;         // All requests
    char *url;            // Of the server
    int patience_s;       // How long silence may last
    exchanges_t open;     // Requests under way
    int open_count;       // How many are open
    bool ending;          // No new ones
    const zp_tap_t *tap;  // Told of all; NULL: nobody
    const char *name;     // Of the server, for that
    uint64_t id;          // Of this client, for that
    uint64_t serial;      // Of the last request
};

static int
s_on_socket (CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    viewers_http_t *self = arg;
    (void) easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl (self->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    struct epoll_event event = {
        .events = (uint32_t) ((what & CURL_POLL_IN ? EPOLLIN : 0) |
                              (what & CURL_POLL_OUT ? EPOLLOUT : 0)),
        .data.fd = fd};
    epoll_ctl (self->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    curl_multi_assign (self->multi, fd, self);
    return 0;
}

static int
s_on_timeout (CURLM *multi, long wait_ms, void *arg)
{
    viewers_http_t *self = arg;
    (void) multi;
    if (wait_ms < 0)
        zp_timers_clear (self->timers, &self->timer);
    else
        zp_timers_set (self->timers, &self->timer, zclock_mono () + wait_ms);
    return 0;
}

//  Each request is a call with one attempt
static void
s_tap (const exchange_t *exchange, zp_tap_what_t what, zp_status_t status)
{
    const viewers_http_t *self = exchange->http;
    if (!self->tap)
        return;
    zp_envelope_t envelope = {.kind =
                                  what == ZP_TAP_SENT ? ZP_REQUEST : ZP_REPLY,
                              .status = (uint8_t) status,
                              .attempt = 1,
                              .client = self->id,
                              .serial = exchange->serial};
    zp_tap_event_t event = {
        .what = what,
        .envelope = &envelope,
        .method = {exchange->method, strlen (exchange->method)},
        .endpoint = self->name};
    self->tap->fn (self->tap->arg, &event);
}

static void
s_tap_end (const exchange_t *exchange, int code)
{
    zp_status_t status = code >= 400 ? zp_gateway_status (code)
                         : code      ? ZP_OK
                                     : ZP_UNAVAILABLE;
    s_tap (exchange, code ? ZP_TAP_HEARD : ZP_TAP_LOST, status);
    s_tap (exchange, ZP_TAP_ENDED, status);
}

//  Tell how it ended
static void
s_end (exchange_t *exchange, CURLcode result)
{
    viewers_http_t *self = exchange->http;
    viewers_answer_t answer = {
        .unreachable = result == CURLE_COULDNT_CONNECT,
        .first_us = exchange->first_us ? exchange->first_us : zclock_usecs (),
        .body = exchange->body ? exchange->body : "",
        .size = exchange->size};
    if (result == CURLE_OK) {
        long code = 0;
        curl_off_t retry_after_s = 0;
        curl_easy_getinfo (exchange->easy, CURLINFO_RESPONSE_CODE, &code);
        curl_easy_getinfo (exchange->easy, CURLINFO_RETRY_AFTER,
                           &retry_after_s);
        answer.code = (int) code;
        answer.retry_after_s = (int) retry_after_s;
    }
    curl_multi_remove_handle (self->multi, exchange->easy);
    LIST_REMOVE (exchange, link);
    self->open_count--;
    s_tap_end (exchange, answer.code);
    exchange->fn (exchange->arg, &answer);
    curl_slist_free_all (exchange->headers);
    free (exchange->body);
    curl_easy_cleanup (exchange->easy);
    free (exchange);
}

static void
s_see_to_ended (viewers_http_t *self)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read (self->multi, &left)) != NULL) {
        exchange_t *exchange;
        CURLcode result = message->data.result;
        curl_easy_getinfo (message->easy_handle, CURLINFO_PRIVATE, &exchange);
        s_end (exchange, result);
    }
}

static int
s_on_ready (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    viewers_http_t *self = arg;
    (void) loop;
    (void) item;
    struct epoll_event events[TURN];
    int running, count = epoll_wait (self->epoll, events, TURN, 0);
    for (int i = 0; i < count; i++) {
        uint32_t seen = events[i].events;
        int what = (seen & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (seen & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (seen & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action (self->multi, events[i].data.fd, what,
                                  &running);
    }
    s_see_to_ended (self);
    return 0;
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    viewers_http_t *self = arg;
    (void) timer;
    int running;
    curl_multi_socket_action (self->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    s_see_to_ended (self);
    return 0;
}

viewers_http_t *
viewers_http_new (zloop_t *loop, zp_timers_t *timers, int patience_s)
{
    viewers_http_t *self = zmalloc (sizeof *self);
    CURLcode failed = curl_global_init (CURL_GLOBAL_NOTHING);
    *self = (viewers_http_t){.loop = loop,
                             .timers = timers,
                             .epoll = epoll_create1 (EPOLL_CLOEXEC),
                             .multi = curl_multi_init (),
                             .url = strdup (""),
                             .patience_s = patience_s,
                             .id = zp_random_entropy ()};
    assert (!failed && self->epoll != -1 && self->multi && self->url);
    (void) failed;
    zp_timer_init (&self->timer, s_on_timer, self);
    curl_multi_setopt (self->multi, CURLMOPT_SOCKETFUNCTION, s_on_socket);
    curl_multi_setopt (self->multi, CURLMOPT_SOCKETDATA, self);
    curl_multi_setopt (self->multi, CURLMOPT_TIMERFUNCTION, s_on_timeout);
    curl_multi_setopt (self->multi, CURLMOPT_TIMERDATA, self);
    curl_multi_setopt (self->multi, CURLMOPT_MAXCONNECTS, (long) IDLE_MAX);
    zmq_pollitem_t item = {.fd = self->epoll, .events = ZMQ_POLLIN};
    zloop_poller (loop, &item, s_on_ready, self);
    return self;
}

void
viewers_http_destroy (viewers_http_t **self_p)
{
    assert (self_p);
    viewers_http_t *self = *self_p;
    if (!self)
        return;
    self->ending = true;
    while (!LIST_EMPTY (&self->open))
        s_end (LIST_FIRST (&self->open), CURLE_ABORTED_BY_CALLBACK);
    curl_multi_cleanup (self->multi);
    curl_global_cleanup ();
    zmq_pollitem_t item = {.fd = self->epoll};
    zloop_poller_end (self->loop, &item);
    zp_timers_clear (self->timers, &self->timer);
    close (self->epoll);
    free (self->url);
    free (self);
    *self_p = NULL;
}

void
viewers_http_tap (viewers_http_t *self, const zp_tap_t *tap,
                  const char *endpoint)
{
    self->tap = tap;
    self->name = endpoint;
}

void
viewers_http_server (viewers_http_t *self, const char *url)
{
    free (self->url);
    self->url = strdup (url);
    assert (self->url);
}

//  Bytes of a body have come. What is returned is what was taken: all, or the
//  request fails
static size_t
s_on_data (char *data, size_t one, size_t size, void *arg)
{
    exchange_t *self = arg;
    (void) one;
    if (!self->first_us)
        self->first_us = zclock_usecs ();
    if (self->data) {
        long code = 0;
        curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &code);
        self->data (self->arg, (int) code, data, size);
        return size;
    }
    if (size > BODY_MAX - self->size)
        return 0;
    self->body = realloc (self->body, self->size + size + 1);
    assert (self->body);
    memcpy (self->body + self->size, data, size);
    self->size += size;
    self->body[self->size] = 0;
    return size;
}

//  What waits in the kernel has been read, as far as the server can see
static int
s_on_slow_socket (void *arg, curl_socket_t fd, curlsocktype purpose)
{
    (void) arg;
    (void) purpose;
    int room = SLOW_ROOM;
    setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    return CURL_SOCKOPT_OK;
}

//  With a connection of its own. libcurl fills its buffer a hundred times
//  before it looks how fast that was, so that is as small as can be.
static void
s_go_slowly (CURL *easy, int bytes_per_s)
{
    curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, 1024L);
    curl_easy_setopt (easy, CURLOPT_MAX_RECV_SPEED_LARGE,
                      (curl_off_t) bytes_per_s);
    curl_easy_setopt (easy, CURLOPT_SOCKOPTFUNCTION, s_on_slow_socket);
    curl_easy_setopt (easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt (easy, CURLOPT_FORBID_REUSE, 1L);
}

static void
s_add_header (exchange_t *self, const char *name, const char *value)
{
    char *line = zsys_sprintf ("%s: %s", name, value);
    self->headers = curl_slist_append (self->headers, line);
    assert (self->headers);
    zstr_free (&line);
}

static void
s_post (exchange_t *self, const viewers_request_t *request)
{
    s_add_header (self, "Content-Type", "application/json");
    if (request->key)
        s_add_header (self, "Idempotency-Key", request->key);
    curl_easy_setopt (self->easy, CURLOPT_HTTPHEADER, self->headers);
    curl_easy_setopt (self->easy, CURLOPT_POSTFIELDSIZE, -1L);
    curl_easy_setopt (self->easy, CURLOPT_COPYPOSTFIELDS, request->body);
}

static exchange_t *
s_exchange_new (viewers_http_t *self, const viewers_request_t *request)
{
    exchange_t *exchange = zmalloc (sizeof *exchange);
    *exchange = (exchange_t){.http = self,
                             .easy = curl_easy_init (),
                             .data = request->data,
                             .fn = request->fn,
                             .arg = request->arg,
                             .serial = ++self->serial};
    snprintf (exchange->method, sizeof exchange->method, "%s %s",
              request->body ? "POST" : "GET", request->path);
    assert (exchange->easy);
    s_tap (exchange, ZP_TAP_SENT, ZP_OK);
    LIST_INSERT_HEAD (&self->open, exchange, link);
    self->open_count++;
    return exchange;
}

void
viewers_http_start (viewers_http_t *self, const viewers_request_t *request)
{
    assert (!self->ending);
    exchange_t *exchange = s_exchange_new (self, request);
    CURL *easy = exchange->easy;
    char *url = zsys_sprintf ("%s%s", self->url, request->path);
    curl_easy_setopt (easy, CURLOPT_URL, url);
    zstr_free (&url);
    curl_easy_setopt (easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, s_on_data);
    curl_easy_setopt (easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt (easy, CURLOPT_PROXY, "");
    curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt (easy, CURLOPT_CONNECTTIMEOUT_MS, (long) CONNECT_MS);
    curl_easy_setopt (easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt (easy, CURLOPT_LOW_SPEED_TIME, (long) self->patience_s);
    if (!request->data)
        curl_easy_setopt (easy, CURLOPT_TIMEOUT, (long) self->patience_s);
    if (request->body)
        s_post (exchange, request);
    if (request->range)
        curl_easy_setopt (easy, CURLOPT_RANGE, request->range);
    if (request->bytes_per_s)
        s_go_slowly (easy, request->bytes_per_s);
    CURLMcode failed = curl_multi_add_handle (self->multi, easy);
    assert (!failed);
    (void) failed;
}

int
viewers_http_open (const viewers_http_t *self)
{
    return self->open_count;
}
