//  SPDX-License-Identifier: MIT
//
//  What a transfer reads: heads of chunks, what objects are, which part is
//  wanted, what a store grants. What is taken is the same again when it is
//  written and read once more.
//
//  Input: the text, for all of them; of a head what follows the first line's
//  end is the data.

#include <stdlib.h>
#include <string.h>

#include "zp_args.h"
#include "zp_chunk.h"
#include "zp_flow.h"

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_chunk (zp_span_t text)
{
    const char *end = text.size ? memchr (text.data, '\n', text.size) : NULL;
    size_t size = end ? (size_t) (end - (const char *) text.data) : text.size;
    zp_span_t data = {end ? end + 1 : NULL, end ? text.size - size - 1 : 0};
    zp_chunk_t chunk, again;
    if (!zp_chunk_read (&chunk, (zp_span_t){text.data, size}, data))
        return;
    char head[ZP_CHUNK_HEAD];
    size_t written = zp_chunk_write (&chunk, head);
    CHECK (written <= sizeof head);
    CHECK (zp_chunk_read (&again, (zp_span_t){head, written}, data));
    CHECK (again.offset == chunk.offset && again.window == chunk.window);
    CHECK (zp_flow_judge (0, chunk.offset, chunk.offset, data.size) !=
               ZP_FLOW_TAKE ||
           chunk.offset == 0);
}

static void
s_try_info (zp_span_t text)
{
    zp_chunk_info_t info = {.id = 0}, again = {.id = 0};
    if (!zp_chunk_info_read (&info, text))
        return;
    CHECK (info.offset <= info.info.size);
    CHECK (info.length <= info.info.size - info.offset);
    char json[ZP_CHUNK_INFO];
    size_t size = zp_chunk_info_write (&info, json);
    CHECK (size < sizeof json);
    CHECK (zp_chunk_info_read (&again, (zp_span_t){json, size}));
    CHECK (strcmp (again.info.version, info.info.version) == 0);
    CHECK (again.offset == info.offset && again.length == info.length);
}

static void
s_try_wish (zp_span_t text)
{
    zp_chunk_wish_t wish = ZP_CHUNK_WISH, again = ZP_CHUNK_WISH;
    char error[ZP_ARGS_ERROR];
    if (!zp_chunk_wish_read (&wish, text, error))
        return;
    const uint64_t sizes[] = {0, 1, 1000000, ZP_TRANSFER_SIZE_MAX};
    for (int i = 0; i < 4; i++) {
        uint64_t offset, length;
        zp_chunk_wish_part (&wish, sizes[i], &offset, &length);
        CHECK (offset <= sizes[i] && length <= sizes[i] - offset);
    }
    char json[ZP_CHUNK_INFO];
    size_t size = zp_chunk_wish_write (&wish, json);
    CHECK (size < sizeof json);
    CHECK (zp_chunk_wish_read (&again, (zp_span_t){json, size}, error));
    CHECK (again.last == wish.last && again.credit == wish.credit);
}

static void
s_try_grant (zp_span_t text)
{
    zp_chunk_grant_t grant, again;
    if (zp_chunk_grant_read (&grant, text)) {
        char json[ZP_CHUNK_INFO];
        size_t size = zp_chunk_grant_write (&grant, json);
        CHECK (zp_chunk_grant_read (&again, (zp_span_t){json, size}));
        CHECK (memcmp (&again, &grant, sizeof grant) == 0);
    }
    uint64_t at = 7, credit = 7;
    if (!zp_chunk_pair_read (text, &at, &credit))
        CHECK (at == 7 && credit == 7);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    char *text = malloc (size);  // Exactly as much as it may look at
    if (size)
        memcpy (text, data, size);
    const zp_span_t span = {text, size};
    s_try_chunk (span);
    s_try_info (span);
    s_try_wish (span);
    s_try_grant (span);
    free (text);
    return 0;
}
