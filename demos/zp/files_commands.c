//  SPDX-License-Identifier: MIT

#include "files_commands.h"

#include "output.h"

#define SHOW_MS 100  // Between two pictures
#define BAR     24   // Characters

const char *
files_bytes (double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    static char texts[4][24];
    static int next;
    char *text = texts[next++ % 4];
    size_t unit = 0;
    for (; bytes >= 1000 && unit < 4; unit++)
        bytes /= 1024;
    snprintf (text, sizeof texts[0], unit ? "%.1f %s" : "%.0f %s", bytes,
              units[unit]);
    return text;
}

double
files_meter_s (const files_meter_t *self)
{
    return (double) (zclock_mono () - self->since_ms) / 1000;
}

void
files_meter_show (files_meter_t *self, uint64_t at, uint64_t all)
{
    int64_t now_ms = zclock_mono ();
    if (!self->begun) {
        self->begun = true;
        self->first = at;
        self->since_ms = now_ms;
    }
    if (now_ms < self->shown_ms + SHOW_MS && at < all)
        return;
    self->shown_ms = now_ms;
    int full = all ? (int) ((double) at / (double) all * BAR) : BAR;
    double seconds = files_meter_s (self);
    double rate = seconds > 0 ? (double) (at - self->first) / seconds : 0;
    char left[32] = "";
    if (rate > 0 && at < all)
        snprintf (left, sizeof left, ", %.0f s left",
                  (double) (all - at) / rate);
    progress ("%s [%.*s%.*s] %3.0f %% of %s, %s/s%s", self->name, full,
              "########################", BAR - full,
              "------------------------",
              all ? 100 * (double) at / (double) all : 100,
              files_bytes ((double) all), files_bytes (rate), left);
}

const char *
files_leaf (const char *path)
{
    const char *slash = strrchr (path, '/');
    return slash ? slash + 1 : path;
}

exit_code_t
files_failed (const char *name, zp_status_t status, const char *text)
{
    say_error ("%s: %s: %s", name, zp_status_name (status), text);
    return status == ZP_UNAVAILABLE         ? EXIT_NOT_RUNNING
           : status == ZP_NOT_FOUND         ? EXIT_NOT_FOUND
           : status == ZP_DEADLINE_EXCEEDED ? EXIT_TIMEOUT
                                            : EXIT_ERROR;
}

void
files_tell_kept (uint64_t bytes)
{
    if (bytes)
        say_hint ("the same again: it goes on after %s",
                  files_bytes ((double) bytes));
}
