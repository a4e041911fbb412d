/* SPDX-License-Identifier: Apache-2.0 */
/* What a harness holds the library to. */
#ifndef FUZZ_MUST_H
#define FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define must(what) ((what) ? (void)0 : must_fail(__FILE__, __LINE__, #what))
#define must_same(a, b) must_be_same(__FILE__, __LINE__, (a), (b))

static inline void must_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
    abort();
}

static inline void must_be_same(const char *file, int line, const char *a, const char *b)
{
    if (a != b && (!a || !b || strcmp(a, b) != 0)) {
        fprintf(stderr, "%s:%d: not the same:\n%s\n%s\n", file, line, a ? a : "(null)", b ? b : "(null)");
        abort();
    }
}

#endif
