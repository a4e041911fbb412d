/* SPDX-License-Identifier: Apache-2.0 */
/* Substring search, with and without regard to the case of ASCII letters. Includes only base. */
#ifndef SKR_SEARCH_H
#define SKR_SEARCH_H

#include "str.h"

/* An empty part is found in every text. */
bool skr_contains(skr_str text, skr_str part);

/* A part prepared for search in either case. */
typedef struct skr_ipart {
    skr_str lower;     /* the part in lower case */
    size_t anchor;     /* index of the byte that is looked for first: the rarest */
    char small, large; /* that byte in both cases */
} skr_ipart;

/* false: out of memory. */
bool skr_ipart_init(skr_ipart *p, skr_arena *a, skr_str part);
bool skr_icontains(skr_str text, const skr_ipart *p);

/* Share of a byte, its case aside, in the text of paths and command lines, roughly: the lower, the better to begin a
 * search with. */
double skr_chance(char c);

bool skr_ieq(skr_str a, skr_str b); /* equal but for the case of ASCII letters */

#endif
