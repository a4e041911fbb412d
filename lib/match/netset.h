/* SPDX-License-Identifier: Apache-2.0 */
/* Immutable set of addresses and networks: sorted, merged ranges, one binary search. Families never match each other.
 * Includes only base. */
#ifndef SKR_NETSET_H
#define SKR_NETSET_H

#include "str.h"

typedef struct skr_net {
    uint8_t ip[16];
    uint8_t len;  /* 4 or 16                            */
    uint8_t bits; /* prefix length; an address: 32, 128 */
} skr_net;

typedef struct skr_ip4_range {
    uint32_t from, to;
} skr_ip4_range;
typedef struct skr_ip6_range {
    uint8_t from[16], to[16];
} skr_ip6_range;

typedef struct skr_netset {
    const skr_ip4_range *v4;
    const skr_ip6_range *v6;
    size_t v4_count, v6_count;
    uint64_t content; /* hash of the contents: sets with the same addresses have equal hashes */
} skr_netset;

/* Host bits are ignored. Rows with another len than 4 or 16, or too many bits, are the caller's mistake and left out.
 * false: out of memory. */
bool skr_netset_init(skr_netset *s, skr_arena *a, const skr_net *nets, size_t count);
bool skr_netset_has(const skr_netset *s, const uint8_t *ip, unsigned len);
bool skr_netset_eq(const skr_netset *a, const skr_netset *b);

#endif
