//  SPDX-License-Identifier: MIT

#include "figures.h"

void
figures_cell (table_t *table, json_int_t number, colour_t colour)
{
    table_cell (table, number ? colour : PLAIN, "%lld", (long long) number);
}

void
figures_rows (table_t *table, json_t *json, const figure_t *figures)
{
    for (const figure_t *at = figures; at->key; at++) {
        table_cell (table, PLAIN, "%s", at->key);
        figures_cell (
            table, json_integer_value (json_object_get (json, at->key)), BOLD);
        table_cell (table, DIM, "%s", at->text);
    }
}
