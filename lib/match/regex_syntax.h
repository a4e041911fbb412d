/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of RE2's POSIX mode: checked, and written anew as a PCRE2 pattern that takes the same texts. Inside
 * lib/match only. */
#ifndef SKR_REGEX_SYNTAX_H
#define SKR_REGEX_SYNTAX_H

#include "str.h"

/* What is appended to *out is to be compiled with UTF, MULTILINE and ALT_CIRCUMFLEX, newline LF. *prefix (may have
 * content) gets the bytes that each match begins with. SAKER_ERULES: *error (in `a`) says why in RE2's words. */
int skr_regex_translate(skr_arena *a, skr_str pattern, skr_buf *out, skr_buf *prefix, const char **error);

#endif
