//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "topology_file.h"

#include "output.h"
#include "textfile.h"

#define TOPOLOGY_MAX (4 << 20)  // Bytes of a file that a person wrote

zp_json_doc_t *
topology_file_read (const char *path)
{
    size_t size;
    char *text = textfile_read (path, TOPOLOGY_MAX, &size);
    if (!text) {
        say_error ("can't read the topology %s: %s", path, strerror (errno));
        say_hint ("zp help up");
        return NULL;
    }
    zp_json_doc_t *doc = zp_json_doc_new (text, size);
    free (text);
    return doc;
}

void
topology_file_mistakes (zp_json_doc_t *doc, const char *path, bool as_json)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < zp_json_doc_mistakes (doc); i++) {
        const zp_json_mistake_t *mistake = zp_json_doc_mistake (doc, i);
        json_t *json = json_object ();
        json_object_set_new (json, "line", json_integer (mistake->where.line));
        json_object_set_new (json, "column",
                             json_integer (mistake->where.column));
        json_object_set_new (json, "text", json_text (mistake->text));
        json_array_append_new (list, json);
        if (!as_json)
            say ("%s:%d:%d: %s", path, mistake->where.line,
                 mistake->where.column, mistake->text);
    }
    size_t count = zp_json_doc_mistakes (doc);
    if (count > 0)
        say_error ("%s has %zu mistake%s", path, count, count == 1 ? "" : "s");
    if (as_json)
        print_json (list);
    else
        json_decref (list);
}
