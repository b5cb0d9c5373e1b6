//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "patience.h"

#include <czmq.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "command.h"
#include "output.h"
#include "signals.h"

#define PATIENCE_S 2    // Show that it takes long after so many seconds
#define TICK_MS    500  // How often

struct patience {
    const char *what;  // Takes long
    pthread_t thread;  // Watches
    int signals;       // Readable when one has come
    int over;          // Readable when that is over
};

static void *
s_watch (void *arg)
{
    patience_t *self = arg;
    struct pollfd fds[] = {{.fd = self->signals, .events = POLLIN},
                           {.fd = self->over, .events = POLLIN}};
    int64_t since_ms = zclock_mono ();
    while (poll (fds, 2, TICK_MS) <= 0) {
        int seconds = (int) ((zclock_mono () - since_ms) / 1000);
        if (seconds >= PATIENCE_S)
            progress ("%s, %d s", self->what, seconds);
    }
    if (fds[0].revents) {
        progress_end ();
        _exit (EXIT_INTERRUPTED);
    }
    return NULL;
}

patience_t *
patience_new (const char *what)
{
    patience_t *self = zmalloc (sizeof *self);
    self->what = what;
    self->signals = signals_open ();
    self->over = eventfd (0, EFD_CLOEXEC);
    int rc = pthread_create (&self->thread, NULL, s_watch, self);
    assert (rc == 0);
    return self;
}

void
patience_destroy (patience_t **self_p)
{
    assert (self_p);
    patience_t *self = *self_p;
    if (!self)
        return;
    eventfd_write (self->over, 1);
    pthread_join (self->thread, NULL);
    progress_end ();
    close (self->signals);
    close (self->over);
    free (self);
    *self_p = NULL;
}
