/* SPDX-License-Identifier: Apache-2.0 */
#include "grams.h"

static uint32_t hash_gram(uint32_t gram)
{
    return gram * UINT32_C(0x9E3779B1);
}

static uint32_t gram_at(const char *p, unsigned len)
{
    const unsigned char *b = (const unsigned char *)p;
    uint32_t v = b[0] | (uint32_t)b[1] << 8;
    if (len > 2)
        v |= (uint32_t)b[2] << 16;
    return len > 3 ? v | (uint32_t)b[3] << 24 : v;
}

/* How often a byte is seen in names, paths and command lines: 0 rare, 3 everywhere. */
static unsigned commonness(unsigned char c)
{
    if (c == '/' || c == ' ' || c == 'e' || c == 'i' || c == 's' || c == 't' || c == 'a' || c == 'o' || c == 'n' ||
        c == 'r')
        return 3;
    if (c >= 'a' && c <= 'z')
        return c == 'q' || c == 'z' || c == 'x' || c == 'j' || c == 'w' || c == 'k' ? 1 : 2;
    return c == '-' || c == '.' || (c >= '0' && c <= '9') ? 2 : 0;
}

static uint32_t rarest_gram(skr_str lower, unsigned len)
{
    uint32_t best = 0;
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i + len <= lower.len && i < 64; i++) {
        unsigned sum = 0;
        for (unsigned k = 0; k < len; k++)
            sum += commonness((unsigned char)lower.ptr[i + k]);
        if (sum < least) {
            least = sum;
            best = (uint32_t)i;
        }
    }
    return best;
}

static bool make_entry(skr_arena *a, skr_gram_entry *e, const skr_gram_pattern *p)
{
    char *lower = skr_arena_raw(a, p->text.len + SKR_GRAM_MAX, 1);
    if (!lower)
        return false;
    for (size_t i = 0; i < p->text.len; i++)
        lower[i] = skr_lower(p->text.ptr[i]);
    memset(lower + p->text.len, 0, SKR_GRAM_MAX);
    const unsigned len = p->text.len < SKR_GRAM_MAX ? (unsigned)p->text.len : SKR_GRAM_MAX;
    e->lower = (skr_str){ lower, p->text.len };
    e->offset = rarest_gram(e->lower, len);
    e->gram = gram_at(lower + e->offset, len);
    e->value = p->value;
    return true;
}

static skr_gram_table *make_table(skr_arena *a, skr_gram_entry *entries, size_t count, unsigned len)
{
    skr_gram_table *t = skr_arena_alloc(a, sizeof *t);
    size_t size = 16;
    while (size < count * 2)
        size *= 2;
    if (!t || !(t->heads = skr_arena_array(a, size, sizeof *t->heads)))
        return NULL;
    t->mask = (uint32_t)size - 1;
    for (size_t i = 0; i < count; i++) {
        skr_gram_entry *e = &entries[i];
        if ((e->lower.len < SKR_GRAM_MAX ? e->lower.len : SKR_GRAM_MAX) != len)
            continue;
        uint32_t h = hash_gram(e->gram);
        t->bits[h >> 22] |= UINT64_C(1) << (h >> 16 & 63);
        e->next = t->heads[h >> 4 & t->mask];
        t->heads[h >> 4 & t->mask] = (uint32_t)i + 1;
        t->count++;
    }
    return t;
}

const skr_grams *skr_grams_new(skr_arena *a, const skr_gram_pattern *patterns, size_t count)
{
    skr_grams *g = skr_arena_alloc(a, sizeof *g);
    skr_gram_entry *entries = skr_arena_array(a, count, sizeof *entries);
    bool has[SKR_GRAM_MAX + 1] = { false };
    if (!g || (!entries && count) || count >= UINT32_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (!make_entry(a, &entries[i], &patterns[i]))
            return NULL;
        has[entries[i].lower.len < SKR_GRAM_MAX ? entries[i].lower.len : SKR_GRAM_MAX] = true;
    }
    for (unsigned len = SKR_GRAM_MIN; len <= SKR_GRAM_MAX; len++)
        if (has[len] && !(g->tables[len] = make_table(a, entries, count, len)))
            return NULL;
    g->entries = entries;
    g->count = count;
    return g;
}

typedef struct scan {
    const skr_grams *g;
    const char *lower;
    size_t len;
    void (*fn)(void *ctx, uint32_t value);
    void *ctx;
} scan;

static void look_up(const scan *s, const skr_gram_table *t, uint32_t gram, uint32_t hash, size_t at)
{
    for (uint32_t i = t->heads[hash >> 4 & t->mask]; i; i = s->g->entries[i - 1].next) {
        const skr_gram_entry *e = &s->g->entries[i - 1];
        if (e->gram == gram && at >= e->offset && s->len - (at - e->offset) >= e->lower.len &&
            memcmp(s->lower + (at - e->offset), e->lower.ptr, e->lower.len) == 0)
            s->fn(s->ctx, e->value);
    }
}

static void scan_table(const scan *s, const skr_gram_table *t, unsigned len)
{
    for (size_t i = 0; i + len <= s->len; i++) {
        uint32_t gram = gram_at(s->lower + i, len), h = hash_gram(gram);
        if (t->bits[h >> 22] >> (h >> 16 & 63) & 1)
            look_up(s, t, gram, h, i);
    }
}

void skr_grams_scan(const skr_grams *g, skr_str text, char *lower, void (*fn)(void *ctx, uint32_t value), void *ctx)
{
    scan s = { g, lower, text.len, fn, ctx };
    for (size_t i = 0; i < text.len; i++)
        lower[i] = skr_lower(text.ptr[i]);
    memset(lower + text.len, 0, SKR_GRAM_MAX);
    for (unsigned len = SKR_GRAM_MIN; len <= SKR_GRAM_MAX; len++)
        if (g->tables[len])
            scan_table(&s, g->tables[len], len);
}
