//  SPDX-License-Identifier: MIT

#include "zp_keepalive.h"

void
zp_keepalive_set (zsock_t *socket)
{
    zsock_set_tcp_keepalive (socket, 1);
    zsock_set_tcp_keepalive_idle (socket, ZP_KEEPALIVE_S);
    zsock_set_tcp_keepalive_intvl (socket, ZP_KEEPALIVE_S);
    zsock_set_tcp_keepalive_cnt (socket, ZP_KEEPALIVE_PROBES);
}
