/* SPDX-License-Identifier: Apache-2.0 */
/* Schemas at compile time: types, and the look-up of fields by name and argument. */
#ifndef SKR_SCHEMA_H
#define SKR_SCHEMA_H

#include "map.h"

/* What a row of types.def says of a type. */
typedef enum skr_type_group {
    SKR_G_NONE,
    SKR_G_NUMBER,
    SKR_G_BOOL,
    SKR_G_STRING,
    SKR_G_BYTES,
    SKR_G_IP,
    SKR_G_NET
} skr_type_group;

typedef struct skr_type_info {
    const char *name; /* Falco's: "CHARBUF" */
    saker_type store; /* one of the first ten */
    skr_type_group group;
    uint8_t bits; /* of a number: 8, 16, 32, 64 */
    bool sign;
} skr_type_info;

const skr_type_info *skr_type(saker_type t);

/* A schema with an index by name. */
typedef struct skr_schema {
    const saker_schema *pub;
    skr_map by_name;     /* name -> index into pub->fields, or pub->field_count + n for the built-in ones */
    skr_map kinds;       /* name -> first kind of that name */
    uint32_t *next_kind; /* by kind: the next of the same name; UINT32_MAX: none */
    SKR_VEC(const saker_field *) fields; /* all, the schema's own first */
    SKR_VEC(const saker_field *) deprecated;
    size_t longest;    /* bytes of the longest name */
    uint64_t *counted; /* bits of the kinds that skr_kinds.count counts */
    skr_arena arena;
} skr_schema;

/* The fields that every schema has: evt.type, evt.time, evt.num, evt.source. */
extern const saker_field skr_builtin_fields[];
extern const size_t skr_builtin_count;

/* SAKER_EINVAL: the schema is malformed (sizes, duplicate or bad names). */
int skr_schema_init(skr_schema *s, skr_mem *mem, const saker_schema *pub);
void skr_schema_free(skr_schema *s);

typedef enum skr_resolve { SKR_RESOLVED, SKR_NO_FIELD, SKR_FIELD_REMOVED, SKR_ARG_BAD } skr_resolve;

/* The field that `name` with `arg` (if has_arg) stands for. *arg is filled, its key copied into `a`.
 * SKR_ARG_BAD: *why says what is wrong (constant or in `a`). Dotted arguments (SAKER_ARG_DOT) are part of `name`. */
skr_resolve skr_schema_find(const skr_schema *s, skr_arena *a, skr_str name, bool has_arg, skr_str key, bool output,
                            saker_arg *arg, const char **why);

/* The name of a field, or of a kind, that is nearest to a wrong one; or NULL. */
const char *skr_schema_near(const skr_schema *s, skr_str name);

const char *skr_schema_near_kind(const skr_schema *s, skr_str name);

bool skr_schema_knows_kind(const skr_schema *s, skr_str name);

#endif
