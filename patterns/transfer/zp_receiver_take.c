//  SPDX-License-Identifier: MIT

#include "zp_receiver_private.h"

//  Offer bytes to the reader; returns how many it took. *gone if that was the
//  end of the get
static size_t
s_offer (zp_receiver_get_t *get, zp_span_t data, bool *gone)
{
    size_t all = 0;
    do {
        get->resumed = false;
        zp_receiver_enter (get);
        zp_span_t rest = {(const char *) data.data + all, data.size - all};
        size_t taken = get->want.on_data (get->want.arg, get->at, rest);
        assert (taken <= rest.size);
        *gone = !zp_receiver_leave (get);
        if (*gone)
            return all;
        all += taken;
        get->at += taken;
        get->receiver->stats.bytes += taken;
    } while (all < data.size && get->resumed);
    return all;
}

void
zp_receiver_give (zp_receiver_get_t *get, zp_span_t data)
{
    size_t taken = 0;
    bool gone = false;
    get->come += data.size;
    if (STAILQ_EMPTY (&get->held))
        taken = s_offer (get, data, &gone);
    if (gone)
        return;
    if (taken < data.size) {
        size_t size = data.size - taken;
        zp_receiver_held_t *held = malloc (sizeof *held + size);
        assert (held);
        held->size = size;
        held->taken = 0;
        memcpy (held->data, (const char *) data.data + taken, size);
        STAILQ_INSERT_TAIL (&get->held, held, next);
    }
    zp_receiver_say (get);
}

static void
s_drop_first (zp_receiver_get_t *get)
{
    zp_receiver_held_t *held = STAILQ_FIRST (&get->held);
    STAILQ_REMOVE_HEAD (&get->held, next);
    free (held);
}

void
zp_receiver_offer (zp_receiver_get_t *get)
{
    zp_receiver_held_t *held;
    while ((held = STAILQ_FIRST (&get->held)) != NULL) {
        bool gone;
        zp_span_t rest = {held->data + held->taken, held->size - held->taken};
        size_t taken = s_offer (get, rest, &gone);
        if (gone)
            return;
        held->taken += taken;
        if (held->taken < held->size)
            break;
        s_drop_first (get);
    }
    zp_receiver_say (get);
    zp_receiver_look_done (get);
}

void
zp_receiver_drop_held (zp_receiver_get_t *get)
{
    while (!STAILQ_EMPTY (&get->held))
        s_drop_first (get);
    get->come = get->at;
}

void
zp_receiver_look_done (zp_receiver_get_t *get)
{
    if (get->sent && get->at == get->end)
        zp_receiver_end (get, ZP_OK, "");
}
