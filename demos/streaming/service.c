//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "service.h"

#include <getopt.h>

#include "zp_tracer.h"

#define OPTIONS_MAX    8
#define BODY_MAX_BYTES 65536
#define TOUCH_MS       3000  // A job is at work: well below its lease (jobs.c)
#define DRAIN_MS       4000  // For jobs to end
#define BUDGET_MS      5000  // If a caller does not say how long it waits
#define BUDGET_MAX_MS  60000

struct service {
    const char *name;           // Of the program
    const char *bind;           // Where to listen
    zloop_t *loop;              // All that the program does
    zp_server_t *server;        // Its methods
    zp_tracer_t *tracer;        // What it has sent and received
    zp_queue_worker_t *worker;  // Takes jobs from a queue; NULL: none
    service_gauges_fn *gauges;  // Says how it stands; NULL: nothing does
    void *gauges_arg;           // Given to gauges
};

static void
s_help (const service_about_t *about, const service_option_t *options)
{
    printf ("Usage: %s", about->name);
    for (const service_option_t *option = options; option->name; option++)
        if (!option->value)
            printf (" --%s %s", option->name, option->takes);
    printf (" [OPTION]...\n%s\n\n", about->summary);
    for (const service_option_t *option = options; option->name; option++) {
        printf ("  --%s %s\n        %s", option->name, option->takes,
                option->help);
        if (option->value)
            printf ("; if not given, %s", option->value);
        printf ("\n");
    }
    printf (
        "  --bind ENDPOINT\n"
        "        where to listen; if not given, %s\n"
        "  --fault-seed N\n"
        "        let faults be injected, with random numbers from N; 0, or\n"
        "        if not given: never\n"
        "  --help\n"
        "        this\n\n"
        "SIGTERM, or Ctrl-C, ends it when it has finished what it has\n"
        "begun; a second one at once.\n",
        about->bind);
}

_Noreturn static void
s_usage (const service_about_t *about, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    fprintf (stderr, "%s: %s; see %s --help\n", about->name, text, about->name);
    free (text);
    exit (2);
}

static uint64_t
s_seed (const service_about_t *about, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long seed = strtoull (text, &end, 10);
    if (!isdigit ((unsigned char) *text) || *end || errno)
        s_usage (about, "--fault-seed must be a whole number, not \"%s\"",
                 text);
    return seed;
}

//  Set what the command line says; what is not said stays as it is
static void
s_parse (const service_about_t *about, service_option_t *options, int argc,
         char **argv, const char **bind, uint64_t *seed)
{
    struct option known[OPTIONS_MAX + 4] = {
        {.name = "help", .val = 'h'},
        {.name = "bind", .has_arg = required_argument, .val = 'b'},
        {.name = "fault-seed", .has_arg = required_argument, .val = 'f'},
    };
    int count = 3;
    for (service_option_t *option = options; option->name; option++)
        known[count++] =
            (struct option){.name = option->name, .has_arg = required_argument};
    assert (count <= OPTIONS_MAX + 3);

    int number;
    opterr = 0;
    for (int code;
         (code = getopt_long (argc, argv, ":", known, &number)) != -1;)
        if (code == 0)
            options[number - 3].value = optarg;
        else if (code == 'b')
            *bind = optarg;
        else if (code == 'f')
            *seed = s_seed (about, optarg);
        else if (code == 'h') {
            s_help (about, options);
            exit (0);
        }
        else if (code == ':')
            s_usage (about, "%s needs a value", argv[optind - 1]);
        else
            s_usage (about, "there is no option %s", argv[optind - 1]);
    if (optind < argc)
        s_usage (about, "\"%s\" is no option", argv[optind]);
    for (; options->name; options++)
        if (!options->value)
            s_usage (about, "--%s %s is needed", options->name, options->takes);
}

service_t *
service_new (const service_about_t *about, service_option_t *options, int argc,
             char **argv)
{
    service_t *self = zmalloc (sizeof *self);
    self->name = about->name;
    self->bind = about->bind;
    zp_server_options_t server = ZP_SERVER_DEFAULTS;
    s_parse (about, options, argc, argv, &self->bind, &server.fault_seed);
    server.name = about->name;
    server.cache_replies = about->cache_replies;
    server.workers = about->threads;
    self->tracer = zp_tracer_new ();
    server.tap = zp_tracer_tap (self->tracer);
    self->loop = zloop_new ();
    self->server = zp_server_new (self->loop, &server);
    zp_tracer_serve (self->tracer, self->server);
    return self;
}

void
service_destroy (service_t **self_p)
{
    assert (self_p);
    service_t *self = *self_p;
    if (!self)
        return;
    zp_queue_worker_destroy (&self->worker);
    zp_server_destroy (&self->server);
    zp_tracer_destroy (&self->tracer);
    zloop_destroy (&self->loop);
    free (self);
    *self_p = NULL;
}

zloop_t *
service_loop (service_t *self)
{
    return self->loop;
}

zp_server_t *
service_server (service_t *self)
{
    return self->server;
}

const zp_tap_t *
service_tap (service_t *self)
{
    return zp_tracer_tap (self->tracer);
}

zp_client_t *
service_client (service_t *self, zloop_t *loop, zp_request_t *request)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.tap = service_tap (self);
    zp_client_t *client = zp_client_new (loop, &options);
    if (request)
        zp_client_set_trace (client, &zp_request_envelope (request)->trace);
    return client;
}

void
service_say (service_t *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    char *text = zsys_vprintf (format, arguments);
    va_end (arguments);
    fprintf (stderr, "%s: %s\n", self->name, text);
    free (text);
}

static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    if (status == ZP_OK)
        service_say (arg, "takes jobs again");
    else
        service_say (arg, "gets no jobs: %s: %s", zp_status_name (status),
                     text);
}

bool
service_take (service_t *self, const service_option_t *broker,
              const char *queue, int threads, zp_queue_job_fn *fn, void *arg)
{
    assert (!self->worker);
    zp_queue_worker_options_t options = {.queue = queue,
                                         .credit = threads,
                                         .threads = threads,
                                         .touch_ms = TOUCH_MS,
                                         .tap = service_tap (self)};
    self->worker = zp_queue_worker_new (self->loop, &options, fn, arg);
    zp_queue_worker_on_trouble (self->worker, s_on_trouble, self);
    if (zp_queue_worker_connect (self->worker, broker->value) == ZP_OK)
        return true;
    service_say (self, "--%s: %s is no endpoint", broker->name, broker->value);
    return false;
}

//  True if they are objects with these fields, with ids that differ
static bool
s_entries_right (service_t *self, const char *path, json_t *entries,
                 const field_t *fields)
{
    json_t *ids = json_object ();
    char *wrong = NULL;
    for (size_t i = 0; i < json_array_size (entries) && !wrong; i++) {
        json_t *entry = json_array_get (entries, i);
        const char *id = json_string_value (json_object_get (entry, "id"));
        wrong = fields_wrong (entry, fields);
        if (!wrong && json_object_get (ids, id))
            wrong = strdup ("another one before it has this id");
        if (wrong)
            service_say (self, "%s: entry %zu, \"%s\": %s", path, i + 1,
                         id ? id : "", wrong);
        else
            json_object_set_new (ids, id, json_true ());
    }
    bool right = !wrong;
    free (wrong);
    json_decref (ids);
    return right;
}

json_t *
service_load (service_t *self, const service_option_t *option,
              const field_t *fields)
{
    const char *path = option->value;
    json_error_t error;
    json_t *entries = NULL;
    bool right = false;
    FILE *file = fopen (path, "r");
    if (file)
        entries = json_loadf (file, JSON_REJECT_DUPLICATES, &error);
    if (!file || ferror (file))
        service_say (self, "can't read %s: %s; give another file with --%s",
                     path, strerror (errno), option->name);
    else if (!entries)
        service_say (self, "%s:%d:%d: no JSON: %s; mend it there", path,
                     error.line, error.column, error.text);
    else if (!json_is_array (entries))
        service_say (self, "%s:1:1: it must be an array, such as []", path);
    else
        right = s_entries_right (self, path, entries, fields);
    if (file)
        fclose (file);
    if (!right) {
        json_decref (entries);
        entries = NULL;
    }
    return entries;
}

static void
s_on_gauges (zp_request_t *request, void *arg)
{
    service_t *self = arg;
    static const field_t none[] = {{0}};
    json_t *body = service_body (&request, none);
    if (body)
        service_reply (&request, self->gauges (self->gauges_arg));
    json_decref (body);
}

void
service_gauges (service_t *self, service_gauges_fn *fn, void *arg)
{
    assert (!self->gauges);
    self->gauges = fn;
    self->gauges_arg = arg;
    zp_server_builtin_method (self->server, "gauges", s_on_gauges, self);
}

int
service_run (service_t *self)
{
    if (zp_server_bind (self->server, self->bind) != ZP_OK) {
        service_say (self, "--bind: %s", zp_server_error (self->server));
        return 1;
    }
    service_say (self, "listening at %s", zp_server_endpoint (self->server));
    //  Its worker ends it, when there is one, since jobs take longer
    bool finished =
        ZP_OK == (self->worker ? zp_queue_worker_run (self->worker, DRAIN_MS)
                               : zp_server_run (self->server));
    service_say (self, finished ? "ended, and finished what was begun"
                                : "ended, and gave up some of what was begun");
    return finished ? 0 : 1;
}

json_t *
service_body (zp_request_t **request_p, const field_t *fields)
{
    size_t count = zp_request_count (*request_p);
    zp_span_t text = zp_request_arg (*request_p, 0);
    json_error_t error;
    json_t *body = NULL;
    char *wrong = NULL;
    if (count > 1)
        wrong = zsys_sprintf ("there are %zu arguments; send one JSON object",
                              count);
    else if (text.size > BODY_MAX_BYTES)
        wrong = zsys_sprintf ("it has %zu bytes, and may have %d", text.size,
                              BODY_MAX_BYTES);
    else if (text.size == 0)
        body = json_object ();
    else {
        body =
            json_loadb (text.data, text.size, JSON_REJECT_DUPLICATES, &error);
        if (!body)
            wrong = zsys_sprintf ("line %d, column %d: no JSON: %s", error.line,
                                  error.column, error.text);
    }
    if (!wrong)
        wrong = fields_wrong (body, fields);
    if (!wrong)
        return body;

    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "the body is wrong: %s",
                     wrong);
    free (wrong);
    json_decref (body);
    return NULL;
}

int
service_budget (zp_request_t *request)
{
    int64_t budget_ms = zp_request_budget (request);
    if (budget_ms < 0 || budget_ms > BUDGET_MAX_MS)
        return budget_ms < 0 ? BUDGET_MS : BUDGET_MAX_MS;
    return (int) (budget_ms - budget_ms / 10) + 1;
}

void
service_reply (zp_request_t **request_p, json_t *result)
{
    char *text = json_dumps (result, JSON_COMPACT);
    assert (text);
    zp_request_reply (request_p, text, strlen (text));
    free (text);
    json_decref (result);
}
