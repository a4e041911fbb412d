/* SPDX-License-Identifier: Apache-2.0 */
/* Shell patterns as fnmatch(3) without flags reads them in the C locale: bytes, `*` crosses `/` and leading dots
 * (language.md 7.3). Includes only base. */
#ifndef SKR_GLOB_H
#define SKR_GLOB_H

#include "str.h"

/* Does the whole text match? Time is at most pattern.len * text.len. With `fold`, ASCII letters match in either case.
 */
bool skr_glob(skr_str pattern, skr_str text, bool fold);

/* Has the pattern any of `?`, `*`, `[`? (A backslash alone does not make a component of a path a glob.) */
bool skr_glob_special(skr_str pattern);

/* The bytes that every matching text begins with, backslashes removed, written to out[pattern.len]; *whole: nothing
 * follows them, so the glob is equality with this text. Not for folded patterns. */
size_t skr_glob_prefix(skr_str pattern, char *out, bool *whole);

#endif
