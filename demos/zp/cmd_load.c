//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "commands.h"
#include "duration.h"
#include "figures.h"
#include "output.h"
#include "stage_ask.h"
#include "stage_json.h"

#define ASK_MS 5000

static double
s_real (const json_t *json, const char *key)
{
    return json_number_value (json_object_get (json, key));
}

static void
s_cell_time (table_t *table, const json_t *act, const char *key)
{
    char text[DURATION_SIZE];
    double ms = s_real (act, key);
    table_cell (table, PLAIN, "%s",
                ms > 0 ? duration_text_us ((int64_t) (ms * 1000), text) : "-");
}

static void
s_print (const json_t *stats)
{
    static const char *const heads[] = {"ACT",  "DONE", "OK",  "FAILED", "SHED",
                                        "RATE", "P50",  "P99", NULL};
    printf ("load x%g: %.1f of %.1f requests/s, %lld viewers\n",
            s_real (stats, "factor"), s_real (stats, "rate"),
            s_real (stats, "wanted_rate"),
            (long long) stage_number (stats, "viewers"));
    table_t *table = table_new (8);
    table_heads (table, heads);
    const char *name;
    json_t *act;
    json_object_foreach (json_object_get (stats, "acts"), name, act)
    {
        table_cell (table, PLAIN, "%s", name);
        figures_cell (table, stage_number (act, "done"), PLAIN);
        figures_cell (table, stage_number (act, "ok"), PLAIN);
        figures_cell (table, stage_number (act, "failed"), RED);
        figures_cell (table, stage_number (act, "shed"), YELLOW);
        table_cell (table, PLAIN, "%.1f/s", s_real (act, "rate"));
        s_cell_time (table, act, "p50_ms");
        s_cell_time (table, act, "p99_ms");
    }
    table_print (&table);
}

static exit_code_t
s_ask (const args_t *args, const char *method, json_t *body, json_t **stats_p)
{
    stage_ask_call_t call = {.service = "viewers",
                             .method = method,
                             .body = body,
                             .timeout_ms = ASK_MS};
    return stage_ask (args, &call, stats_p);
}

//  The factor that was typed, by the figures that are: x10, 10, or 50/s. Below
//  0 if it is none.
static double
s_factor (const char *text, const json_t *stats)
{
    char *end;
    const char *number = text + (*text == 'x');
    if (!strchr ("0123456789.", *number))
        return -1;
    double factor = strtod (number, &end);
    if (end == number || (*end && (*text == 'x' || !streq (end, "/s"))))
        return -1;
    if (!*end)
        return factor;
    //  What factor 1 comes to is known while there is one
    double one = s_real (stats, "factor") > 0
                     ? s_real (stats, "wanted_rate") / s_real (stats, "factor")
                     : 0;
    return one > 0 ? factor / one : -1;
}

static int
s_run (args_t *args)
{
    const char *wanted = args_operand (args, 0);
    json_t *stats;
    exit_code_t code = s_ask (args, "load.stats", json_object (), &stats);
    if (code == EXIT_OK && wanted) {
        double factor = s_factor (wanted, stats);
        json_decref (stats);
        stats = NULL;
        if (factor < 0) {
            say_error ("zp load takes a factor or a rate, not '%s'", wanted);
            say_hint ("zp load x10, zp load 50/s; zp load 0 stops it");
            return EXIT_USAGE;
        }
        code = s_ask (args, "load.set",
                      json_pack ("{so}", "factor", stage_rounded (factor)),
                      &stats);
    }
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (stats));
    else if (code == EXIT_OK)
        s_print (stats);
    json_decref (stats);
    return code;
}

const command_t cmd_load = {
    .name = "load",
    .summary = "show what the viewers do, or let there be more or fewer",
    .usage = "[xN | N/s]",
    .examples = "zp load\n"
                "zp load x10\n"
                "zp load 50/s\n"
                "zp load 0\n",
    .options = {OPTION_NAME, OPTION_JSON},
    .operands = {OPERAND_OTHER},
    .run = s_run,
    .notes = "The load is made by the service \"viewers\". x1 is the usual "
             "one, 0 none.\n"
             "RATE, P50 and P99 are of the last ten seconds.",
};
