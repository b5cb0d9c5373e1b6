//  SPDX-License-Identifier: MIT
//
//  A header must say to everybody that the request passes through where its
//  body ends (RFC 9112, sections 3.2, 5.1 and 6.3), or one request could hide
//  in another. libmicrohttpd is not that strict: of two lengths it takes the
//  first, and "Content-Length : 5" is no length to it.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

//  What may be there once
static const char *const s_once[] = {"Content-Length", "Transfer-Encoding",
                                     "Host"};

#define ONCE (sizeof s_once / sizeof *s_once)

//  What was found in a header
typedef struct s_lines {
    size_t size;          // Bytes of its lines
    bool seen[ONCE];      // Those that are there
    const char *twice;    // One that is there twice; or NULL
    const char *strange;  // A name that is none; or NULL
} s_lines_t;

static bool
s_is_name (const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-.^_`|~";
    return *text && !text[strspn (text, letters)];
}

static enum MHD_Result
s_on_line (void *arg, enum MHD_ValueKind kind, const char *name,
           const char *value)
{
    (void) kind;
    s_lines_t *self = arg;
    self->size += strlen (name) + (value ? strlen (value) : 0) + 4;
    if (!s_is_name (name))
        self->strange = name;
    for (size_t i = 0; i < ONCE; i++)
        if (strcasecmp (name, s_once[i]) == 0) {
            if (self->seen[i])
                self->twice = s_once[i];
            self->seen[i] = true;
        }
    return MHD_YES;
}

//  What is wrong with it, and its code; NULL: nothing is
static const char *
s_wrong (const zp_gateway_exchange_t *self, const s_lines_t *lines,
         const char *version, int *code)
{
    const char *coding = zp_gateway_header (self, "Transfer-Encoding");
    *code = 400;
    if (lines->twice)
        return "a header that may be there once is there twice";
    if (lines->strange)
        return "a header has a name that is none";
    if (!coding)
        return NULL;
    if (zp_gateway_header (self, "Content-Length"))
        return "Content-Length and Transfer-Encoding";
    if (streq (version, MHD_HTTP_VERSION_1_0))
        return "HTTP/1.0 has no Transfer-Encoding";
    *code = 501;
    return strcasecmp (coding, "chunked") == 0
               ? NULL
               : "no Transfer-Encoding but chunked";
}

bool
zp_gateway_framed (zp_gateway_exchange_t *self, const char *version)
{
    s_lines_t lines = {.size = 0};
    int code;
    MHD_get_connection_values (self->connection, MHD_HEADER_KIND, s_on_line,
                               &lines);
    self->header_bytes =
        strlen (self->target) + strlen (self->method) + 12 + lines.size;
    const char *wrong = s_wrong (self, &lines, version, &code);
    if (!wrong)
        return true;
    zp_gateway_problem (self, code, ZP_OK, 0, "%s", wrong);
    //  Who knows where the next one begins
    zp_gateway_add_header (self->answer, "Connection", "close");
    return false;
}
