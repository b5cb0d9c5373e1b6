//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "topology_service.h"

#include "program.h"
#include "topology_placeholder.h"

extern char **environ;

#define MS_MAX    3600000
#define SCALE_MAX 100  // Of one service: a process each

static const zp_json_key_t s_scale_keys[] = {
    {.name = "now", .type = JSON_INTEGER, .needed = true, .max = SCALE_MAX},
    {.name = "max",
     .type = JSON_INTEGER,
     .needed = true,
     .min = 1,
     .max = SCALE_MAX},
    {0},
};

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
    {.name = "scale", .type = JSON_OBJECT},
    {0},
};

topology_service_t *
topology_reader_service (topology_reader_t *self)
{
    return &self->topology->services[self->number];
}

const char *
topology_reader_string (topology_reader_t *self, const char *key)
{
    return json_string_value (json_object_get (self->json, key));
}

//  Move to a member of the service, or to what format says below it
void
topology_service_at (topology_reader_t *self, const char *format, ...)
{
    int size = snprintf (self->at, sizeof self->at, "/services/%zu",
                         topology_reader_service (self)->place);
    va_list arguments;
    va_start (arguments, format);
    vsnprintf (self->at + size, sizeof self->at - (size_t) size, format,
               arguments);
    va_end (arguments);
}

size_t
topology_service_find (const topology_t *topology, const char *name)
{
    size_t number = 0;
    while (number < topology->count &&
           (!topology->services[number].name ||
            strcmp (topology->services[number].name, name) != 0))
        number++;
    return number;
}

void
topology_service_try (const topology_t *topology, zp_similar_t *similar)
{
    for (size_t i = 0; i < topology->count; i++)
        if (topology->services[i].name)
            zp_similar_try (similar, topology->services[i].name);
}

int
topology_service_max (const json_t *json)
{
    json_t *scale = json_object_get (json, "scale");
    json_int_t max = json_integer_value (json_object_get (scale, "max"));
    if (!scale)
        return 0;
    return max < 1 ? 1 : max > SCALE_MAX ? SCALE_MAX : (int) max;
}

static void
s_check_scale (topology_reader_t *self)
{
    json_t *scale = json_object_get (self->json, "scale");
    topology_service_at (self, "/scale");
    if (!zp_json_doc_check (self->doc, scale, self->at, s_scale_keys))
        return;
    json_int_t now = json_integer_value (json_object_get (scale, "now"));
    topology_service_at (self, "/scale/now");
    if (now > topology_service_max (self->json))
        zp_json_doc_wrong (self->doc, self->at,
                           "\"now\" must not be more than \"max\"");
    topology_reader_service (self)->wanted =
        topology_reader_service (self)->n <= now;
}

void
topology_service_check (topology_reader_t *self)
{
    topology_reader_service (self)->wanted = true;
    topology_service_at (self, "%s", "");
    if (zp_json_doc_is (self->doc, self->json, JSON_OBJECT, self->at,
                        "a service") &&
        zp_json_doc_check (self->doc, self->json, self->at, s_service_keys) &&
        topology_reader_service (self)->n > 0)
        s_check_scale (self);
}

static void
s_read_program (topology_reader_t *self)
{
    const char *name = topology_reader_string (self, "program");
    if (!name)
        return;
    topology_reader_service (self)->program =
        program_find (name, self->topology->dir);
    if (topology_reader_service (self)->program)
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
    topology_reader_service (self)->argv = argv;
    argv[0] = strdup (topology_reader_service (self)->program
                          ? topology_reader_service (self)->program
                          : "");
    for (size_t i = 0; i < count; i++) {
        json_t *arg = json_array_get (args, i);
        topology_service_at (self, "/args/%zu", i);
        if (zp_json_doc_is (self->doc, arg, JSON_STRING, self->at,
                            "an argument"))
            argv[i + 1] = topology_expand (self, json_string_value (arg));
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
    topology_reader_service (self)->environ = variables;
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
            text = topology_expand (self, json_string_value (value));
        if (text)
            s_set_variable (variables, name, text);
        free (text);
    }
}

static void
s_read_cwd (topology_reader_t *self)
{
    topology_service_at (self, "/cwd");
    const char *given = topology_reader_string (self, "cwd");
    char *cwd = topology_expand (self, given ? given : "{dir}");
    if (!cwd)
        return;
    char *path = *cwd == '/' ? strdup (cwd)
                             : zsys_sprintf ("%s/%s", self->topology->dir, cwd);
    struct stat about;
    //  The run folder will be there in time
    bool run = strcmp (path, self->topology->run) == 0;
    if (!run && (stat (path, &about) == -1 || !S_ISDIR (about.st_mode)))
        zp_json_doc_wrong (self->doc, self->at, "no folder %s", path);
    topology_reader_service (self)->cwd = path;
    free (cwd);
}

static void
s_add_after (topology_service_t *service, size_t number)
{
    for (size_t i = 0; i < service->after_count; i++)
        if (service->after[i] == number)
            return;
    service->after[service->after_count++] = number;
}

//  Add the service with that name, or the several that go by it. False if there
//  are none.
static bool
s_add_after_name (topology_reader_t *self, const char *name)
{
    bool some = false;
    for (size_t i = 0; i < self->topology->count; i++) {
        const topology_service_t *other = &self->topology->services[i];
        if ((other->name && strcmp (other->name, name) == 0) ||
            (other->group && strcmp (other->group, name) == 0)) {
            s_add_after (topology_reader_service (self), i);
            some = true;
        }
    }
    return some;
}

//  Without "after" it is what the file has before this one
static void
s_add_after_place (topology_reader_t *self)
{
    topology_service_t *service = topology_reader_service (self);
    for (size_t i = 0; i < self->number; i++)
        if (self->topology->services[i].place + 1 == service->place)
            s_add_after (service, i);
}

static void
s_read_after (topology_reader_t *self)
{
    json_t *after = json_object_get (self->json, "after"), *name;
    size_t i;
    topology_reader_service (self)->after =
        zmalloc ((self->topology->count + 1) * sizeof (size_t));
    if (!after)
        s_add_after_place (self);
    json_array_foreach (after, i, name)
    {
        topology_service_at (self, "/after/%zu", i);
        const char *word = json_string_value (name);
        if (!zp_json_doc_is (self->doc, name, JSON_STRING, self->at,
                             "an element of \"after\"") ||
            s_add_after_name (self, word))
            continue;
        zp_similar_t similar = {.word = word};
        topology_service_try (self->topology, &similar);
        if (similar.best)
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
    topology_reader_service (self)->ready_ms = s_ms (self, "ready_ms", 10000);
    topology_reader_service (self)->stop_ms = s_ms (self, "stop_ms", 5000);
}
