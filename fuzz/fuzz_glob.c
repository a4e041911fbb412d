/* SPDX-License-Identifier: Apache-2.0 */
/* Globs against the C library's fnmatch: the first line is the pattern, the rest the text. */
#define _GNU_SOURCE
#include "glob.h"

#include <fnmatch.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 60, MOST_STARS = 6 }; /* the library's may take exponential time */

static void compare(skr_str pattern, skr_str text)
{
#if defined(__GLIBC__) && defined(FNM_CASEFOLD)
    char p[LONGEST + 1] = { 0 }, t[LONGEST + 1] = { 0 };
    size_t stars = 0;
    for (size_t i = 0; i < pattern.len; i++)
        stars += pattern.ptr[i] == '*';
    if (pattern.len > LONGEST || text.len > LONGEST || stars > MOST_STARS || memchr(pattern.ptr, 0, pattern.len) ||
        memchr(text.ptr, 0, text.len))
        return;
    memcpy(p, pattern.ptr, pattern.len);
    memcpy(t, text.ptr, text.len);
    for (int fold = 0; fold < 2; fold++)
        if (skr_glob(pattern, text, fold) != (fnmatch(p, t, fold ? FNM_CASEFOLD : 0) == 0))
            abort();
#else
    (void)pattern;
    (void)text;
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t n = newline ? (size_t)(newline - data) : size;
    skr_str pattern = { (const char *)data, n };
    skr_str text = skr_str_cut((skr_str){ (const char *)data, size }, newline ? n + 1 : n, size);
    char *prefix = malloc(n + 1);
    bool whole, matches = skr_glob(pattern, text, false);
    if (!prefix)
        return 0;
    skr_str known = { prefix, skr_glob_prefix(pattern, prefix, &whole) };
    if (matches && !skr_str_starts(text, known))
        abort();
    if (whole && matches != skr_str_eq(text, known))
        abort();
    free(prefix);
    compare(pattern, text);
    return 0;
}
