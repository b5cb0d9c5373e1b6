//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <sys/resource.h>

#include "args.h"
#include "commands.h"
#include "output.h"
#include "program.h"
#include "roundtrip.h"
#include "rundir.h"

#define FEW_DESCRIPTORS 4096

typedef enum level { OK, WARN, FAIL } level_t;

static const struct {
    const char *name;
    colour_t colour;
} s_levels[] = {
    [OK] = {"ok", GREEN}, [WARN] = {"warn", YELLOW}, [FAIL] = {"fail", RED}};

typedef struct doctor {
    bool as_json;      // Print all at the end
    json_t *findings;  // For that
    bool failed;       // Something did
} doctor_t;

//  Tell what was found, and what to do next, or NULL if that is nothing
static void s_find (doctor_t *self, level_t level, const char *name,
                    const char *next, const char *format, ...) CHECK_PRINTF (5);

static void
s_find (doctor_t *self, level_t level, const char *name, const char *next,
        const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    self->failed = self->failed || level == FAIL;
    if (self->as_json) {
        json_t *json = json_object ();
        json_object_set_new (json, "check", json_text (name));
        json_object_set_new (json, "level", json_text (s_levels[level].name));
        json_object_set_new (json, "text", json_text (text));
        if (next)
            json_object_set_new (json, "next", json_text (next));
        json_array_append_new (self->findings, json);
    }
    else {
        printf ("%s%-5s%s %-15s %s\n", paint (stdout, s_levels[level].colour),
                s_levels[level].name, paint (stdout, PLAIN), name, text);
        if (next)
            printf ("%22stry: %s\n", "", next);
        fflush (stdout);
    }
    free (text);
}

//  A library must not be older than what zp was compiled with
static void
s_find_library (doctor_t *self, const char *name, const int *running,
                const int *compiled)
{
    bool older = running[0] != compiled[0] || running[1] < compiled[1];
    s_find (self, older ? FAIL : OK, name,
            older ? "build zpatterns again, with this library" : NULL,
            "%d.%d.%d, compiled with %d.%d.%d", running[0], running[1],
            running[2], compiled[0], compiled[1], compiled[2]);
}

static void
s_check_libraries (doctor_t *self)
{
    s_find (self, OK, "zp", NULL, "%s", ZP_VERSION);
    int zmq[3], czmq[3], jansson[3] = {0};
    zmq_version (&zmq[0], &zmq[1], &zmq[2]);
    zsys_version (&czmq[0], &czmq[1], &czmq[2]);
    sscanf (jansson_version_str (), "%d.%d.%d", &jansson[0], &jansson[1],
            &jansson[2]);
    s_find_library (
        self, "libzmq", zmq,
        (int[]){ZMQ_VERSION_MAJOR, ZMQ_VERSION_MINOR, ZMQ_VERSION_PATCH});
    s_find_library (
        self, "CZMQ", czmq,
        (int[]){CZMQ_VERSION_MAJOR, CZMQ_VERSION_MINOR, CZMQ_VERSION_PATCH});
    s_find_library (self, "jansson", jansson,
                    (int[]){JANSSON_MAJOR_VERSION, JANSSON_MINOR_VERSION,
                            JANSSON_MICRO_VERSION});
}

static void
s_check_features (doctor_t *self)
{
    bool curve = zmq_has ("curve"), ipc = zmq_has ("ipc");
    s_find (self, OK, "draft sockets", NULL, "%s; zpatterns needs none",
            zmq_has ("draft") ? "there" : "not there");
    s_find (self, curve ? OK : WARN, "CURVE", curve ? NULL : "a libzmq with it",
            curve ? "there" : "not there: nothing can be encrypted");
    s_find (self, ipc ? OK : FAIL, "ipc", ipc ? NULL : "a libzmq with it",
            ipc ? "there" : "not there: zp up needs it");
}

static void
s_check_limits (doctor_t *self)
{
    long cores = sysconf (_SC_NPROCESSORS_ONLN);
    s_find (self, cores > 1 ? OK : WARN, "cores",
            cores > 1 ? NULL : "a second core; one is slow", "%ld", cores);
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    bool few = limit.rlim_cur < FEW_DESCRIPTORS;
    s_find (self, few ? WARN : OK, "descriptors",
            few ? "ulimit -n 65536" : NULL, "%llu for each process",
            (unsigned long long) limit.rlim_cur);
}

static void
s_check_round_trip (doctor_t *self, const char *name, const char *endpoint)
{
    char *why;
    int64_t us = roundtrip_us (endpoint, &why);
    if (us >= 0)
        s_find (self, OK, name, NULL, "a call takes %lld us, there and back",
                (long long) us);
    else
        s_find (self, FAIL, name, "a firewall or sandbox may be in the way",
                "a call fails: %s", why);
    free (why);
}

static void
s_check_run_folder (doctor_t *self)
{
    char *base = rundir_base (), *why = rundir_make_base ();
    if (why)
        s_find (self, FAIL, "run folder", "XDG_RUNTIME_DIR=FOLDER zp doctor",
                "%s", why);
    else {
        s_find (self, OK, "run folder", NULL, "%s", base);
        char *endpoint =
            zsys_sprintf ("ipc://%s/.doctor-%d", base, (int) getpid ());
        s_check_round_trip (self, "ipc call", endpoint);
        unlink (endpoint + strlen ("ipc://"));
        free (endpoint);
    }
    s_check_round_trip (self, "tcp call", "tcp://127.0.0.1:*");
    free (why);
    free (base);
}

static void
s_check_programs (doctor_t *self)
{
    zlistx_t *programs = program_neighbours ();
    char *folder = program_folder ();
    bool none = zlistx_size (programs) == 0;
    s_find (self, none ? WARN : OK, "programs",
            none ? "build the demos: ./demos/run" : NULL,
            "%zu next to zp, in %s", zlistx_size (programs), folder);
    free (folder);
    zlistx_destroy (&programs);
}

//  True if a constellation that does not run was killed: its socket is there
static bool
s_is_stale (const char *name)
{
    char *run = rundir_path (name);
    char *control = zsys_sprintf ("%s/control", run);
    bool there = access (control, F_OK) == 0;
    free (control);
    free (run);
    return there;
}

static void
s_check_constellations (doctor_t *self)
{
    zlistx_t *running = rundir_list (true), *stopped = rundir_list (false);
    if (zlistx_size (running) == 0)
        s_find (self, OK, "running", NULL, "nothing");
    for (char *name = zlistx_first (running); name;
         name = zlistx_next (running))
        s_find (self, OK, "running", NULL, "%s, process %d", name,
                (int) rundir_holder (name));
    for (char *name = zlistx_first (stopped); name;
         name = zlistx_next (stopped))
        if (s_is_stale (name))
            s_find (self, WARN, "left behind",
                    "zp up it again, which cleans up, or remove its folder",
                    "%s was killed; its folder is still there", name);
    zlistx_destroy (&running);
    zlistx_destroy (&stopped);
}

static int
s_run (args_t *args)
{
    doctor_t self = {args_has (args, "json"), json_array (), false};
    zsys_handler_set (NULL);
    s_check_libraries (&self);
    s_check_features (&self);
    s_check_limits (&self);
    s_check_run_folder (&self);
    s_check_programs (&self);
    s_check_constellations (&self);
    if (self.as_json)
        print_json (json_incref (self.findings));
    json_decref (self.findings);
    return self.failed ? EXIT_ERROR : EXIT_OK;
}

const command_t cmd_doctor = {
    .name = "doctor",
    .summary = "look if this machine has what zpatterns needs",
    .usage = "[--json]",
    .examples = "zp doctor\n"
                "zp doctor --json | jq '.[] | select(.level != \"ok\")'\n",
    .options = {OPTION_JSON},
    .run = s_run,
    .notes = "Each line is ok, warn or fail, with what to do about it. The\n"
             "exit code is 1 if something failed.",
};
