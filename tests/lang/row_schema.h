/* SPDX-License-Identifier: Apache-2.0 */
/* A schema whose fields and values come from a JSON object: {"proc.name": ["CHARBUF", "bash"]}. */
#ifndef ROW_SCHEMA_H
#define ROW_SCHEMA_H

#include <saker/saker.h>

typedef struct row_schema row_schema;

/* NULL: the text cannot be understood. The event of the schema has the values. */
row_schema *row_schema_new(const char *json);
const saker_schema *row_schema_get(const row_schema *s);
void row_schema_free(row_schema *s);

#endif
