//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_faults.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zp_random.h"

#define RULES_MAX  64
#define METHOD_MAX 255
#define HOLDS_MAX  255

typedef struct {
    char method[METHOD_MAX + 1];  // With a "*" at its end: what starts so
    uint64_t client;              // 0: any
    char holds[HOLDS_MAX + 1];    // What an argument has in it; "": anything
    double percent;               // Of those that match
    int64_t until_ms;             // INT64_MAX: for ever
    zp_fault_t fault;             // What goes wrong
    json_int_t hits;              // How often it has
    json_t *source;               // The rule as it was given
} s_rule_t;

typedef struct {
    size_t count;              // Rules
    s_rule_t rule[RULES_MAX];  // These
} s_rules_t;

struct zp_faults {
    zp_random_t random;  // Decides who is hit
    s_rules_t rules;     // In force
};

zp_faults_t *
zp_faults_new (uint64_t seed)
{
    zp_faults_t *self = calloc (1, sizeof *self);
    assert (self);
    zp_random_seed (&self->random, seed);
    return self;
}

static void
s_clear (s_rules_t *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        json_decref (rules->rule[i].source);
    rules->count = 0;
}

void
zp_faults_destroy (zp_faults_t **self_p)
{
    assert (self_p);
    zp_faults_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    s_clear (&self->rules);
    free (self);
}

//  Each returns NULL, or what is wrong with the value

static const char *
s_read_method (s_rule_t *rule, json_t *value)
{
    const char *text = json_string_value (value);
    if (!text || strlen (text) > METHOD_MAX)
        return "is no method's name";
    strcpy (rule->method, text);
    return NULL;
}

static const char *
s_read_client (s_rule_t *rule, json_t *value)
{
    const char *text = json_string_value (value);
    char *end;
    errno = 0;
    rule->client = text ? strtoull (text, &end, 16) : 0;
    if (!text || !rule->client || *end || errno)
        return "is no client id in hexadecimal";
    return NULL;
}

static const char *
s_read_holds (s_rule_t *rule, json_t *value)
{
    const char *text = json_string_value (value);
    if (!text || !*text || strlen (text) > HOLDS_MAX)
        return "is no text of 1 to 255 bytes";
    strcpy (rule->holds, text);
    return NULL;
}

static const char *
s_read_percent (s_rule_t *rule, json_t *value)
{
    rule->percent = json_is_number (value) ? json_number_value (value) : -1;
    return rule->percent >= 0 && rule->percent <= 100 ? NULL
                                                      : "is not 0 to 100";
}

static const char *
s_read_for (s_rule_t *rule, json_t *value)
{
    json_int_t for_ms = json_integer_value (value);
    if (!json_is_integer (value) || for_ms <= 0 || for_ms > INT_MAX)
        return "is no number of milliseconds";
    rule->until_ms = for_ms;  // From now: added later
    return NULL;
}

static const char *
s_read_delay (s_rule_t *rule, json_t *value)
{
    json_int_t delay_ms = json_integer_value (value);
    if (!json_is_integer (value) || delay_ms <= 0 || delay_ms > INT_MAX)
        return "is no number of milliseconds";
    rule->fault.delay_ms = (int) delay_ms;
    return NULL;
}

static const char *
s_read_drop (s_rule_t *rule, json_t *value)
{
    const char *text = json_is_string (value) ? json_string_value (value) : "";
    rule->fault.drop_before = strcmp (text, "before") == 0;
    rule->fault.drop_after = strcmp (text, "after") == 0;
    return rule->fault.drop_before || rule->fault.drop_after
               ? NULL
               : "is neither \"before\" nor \"after\"";
}

static const char *
s_read_error (s_rule_t *rule, json_t *value)
{
    const char *text = json_is_string (value) ? json_string_value (value) : "";
    rule->fault.status = zp_status_parse (text);
    return rule->fault.status != ZP_OK &&
                   strcmp (zp_status_name (rule->fault.status), text) == 0
               ? NULL
               : "is no status of a failure, such as \"UNAVAILABLE\"";
}

static const struct {
    const char *key;                                  // Of a rule
    const char *(*read) (s_rule_t *, json_t *value);  // What takes its value
} s_keys[] = {
    {"method", s_read_method}, {"client", s_read_client},
    {"holds", s_read_holds},   {"percent", s_read_percent},
    {"for_ms", s_read_for},    {"delay_ms", s_read_delay},
    {"drop", s_read_drop},     {"error", s_read_error},
};

#define KEYS (sizeof s_keys / sizeof s_keys[0])

//  NULL, or what is wrong with that key
static const char *
s_read_key (s_rule_t *rule, const char *key, json_t *value)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp (s_keys[i].key, key) == 0)
            return s_keys[i].read (rule, value);
    return "is unknown; known are method, client, holds, percent, for_ms, "
           "delay_ms, drop, error";
}

//  True, or error has what is wrong with the rule
static bool
s_read_rule (s_rule_t *rule, json_t *source, size_t number, char *error,
             size_t size)
{
    *rule = (s_rule_t){.method = "*", .percent = 100, .until_ms = INT64_MAX};
    const char *key;
    json_t *value;
    json_object_foreach (source, key, value)
    {
        const char *wrong = s_read_key (rule, key, value);
        if (wrong) {
            snprintf (error, size, "rule %zu: \"%.60s\" %s", number, key,
                      wrong);
            return false;
        }
    }
    const zp_fault_t *fault = &rule->fault;
    if (fault->delay_ms || fault->drop_before || fault->drop_after ||
        fault->status != ZP_OK)
        return true;
    snprintf (error, size,
              "rule %zu is not an object with delay_ms, drop or error", number);
    return false;
}

zp_status_t
zp_faults_load (zp_faults_t *self, const void *json, size_t json_size,
                int64_t now_ms, char *error, size_t size)
{
    json_error_t where;
    json_t *list = json_loadb (json, json_size, JSON_REJECT_DUPLICATES, &where);
    s_rules_t *rules = calloc (1, sizeof *rules);
    assert (rules);
    bool good = false;
    if (!list)
        snprintf (error, size, "line %d, column %d: %s", where.line,
                  where.column, where.text);
    else if (!json_is_array (list) || json_array_size (list) > RULES_MAX)
        snprintf (error, size, "expected an array of up to %d rules",
                  RULES_MAX);
    else
        good = true;
    while (good && rules->count < json_array_size (list)) {
        s_rule_t *rule = &rules->rule[rules->count];
        json_t *source = json_array_get (list, rules->count);
        good = s_read_rule (rule, source, rules->count + 1, error, size);
        if (good) {
            rules->count++;
            rule->source = json_incref (source);
            if (rule->until_ms < INT64_MAX)
                rule->until_ms += now_ms;
        }
    }
    if (good) {
        s_clear (&self->rules);
        self->rules = *rules;
    }
    else
        s_clear (rules);
    free (rules);
    json_decref (list);
    return good ? ZP_OK : ZP_INVALID_ARGUMENT;
}

char *
zp_faults_list (zp_faults_t *self)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < self->rules.count; i++) {
        json_t *rule = json_copy (self->rules.rule[i].source);
        json_object_set_new (rule, "hits",
                             json_integer (self->rules.rule[i].hits));
        json_array_append_new (list, rule);
    }
    char *text = json_dumps (list, JSON_COMPACT);
    json_decref (list);
    return text;
}

static bool
s_is_named (const char *wanted, const char *method)
{
    size_t size = strlen (wanted);
    bool prefix = size && wanted[size - 1] == '*';
    return prefix ? strncmp (wanted, method, size - 1) == 0
                  : strcmp (wanted, method) == 0;
}

static bool
s_holds (const zp_faulted_t *request, const char *text)
{
    bool found = !*text;
    for (size_t i = 0; i < request->count && !found; i++)
        found = memmem (request->args[i].data, request->args[i].size, text,
                        strlen (text));
    return found;
}

static bool
s_matches (const s_rule_t *rule, const zp_faulted_t *request, int64_t now_ms)
{
    return now_ms < rule->until_ms &&
           (rule->client == 0 || rule->client == request->client) &&
           s_is_named (rule->method, request->method) &&
           s_holds (request, rule->holds);
}

bool
zp_faults_pick (zp_faults_t *self, const zp_faulted_t *request, int64_t now_ms,
                zp_fault_t *fault)
{
    for (size_t i = 0; i < self->rules.count; i++) {
        s_rule_t *rule = &self->rules.rule[i];
        if (!s_matches (rule, request, now_ms))
            continue;
        if (!zp_random_chance (&self->random, rule->percent))
            return false;
        rule->hits++;
        *fault = rule->fault;
        return true;
    }
    return false;
}
