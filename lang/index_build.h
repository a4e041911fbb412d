/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an index under construction, shared by the files that make one. Inside lang only. */
#ifndef SKR_INDEX_BUILD_H
#define SKR_INDEX_BUILD_H

#include "index.h"

enum { SKR_MOST_FACTS = 64, SKR_MOST_CLAUSES = 8, SKR_MOST_SUBS = 4096, SKR_FEWEST_OF_SUB = 8 };

/* A cheap check, or several joined, that gates rules. */
typedef struct skr_fact {
    uint32_t check;   /* SKR_NO_ID: a residue of several */
    uint32_t residue; /* that is true when the fact is   */
    uint32_t cost;
    uint32_t rules; /* that ask for it */
    double worth;   /* what asking it early saves */
} skr_fact;

/* What a rule needs: facts that are true, facts that are false. */
typedef struct skr_needs {
    uint64_t yes, no;
} skr_needs;

/* A clause that may stand for a rule, by the families of its atoms. */
typedef struct skr_choice {
    const skr_clause *clause;
    uint32_t part;         /* residue */
    double chance;         /* that it leads here */
    double rest;           /* of the times that it does: how often the rule gets a look */
    uint32_t first, count; /* in `used`: families of the atoms, each once */
} skr_choice;

typedef struct skr_item { /* an entry */
    uint32_t group;
    uint32_t cost; /* of a full look */
    uint8_t choice_count;
    int8_t chosen; /* -1: none, it is looked at in its group */
    skr_choice choices[SKR_MOST_CLAUSES];
} skr_item;

typedef struct skr_family_id {
    uint8_t kind;
    uint32_t slot;
    const skr_strset *set;
    uint32_t cost; /* of a look-up, the slot's value included */
    bool active;
    double reach; /* chance that a look-up is asked for */
    uint32_t users;
} skr_family_id;

typedef struct skr_index_builder skr_index_builder;
struct skr_index_builder {
    skr_index_builder *above; /* of the index that this one follows from; NULL: it is the first */
    const uint32_t *in_above; /* by entry: its number there     */
    const uint32_t *ids;      /* by entry: its number in the first */
    unsigned depth;
    skr_program *p;
    skr_residues *rs;
    skr_witnesses *w;
    skr_mem *mem;
    skr_arena tmp;
    const skr_entry *entries;
    uint32_t count;
    skr_item *items;
    uint32_t *by_group;        /* entries, those of one group side by side */
    struct skr_tally *tallies; /* of the entries' parts */
    skr_map tally_ids;         /* by fact_key()         */
    SKR_VEC(skr_fact) facts;
    skr_map fact_ids;         /* by fact_key() */
    SKR_VEC(skr_needs) needs; /* by group */
    bool *barred;             /* by family and group: not to be used; NULL: none yet */
    double *open;             /* by group: chance that its gate is open */
    SKR_VEC(skr_family_id) families;
    SKR_VEC(uint32_t) used;
    skr_map family_ids;
    SKR_VEC(const skr_index *) subs; /* of the first */
    uint32_t most;                   /* of them          */
    skr_index *ix;
};

/* Parts of entry i's residue that must all hold. Some of them were asked or looked up above. */
const uint32_t *skr_index_parts(const skr_index_builder *b, uint32_t i, uint32_t *count, uint32_t *room);

bool skr_index_is_done(const skr_index_builder *b, uint32_t i, uint32_t part);

/* How many entries have the part, or its negation? */
uint32_t skr_index_sharing(const skr_index_builder *b, uint32_t part);

/* Is the part one of the facts that gates ask? */
bool skr_index_is_fact(const skr_index_builder *b, uint32_t residue);

bool skr_index_gates(skr_index_builder *b);    /* facts and groups (index_gate.c)          */
bool skr_index_graph(skr_index_builder *b);    /* the decision graph, once families are there */
bool skr_index_choose(skr_index_builder *b);   /* one clause for each rule (index_choose.c) */
bool skr_index_families(skr_index_builder *b); /* look-up structures (index_build.c)        */

#endif
