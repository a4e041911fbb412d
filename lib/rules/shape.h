/* SPDX-License-Identifier: Apache-2.0 */
/* Do the documents of a file have the shape that Falco's JSON schema describes (rules.md 4)? Unlike the loader it looks
 * at keys and types of values only, and is stricter there: priorities in capital letters, no null in place of a value.
 * Changes nothing about what is loaded. */
#ifndef SKR_SHAPE_H
#define SKR_SHAPE_H

#include "source.h"

/* Appends the two members of a result, `"schema_valid":B,"schema_warnings":[...],`: the first thing that does not fit,
 * and what it is part of, innermost first. Nothing if the file cannot be read or holds nothing. SAKER_ENOMEM if so. */
int skr_shape_put(skr_buf *b, skr_mem *mem, const skr_source *src);

#endif
