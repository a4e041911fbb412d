/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a class's rules are worth a full look on an event, at a cost that follows the event and not the number of
 * rules. In front stand gates: cheap checks that many rules share, asked along a path of a decision graph that ends in
 * a leaf, the groups of rules whose gates are open. Behind them stand families: for each rule one clause was chosen,
 * for all rules together, and one look-up per family finds the rules whose clause has an atom in the event. Rules
 * without a clause are looked at whenever their group is live. Where many rules share what was looked up, or have
 * nothing to look up, an index of these rules alone follows: a check that they share is asked once for all of them, and
 * a second clause tells them apart. All of it may name too many rules, never too few. Inside lang only. */
#ifndef SKR_INDEX_H
#define SKR_INDEX_H

#include "grams.h"
#include "prog.h"
#include "strset.h"
#include "witness.h"

/* Entries of one group in a posting. */
typedef struct skr_run {
    uint32_t group, first, count; /* in the index's `posted` */
    uint32_t sub;                 /* an index of these entries; SKR_NO_ID: all are candidates */
} skr_run;

typedef struct skr_posting {
    uint32_t first, count; /* of runs */
} skr_posting;

typedef struct skr_family {
    uint8_t kind; /* skr_family_kind */
    uint32_t slot;
    uint32_t most;         /* postings that one look-up can find */
    const skr_strset *set; /* whole keys, numbers, addresses: `values` by index; or the large set */
    const uint32_t *values;
    const skr_radix *radix; /* when there are other keys than whole ones */
    const skr_grams *grams;
    uint32_t below;     /* posting of all BELOW keys, for paths that are not in plain form; SKR_NO_ID: none */
    uint32_t below_len; /* of the longest of them */
    uint32_t always;    /* SET: its posting */
} skr_family;

/* How a gate's check is answered without a call, where its slot has one value. Any comparison of a number with a
 * literal asks whether it is in a range, or not. */
typedef enum skr_gate_test { SKR_GATE_ASK, SKR_GATE_BOOL, SKR_GATE_RANGE, SKR_GATE_BYTE, SKR_GATE_TEXT } skr_gate_test;

/* A node asks one code; `yes` and `no` are nodes, or leaves (SKR_LEAF set). */
typedef struct skr_gate {
    uint32_t check; /* or SKR_NO_ID: then `code` is run */
    uint32_t code;
    uint32_t yes, no;
    uint32_t slot;
    uint8_t test; /* skr_gate_test */
    bool negate;
    union {
        struct {
            uint64_t base, width; /* RANGE: base <= value <= base + width, whatever wraps round */
        } range;
        char byte;    /* BYTE: the whole text */
        skr_str text; /* TEXT */
    } as;
} skr_gate;

#define SKR_LEAF (UINT32_C(1) << 31)

typedef struct skr_leaf {
    const uint64_t *live;              /* bit by group */
    uint32_t first_group, group_count; /* in `leaf_groups`: live groups with rules to be looked at without a look-up */
    uint32_t first_family, family_count; /* in `leaf_families` */
} skr_leaf;

typedef struct skr_group {
    uint32_t first, count; /* in `direct` */
    uint32_t sub;          /* as in skr_run */
} skr_group;

typedef struct skr_index skr_index;
struct skr_index {
    uint32_t entry_count;
    const skr_gate *gates;
    uint32_t root; /* node or leaf */
    const skr_leaf *leaves;
    const skr_group *groups;
    const skr_family *families;
    uint32_t family_count, group_count, leaf_count, gate_count;
    const uint32_t *leaf_groups, *leaf_families;
    const uint32_t *direct; /* entries */
    const uint32_t *posted; /* entries */
    const skr_run *runs;
    const skr_posting *postings;
    uint32_t most;                /* the largest `most` of the families, those of `subs` included */
    const skr_index *const *subs; /* all that follow from this one; they hold numbers of this one's entries */
    uint32_t sub_count;
};

/* Makes the index of a list of entries. *index is NULL when the list is better tested in turn. */
int skr_index_build(skr_program *p, skr_residues *rs, skr_witnesses *w, const skr_entry *entries, uint32_t count,
                    const skr_index **index);

#endif
