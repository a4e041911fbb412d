/* SPDX-License-Identifier: Apache-2.0 */
/* Between compile.c and issues.c: what is being compiled, and how faults of the language layer become diagnostics. */
#ifndef SKR_RULES_COMPILE_H
#define SKR_RULES_COMPILE_H

#include "loader.h"

typedef struct skr_subject { /* a macro or a rule */
    const skr_head *head;
    skr_unit *unit;
    skr_rule *rule; /* NULL: a macro */
    bool is_macro;
    skr_place condition_place;
} skr_subject;

typedef enum skr_phase { SKR_PHASE_PARSE, SKR_PHASE_CHECK, SKR_PHASE_OUTPUT } skr_phase;

typedef struct skr_issue_sink {
    skr_loader *l;
    const skr_subject *s;
    skr_phase phase;
    const skr_ctext *text; /* where issues without an origin belong */
} skr_issue_sink;

/* `k` must outlive the sink. */
skr_sink skr_issues(skr_issue_sink *k);

/* resolve.c: puts the trees of the macros that a unit names into its tree. The unit sees macros with indexes below
 * `visibility`; those from `index` on may have names left. false: it failed; if that was not its own fault, silently.
 */
bool skr_resolve_macros(skr_loader *l, const skr_subject *s, uint32_t index, uint32_t visibility);

void skr_warn_container_info(skr_loader *l, const skr_rule *r, skr_span span);

#endif
