/* SPDX-License-Identifier: Apache-2.0 */
/* A small search by regular expression, for the patterns of container.mount[...]: literals, `.`, classes, groups, `|`,
 * `* + ? {m,n}`, `^` and `$`. No memory, a bounded number of steps: what takes longer is not found. */
#ifndef SKR_PATTERN_H
#define SKR_PATTERN_H

#include "str.h"

bool skr_pattern_valid(skr_str pattern);
bool skr_pattern_found(skr_str pattern, skr_str text);

#endif
