/* SPDX-License-Identifier: Apache-2.0 */
/* Path prefixes by components, with globs inside a component: the operator `pmatch` (language.md 7.5). A set is
 * compiled once into a tree and then read by any number of threads. Includes only base and glob. */
#ifndef SKR_PATHS_H
#define SKR_PATHS_H

#include "str.h"

typedef struct skr_paths skr_paths; /* immutable; lives in the arena */

/* The texts must live as long as the set. NULL: out of memory. An empty set matches nothing. */
const skr_paths *skr_paths_new(skr_arena *a, const skr_str *prefixes, size_t count);

/* Are the components of some prefix the first components of `path`? */
bool skr_paths_match(const skr_paths *p, skr_str path);

/* The component behind *at (doubled and trailing slashes are skipped); false: none left. */
bool skr_path_next(skr_str path, size_t *at, skr_str *component);

#endif
