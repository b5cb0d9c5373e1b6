//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "stage_scenes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "member.h"
#include "rundir.h"
#include "stage_json.h"
#include "zp_similar.h"

#define POINTER_SIZE 96
#define TEXT_SIZE    64
#define MS_MAX       86400000

static const zp_json_key_t s_scene_keys[] = {
    {.name = "name", .type = JSON_STRING, .needed = true},
    {.name = "title", .type = JSON_STRING, .needed = true},
    {.name = "pattern", .type = JSON_STRING, .needed = true},
    {.name = "text", .type = JSON_STRING, .needed = true},
    {.name = "command", .type = JSON_STRING, .needed = true},
    {.name = "do", .type = JSON_ARRAY, .needed = true},
    {.name = "for_ms", .type = JSON_INTEGER, .min = 1, .max = MS_MAX},
    {.name = "expect", .type = JSON_ARRAY, .needed = true},
    {.name = "recovered", .type = JSON_ARRAY, .needed = true},
    {0},
};

static const zp_json_key_t s_sight_keys[] = {
    {.name = "text", .type = JSON_STRING, .needed = true},
    {.name = "see", .type = JSON_ARRAY, .needed = true},
    {0},
};

static const zp_json_key_t s_step_keys[] = {
    {.name = "kill", .type = JSON_STRING},
    {.name = "pause", .type = JSON_STRING},
    {.name = "stop", .type = JSON_STRING},
    {.name = "faults", .type = JSON_OBJECT},
    {.name = "scale", .type = JSON_OBJECT},
    {.name = "load", .type = JSON_REAL, .min = 0, .max = 1000},
    {.name = "call", .type = JSON_OBJECT},
    {0},
};

static const zp_json_key_t s_faults_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "rules", .type = JSON_ARRAY, .needed = true},
    {0},
};

static const zp_json_key_t s_scale_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "to", .type = JSON_INTEGER, .needed = true, .min = 0, .max = 99},
    {0},
};

static const zp_json_key_t s_call_keys[] = {
    {.name = "service", .type = JSON_STRING, .needed = true},
    {.name = "method", .type = JSON_STRING, .needed = true},
    {.name = "body", .type = JSON_NULL},
    {.name = "heal", .type = JSON_OBJECT},
    {0},
};

static const zp_json_key_t s_heal_keys[] = {
    {.name = "method", .type = JSON_STRING, .needed = true},
    {.name = "body", .type = JSON_NULL},
    {0},
};

//  In the order of stage_deed_t, as s_step_keys is
static const zp_json_key_t *const s_deed_keys[STAGE_DEEDS] = {
    [STAGE_DO_FAULTS] = s_faults_keys,
    [STAGE_DO_SCALE] = s_scale_keys,
    [STAGE_DO_CALL] = s_call_keys,
};

typedef struct reader {
    zp_json_doc_t *doc;          // What is read
    const json_t *services;      // As up.list has them; NULL: not known
    stage_scene_t *scene;        // That is being read
    char pointer[POINTER_SIZE];  // To it, or to what is in it
} reader_t;

const char *
stage_deed_name (stage_deed_t deed)
{
    return s_step_keys[deed].name;
}

//  True if there is a service, or a group of them, with that name of that size
static bool
s_known (const json_t *services, const char *key, const char *name, size_t size,
         zp_similar_t *similar)
{
    for (size_t i = 0; i < json_array_size (services); i++) {
        const char *one = member_text (json_array_get (services, i), key);
        if (strlen (one) == size && memcmp (one, name, size) == 0)
            return true;
        if (*one)
            zp_similar_try (similar, one);
    }
    return false;
}

//  A service, or a group of several if key is "group", must be there
static void
s_check_service (reader_t *self, const char *key, const char *name, size_t size,
                 const char *pointer)
{
    char word[TEXT_SIZE];
    snprintf (word, sizeof word, "%.*s", (int) size, name);
    zp_similar_t similar = {.word = word};
    if (!self->services || s_known (self->services, key, name, size, &similar))
        return;
    const char *what =
        strcmp (key, "group") == 0 ? "service to scale" : "service";
    if (similar.best)
        zp_json_doc_wrong (self->doc, pointer,
                           "there is no %s %s; did you mean %s?", what, word,
                           similar.best);
    else
        zp_json_doc_wrong (self->doc, pointer, "there is no %s %s", what, word);
}

//  Services that a path names: services.NAME, and edges.NAME>NAME
static void
s_check_path (reader_t *self, const char *path, const char *pointer)
{
    static const char *const roots[] = {"services", "edges", "queues",
                                        "logs",     "sagas", "load"};
    size_t size = strcspn (path, "."), root = 0;
    while (root < 6 && (strlen (roots[root]) != size ||
                        memcmp (roots[root], path, size) != 0))
        root++;
    const char *name = path + size + (path[size] == '.');
    size_t whole = strcspn (name, "."), first = strcspn (name, ">");
    if (root == 6 || !*name)
        zp_json_doc_wrong (self->doc, pointer,
                           "a path begins with services, edges, queues, logs, "
                           "sagas or load, and a dot");
    else if (root == 0)
        s_check_service (self, "name", name, whole, pointer);
    else if (root == 1 && first >= whole)
        zp_json_doc_wrong (self->doc, pointer,
                           "an edge is \"edges.FROM>TO.WHAT\"");
    else if (root == 1) {
        s_check_service (self, "name", name, first, pointer);
        s_check_service (self, "name", name + first + 1, whole - first - 1,
                         pointer);
    }
}

//  What is to be seen, from the array of that name
static void
s_read_sights (reader_t *self, const char *key, stage_sights_t *sights)
{
    json_t *list = json_object_get (self->scene->json, key), *one;
    size_t end = strlen (self->pointer), number;
    json_array_foreach (list, number, one)
    {
        snprintf (self->pointer + end, POINTER_SIZE - end, "/%s/%zu", key,
                  number);
        stage_sight_t sight = {.text = member_text (one, "text")};
        if (number >= STAGE_LIST_MAX)
            zp_json_doc_wrong (self->doc, self->pointer, "at most %d",
                               STAGE_LIST_MAX);
        else if (zp_json_doc_is (self->doc, one, JSON_OBJECT, self->pointer,
                                 "what is to be seen") &&
                 zp_json_doc_check (self->doc, one, self->pointer,
                                    s_sight_keys)) {
            strcat (self->pointer, "/see");
            if (stage_condition_read (&sight.see, self->doc,
                                      json_object_get (one, "see"),
                                      self->pointer)) {
                strcat (self->pointer, "/0");
                s_check_path (self, sight.see.path, self->pointer);
            }
        }
        if (sights->count < STAGE_LIST_MAX)
            sights->list[sights->count++] = sight;
        self->pointer[end] = 0;
    }
}

//  The parts of a step that is an object
static void
s_read_deed (reader_t *self, stage_step_t *step, json_t *object)
{
    char *at = zp_json_doc_member (self->pointer, stage_deed_name (step->deed));
    bool good =
        zp_json_doc_check (self->doc, object, at, s_deed_keys[step->deed]);
    json_t *heal = json_object_get (object, "heal");
    char *inner = zp_json_doc_member (at, "heal");
    if (good && heal)
        zp_json_doc_check (self->doc, heal, inner, s_heal_keys);
    free (inner);
    inner = zp_json_doc_member (at, "service");
    step->service = member_text (object, "service");
    if (good)
        s_check_service (self, step->deed == STAGE_DO_SCALE ? "group" : "name",
                         step->service, strlen (step->service), inner);
    step->value =
        step->deed == STAGE_DO_FAULTS  ? json_object_get (object, "rules")
        : step->deed == STAGE_DO_SCALE ? json_object_get (object, "to")
                                       : object;
    free (inner);
    free (at);
}

static void
s_read_step (reader_t *self, json_t *json)
{
    stage_step_t *step = &self->scene->steps[self->scene->step_count];
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, self->pointer,
                         "a step") ||
        !zp_json_doc_check (self->doc, json, self->pointer, s_step_keys))
        return;
    if (json_object_size (json) != 1) {
        zp_json_doc_wrong (self->doc, self->pointer,
                           "a step is one of kill, pause, stop, faults, scale, "
                           "load and call");
        return;
    }
    const char *name = json_object_iter_key (json_object_iter (json));
    while (strcmp (stage_deed_name (step->deed), name) != 0)
        step->deed++;
    json_t *value = json_object_get (json, name);
    step->value = value;
    if (json_is_object (value))
        s_read_deed (self, step, value);
    else if (json_is_string (value)) {
        char *at = zp_json_doc_member (self->pointer, name);
        step->service = json_string_value (value);
        s_check_service (self, "name", step->service, strlen (step->service),
                         at);
        if (strcmp (step->service, STAGE_NAME) == 0)
            zp_json_doc_wrong (self->doc, at,
                               "the stage heals what it breaks, and can't when "
                               "it is broken itself");
        free (at);
    }
    self->scene->step_count++;
}

static void
s_read_steps (reader_t *self)
{
    json_t *list = json_object_get (self->scene->json, "do"), *one;
    size_t end = strlen (self->pointer), number;
    json_array_foreach (list, number, one)
    {
        snprintf (self->pointer + end, POINTER_SIZE - end, "/do/%zu", number);
        if (self->scene->step_count < STAGE_LIST_MAX)
            s_read_step (self, one);
        else
            zp_json_doc_wrong (self->doc, self->pointer, "at most %d steps",
                               STAGE_LIST_MAX);
        self->pointer[end] = 0;
    }
    if (json_is_array (list) && json_array_size (list) == 0) {
        strcat (self->pointer, "/do");
        zp_json_doc_wrong (self->doc, self->pointer, "nothing is done here");
        self->pointer[end] = 0;
    }
}

//  A name that nobody else has, and that can be typed
static void
s_check_name (reader_t *self, const stage_scenes_t *scenes)
{
    const char *name = self->scene->name;
    char *wrong = *name ? rundir_name_wrong (name) : NULL;
    for (size_t i = 0; i < scenes->count && *name && !wrong; i++)
        if (strcmp (scenes->list[i].name, name) == 0)
            wrong = strdup ("another scene before it has this name");
    char *at = zp_json_doc_member (self->pointer, "name");
    if (wrong)
        zp_json_doc_wrong (self->doc, at, "%s", wrong);
    free (at);
    free (wrong);
}

static void
s_read_scene (reader_t *self, stage_scenes_t *scenes, json_t *json)
{
    stage_scene_t *scene = self->scene = &scenes->list[scenes->count];
    scene->json = json;
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, self->pointer,
                         "a scene"))
        return;
    zp_json_doc_check (self->doc, json, self->pointer, s_scene_keys);
    scene->name = member_text (json, "name");
    scene->for_ms = stage_number (json, "for_ms");
    s_check_name (self, scenes);
    s_read_steps (self);
    s_read_sights (self, "expect", &scene->expect);
    s_read_sights (self, "recovered", &scene->recovered);
    scenes->count++;
}

stage_scenes_t *
stage_scenes_new (zp_json_doc_t *doc, const json_t *services)
{
    json_t *root = zp_json_doc_root (doc), *one;
    if (!root ||
        !zp_json_doc_is (doc, root, JSON_ARRAY, "", "a list of scenes"))
        return NULL;
    stage_scenes_t *self = calloc (1, sizeof *self);
    assert (self);
    self->root = json_incref (root);
    self->list = calloc (STAGE_SCENES_MAX, sizeof *self->list);
    assert (self->list);
    reader_t reader = {.doc = doc, .services = services};
    size_t number;
    json_array_foreach (root, number, one)
    {
        snprintf (reader.pointer, sizeof reader.pointer, "/%zu", number);
        if (self->count < STAGE_SCENES_MAX)
            s_read_scene (&reader, self, one);
        else
            zp_json_doc_wrong (doc, reader.pointer, "at most %d scenes",
                               STAGE_SCENES_MAX);
    }
    if (zp_json_doc_mistakes (doc) > 0)
        stage_scenes_destroy (&self);
    return self;
}

void
stage_scenes_destroy (stage_scenes_t **self_p)
{
    assert (self_p);
    stage_scenes_t *self = *self_p;
    if (!self)
        return;
    json_decref (self->root);
    free (self->list);
    free (self);
    *self_p = NULL;
}
