/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions with the grammar and meaning of RE2's POSIX mode (language.md 7.4): the whole value must match;
 * `.` is any character but a newline, `[^a]` may be a newline, `^` and `$` hold at line ends. A pattern is checked and
 * translated here and run by PCRE2. Includes only base (and PCRE2 inside). */
#ifndef SKR_REGEX_H
#define SKR_REGEX_H

#include "str.h"

typedef struct skr_regex skr_regex;                 /* immutable: shared by any number of threads */
typedef struct skr_regex_scratch skr_regex_scratch; /* what matching writes to: one thread        */

typedef enum skr_regex_result { SKR_REGEX_NO, SKR_REGEX_YES, SKR_REGEX_LIMIT } skr_regex_result;

/* SAKER_ERULES: the pattern is refused, *error (in `a`) says why in RE2's words: "missing closing ]: [a".
 * SAKER_ENOMEM. `mem` must outlive the regex; `a` is only for the error and for work. */
int skr_regex_new(skr_mem *mem, skr_arena *a, skr_str pattern, skr_regex **regex, const char **error);
void skr_regex_free(skr_regex *r);

/* Room for matching any regex. NULL: out of memory. `mem` must outlive it. */
skr_regex_scratch *skr_regex_scratch_new(skr_mem *mem);
void skr_regex_scratch_free(skr_regex_scratch *s);

/* LIMIT: steps or memory of the limits were used up without an answer, or memory ran out: count it and take it as NO.
 * Invalid sequences of the value count as U+FFFD, and in a value that has some so do its control characters. */
skr_regex_result skr_regex_match(const skr_regex *r, skr_regex_scratch *s, skr_str value);

/* The values are those of the event of this number: of its matches that take many steps only the first ones get them,
 * so that a thousand such patterns are no matter. 0, as at first: each does. */
void skr_regex_event(skr_regex_scratch *s, uint32_t event);

/* Bytes that the compiled pattern takes. */
size_t skr_regex_size(const skr_regex *r);

/* Bytes that every matching value begins with; may be empty. They live as long as the regex. */
skr_str skr_regex_prefix(const skr_regex *r);

enum { SKR_REGEX_LITERALS = 16 };

/* Texts one of which is somewhere in every value that the pattern, which must be a valid one, matches. They go to
 * `literals` (room for SKR_REGEX_LITERALS) and live in `a`. Returns how many; 0: none are known; SIZE_MAX: out of
 * memory. */
size_t skr_regex_literals(skr_arena *a, skr_str pattern, skr_str *literals);

#endif
