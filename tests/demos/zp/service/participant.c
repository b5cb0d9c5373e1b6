//  SPDX-License-Identifier: MIT
//
//  zp-test-participant - a service whose steps go as a folder says
//
//      zp-test-participant ENDPOINT DATABASE FOLDER
//
//  The file FOLDER/STEP, or FOLDER/STEP.undo for its compensation, holds one
//  word: "refuse", "fail" (it may be tried again) or "ongoing". As long as
//  there is none, the step is done, and gives {"step": STEP}.

#include <stdio.h>
#include <string.h>

#include "zp_saga_participant.h"

#define LOOK_MS 20

//  Read the word for a step; "" if there is none
static void
s_word (const char *folder, const char *step, bool undo, char word[16])
{
    char path[256];
    snprintf (path, sizeof path, "%s/%s%s", folder, step, undo ? ".undo" : "");
    FILE *file = fopen (path, "r");
    *word = 0;
    if (!file)
        return;
    if (fscanf (file, "%15s", word) != 1)
        *word = 0;
    fclose (file);
}

static zp_saga_participant_t *s_participant;
static char s_ongoing[128];  // Key of what is ongoing; "": nothing

static void
s_on_step (zp_saga_request_t *request, sqlite3 *db, void *arg)
{
    (void) db;
    const char *key = zp_saga_request_key (request);
    const char *step = strchr (key, '/') + 1;
    char word[16], result[64];
    s_word (arg, step, zp_saga_request_compensates (request), word);
    snprintf (result, sizeof result, "{\"step\":\"%s\"}", step);
    if (strcmp (word, "refuse") == 0)
        zp_saga_request_refuse (request, "NO_<&>", "not <today> & never");
    else if (strcmp (word, "fail") == 0)
        zp_saga_request_fail (request, ZP_UNAVAILABLE, "come back later");
    else if (strcmp (word, "ongoing") == 0) {
        snprintf (s_ongoing, sizeof s_ongoing, "%s", key);
        zp_saga_request_ongoing (request, LOOK_MS);
    }
    else
        zp_saga_request_done (request, result);
}

//  What is ongoing is done when its file is gone
static int
s_on_look (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    char word[16];
    if (!*s_ongoing)
        return 0;
    s_word (arg, strchr (s_ongoing, '/') + 1, false, word);
    if (!*word) {
        zp_saga_participant_finish (s_participant, s_ongoing, s_on_step, arg);
        *s_ongoing = 0;
    }
    return 0;
}

int
main (int argc, char **argv)
{
    if (argc < 4)
        return 2;
    zp_saga_participant_options_t options = ZP_SAGA_PARTICIPANT_DEFAULTS;
    options.path = argv[2];
    zloop_t *loop = zloop_new ();
    zp_server_t *server = zp_server_new (loop, NULL);
    s_participant = zp_saga_participant_new (server, &options, NULL, NULL);
    int code = 1;
    if (s_participant && zp_server_bind (server, argv[1]) == ZP_OK) {
        zp_saga_participant_action (s_participant, "do", s_on_step, argv[3]);
        zp_saga_participant_compensation (s_participant, "undo", s_on_step,
                                          argv[3]);
        zloop_timer (loop, LOOK_MS, 0, s_on_look, argv[3]);
        fprintf (stderr, "listening at %s\n", argv[1]);
        code = zp_saga_participant_run (s_participant) == ZP_OK ? 0 : 1;
    }
    zp_server_destroy (&server);
    zp_saga_participant_destroy (&s_participant);
    zloop_destroy (&loop);
    return code;
}
