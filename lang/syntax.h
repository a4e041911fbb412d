/* SPDX-License-Identifier: Apache-2.0 */
/* From the place where the parser gave up to an issue: the reference's words, ours, and what to write instead.
 * Inside lang only. */
#ifndef SKR_SYNTAX_H
#define SKR_SYNTAX_H

#include "issue.h"
#include "lex.h"

typedef enum skr_syntax { /* rows of syntax.def */
#define SKR_SYNTAX(id, falco) SKR_SYNTAX_##id,
#include "syntax.def"
#undef SKR_SYNTAX
                          SKR_SYNTAX_COUNT
} skr_syntax;

/* What the parser knew when it gave up. */
typedef struct skr_fault {
    skr_syntax what;
    skr_lexer lex;           /* cursor and last token then                        */
    skr_pos open;            /* of the innermost open parenthesis                 */
    const skr_operand *left; /* left side of the comparison it was in, or had last read; or NULL */
    const skr_node *check;   /* the last complete check, or NULL                  */
    skr_op op;               /* SKR_OP_COUNT: none read behind `left` yet         */
    uint32_t max_depth;
    const struct skr_fault *cause; /* what went wrong before, which the grammar forgave; or NULL */
} skr_fault;

/* false: out of memory, nothing was reported. */
bool skr_fault_report(const skr_fault *f, const skr_text *text, bool warning, skr_sink sink);

#endif
