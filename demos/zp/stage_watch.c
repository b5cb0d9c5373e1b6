//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "member.h"
#include "stage_json.h"
#include "stage_watch_private.h"

#define ASK_MS    1000  // How long an answer may take
#define SILENT_MS 1500  // After this it should have answered

static const char *const s_methods[STAGE_ASKS] = {
    [STAGE_INFO] = "zp.info",    [STAGE_STATS] = "zp.stats",
    [STAGE_PEERS] = "zp.peers",  [STAGE_FAULTS] = "zp.faults",
    [STAGE_GAUGES] = "gauges",   [STAGE_QUEUES] = "queue.list",
    [STAGE_LOGS] = "log.ls",     [STAGE_SAGAS] = "saga.stat",
    [STAGE_LOAD] = "load.stats", [STAGE_ROOTS] = "zp.events",
};

//  A question on its way
typedef struct asked {
    stage_watch_t *watch;
    stage_ask_t ask;
} asked_t;

stage_watch_t *
stage_watch_new (zloop_t *loop, const char *name, const char *endpoint,
                 stage_watch_fn *fn, void *arg)
{
    stage_watch_t *self = zmalloc (sizeof *self);
    self->name = strdup (name);
    self->endpoint = strdup (endpoint);
    self->loop = loop;
    self->fn = fn;
    self->arg = arg;
    return self;
}

void
stage_watch_destroy (stage_watch_t **self_p)
{
    assert (self_p);
    stage_watch_t *self = *self_p;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    for (int ask = 0; ask < STAGE_ASKS; ask++)
        json_decref (self->answers[ask]);
    json_decref (self->about);
    free (self->name);
    free (self->endpoint);
    free (self);
    *self_p = NULL;
}

//  A new connection: one that has been broken for long is made again only after
//  some seconds
static void
s_connect (stage_watch_t *self, int64_t now_ms)
{
    zp_client_t *old = self->client;
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    zp_client_connect (self->client, self->endpoint);
    //  Those whose calls end here may make others
    zp_client_destroy (&old);
    self->heard_ms = now_ms;
    self->informed = false;
    self->after = self->roots = self->root_failures = 0;
    stage_counter_t *counters = (stage_counter_t *) &self->figures;
    for (size_t i = 0; i < sizeof self->figures / sizeof *counters; i++)
        stage_counter_restart (&counters[i], now_ms);
}

bool
stage_watch_told (stage_watch_t *self, json_t *about, int64_t now_ms)
{
    json_decref (self->about);
    self->about = json_incref (about);
    int64_t pid = stage_number (about, "pid");
    bool another = pid && pid != self->pid;
    if (another) {
        s_connect (self, now_ms);
        self->pid = pid;
    }
    if (json_object_get (about, "cpu_ms"))
        stage_counter_take (&self->figures.cpu_ms, now_ms,
                            (uint64_t) stage_number (about, "cpu_ms"));
    return another;
}

bool
stage_watch_runs (const stage_watch_t *self)
{
    return self->client && stage_number (self->about, "pid") > 0 &&
           strcmp (member_text (self->about, "state"), "paused") != 0;
}

bool
stage_watch_dead (const stage_watch_t *self)
{
    return stage_number (self->about, "pid") == 0;
}

bool
stage_watch_silent (const stage_watch_t *self, int64_t now_ms)
{
    return stage_watch_runs (self) && now_ms - self->heard_ms > SILENT_MS;
}

static void
s_take (stage_watch_t *self, stage_ask_t ask, json_t *answer)
{
    json_decref (self->answers[ask]);
    self->answers[ask] = answer;
    if (ask == STAGE_INFO)
        self->informed = json_is_array (json_object_get (answer, "methods"));
    if (ask == STAGE_STATS)
        stage_watch_take_stats (self, answer, zclock_mono ());
    if (ask == STAGE_ROOTS && json_object_get (answer, "next"))
        self->after = (uint64_t) stage_number (answer, "next");
    self->fn (self->arg, self, ask, answer);
    //  Now it is known what else it can be asked
    if (ask == STAGE_INFO && self->informed)
        stage_watch_poll (self, zclock_mono ());
}

static void
s_on_answer (void *arg, const zp_reply_t *reply)
{
    asked_t *asked = arg;
    if (reply->more)
        return;
    stage_watch_t *self = asked->watch;
    self->out[asked->ask] = false;
    //  A failure is an answer as well, if it comes from there
    if (reply->status != ZP_UNAVAILABLE && reply->status != ZP_CANCELLED &&
        reply->status != ZP_DEADLINE_EXCEEDED)
        self->heard_ms = zclock_mono ();
    json_t *answer = stage_answer_json (reply);
    if (answer)
        s_take (self, asked->ask, answer);
    free (asked);
}

static void
s_ask (stage_watch_t *self, stage_ask_t ask)
{
    char room[64] = "";
    if (ask == STAGE_ROOTS)
        snprintf (room, sizeof room,
                  "{\"after\":%llu,\"limit\":1000,\"roots\":true}",
                  (unsigned long long) self->after);
    zp_span_t word = {room, strlen (room)};
    asked_t *asked = zmalloc (sizeof *asked);
    *asked = (asked_t){self, ask};
    zp_call_t call = {.method = s_methods[ask],
                      .args = &word,
                      .count = word.size > 0,
                      .timeout_ms = ASK_MS,
                      .fn = s_on_answer,
                      .arg = asked};
    if (zp_client_start (self->client, &call, NULL) == ZP_OK)
        self->out[ask] = true;
    else
        free (asked);
}

bool
stage_watch_has (const stage_watch_t *self, const char *method)
{
    const json_t *methods =
        json_object_get (self->answers[STAGE_INFO], "methods");
    for (size_t i = 0; i < json_array_size (methods); i++) {
        const char *one = json_string_value (json_array_get (methods, i));
        if (one && strcmp (one, method) == 0)
            return true;
    }
    return false;
}

static bool
s_can (const stage_watch_t *self, stage_ask_t ask)
{
    return self->informed && stage_watch_has (self, s_methods[ask]) &&
           (ask != STAGE_ROOTS || stage_watch_has (self, "gateway.url"));
}

void
stage_watch_poll (stage_watch_t *self, int64_t now_ms)
{
    if (!stage_watch_runs (self))
        return;
    if (!self->informed && !self->out[STAGE_INFO])
        s_ask (self, STAGE_INFO);
    bool silent = stage_watch_silent (self, now_ms);
    for (stage_ask_t ask = STAGE_STATS; ask < STAGE_ASKS; ask++)
        //  To one that is silent no questions pile up
        if (!self->out[ask] && s_can (self, ask) &&
            (ask == STAGE_STATS || !silent))
            s_ask (self, ask);
}

void
stage_watch_call (stage_watch_t *self, const char *method,
                  const char *const *words, int timeout_ms, stage_answer_fn *fn,
                  void *arg)
{
    if (stage_watch_runs (self))
        stage_call (self->client, method, words, timeout_ms, fn, arg);
    else
        fn (arg, ZP_UNAVAILABLE, NULL, "it does not run");
}

const char *
stage_watch_name (const stage_watch_t *self)
{
    return self->name;
}

const char *
stage_watch_endpoint (const stage_watch_t *self)
{
    return self->endpoint;
}

json_t *
stage_watch_answer (const stage_watch_t *self, stage_ask_t ask)
{
    return self->answers[ask];
}
