/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

/* Each '*' takes as little as it can and gives way by one byte when the rest does not fit; only the last one need ever
 * give way, so this is at worst length times length. */
bool skr_glob_name(skr_str pattern, skr_str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, from = 0;
    while (n < name.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*')
        p++;
    return p == pattern.len;
}
