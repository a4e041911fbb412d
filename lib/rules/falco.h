/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's findings and definitions in Falco's JSON shapes (rules.md 13). */
#ifndef SKR_FALCO_H
#define SKR_FALCO_H

#include "loader.h"

/* [result of each file]: what `falco -V` says. */
void skr_falco_results(skr_buf *b, const skr_loader *l);

/* One diagnostic as an object of ours. */
void skr_json_diag(skr_buf *b, const saker_diag *d);

enum { SKR_DESCRIBE_RULES = 1, SKR_DESCRIBE_MACROS = 2, SKR_DESCRIBE_LISTS = 4 };

/* The object of `falco -L`, no longer than b->most, restricted to the kinds in `what` and, if `name` is not NULL, to
 * the item of that name. `enabled` tells whether a rule takes part. Compiles nothing: the loader must be finished. */
typedef bool skr_enabled_fn(const void *ctx, const skr_rule *r);
void skr_describe(skr_buf *b, skr_loader *l, unsigned what, const char *name, skr_enabled_fn *enabled, const void *ctx);

#endif
