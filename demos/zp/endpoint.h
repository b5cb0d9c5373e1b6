//  SPDX-License-Identifier: MIT
//
//  endpoint - where a service can be reached

#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <stdbool.h>

//  Bytes of the longest path of a Unix socket (sockaddr_un, less its end)
#define ENDPOINT_PATH_MAX 107

//  What is wrong with an endpoint that one side binds and the other connects
//  to, as a text that the caller frees, or NULL if it is right.
char *endpoint_wrong (const char *endpoint);

//  True if somebody listens at an endpoint of this machine already. False if
//  not, or if that can't be found out.
bool endpoint_in_use (const char *endpoint);

#endif
