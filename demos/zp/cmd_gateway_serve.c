//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <errno.h>
#include <libgen.h>

#include "daemon.h"
#include "gateway_commands.h"
#include "output.h"
#include "textfile.h"
#include "zp_gateway.h"

#define ADDRESS    "127.0.0.1:8080"
#define CONTROL    "inproc://zp-gateway"  // If nobody else is to ask it
#define KEYS_BYTES (1 << 20)

typedef struct serve {
    daemon_t daemon;              // How it is run
    zp_gateway_routes_t *routes;  // What is answered how
    zp_gateway_keys_t *keys;      // Who may use what is private; or NULL
    FILE *access;                 // Access log; NULL: none
    zp_gateway_t *gateway;        // What is served
    zp_server_t *control;         // Answers zp.ping, zp.info, zp.stats
} serve_t;

//  What was given with --service: NAME=ENDPOINT, for one name perhaps several
static exit_code_t
s_place (serve_t *self, const char *text)
{
    const args_t *args = self->daemon.args;
    const char *endpoints[VALUES_MAX], *other;
    size_t name = strcspn (text, "="), count = 0;
    for (int i = 0; (other = args_text_at (args, "service", i)); i++)
        if (strncmp (other, text, name + 1) == 0)
            endpoints[count++] = other + name + 1;
    char *service = strndup (text, name);
    bool placed =
        text[name] && text[name + 1] &&
        zp_gateway_routes_place (self->routes, service, endpoints, count);
    if (!placed)
        say_error ("--service %s: NAME=ENDPOINT is wanted, with a service of "
                   "the routes file that has no \"updates\"",
                   text);
    free (service);
    return placed ? EXIT_OK : EXIT_USAGE;
}

static exit_code_t
s_read_keys (serve_t *self)
{
    const char *path = args_text (self->daemon.args, "keys");
    if (!path)
        return EXIT_OK;
    size_t size;
    char *text = textfile_read (path, KEYS_BYTES, &size), *mistakes = NULL;
    if (!text) {
        say_error ("can't read %s: %s", path, strerror (errno));
        return EXIT_NOT_FOUND;
    }
    self->keys = zp_gateway_keys_new ((zp_span_t){text, size}, &mistakes);
    if (!self->keys)
        gateway_say_mistakes (path, mistakes);
    free (mistakes);
    free (text);
    return self->keys ? EXIT_OK : EXIT_USAGE;
}

static exit_code_t
s_open_access_log (serve_t *self)
{
    const char *path = args_text (self->daemon.args, "access-log");
    if (!path)
        return EXIT_OK;
    self->access = streq (path, "-") ? stdout : fopen (path, "ae");
    if (!self->access) {
        say_error ("can't write %s: %s", path, strerror (errno));
        return EXIT_ERROR;
    }
    setvbuf (self->access, NULL, _IOLBF, 0);
    return EXIT_OK;
}

static exit_code_t
s_read (serve_t *self)
{
    const args_t *args = self->daemon.args;
    exit_code_t code;
    const char *text;
    self->routes = gateway_routes (args_operand (args, 0), &code, NULL);
    for (int i = 0;
         code == EXIT_OK && (text = args_text_at (args, "service", i)); i++)
        code = s_place (self, text);
    if (code == EXIT_OK)
        code = s_read_keys (self);
    if (code == EXIT_OK)
        code = s_open_access_log (self);
    return code;
}

static void
s_log (void *arg, const char *line)
{
    fprintf (arg, "%s\n", line);
}

//  Folders in the routes file are meant from where that is
static exit_code_t
s_go_to_routes (const serve_t *self)
{
    char *path = strdup (args_operand (self->daemon.args, 0));
    int failed = chdir (dirname (path));
    if (failed)
        say_error ("can't go to the folder of %s: %s", path, strerror (errno));
    free (path);
    return failed ? EXIT_ERROR : EXIT_OK;
}

//  Where it is wanted; or else at a port that is easy to remember, or at any
static exit_code_t
s_listen (serve_t *self)
{
    const char *address = args_text (self->daemon.args, "http");
    zp_status_t status =
        zp_gateway_bind (self->gateway, address ? address : ADDRESS);
    if (status == ZP_ALREADY_EXISTS && !address)
        status = zp_gateway_bind (self->gateway, "0");
    if (status != ZP_OK) {
        say_error ("%s", zp_gateway_error (self->gateway));
        return daemon_exit_code (status);
    }
    say ("listening at %s", zp_gateway_url (self->gateway));
    return EXIT_OK;
}

static exit_code_t
s_open (serve_t *self)
{
    zp_gateway_options_t options = ZP_GATEWAY_DEFAULTS;
    options.routes = self->routes;
    options.keys = self->keys;
    options.log = self->access ? s_log : NULL;
    options.log_arg = self->access;
    options.tap = daemon_tap (&self->daemon);
    exit_code_t code = s_go_to_routes (self);
    if (code != EXIT_OK)
        return code;
    char *error = NULL;
    self->gateway = zp_gateway_new (self->daemon.loop, &options, &error);
    if (!self->gateway) {
        say_error ("%s", error);
        zstr_free (&error);
        return EXIT_ERROR;
    }
    return s_listen (self);
}

static void
s_on_url (zp_request_t *request, void *arg)
{
    const char *url = zp_gateway_url (((serve_t *) arg)->gateway);
    zp_request_reply (&request, url, strlen (url));
}

static exit_code_t
s_control (serve_t *self)
{
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.name = "zp gateway";
    self->control = zp_server_new (self->daemon.loop, &options);
    zp_server_method (self->control, "gateway.url", s_on_url, self);
    if (args_has (self->daemon.args, "bind"))
        return daemon_bind (&self->daemon, self->control);
    zp_server_bind (self->control, CONTROL);
    return EXIT_OK;
}

//  It is ready
static void
s_on_ready (void *arg, const zp_reply_t *reply)
{
    (void) reply;
    serve_t *self = arg;
    say ("%zu route%s to %zu service%s", self->routes->count,
         self->routes->count == 1 ? "" : "s", self->routes->services_count,
         self->routes->services_count == 1 ? "" : "s");
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    serve_t *self = arg;
    exit_code_t code = s_open (self);
    if (code == EXIT_OK)
        code = s_control (self);
    if (code == EXIT_OK) {
        daemon_await (daemon, self->control, "zp.ping", s_on_ready, self);
        zp_status_t status = zp_gateway_run (self->gateway);
        say ("stopped%s",
             status == ZP_OK ? "" : "; some requests were not done");
    }
    zp_gateway_destroy (&self->gateway);
    zp_server_destroy (&self->control);
    return code;
}

static int
s_run (args_t *args)
{
    serve_t self = {.daemon = {.args = args,
                               .name = "gateway",
                               .hint = "curl http://" ADDRESS "/healthz"}};
    int code = s_read (&self);
    if (code == EXIT_OK)
        code = daemon_run (&self.daemon, s_serve, &self);
    zp_gateway_routes_destroy (&self.routes);
    zp_gateway_keys_destroy (&self.keys);
    if (self.access && self.access != stdout)
        fclose (self.access);
    return code;
}

const command_t cmd_gateway_serve = {
    .name = "gateway serve",
    .summary = "run a gateway",
    .usage = "ROUTES [--http ADDRESS] [--service N=ENDPOINT]...",
    .examples =
        "zp gateway serve routes.json\n"
        "zp gateway serve routes.json --http 8081 --access-log -\n"
        "zp gateway serve routes.json --keys keys --http 0.0.0.0:80 \\\n"
        "    -s catalog=ipc:///run/catalog --detach\n",
    .options = {{.name = "http",
                 .letter = 'a',
                 .value = "ADDRESS",
                 .text = "listen there (" ADDRESS ", or any port)"},
                {.name = "service",
                 .letter = 's',
                 .value = "N=ENDPOINT",
                 .many = true,
                 .text = "where a service is, if not as ROUTES says"},
                {.name = "keys",
                 .letter = 'k',
                 .value = "FILE",
                 .names = OPERAND_FILE,
                 .text = "the API keys that there are"},
                {.name = "access-log",
                 .value = "FILE",
                 .names = OPERAND_FILE,
                 .text = "a line of JSON for each request; -: stdout"},
                OPTION_BIND,
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .run = s_run,
    .notes =
        "ADDRESS is a port, of 127.0.0.1, or HOST:PORT; port 0 is any that is\n"
        "free. Folders in ROUTES are meant from where that file is. Ctrl-C or\n"
        "SIGTERM stops it; requests that it has taken are finished.\n"
        "\n"
        "A service that is given again has several peers. /healthz, /readyz\n"
        "and /metrics are the gateway's own. With --bind it answers zp.ping\n"
        "and the like there, as services of a topology do, and gateway.url:\n"
        "  { \"name\": \"gateway\", \"program\": \"zp\",\n"
        "    \"args\": [\"gateway\", \"serve\", \"{dir}/routes.json\",\n"
        "             \"--bind\", \"{gateway}\", \"-s\", "
        "\"catalog={catalog}\"],\n"
        "    \"endpoint\": \"ipc://{run}/gateway\" }",
};
