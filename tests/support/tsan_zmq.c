//  SPDX-License-Identifier: MIT
//
//  tsan_zmq - tells ThreadSanitizer that messages bring order
//
//  The distribution's libzmq and CZMQ are not built for ThreadSanitizer. It is
//  told to ignore what they do (ignore_noninstrumented_modules), and so does
//  not see that what a thread does before it sends a message comes before what
//  another does after receiving it: each object handed over through an inproc
//  socket would be a race. These functions stand before libzmq's own, also for
//  CZMQ, and say so, of any two messages with the same first bytes. Messages
//  that only look alike may hide a race; none is made up.

#define _GNU_SOURCE

#include <dlfcn.h>
#include <zmq.h>

#ifdef __SANITIZE_THREAD__

#include <sanitizer/tsan_interface.h>

#define BYTES 64  // That tell messages apart

static long s_order[4096];  // Only addresses: one for messages that look alike

//  libzmq's own function of that name. A void * is not to be converted to a
//  pointer to a function, but POSIX has them look the same.
#define REAL(name) (*(__typeof__ (&name) *) &(void *){dlsym (RTLD_NEXT, #name)})

//  It reads bytes before their order is known, so it must not be looked at.
static void *__attribute__ ((no_sanitize_thread))
s_order_of (const void *data, size_t size)
{
    const unsigned char *bytes = data;
    unsigned hash = 2166136261U;  // FNV-1a
    for (size_t i = 0; i < size && i < BYTES; i++)
        hash = (hash ^ bytes[i]) * 16777619U;
    return &s_order[(hash ^ hash >> 16) % (sizeof s_order / sizeof *s_order)];
}

static void
s_before_send (const void *data, size_t size)
{
    __tsan_release (s_order_of (data, size));
}

static int
s_after_receive (const void *data, int size)
{
    if (size >= 0)
        __tsan_acquire (s_order_of (data, (size_t) size));
    return size;
}

int
zmq_send (void *socket, const void *data, size_t size, int flags)
{
    s_before_send (data, size);
    return REAL (zmq_send) (socket, data, size, flags);
}

int
zmq_msg_send (zmq_msg_t *msg, void *socket, int flags)
{
    s_before_send (zmq_msg_data (msg), zmq_msg_size (msg));
    return REAL (zmq_msg_send) (msg, socket, flags);
}

int
zmq_sendmsg (void *socket, zmq_msg_t *msg, int flags)
{
    return zmq_msg_send (msg, socket, flags);
}

int
zmq_recv (void *socket, void *data, size_t size, int flags)
{
    int length = REAL (zmq_recv) (socket, data, size, flags);
    s_after_receive (data, length > (int) size ? (int) size : length);
    return length;
}

int
zmq_msg_recv (zmq_msg_t *msg, void *socket, int flags)
{
    int size = REAL (zmq_msg_recv) (msg, socket, flags);
    return s_after_receive (zmq_msg_data (msg), size);
}

int
zmq_recvmsg (void *socket, zmq_msg_t *msg, int flags)
{
    return zmq_msg_recv (msg, socket, flags);
}

#endif
