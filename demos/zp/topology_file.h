//  SPDX-License-Identifier: MIT
//
//  topology_file - a topology as a person wrote it

#ifndef TOPOLOGY_FILE_H
#define TOPOLOGY_FILE_H

#include "topology.h"

//  The document of a file, for topology_new. NULL if it can't be read, which
//  was said.
zp_json_doc_t *topology_file_read (const char *path);

//  Say all of its mistakes on stderr, or print them on stdout, as JSON.
void
topology_file_mistakes (zp_json_doc_t *doc, const char *path, bool as_json);

#endif
