/* SPDX-License-Identifier: Apache-2.0 */
/* How the language layer says that something is wrong: to a sink of its caller, with a place in a condition
 * or format text. The loader turns issues into diagnostics with a place in a file. */
#ifndef SKR_ISSUE_H
#define SKR_ISSUE_H

#include "ast.h"

typedef enum skr_issue_kind { /* rows of issues.def */
#define SKR_ISSUE(id, severity, name, doc) SKR_ISSUE_##id,
#include "issues.def"
#undef SKR_ISSUE
                              SKR_ISSUE_COUNT
} skr_issue_kind;

typedef struct skr_issue {
    skr_issue_kind kind;
    bool warning;
    const skr_text *origin; /* text that pos refers to; NULL: the text handed to the function */
    const skr_node *node;   /* node concerned, or NULL */
    skr_pos pos;
    uint32_t len;             /* bytes to underline, 0: unknown */
    const skr_shared *shared; /* the literal concerned is one of these; pos and len are those of their gap */
    uint32_t shared_item;
    skr_pos falco_pos;   /* where Falco says it is; line 0: at pos, too */
    const char *falco;   /* Falco's words exactly, without its "filter error at ..." position prefix. Of a warning: NULL
                            if Falco has none, or if its words are the loader's matter */
    const char *message; /* ours: lower case, no full stop, names in single quotes */
    const char *hint;    /* or NULL */
} skr_issue;

/* Strings of an issue live in the arena given to the function that reports. */
typedef struct skr_sink {
    void (*report)(void *ctx, const skr_issue *issue);
    void *ctx;
} skr_sink;

#endif
