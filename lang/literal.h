/* SPDX-License-Identifier: Apache-2.0 */
/* Text of a literal -> value of a type, once, when a rule is compiled (language.md 6). */
#ifndef SKR_LITERAL_H
#define SKR_LITERAL_H

#include "issue.h"
#include "schema.h"

/* What is wrong with a comparison, before it is known where. Strings are constant or in the arena. */
typedef struct skr_refusal {
    skr_issue_kind kind;
    const char *falco, *message, *hint;
} skr_refusal;

/* The literal `text` compared by `op` with something of type `t`. STR and BYTES borrow `text` or live in `a`. *wrapped
 * is set when a number did not fit and was cut as C would. SAKER_ERULES: *fault says why not. */
int skr_literal(skr_arena *a, saker_type t, skr_op op, skr_str text, saker_value *v, bool *wrapped, skr_refusal *fault);

#endif
