//  SPDX-License-Identifier: MIT

#include "definitions.h"
#include "output.h"
#include "saga_commands.h"

static json_t *
s_json (const definitions_t *definitions)
{
    json_t *list = json_array ();
    for (size_t i = 0; i < definitions->count; i++) {
        const definition_t *one = &definitions->all[i];
        json_t *json = json_pack ("{sO}", "mistakes", one->mistakes);
        json_object_set_new (json, "file", json_text (one->path));
        if (one->def) {
            json_object_set_new (json, "saga", json_string (one->def->name));
            json_object_set_new (json, "version",
                                 json_integer (one->def->version));
            json_object_set_new (json, "steps",
                                 json_integer ((json_int_t) one->def->count));
        }
        json_array_append_new (list, json);
    }
    return list;
}

static void
s_say_good (const definition_t *one)
{
    say ("%s: %s, version %lld, %zu step%s, no mistakes", one->path,
         one->def->name, (long long) one->def->version, one->def->count,
         one->def->count == 1 ? "" : "s");
}

static int
s_run (args_t *args)
{
    definitions_t definitions;
    char **services = saga_services (args);
    exit_code_t code = definitions_read (&definitions, args->operands,
                                         (const char *const *) services);
    if (code == EXIT_OK) {
        bool json = args_has (args, "json");
        if (json)
            print_json (s_json (&definitions));
        code = definitions_say (&definitions);
        for (size_t i = 0; code == EXIT_OK && !json && i < definitions.count;
             i++)
            s_say_good (&definitions.all[i]);
    }
    definitions_clear (&definitions);
    saga_services_free (&services);
    return code;
}

const command_t cmd_saga_check = {
    .name = "saga check",
    .summary = "find all mistakes in definitions of sagas",
    .usage = "DEFINITION... [--service NAME]... [--json]",
    .examples = "zp saga check premium.json\n"
                "zp saga check sagas/ --service licence --service billing\n"
                "zp saga check sagas/ --json | jq '.[].mistakes[]'\n",
    .options = {OPTION_SERVICE ("NAME", "a service that there is"),
                OPTION_JSON},
    .operands = {OPERAND_FILE},
    .needed = 1,
    .many = true,
    .run = s_run,
    .notes =
        "DEFINITION is a file, or a folder: all files in it that end in "
        ".json.\n"
        "Each mistake is told as FILE:LINE:COLUMN: what is wrong, and the "
        "exit\n"
        "code is then 2. Without --service any name of a service is right.\n"
        "Definitions that are given together are checked against each other:\n"
        "a step that is a saga must find that among them.\n"
        "\n"
        "A definition is JSON, such as\n"
        "  { \"saga\": \"start-premium-stream\", \"version\": 1,\n"
        "    \"deadline_ms\": 30000,\n"
        "    \"steps\": [\n"
        "      { \"id\": \"reserve\", \"kind\": \"compensatable\",\n"
        "        \"service\": \"licence\", \"action\": \"reserve_seat\",\n"
        "        \"compensation\": \"release_seat\",\n"
        "        \"input\": { \"title\": \"$.input.title\" } },\n"
        "      { \"id\": \"charge\", \"kind\": \"pivot\",\n"
        "        \"service\": \"billing\", \"action\": \"charge\" },\n"
        "      { \"id\": \"grant\", \"kind\": \"retriable\",\n"
        "        \"service\": \"entitlement\", \"action\": \"grant\" } ] }\n"
        "Steps run one after the other, or as \"after\" says, a list of ids;\n"
        "patterns/saga/README.md explains each key.",
};
