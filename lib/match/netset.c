/* SPDX-License-Identifier: Apache-2.0 */
#include "netset.h"

#include <stdlib.h>

enum { IP4 = 4, IP6 = 16 };

static uint32_t ip4(const uint8_t *ip)
{
    return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

static skr_ip4_range range4(const skr_net *n)
{
    uint32_t host = n->bits < 32 ? UINT32_MAX >> n->bits : 0; /* the bits behind the prefix */
    return (skr_ip4_range){ ip4(n->ip) & ~host, ip4(n->ip) | host };
}

static skr_ip6_range range6(const skr_net *n)
{
    skr_ip6_range r;
    for (unsigned i = 0; i < IP6; i++) {
        unsigned known = n->bits > i * 8 ? n->bits - i * 8u : 0; /* bits of this byte that the prefix fixes */
        unsigned host = known < 8 ? 0xFFu >> known : 0;
        r.from[i] = (uint8_t)(n->ip[i] & ~host);
        r.to[i] = (uint8_t)(n->ip[i] | host);
    }
    return r;
}

static int compare4(const void *a, const void *b)
{
    const skr_ip4_range *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static int compare6(const void *a, const void *b)
{
    return memcmp(((const skr_ip6_range *)a)->from, ((const skr_ip6_range *)b)->from, IP6);
}

/* Is `next` the address behind `to`? */
static bool follows6(const uint8_t *to, const uint8_t *next)
{
    uint8_t after[IP6];
    int i = IP6 - 1;
    memcpy(after, to, IP6);
    while (i >= 0 && ++after[i] == 0)
        i--;
    return i >= 0 && memcmp(after, next, IP6) == 0;
}

static size_t merge4(skr_ip4_range *r, size_t count)
{
    size_t n = 0;
    qsort(r, count, sizeof *r, compare4);
    for (size_t i = 0; i < count; i++) {
        bool touches = n && (r[i].from <= r[n - 1].to || r[i].from == r[n - 1].to + 1);
        if (!touches)
            r[n++] = r[i];
        else if (r[i].to > r[n - 1].to)
            r[n - 1].to = r[i].to;
    }
    return n;
}

static size_t merge6(skr_ip6_range *r, size_t count)
{
    size_t n = 0;
    qsort(r, count, sizeof *r, compare6);
    for (size_t i = 0; i < count; i++) {
        bool touches = n && (memcmp(r[i].from, r[n - 1].to, IP6) <= 0 || follows6(r[n - 1].to, r[i].from));
        if (!touches)
            r[n++] = r[i];
        else if (memcmp(r[i].to, r[n - 1].to, IP6) > 0)
            memcpy(r[n - 1].to, r[i].to, IP6);
    }
    return n;
}

bool skr_netset_init(skr_netset *s, skr_arena *a, const skr_net *nets, size_t count)
{
    memset(s, 0, sizeof *s);
    skr_ip4_range *v4 = skr_arena_array(a, count, sizeof *v4);
    skr_ip6_range *v6 = skr_arena_array(a, count, sizeof *v6);
    if (!v4 || !v6)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (nets[i].len == IP4 && nets[i].bits <= 32)
            v4[s->v4_count++] = range4(&nets[i]);
        else if (nets[i].len == IP6 && nets[i].bits <= 128)
            v6[s->v6_count++] = range6(&nets[i]);
    }
    s->v4_count = merge4(v4, s->v4_count);
    s->v6_count = merge6(v6, s->v6_count);
    s->v4 = v4;
    s->v6 = v6;
    s->content = skr_hash(v4, s->v4_count * sizeof *v4, s->v4_count);
    s->content = skr_hash(v6, s->v6_count * sizeof *v6, s->content);
    return true;
}

static bool has4(const skr_netset *s, uint32_t ip)
{
    size_t low = 0, high = s->v4_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ip < s->v4[mid].from)
            high = mid;
        else if (ip > s->v4[mid].to)
            low = mid + 1;
        else
            return true;
    }
    return false;
}

static bool has6(const skr_netset *s, const uint8_t *ip)
{
    size_t low = 0, high = s->v6_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (memcmp(ip, s->v6[mid].from, IP6) < 0)
            high = mid;
        else if (memcmp(ip, s->v6[mid].to, IP6) > 0)
            low = mid + 1;
        else
            return true;
    }
    return false;
}

bool skr_netset_has(const skr_netset *s, const uint8_t *ip, unsigned len)
{
    if (len == IP4)
        return has4(s, ip4(ip));
    return len == IP6 && has6(s, ip);
}

bool skr_netset_eq(const skr_netset *a, const skr_netset *b)
{
    return a->content == b->content && a->v4_count == b->v4_count && a->v6_count == b->v6_count &&
           memcmp(a->v4, b->v4, a->v4_count * sizeof *a->v4) == 0 &&
           memcmp(a->v6, b->v6, a->v6_count * sizeof *a->v6) == 0;
}
