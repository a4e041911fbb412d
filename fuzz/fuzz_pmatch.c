/* SPDX-License-Identifier: Apache-2.0 */
/* Path prefixes against the rule, tried one prefix at a time: each line is a prefix, the last one the path. */
#include "glob.h"
#include "paths.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_prefix(skr_str prefix, skr_str path)
{
    skr_str want, has;
    size_t i = 0, j = 0;
    while (skr_path_next(prefix, &i, &want)) {
        if (!skr_path_next(path, &j, &has))
            return false;
        if (skr_glob_special(want) ? !skr_glob(want, has, false) : !skr_str_eq(want, has))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_arena a;
    SKR_VEC(skr_str) prefixes = { 0 };
    skr_str all = { (const char *)data, size };
    size_t from = 0;
    bool expected = false;
    if (size > 100000)
        return 0;
    skr_mem_init(&mem, NULL, 0);
    skr_arena_init(&a, &mem);
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n')
            continue;
        if (!skr_vec_push(&mem, &prefixes, skr_str_cut(all, from, i)))
            abort();
        from = i + 1;
    }
    skr_str path = skr_str_cut(all, from, size);
    for (size_t i = 0; i < prefixes.n && !expected; i++)
        expected = is_prefix(prefixes.v[i], path);
    const skr_paths *p = skr_paths_new(&a, prefixes.v, prefixes.n);
    if (!p || skr_paths_match(p, path) != expected)
        abort();
    skr_vec_free(&mem, &prefixes);
    skr_arena_free(&a);
    if (mem.used)
        abort();
    return 0;
}
