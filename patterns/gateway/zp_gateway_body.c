//  SPDX-License-Identifier: MIT
//
//  Bodies, and what they are called

#include "zp_gateway_http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

//  True if size bytes are that word, in any case
static bool
s_is (const char *text, size_t size, const char *word)
{
    return size == strlen (word) && strncasecmp (text, word, size) == 0;
}

static bool
s_json_type (const char *type)
{
    static const char application[] = "application/";
    size_t size = strcspn (type, "; \t"), prefix = strlen (application);
    return s_is (type, size, "application/json") ||
           (size > prefix + 5 && strncasecmp (type, application, prefix) == 0 &&
            s_is (type + size - 5, 5, "+json"));
}

//  True if a charset is said, and it is another than UTF-8
static bool
s_other_charset (const char *type)
{
    while ((type = strchr (type, ';'))) {
        type += 1 + strspn (type + 1, " \t");
        if (strncasecmp (type, "charset=", 8) != 0)
            continue;
        type += 8 + (type[8] == '"');
        return !s_is (type, strcspn (type, "\"; \t"), "utf-8");
    }
    return false;
}

int
zp_gateway_body (const char *content_type, zp_span_t body, json_t **json_p,
                 char *error, size_t size)
{
    json_error_t wrong;
    *json_p = NULL;
    if (!content_type || !s_json_type (content_type)) {
        snprintf (error, size,
                  "the body must be JSON, and its Content-Type "
                  "application/json");
        return 415;
    }
    if (s_other_charset (content_type)) {
        snprintf (error, size, "JSON is UTF-8");
        return 415;
    }
    *json_p = json_loadb (body.size ? body.data : "", body.size,
                          JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &wrong);
    if (*json_p)
        return 200;
    snprintf (error, size, "the body is no JSON: %d:%d: %s", wrong.line,
              wrong.column, wrong.text);
    return 400;
}

const char *
zp_gateway_content_type (const char *name)
{
    static const struct {
        const char *ending, *type;
    } types[] = {
        {"html", "text/html; charset=utf-8"},
        {"htm", "text/html; charset=utf-8"},
        {"css", "text/css; charset=utf-8"},
        {"js", "text/javascript; charset=utf-8"},
        {"mjs", "text/javascript; charset=utf-8"},
        {"txt", "text/plain; charset=utf-8"},
        {"md", "text/markdown; charset=utf-8"},
        {"csv", "text/csv; charset=utf-8"},
        {"vtt", "text/vtt; charset=utf-8"},
        {"xml", "application/xml"},
        {"json", "application/json"},
        {"map", "application/json"},
        {"webmanifest", "application/manifest+json"},
        {"wasm", "application/wasm"},
        {"pdf", "application/pdf"},
        {"zip", "application/zip"},
        {"gz", "application/gzip"},
        {"svg", "image/svg+xml"},
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"gif", "image/gif"},
        {"webp", "image/webp"},
        {"avif", "image/avif"},
        {"ico", "image/vnd.microsoft.icon"},
        {"woff2", "font/woff2"},
        {"woff", "font/woff"},
        {"ttf", "font/ttf"},
        {"mp3", "audio/mpeg"},
        {"ogg", "audio/ogg"},
        {"opus", "audio/ogg"},
        {"wav", "audio/wav"},
        {"webm", "video/webm"},
        {"mp4", "video/mp4"},
        {"m3u8", "application/vnd.apple.mpegurl"},
        {"mpd", "application/dash+xml"},
    };
    const char *slash = strrchr (name, '/');
    const char *dot = strrchr (slash ? slash : name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (strcasecmp (dot + 1, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}
