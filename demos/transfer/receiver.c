//  SPDX-License-Identifier: MIT
//
//  Gets a file from whichever of some senders is there. It can be killed at any
//  time: started again, it goes on where it was. The file is whole, or not
//  there.

#include "zp_download.h"
#include "zp_signals.h"

static int last = -1;  // Told: this tenth of the file

static void
s_on_progress (void *arg, uint64_t at, uint64_t size)
{
    (void) arg;
    int tenth = (int) (at / (size / 10 + 1));
    if (tenth == last)
        return;
    last = tenth;
    printf ("receiver: %d0 %% is here\n", tenth);
    fflush (stdout);
}

static int
s_end_loop (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer, (void) arg;
    return -1;
}

static void
s_on_done (void *arg, const zp_download_end_t *end)
{
    zloop_t *loop = arg;
    last = (int) end->status;
    if (end->status != ZP_OK)
        printf ("receiver: %s: %s\n", zp_status_name (end->status), end->text);
    else
        printf ("receiver: all is here, hash %.8s...%s\n", end->hash,
                end->restarted ? "; what was there was another version" : "");
    zloop_timer (loop, 0, 1, s_end_loop, NULL);
}

static int
s_on_signal (void *arg)
{
    (void) arg;
    return -1;
}

int
main (int argc, char **argv)
{
    if (argc < 3) {
        fprintf (stderr, "use: transfer-receiver NAME FILE [ENDPOINT]...\n");
        return ZP_INVALID_ARGUMENT;
    }
    zloop_t *loop = zloop_new ();
    zp_receiver_t *receiver = zp_receiver_new (loop, NULL);
    if (argc == 3)
        zp_receiver_connect (receiver, "tcp://127.0.0.1:5575");
    for (int i = 3; i < argc; i++)
        if (zp_receiver_connect (receiver, argv[i]) != ZP_OK)
            fprintf (stderr, "'%s' is no endpoint\n", argv[i]);
    zp_download_options_t options = {.name = argv[1],
                                     .path = argv[2],
                                     .on_progress = s_on_progress,
                                     .on_done = s_on_done,
                                     .arg = loop};
    zp_download_t *download = zp_download_new (receiver, &options);
    zp_signals_run (loop, s_on_signal, NULL);
    zp_download_destroy (&download);
    zp_receiver_destroy (&receiver);
    zloop_destroy (&loop);
    return last;
}
