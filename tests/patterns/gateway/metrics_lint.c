//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "metrics_lint.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME_MAX 128

//  The family in hand
typedef struct lint {
    char name[NAME_MAX];  // Of the family
    char type[16];        // counter, gauge, histogram
    bool help;            // It has a help text
    bool counted;         // Of a histogram: +Inf was there
    double last;          // Of a histogram: the bucket before
    double below;         // Of a histogram: its bound
    char labels[1024];    // Of a histogram: without le
    char *names;          // Families that were there, each with a space
    char *series;         // All that were there, a line each
    char mistake[1400];   // What is wrong
} lint_t;

static bool
s_wrong (lint_t *self, const char *what, const char *line)
{
    snprintf (self->mistake, sizeof self->mistake, "%s: %.*s", what,
              (int) strcspn (line, "\n"), line);
    return false;
}

static bool
s_ends (const char *text, const char *ending)
{
    size_t size = strlen (text), end = strlen (ending);
    return size > end && strcmp (text + size - end, ending) == 0;
}

//  Add a word to a list. False if it is there
static bool
s_once (char **list, const char *word, char stop)
{
    char *entry;
    if (asprintf (&entry, "%c%s%c", stop, word, stop) < 0)
        abort ();
    bool there = *list && strstr (*list, entry);
    char *longer;
    if (asprintf (&longer, "%s%s", *list ? *list : "", entry) < 0)
        abort ();
    free (*list);
    free (entry);
    *list = longer;
    return !there;
}

//  What promtool says of a name
static const char *
s_name (const char *name, const char *type)
{
    static const char *const units[] = {
        "_s", "_ms", "_us",      "_ns",        "_sec",
        "_b", "_kb", "_mb",      "_gb",        "_milliseconds",
        "_m", "_h",  "_minutes", "_kilobytes", "_microseconds"};
    static const char *const types[] = {"counter", "gauge", "histogram",
                                        "summary"};
    bool counter = strcmp (type, "counter") == 0;
    if (strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") < strlen (name))
        return "a name is in snake_case, and without colons";
    if (s_ends (name, "_total") != counter)
        return "counters, and nothing else, end with _total";
    if (s_ends (name, "_bucket") || s_ends (name, "_count") ||
        s_ends (name, "_sum"))
        return "that is how the samples of a histogram end";
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char before[32];
        snprintf (before, sizeof before, "%s_total", units[i]);
        if (s_ends (name, units[i]) || s_ends (name, before))
            return "units are seconds and bytes, and written out";
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strstr (name, types[i]))
            return "a name has no type in it";
    return NULL;
}

static bool
s_comment (lint_t *self, const char *line)
{
    char what[8], name[NAME_MAX], text[512] = "", copy[1024];
    snprintf (copy, sizeof copy, "%.*s", (int) strcspn (line, "\n"), line);
    if (sscanf (copy, "# %7s %127s %511[^\n]", what, name, text) < 2)
        return s_wrong (self, "no comment of Prometheus", line);
    if (strcmp (what, "HELP") == 0) {
        if (self->name[0] && !self->type[0])
            return s_wrong (self, "the family before has no TYPE", line);
        if (!s_once (&self->names, name, ' '))
            return s_wrong (self, "the family was there before", line);
        strcpy (self->name, name);
        self->type[0] = 0;
        return *text ? true : s_wrong (self, "no help text", line);
    }
    if (strcmp (what, "TYPE") != 0 || strcmp (name, self->name) != 0)
        return s_wrong (self, "TYPE of another family than HELP", line);
    if (strcmp (text, "counter") != 0 && strcmp (text, "gauge") != 0 &&
        strcmp (text, "histogram") != 0)
        return s_wrong (self, "no type", line);
    snprintf (self->type, sizeof self->type, "%.15s", text);
    self->labels[0] = 0;
    const char *mistake = s_name (name, text);
    return mistake ? s_wrong (self, mistake, line) : true;
}

//  Read labels from behind { to behind }. NULL if they are none. le goes to
//  room for a bound, all others to labels
static const char *
s_labels (const char *at, char *bound, char *labels)
{
    char *to = labels;
    for (bool first = true; *at != '}'; first = false) {
        if (!first && *at++ != ',')
            return NULL;
        const char *begin = at;
        at += strspn (at, "abcdefghijklmnopqrstuvwxyz0123456789_");
        bool le = at - begin == 2 && memcmp (begin, "le", 2) == 0;
        if (at == begin || strncmp (at, "=\"", 2) != 0)
            return NULL;
        at += 2;
        const char *value = at;
        for (; *at != '"'; at++) {
            if (*at == '\n' || !*at)
                return NULL;
            if (*at == '\\' && !strchr ("\\\"n", *++at))
                return NULL;
        }
        if (le)
            sprintf (bound, "%.*s", (int) (at - value), value);
        else
            to += sprintf (to, "%.*s,", (int) (at + 1 - begin), begin);
        at++;
    }
    *to = 0;
    return at + 1;
}

//  A bucket counts all that are below its bound
static bool
s_bucket (lint_t *self, const char *line, const char *bound, const char *labels,
          double value)
{
    double below = strtod (bound, NULL);
    if (strcmp (labels, self->labels) != 0 || self->counted) {
        self->below = self->last = -1;
        self->counted = false;
        snprintf (self->labels, sizeof self->labels, "%s", labels);
    }
    if (below <= self->below || value < self->last)
        return s_wrong (self, "buckets go up", line);
    self->below = below;
    self->last = value;
    self->counted = strcmp (bound, "+Inf") == 0;
    return true;
}

static bool
s_histogram (lint_t *self, const char *line, const char *ending,
             const char *bound, const char *labels, double value)
{
    if (strcmp (ending, "_bucket") == 0)
        return *bound ? s_bucket (self, line, bound, labels, value)
                      : s_wrong (self, "a bucket without le", line);
    if (*bound || strcmp (labels, self->labels) != 0 || !self->counted)
        return s_wrong (self, "not behind its buckets", line);
    if (strcmp (ending, "_count") == 0)
        return value == self->last
                   ? true
                   : s_wrong (self, "_count is not the last bucket", line);
    return strcmp (ending, "_sum") == 0
               ? true
               : s_wrong (self, "no sample of a histogram", line);
}

static bool
s_sample (lint_t *self, const char *line)
{
    size_t size = strlen (self->name);
    char bound[64] = "", labels[1024] = "", ending[16] = "", *end;
    if (!self->type[0] || strncmp (line, self->name, size) != 0)
        return s_wrong (self, "a sample of another family", line);
    const char *at = line + size;
    sscanf (at, "%15[a-z_]", ending);
    at += strlen (ending);
    if (*at == '{')
        at = s_labels (at + 1, bound, labels);
    if (!at || *at != ' ')
        return s_wrong (self, "labels are wrong", line);
    char *series = strndup (line, (size_t) (at - line));
    bool once = s_once (&self->series, series, '\n');
    free (series);
    if (!once)
        return s_wrong (self, "a series that was there before", line);
    double value = strtod (at + 1, &end);
    if (end == at + 1 || *end != '\n')
        return s_wrong (self, "no number", line);
    if (strcmp (self->type, "histogram") == 0)
        return s_histogram (self, line, ending, bound, labels, value);
    if (*ending || *bound)
        return s_wrong (self, "only a histogram has that", line);
    return value >= 0 || strcmp (self->type, "counter") != 0
               ? true
               : s_wrong (self, "a counter below 0", line);
}

const char *
metrics_lint (const char *text)
{
    static lint_t lint;
    lint = (lint_t){.mistake = ""};
    bool good = !*text || text[strlen (text) - 1] == '\n' ||
                s_wrong (&lint, "the last line does not end", text);
    for (const char *line = text; good && *line; line = strchr (line, '\n') + 1)
        good = *line == '#'    ? s_comment (&lint, line)
               : *line == '\n' ? s_wrong (&lint, "an empty line", line)
                               : s_sample (&lint, line);
    free (lint.names);
    free (lint.series);
    return good ? NULL : lint.mistake;
}

const char *
metrics_lint_promtool (const char *text)
{
    static char said[4096];
    char path[] = "/tmp/zp-metrics-XXXXXX", command[128];
    if (system ("command -v promtool > /dev/null") != 0) {
        fprintf (stderr, "promtool is not installed\n");
        return NULL;
    }
    int file = mkstemp (path);
    if (file < 0 || write (file, text, strlen (text)) < 0 || close (file) < 0)
        return "no file for promtool";
    snprintf (command, sizeof command, "promtool check metrics < %s 2>&1",
              path);
    FILE *pipe = popen (command, "r");
    if (!pipe)
        return "no pipe from promtool";
    said[fread (said, 1, sizeof said - 1, pipe)] = 0;
    int status = pclose (pipe);
    unlink (path);
    return status == 0 && !*said ? NULL : said;
}
