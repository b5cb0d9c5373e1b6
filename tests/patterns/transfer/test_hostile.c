//  SPDX-License-Identifier: MIT
//
//  Senders and stores that speak well, and mean ill

#define _GNU_SOURCE

#include "fixture.h"
#include "zp_chunk.h"

#define CHUNK ((size_t) 256 << 10)

//  A sender that says this of its object, and sends so many chunks at once
typedef struct liar {
    zp_chunk_info_t info;  // As it says, whatever was asked for
    size_t chunks;         // From its offset on
} liar_t;

static void
s_lie (zp_request_t *request, void *arg)
{
    const liar_t *liar = arg;
    char info[ZP_CHUNK_INFO], head[ZP_CHUNK_HEAD];
    char *data = malloc (CHUNK);
    zp_request_partial (request, info, zp_chunk_info_write (&liar->info, info));
    for (size_t i = 0; i < liar->chunks; i++) {
        zp_chunk_t chunk = {.offset = liar->info.offset + i * CHUNK,
                            .window = 1 << 20,
                            .data = {data, CHUNK}};
        fixture_fill (1, chunk.offset, data, CHUNK);
        zp_span_t parts[] = {{head, zp_chunk_write (&chunk, head)}, chunk.data};
        zp_request_partial_parts (request, parts, 2);
    }
    free (data);
    zp_request_fail (&request, ZP_INTERNAL, "no more");
}

static void
s_get_from (fixture_t *self, liar_t *liar, zp_get_t get, got_t *got)
{
    zp_server_method (self->server, "file.get", s_lie, liar);
    fixture_get (self, get, 1, got);
}

static void
test_another_version_than_the_wanted_one_is_never_taken (void **state)
{
    liar_t liar = {
        {.id = 1, .info = {.size = CHUNK, .version = "new"}, .length = CHUNK},
        1};
    got_t got;
    s_get_from (*state, &liar, (zp_get_t){.name = "film", .version = "old"},
                &got);
    assert_int_equal (got.status, ZP_ABORTED);
    assert_false (got.informed);
    assert_int_equal (got.bytes, 0);
}

static void
test_another_part_than_the_wanted_one_is_never_taken (void **state)
{
    liar_t liar = {{.id = 1,
                    .info = {.size = 2 * CHUNK, .version = "v"},
                    .length = 2 * CHUNK},
                   2};
    const zp_get_t gets[] = {{.name = "film", .offset = CHUNK},
                             {.name = "film", .length = CHUNK},
                             {.name = "film", .last = CHUNK}};
    for (size_t i = 0; i < sizeof gets / sizeof *gets; i++) {
        got_t got;
        s_get_from (*state, &liar, gets[i], &got);
        assert_int_equal (got.status, ZP_DATA_LOSS);
        assert_int_equal (got.bytes, 0);
    }
}

//  The get has been broken off, and nothing of it lies here
static bool
s_is_refused (fixture_t *self)
{
    zp_receiver_stats_t stats;
    zp_receiver_stats (self->receiver, &stats);
    return stats.corrupt > 0 && stats.held == 0;
}

static void
test_a_sender_that_keeps_to_no_window_does_not_fill_the_memory (void **state)
{
    fixture_t *self = *state;
    liar_t liar = {{.id = 1,
                    .info = {.size = 32 * CHUNK, .version = "v"},
                    .length = 32 * CHUNK},
                   32};
    zp_server_method (self->server, "file.get", s_lie, &liar);
    got_t got;
    fixture_begin (self, (zp_get_t){.name = "film"}, 1, &got);
    got.room = 1;
    test_until (self->loop, s_is_refused (self));
    zp_receiver_cancel (self->receiver, got.id);
}

//  A store that answers chunks when it likes
typedef struct store {
    zp_request_t *chunks[64];  // Not answered yet
    size_t count;              // Of these
    uint64_t bytes;            // In all that came
    const char *grant;         // What it says to file.put
} store_t;

static void
s_on_put (zp_request_t *request, void *arg)
{
    store_t *self = arg;
    zp_request_reply (&request, self->grant, strlen (self->grant));
}

static void
s_on_chunk (zp_request_t *request, void *arg)
{
    store_t *self = arg;
    self->bytes += zp_request_arg (request, 2).size;
    assert_true (self->count < 64);
    self->chunks[self->count++] = request;
}

static void
s_put_into (fixture_t *self, store_t *store, size_t size, ended_t *ended)
{
    zp_server_method (self->server, "file.put", s_on_put, store);
    zp_server_method (self->server, "file.chunk", s_on_chunk, store);
    fixture_write (fixture_away (self, "mine"), 1, size);
    fixture_upload (self, fixture_away (self, "mine"), "new", ended);
}

static void
s_drop (store_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->chunks[i])
            zp_request_fail (&self->chunks[i], ZP_INTERNAL, "no");
}

static void
test_a_store_that_answers_in_another_order_harms_nobody (void **state)
{
    fixture_t *self = *state;
    store_t store = {
        .grant = "{\"id\":1,\"offset\":0,\"credit\":65536,\"chunk\":16384}"};
    ended_t ended;
    s_put_into (self, &store, 65536, &ended);
    test_until (self->loop, store.count == 4);
    zp_request_fail (&store.chunks[2], ZP_INTERNAL, "this one first");
    test_until (self->loop, ended.done);
    assert_int_equal (ended.status, ZP_INTERNAL);
    //  The others' answers come when the put is gone
    s_drop (&store);
    char text[512];
    fixture_ask (self, text, "zp.ping", NULL);
}

static void
test_a_store_that_grants_too_much_is_not_sent_all_at_once (void **state)
{
    fixture_t *self = *state;
    store_t store = {.grant = "{\"id\":1,\"offset\":0,\"credit\":"
                              "9223372036854775807,\"chunk\":1048576}"};
    const uint64_t most = (uint64_t) 64 << 20;
    ended_t ended;
    s_put_into (self, &store, (size_t) most + (16 << 20), &ended);
    test_until (self->loop, store.bytes == most);
    char text[512];
    fixture_ask (self, text, "zp.ping", NULL);
    assert_int_equal (store.bytes, most);
    zp_uploader_destroy (&self->uploader);
    s_drop (&store);
    assert_int_equal (ended.status, ZP_CANCELLED);
}

int
main (void)
{
    zsys_handler_set (NULL);
    const struct CMUnitTest tests[] = {
        TEST (test_another_version_than_the_wanted_one_is_never_taken),
        TEST (test_another_part_than_the_wanted_one_is_never_taken),
        TEST (test_a_sender_that_keeps_to_no_window_does_not_fill_the_memory),
        TEST (test_a_store_that_answers_in_another_order_harms_nobody),
        TEST (test_a_store_that_grants_too_much_is_not_sent_all_at_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
