//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_acked.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

uint64_t
zp_gateway_acked (int fd, int *queued_p)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset (&info, 0, sizeof info);
    *queued_p = 0;
    getsockopt (fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    ioctl (fd, SIOCOUTQ, queued_p);
    return info.tcpi_bytes_acked;
}
