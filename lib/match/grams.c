/* SPDX-License-Identifier: Apache-2.0 */
#include "grams.h"

/* Classes of patterns by length. A pattern of n bytes or more that is somewhere in the text covers n - gram + 1 grams
 * in a row, so one of these stands at a multiple of that many. */
static const struct {
    uint8_t shortest, gram, step;
} classes[SKR_GRAM_CLASSES] = { { 2, 2, 1 }, { 3, 3, 1 }, { 4, 4, 1 }, { 6, 4, 3 }, { 10, 4, 7 } };

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

/* Eight bytes at a time; room is written up to the next multiple of eight. */
static void fold(const char *from, size_t len, char *to)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    for (size_t i = 0; i < len; i += 8) {
        uint64_t w = 0;
        memcpy(&w, from + i, len - i < 8 ? len - i : 8);
        uint64_t low = w & ~high;
        uint64_t upper = ~w & high & ((low + (0x80 - 'A') * ones) ^ (low + (0x7F - 'Z') * ones));
        w |= upper >> 2;
        memcpy(to + i, &w, 8);
    }
}

/* ---- Building ---- */

static unsigned class_of(size_t len)
{
    unsigned c = SKR_GRAM_CLASSES - 1;
    while (c > 0 && len < classes[c].shortest)
        c--;
    return c;
}

static bool add_pattern(skr_arena *a, skr_gram_table *t, const skr_gram_pattern *p)
{
    char *lower = skr_arena_raw(a, p->text.len + SKR_GRAM_ROOM, 1);
    if (!lower)
        return false;
    fold(p->text.ptr, p->text.len, lower);
    for (unsigned offset = 0; offset < t->step; offset++) {
        const uint32_t gram = gram_at(lower + offset, t->gram), h = hash_gram(gram);
        skr_gram_entry *e = &t->entries[t->count++];
        *e = (skr_gram_entry){ { lower, p->text.len }, gram, offset, p->value, t->heads[h >> 4 & t->mask] };
        t->heads[h >> 4 & t->mask] = t->count;
        t->bits[h >> 22] |= UINT64_C(1) << (h >> 16 & 63);
    }
    return true;
}

static skr_gram_table *make_table(skr_arena *a, unsigned class, size_t patterns)
{
    skr_gram_table *t = skr_arena_alloc(a, sizeof *t);
    size_t entries, size = 16;
    if (!t || !skr_mul(patterns, classes[class].step, &entries) || entries >= UINT32_MAX / 2)
        return NULL;
    while (size < entries * 2)
        size *= 2;
    t->gram = classes[class].gram;
    t->step = classes[class].step;
    t->mask = (uint32_t)size - 1;
    t->heads = skr_arena_array(a, size, sizeof *t->heads);
    t->entries = skr_arena_array(a, entries, sizeof *t->entries);
    return t->heads && t->entries ? t : NULL;
}

const skr_grams *skr_grams_new(skr_arena *a, const skr_gram_pattern *patterns, size_t count)
{
    skr_grams *g = skr_arena_alloc(a, sizeof *g);
    size_t counts[SKR_GRAM_CLASSES] = { 0 };
    skr_gram_table *tables[SKR_GRAM_CLASSES] = { NULL };
    if (!g)
        return NULL;
    for (size_t i = 0; i < count; i++)
        counts[class_of(patterns[i].text.len)]++;
    for (unsigned c = 0; c < SKR_GRAM_CLASSES; c++) {
        if (counts[c] && !(tables[c] = make_table(a, c, counts[c])))
            return NULL;
        g->tables[c] = tables[c];
    }
    for (size_t i = 0; i < count; i++)
        if (!add_pattern(a, tables[class_of(patterns[i].text.len)], &patterns[i]))
            return NULL;
    return g;
}

/* ---- Scanning ---- */

typedef struct scan {
    const char *lower;
    size_t len;
    void (*fn)(void *ctx, uint32_t value);
    void *ctx;
} scan;

static void look_up(const scan *s, const skr_gram_table *t, uint32_t gram, size_t at)
{
    for (uint32_t i = t->heads[hash_gram(gram) >> 4 & t->mask]; i; i = t->entries[i - 1].next) {
        const skr_gram_entry *e = &t->entries[i - 1];
        if (e->gram == gram && at >= e->offset && s->len - (at - e->offset) >= e->lower.len &&
            memcmp(s->lower + (at - e->offset), e->lower.ptr, e->lower.len) == 0)
            s->fn(s->ctx, e->value);
    }
}

static inline void scan_grams(const scan *s, const skr_gram_table *t, unsigned gram, unsigned step)
{
    for (size_t i = 0; i + gram <= s->len; i += step) {
        const uint32_t g = gram_at(s->lower + i, gram), h = hash_gram(g);
        if (t->bits[h >> 22] >> (h >> 16 & 63) & 1)
            look_up(s, t, g, i);
    }
}

static void scan_table(const scan *s, const skr_gram_table *t)
{
    if (t->gram == 4) /* a constant makes one load of the four bytes */
        scan_grams(s, t, 4, t->step);
    else
        scan_grams(s, t, t->gram, t->step);
}

void skr_grams_scan(const skr_grams *g, skr_str text, char *lower, void (*fn)(void *ctx, uint32_t value), void *ctx)
{
    const scan s = { lower, text.len, fn, ctx };
    fold(text.ptr, text.len, lower);
    for (unsigned c = 0; c < SKR_GRAM_CLASSES; c++)
        if (g->tables[c])
            scan_table(&s, g->tables[c]);
}
