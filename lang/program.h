/* SPDX-License-Identifier: Apache-2.0 */
/* From expanded trees to something that runs: a builder collects the rules of a ruleset and freezes them into an
 * immutable, shareable program. Checks and slots are hash-consed over the whole program. */
#ifndef SKR_PROGRAM_H
#define SKR_PROGRAM_H

#include "issue.h"
#include "schema.h"

typedef struct skr_builder skr_builder;
typedef struct skr_program skr_program; /* immutable, refcounted, owns all it points to but the public schemas */

typedef struct skr_limits {
    uint32_t max_nodes; /* 0: default */
    uint32_t max_regex;
} skr_limits;

/* Set of the kinds of a schema that a condition can be true for (rules.md 11). */
typedef struct skr_kinds {
    uint64_t *bits; /* (kind_count + 63) / 64 words, in the arena */
    size_t count;   /* kinds in the set; of several with one name all but one count */
    bool all;       /* undecided: every kind                     */
} skr_kinds;

/* `mem` is the compiler's; the program gets an allocation context of its own with the same hook. */
skr_builder *skr_builder_new(skr_mem *mem, const skr_limits *limits);
void skr_builder_free(skr_builder *b);
int skr_builder_add_schema(skr_builder *b, const skr_schema *schema); /* borrowed until freeze */

/* Checks one expanded tree against a schema: names, types, literals. All faults go to the sink, then SAKER_ERULES.
 * Nothing is added. Warnings of language.md 14 go to the sink, too (each once). */
int skr_check_condition(skr_builder *b, const skr_schema *s, const skr_node *tree, skr_sink sink);
/* The same for an output template. `*` is not part of it. */
int skr_check_output(skr_builder *b, const skr_schema *s, const skr_text *output, skr_sink sink);

/* Kinds that the tree can be true for. SAKER_ERULES for what rules.md 11 calls load failures (reported). */
int skr_condition_kinds(skr_arena *a, const skr_schema *s, const skr_node *tree, skr_sink sink, skr_kinds *kinds);

/* A rule to be run, already checked. `rule` is copied; rule->compiled is set from the tree. `output_names`/extra
 * fields: pairs (name, format) as in saker_append, format NULL for a raw field. */
typedef struct skr_program_rule {
    const saker_rule *rule;
    const skr_schema *schema;
    const skr_node *tree;
    skr_str output; /* with appended parts; without '*' */
    const char *const *extra_fields;
    size_t extra_count;
} skr_program_rule;

/* Adds a rule behind the others. SAKER_ERULES if it does not pass the checks (reported to the sink). */
int skr_builder_add_rule(skr_builder *b, const skr_program_rule *r, skr_sink sink);

/* Makes the program a format: an output template on its own, with its leading `*` if it has one. */
int skr_builder_set_format(skr_builder *b, const skr_schema *schema, skr_str text, skr_sink sink);

/* Freezes. `options` supplies first-match, naive, utc_offset and the memory limit of evals. The builder is used up
 * (free it). */
int skr_builder_freeze(skr_builder *b, const saker_options *options, skr_program **program);

skr_program *skr_program_ref(skr_program *p);
void skr_program_unref(skr_program *p);
size_t skr_program_count(const skr_program *p);
const saker_rule *skr_program_rule_at(const skr_program *p, size_t i);
bool skr_program_wants(const skr_program *p, const saker_schema *schema, uint32_t kind);
int skr_program_dump(const skr_program *p, size_t i, FILE *stream);

/* "Emergency" ...; NULL if out of range. */
const char *skr_priority_name(saker_priority p);

#endif
