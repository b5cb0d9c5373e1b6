//  SPDX-License-Identifier: MIT

#include "plans.h"

//  Name, type, needed, least, most
static const field_t s_fields[] = {
    {"id", JSON_STRING, true, 1, PLAN_MAX},
    {"cents", JSON_INTEGER, true, 1, 1000000},
    {"seats", JSON_INTEGER, true, 0, 1000000},
    {0},
};

json_t *
plans_load (service_t *service, const service_option_t *file)
{
    return service_load (service, file, s_fields);
}

json_int_t
plans_number (const json_t *plans, const char *plan, const char *field)
{
    for (size_t i = 0; i < json_array_size (plans); i++) {
        json_t *one = json_array_get (plans, i);
        if (streq (fields_text (one, "id"), plan))
            return json_integer_value (json_object_get (one, field));
    }
    return 0;
}
