//  SPDX-License-Identifier: MIT
//
//  topology_placeholder - what {run}, {self} and {SERVICE} stand for

#ifndef TOPOLOGY_PLACEHOLDER_H
#define TOPOLOGY_PLACEHOLDER_H

#include "topology_service.h"

//  Fill in the placeholders of a text at self->at, which is of the service that
//  is read. The caller frees the result; NULL if there is no text or it is
//  wrong, which is a mistake of the document then.
char *topology_expand (topology_reader_t *self, const char *text);

#endif
