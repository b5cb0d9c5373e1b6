//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "body.h"
#include "daemon.h"
#include "definitions.h"
#include "output.h"
#include "saga_commands.h"
#include "zp_saga_coordinator.h"

typedef struct serve {
    daemon_t daemon;                     // How it is run
    zp_saga_coordinator_t *coordinator;  // What is served
    definitions_t definitions;           // By which sagas are started
    char *journal;                       // Its URL
} serve_t;

static zp_saga_coordinator_options_t
s_options (const serve_t *self)
{
    const args_t *args = self->daemon.args;
    zp_saga_coordinator_options_t options = ZP_SAGA_COORDINATOR_DEFAULTS;
    zp_saga_options_t *sagas = &options.sagas;
    options.journal = self->journal;
    options.server.name = "zp saga";
    options.window = (int) args_number (args, "window", options.window);
    sagas->retention_ms =
        args_number (args, "retention", (long) sagas->retention_ms);
    sagas->max_sagas =
        (size_t) args_number (args, "max-sagas", (long) sagas->max_sagas);
    sagas->max_input_bytes =
        (size_t) args_number (args, "max-input", (long) sagas->max_input_bytes);
    return options;
}

static void *
s_open (void *arg, zp_status_t *status_p, char **error_p)
{
    serve_t *self = arg;
    zp_saga_coordinator_options_t options = s_options (self);
    options.server.tap = daemon_tap (&self->daemon);
    return zp_saga_coordinator_new (self->daemon.loop, &options, status_p,
                                    error_p);
}

//  Tell it of the services
static exit_code_t
s_connect (serve_t *self)
{
    const char *text;
    for (int i = 0; (text = args_text_at (self->daemon.args, "service", i));
         i++) {
        const char *endpoint = strchr (text, '=');
        char *name = strndup (text, (size_t) (endpoint - text));
        zp_status_t status =
            zp_saga_coordinator_service (self->coordinator, name, endpoint + 1);
        free (name);
        if (status != ZP_OK) {
            say_error ("--service %s: %s", text,
                       zp_saga_coordinator_error (self->coordinator));
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

//  Tell it of the definitions, which are known to be right
static exit_code_t
s_define (serve_t *self)
{
    for (size_t i = 0; i < self->definitions.count; i++) {
        const zp_saga_def_t *def = self->definitions.all[i].def;
        char *mistakes;
        if (zp_saga_coordinator_define (self->coordinator,
                                        (zp_span_t){def->text, def->text_size},
                                        &mistakes) != ZP_OK) {
            say_error ("%s:%s", self->definitions.all[i].path, mistakes);
            free (mistakes);
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

//  It is ready, and has told what it has taken back
static void
s_on_stat (void *arg, const zp_reply_t *reply)
{
    serve_t *self = arg;
    json_t *stat =
        json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    long long open = 0, parked = 0, running = 0, compensating = 0;
    json_unpack (stat, "{sI, sI, sI}", "running", &running, "compensating",
                 &compensating, "parked", &parked);
    open = running + compensating;
    for (size_t i = 0; i < self->definitions.count; i++)
        say ("saga %s, version %lld", self->definitions.all[i].def->name,
             (long long) self->definitions.all[i].def->version);
    say ("journal %s: %lld open saga%s, %lld parked, taken back in %.1f s",
         self->journal, open, open == 1 ? "" : "s", parked,
         (double) self->daemon.took_ms / 1000);
    json_decref (stat);
}

static exit_code_t
s_run_coordinator (serve_t *self)
{
    daemon_await (&self->daemon, zp_saga_coordinator_server (self->coordinator),
                  "saga.stat", s_on_stat, self);
    zp_status_t status = zp_saga_coordinator_run (self->coordinator);
    return daemon_ended (status, zp_saga_coordinator_error (self->coordinator));
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    (void) daemon;
    serve_t *self = arg;
    exit_code_t code;
    self->coordinator = daemon_open (&self->daemon, "taking back the sagas",
                                     s_open, self, &code);
    if (code == EXIT_OK)
        code = s_connect (self);
    if (code == EXIT_OK)
        code = s_define (self);
    if (code == EXIT_OK)
        code = daemon_bind (&self->daemon,
                            zp_saga_coordinator_server (self->coordinator));
    if (code == EXIT_OK)
        code = s_run_coordinator (self);
    zp_saga_coordinator_destroy (&self->coordinator);
    return code;
}

//  Each --service must be NAME=ENDPOINT
static exit_code_t
s_check_services (const args_t *args)
{
    const char *text;
    for (int i = 0; (text = args_text_at (args, "service", i)); i++) {
        const char *endpoint = strchr (text, '=');
        if (!endpoint || endpoint == text || !endpoint[1]) {
            say_error ("zp saga serve: --service takes NAME=ENDPOINT, not '%s'",
                       text);
            say_hint ("--service billing=tcp://127.0.0.1:5571");
            return EXIT_USAGE;
        }
    }
    return EXIT_OK;
}

//  Before anything is opened, all mistakes are told. Without --service there
//  is no service at all.
static exit_code_t
s_read (serve_t *self)
{
    const args_t *args = self->daemon.args;
    static const char *const none[] = {NULL};
    exit_code_t code = s_check_services (args);
    if (code != EXIT_OK)
        return code;
    char **services = saga_services (args);
    code = definitions_read (&self->definitions, args->operands + 1,
                             services ? (const char *const *) services : none);
    saga_services_free (&services);
    return code == EXIT_OK ? definitions_say (&self->definitions) : code;
}

static int
s_run (args_t *args)
{
    serve_t self = {
        .daemon = {.args = args, .name = "saga", .hint = "zp saga ls"}};
    int code = s_read (&self);
    if (code == EXIT_OK) {
        self.journal = daemon_journal (&self.daemon, args_operand (args, 0));
        code = daemon_run (&self.daemon, s_serve, &self);
        free (self.journal);
    }
    definitions_clear (&self.definitions);
    return code;
}

const command_t cmd_saga_serve = {
    .name = "saga serve",
    .summary = "run a coordinator of sagas",
    .usage = "JOURNAL DEFINITION... --service NAME=ENDPOINT... [--detach]",
    .examples = "zp saga serve sagas.db premium.json \\\n"
                "    --service licence=tcp://127.0.0.1:5570 \\\n"
                "    --service billing=tcp://127.0.0.1:5571 --detach\n"
                "zp saga serve sqlite:/var/lib/sagas.db /etc/sagas/ \\\n"
                "    -s billing=ipc:///run/billing --bind "
                "tcp://127.0.0.1:5555\n",
    .options = {OPTION_SERVICE ("N=ENDPOINT", "a service, and where it is"),
                OPTION_BIND,
                OPTION_NUMBER ("retention", "MS", 1, LONG_MAX,
                               "ended sagas can be read so long (a day)"),
                OPTION_NUMBER ("max-sagas", "N", 1, LONG_MAX,
                               "in memory, ended ones too (1000000)"),
                OPTION_NUMBER ("max-input", "N", 1, BODY_MAX,
                               "bytes of an input or a result (65536)"),
                OPTION_NUMBER ("window", "N", 1, INT_MAX,
                               "commands out to one service (1000)"),
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE, OPERAND_FILE},
    .needed = 2,
    .many = true,
    .run = s_run,
    .notes =
        "JOURNAL is a file, which is made if it is not there, or a URL such\n"
        "as sqlite:PATH. One coordinator can have it at a time. DEFINITION is\n"
        "a file, or a folder: all files in it that end in .json. What is\n"
        "wrong in them is told, and nothing is started (zp help saga check).\n"
        "\n"
        "Each service that they name needs an endpoint; a name can be given\n"
        "again with another one, and the work is then shared. Services may\n"
        "come later, and go: what is to be sent to them waits.\n"
        "\n"
        "Without --bind only processes of this user on this machine reach it,\n"
        "which zp saga does by itself. Ctrl-C or SIGTERM stops it. Whatever\n"
        "ends it, each saga that was started goes on when it is started\n"
        "again, by the definition that it began with.\n"
        "\n"
        "In a topology, zp saga then finds it if the service is called saga:\n"
        "  { \"name\": \"saga\", \"program\": \"zp\",\n"
        "    \"args\": [\"saga\", \"serve\", \"{dir}/sagas.db\", "
        "\"{dir}/sagas\",\n"
        "             \"--bind\", \"{saga}\", \"-s\", "
        "\"billing={billing}\"],\n"
        "    \"endpoint\": \"ipc://{run}/saga\" }",
};
