//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "topology_service.h"

#include "endpoint.h"
#include "expand.h"
#include "program.h"
#include "rundir.h"
#include "zp_similar.h"

extern char **environ;

#define MS_MAX 3600000

static const zp_json_key_t s_service_keys[] = {
    {.name = "name", .type = JSON_STRING, .needed = true},
    {.name = "program", .type = JSON_STRING, .needed = true},
    {.name = "args", .type = JSON_ARRAY},
    {.name = "endpoint", .type = JSON_STRING, .needed = true},
    {.name = "after", .type = JSON_ARRAY},
    {.name = "env", .type = JSON_OBJECT},
    {.name = "cwd", .type = JSON_STRING},
    {.name = "ready_ms", .type = JSON_INTEGER, .min = 1, .max = MS_MAX},
    {.name = "stop_ms", .type = JSON_INTEGER, .min = 1, .max = MS_MAX},
    {0},
};

//  Move to a member of the service, or to what format says below it
void
topology_service_at (topology_reader_t *self, const char *format, ...)
{
    int size =
        snprintf (self->at, sizeof self->at, "/services/%zu", self->number);
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (self->at + size, sizeof self->at - (size_t) size, format,
               arguments);
    va_end (arguments);
}

static topology_service_t *
s_service (topology_reader_t *self)
{
    return &self->topology->services[self->number];
}

static const char *
s_string (topology_reader_t *self, const char *key)
{
    return json_string_value (json_object_get (self->json, key));
}

//  Number of the service with that name, or count
static size_t
s_number (topology_t *topology, const char *name)
{
    size_t number = 0;
    while (number < topology->count &&
           (!topology->services[number].name ||
            strcmp (topology->services[number].name, name) != 0))
        number++;
    return number;
}

static void
s_try_names (topology_t *topology, zp_similar_t *similar)
{
    for (size_t i = 0; i < topology->count; i++)
        if (topology->services[i].name)
            zp_similar_try (similar, topology->services[i].name);
}

//  Gives the values of placeholders
static const char *
s_lookup (void *arg, const char *name)
{
    topology_reader_t *self = arg;
    topology_t *topology = self->topology;
    if (strcmp (name, "run") == 0)
        return topology->run;
    if (strcmp (name, "dir") == 0)
        return topology->dir;
    if (strcmp (name, "seed") == 0)
        return topology->seed;
    size_t number =
        self->endpoints ? s_number (topology, name) : topology->count;
    if (number == topology->count)
        return NULL;
    //  A bad endpoint is a mistake of its own
    const char *endpoint = topology->services[number].endpoint;
    return endpoint ? endpoint : "";
}

//  Fill in the placeholders of a text. NULL if there is no text or it is wrong.
static char *
s_expand (topology_reader_t *self, const char *text)
{
    if (!text)
        return NULL;
    char unknown[EXPAND_NAME_MAX];
    char *expanded = expand (text, s_lookup, self, unknown);
    if (expanded)
        return expanded;
    zp_similar_t similar = {.word = unknown};
    zp_similar_try (&similar, "run");
    zp_similar_try (&similar, "dir");
    zp_similar_try (&similar, "seed");
    if (self->endpoints)
        s_try_names (self->topology, &similar);
    if (similar.best)
        zp_json_doc_wrong (self->doc, self->at,
                           "unknown placeholder {%s}; did you mean {%s}?",
                           unknown, similar.best);
    else
        zp_json_doc_wrong (
            self->doc, self->at,
            "unknown placeholder {%s}; there are {run}, {dir}, "
            "{seed}%s",
            unknown, self->endpoints ? " and the names of the services" : "");
    return NULL;
}

void
topology_service_check (topology_reader_t *self)
{
    topology_service_at (self, "%s", "");
    if (zp_json_doc_is (self->doc, self->json, JSON_OBJECT, self->at,
                        "a service"))
        zp_json_doc_check (self->doc, self->json, self->at, s_service_keys);
}

void
topology_service_read_name (topology_reader_t *self)
{
    const char *name = s_string (self, "name");
    if (!name)
        return;
    topology_service_at (self, "/name");
    char *wrong = rundir_name_wrong (name);
    if (wrong)
        zp_json_doc_wrong (self->doc, self->at, "%s", wrong);
    else if (s_number (self->topology, name) < self->topology->count)
        zp_json_doc_wrong (self->doc, self->at,
                           "there is a service \"%s\" already", name);
    else if (strcmp (name, "run") == 0 || strcmp (name, "dir") == 0 ||
             strcmp (name, "seed") == 0 || strcmp (name, "zp") == 0)
        zp_json_doc_wrong (self->doc, self->at,
                           "\"%s\" has a meaning of its own; take another name",
                           name);
    else
        s_service (self)->name = strdup (name);
    free (wrong);
}

void
topology_service_read_endpoint (topology_reader_t *self)
{
    topology_service_at (self, "/endpoint");
    char *endpoint = s_expand (self, s_string (self, "endpoint"));
    if (!endpoint)
        return;
    char *wrong = endpoint_wrong (endpoint);
    if (wrong)
        zp_json_doc_wrong (self->doc, self->at, "%s", wrong);
    for (size_t i = 0; i < self->number; i++) {
        topology_service_t *other = &self->topology->services[i];
        if (other->endpoint && strcmp (endpoint, other->endpoint) == 0)
            zp_json_doc_wrong (self->doc, self->at,
                               "this is the endpoint of service \"%s\" already",
                               other->name ? other->name : "?");
    }
    free (wrong);
    s_service (self)->endpoint = endpoint;
}

static void
s_read_program (topology_reader_t *self)
{
    const char *name = s_string (self, "program");
    if (!name)
        return;
    s_service (self)->program = program_find (name, self->topology->dir);
    if (s_service (self)->program)
        return;
    topology_service_at (self, "/program");
    zlistx_t *neighbours = program_neighbours ();
    zp_similar_t similar = {.word = name};
    for (char *one = zlistx_first (neighbours); one;
         one = zlistx_next (neighbours))
        zp_similar_try (&similar, one);
    const char *where = strchr (name, '/')
                            ? "at that path, counted from the topology's folder"
                            : "next to zp or in PATH";
    if (similar.best)
        zp_json_doc_wrong (self->doc, self->at,
                           "no program \"%s\" %s; did you mean \"%s\"?", name,
                           where, similar.best);
    else
        zp_json_doc_wrong (self->doc, self->at,
                           "no program \"%s\" %s; build it, or give its path",
                           name, where);
    zlistx_destroy (&neighbours);
}

static void
s_read_args (topology_reader_t *self)
{
    json_t *args = json_object_get (self->json, "args");
    size_t count = json_array_size (args);
    char **argv = zmalloc ((count + 2) * sizeof *argv);
    s_service (self)->argv = argv;
    argv[0] =
        strdup (s_service (self)->program ? s_service (self)->program : "");
    for (size_t i = 0; i < count; i++) {
        json_t *arg = json_array_get (args, i);
        topology_service_at (self, "/args/%zu", i);
        if (zp_json_doc_is (self->doc, arg, JSON_STRING, self->at,
                            "an argument"))
            argv[i + 1] = s_expand (self, json_string_value (arg));
        if (!argv[i + 1])
            argv[i + 1] = strdup ("");
    }
}

//  True if an entry of the environment, "NAME=value", is for that name
static bool
s_is_variable (const char *entry, const char *name)
{
    size_t size = strlen (name);
    return strncmp (entry, name, size) == 0 && entry[size] == '=';
}

static void
s_set_variable (char **variables, const char *name, const char *value)
{
    while (*variables && !s_is_variable (*variables, name))
        variables++;
    free (*variables);
    *variables = zsys_sprintf ("%s=%s", name, value);
}

static void
s_read_env (topology_reader_t *self)
{
    json_t *env = json_object_get (self->json, "env");
    size_t count = 0;
    while (environ[count])
        count++;
    char **variables =
        zmalloc ((count + json_object_size (env) + 1) * sizeof *variables);
    s_service (self)->environ = variables;
    for (size_t i = 0; i < count; i++)
        variables[i] = strdup (environ[i]);

    const char *name;
    json_t *value;
    json_object_foreach (env, name, value)
    {
        topology_service_at (self, "/env/%s", name);
        char *text = NULL;
        if (*name == 0 || strchr (name, '='))
            zp_json_doc_wrong (self->doc, self->at,
                               "\"%s\" can't be the name of a variable", name);
        else if (zp_json_doc_is (self->doc, value, JSON_STRING, self->at,
                                 "a variable"))
            text = s_expand (self, json_string_value (value));
        if (text)
            s_set_variable (variables, name, text);
        free (text);
    }
}

static void
s_read_cwd (topology_reader_t *self)
{
    topology_service_at (self, "/cwd");
    const char *given = s_string (self, "cwd");
    char *cwd = s_expand (self, given ? given : "{dir}");
    if (!cwd)
        return;
    char *path = *cwd == '/' ? strdup (cwd)
                             : zsys_sprintf ("%s/%s", self->topology->dir, cwd);
    struct stat about;
    //  The run folder will be there in time
    bool run = strcmp (path, self->topology->run) == 0;
    if (!run && (stat (path, &about) == -1 || !S_ISDIR (about.st_mode)))
        zp_json_doc_wrong (self->doc, self->at, "no folder %s", path);
    s_service (self)->cwd = path;
    free (cwd);
}

static void
s_read_after (topology_reader_t *self)
{
    topology_service_t *service = s_service (self);
    json_t *after = json_object_get (self->json, "after");
    size_t count = json_array_size (after);
    service->after = zmalloc ((count + 1) * sizeof *service->after);
    if (!after && self->number > 0)
        service->after[service->after_count++] = self->number - 1;
    for (size_t i = 0; i < count; i++) {
        json_t *name = json_array_get (after, i);
        topology_service_at (self, "/after/%zu", i);
        if (!zp_json_doc_is (self->doc, name, JSON_STRING, self->at,
                             "an element of \"after\""))
            continue;
        const char *word = json_string_value (name);
        size_t number = s_number (self->topology, word);
        zp_similar_t similar = {.word = word};
        s_try_names (self->topology, &similar);
        if (number < self->topology->count)
            service->after[service->after_count++] = number;
        else if (similar.best)
            zp_json_doc_wrong (self->doc, self->at,
                               "no service \"%s\"; did you mean \"%s\"?", word,
                               similar.best);
        else
            zp_json_doc_wrong (self->doc, self->at, "no service \"%s\"", word);
    }
}

static int
s_ms (topology_reader_t *self, const char *key, int otherwise)
{
    json_t *number = json_object_get (self->json, key);
    return number ? (int) json_integer_value (number) : otherwise;
}

//  Everything of a service but its name and endpoint
void
topology_service_read (topology_reader_t *self)
{
    s_read_program (self);
    s_read_args (self);
    s_read_env (self);
    s_read_cwd (self);
    s_read_after (self);
    s_service (self)->ready_ms = s_ms (self, "ready_ms", 10000);
    s_service (self)->stop_ms = s_ms (self, "stop_ms", 5000);
}
