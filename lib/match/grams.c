/* SPDX-License-Identifier: Apache-2.0 */
#include "grams.h"

#include "search.h"

enum { MOST_STEPS = 8, BITS_PER_ENTRY = 32, FEWEST_BITS = 10, MOST_BITS = 17, TALLY_BITS = 12 };

/* Bit 5 set in each byte: letters of both cases become one, and some other bytes, too. */
static uint32_t fold_gram(uint32_t gram, unsigned len)
{
    return gram | (len == 4 ? 0x20202020u : len == 3 ? 0x202020u : 0x2020u);
}

static uint32_t hash_gram(uint32_t gram)
{
    return gram * UINT32_C(0x9E3779B1);
}

static inline uint32_t gram_at(const char *p, unsigned len)
{
    uint32_t v;
    if (len == 4) {
        memcpy(&v, p, 4);
        return v;
    }
    const unsigned char *b = (const unsigned char *)p;
    return b[0] | (uint32_t)b[1] << 8 | (len == 3 ? (uint32_t)b[2] << 16 : 0);
}

static uint32_t hash_at(const char *p, unsigned len)
{
    return hash_gram(fold_gram(gram_at(p, len), len));
}

/* ---- Building ---- */

static unsigned gram_of(size_t len)
{
    return len < SKR_GRAM_MAX ? (unsigned)len : SKR_GRAM_MAX;
}

/* How many grams, over all patterns, share a hash. */
typedef struct tally {
    uint32_t counts[1 << TALLY_BITS];
} tally;

static uint32_t *tally_at(tally *t, const char *p, unsigned len)
{
    return &t->counts[hash_at(p, len) >> (32 - TALLY_BITS)];
}

/* Where the `step` grams in a row begin that the pattern shares with the fewest others. */
static size_t best_window(tally *t, unsigned gram, unsigned step, skr_str text)
{
    size_t best = 0, grams = text.len - gram + 1;
    uint64_t sum = 0, least;
    for (size_t i = 0; i < step; i++)
        sum += *tally_at(t, text.ptr + i, gram);
    least = sum;
    for (size_t i = step; i < grams; i++) {
        sum += *tally_at(t, text.ptr + i, gram);
        sum -= *tally_at(t, text.ptr + i - step, gram);
        if (sum < least) {
            least = sum;
            best = i + 1 - step;
        }
    }
    return best;
}

static bool add_pattern(skr_arena *a, skr_gram_table *t, uint64_t *bits, uint32_t *heads, tally *counts,
                        const skr_gram_pattern *p)
{
    char *lower = skr_arena_raw(a, p->text.len, 1);
    if (!lower)
        return false;
    for (size_t i = 0; i < p->text.len; i++)
        lower[i] = skr_lower(p->text.ptr[i]);
    const size_t from = best_window(counts, t->gram, t->step, p->text);
    for (size_t offset = from; offset < from + t->step; offset++) {
        const uint32_t gram = fold_gram(gram_at(lower + offset, t->gram), t->gram), h = hash_gram(gram);
        uint32_t *head = &heads[h >> t->head_shift];
        t->entries[t->count++] = (skr_gram_entry){ { lower, p->text.len }, gram, (uint32_t)offset, p->value, *head };
        *head = t->count;
        bits[h >> t->bit_shift >> 6] |= UINT64_C(1) << (h >> t->bit_shift & 63);
    }
    return true;
}

static unsigned log2_above(size_t n, unsigned least, unsigned most)
{
    unsigned log = least;
    while (log < most && ((size_t)1 << log) < n)
        log++;
    return log;
}

static bool fill(skr_arena *a, skr_gram_table *t, const skr_gram_pattern *patterns, size_t count, size_t entries)
{
    const unsigned bits_log = log2_above(entries * BITS_PER_ENTRY, FEWEST_BITS, MOST_BITS);
    const unsigned heads_log = log2_above(entries, 4, 31);
    uint64_t *bits = skr_arena_array(a, (size_t)1 << (bits_log - 6), sizeof *bits);
    uint32_t *heads = skr_arena_array(a, (size_t)1 << heads_log, sizeof *heads);
    tally *counts = skr_zalloc(a->mem, sizeof *counts);
    bool ok = bits && heads && counts;
    t->bit_shift = 32 - bits_log;
    t->head_shift = 32 - heads_log;
    for (size_t i = 0; ok && i < count; i++)
        for (size_t k = 0; gram_of(patterns[i].text.len) == t->gram && k + t->gram <= patterns[i].text.len; k++)
            ++*tally_at(counts, patterns[i].text.ptr + k, t->gram);
    for (size_t i = 0; ok && i < count; i++)
        ok = gram_of(patterns[i].text.len) != t->gram || add_pattern(a, t, bits, heads, counts, &patterns[i]);
    t->bits = bits;
    t->heads = heads;
    skr_free(a->mem, counts, sizeof *counts);
    return ok;
}

/* A pattern of n bytes that is somewhere in the text covers n - gram + 1 grams in a row: the shortest pattern says how
 * many may be left out. */
static const skr_gram_table *make_table(skr_arena *a, unsigned gram, const skr_gram_pattern *patterns, size_t count)
{
    skr_gram_table *t = skr_arena_alloc(a, sizeof *t);
    size_t n = 0, shortest = gram + MOST_STEPS - 1, entries;
    for (size_t i = 0; i < count; i++) {
        if (gram_of(patterns[i].text.len) != gram)
            continue;
        n++;
        if (patterns[i].text.len < shortest)
            shortest = patterns[i].text.len;
    }
    if (!t || !skr_mul(n, shortest - gram + 1, &entries) || entries >= UINT32_MAX / BITS_PER_ENTRY)
        return NULL;
    t->gram = gram;
    t->step = (unsigned)(shortest - gram + 1);
    t->entries = skr_arena_array(a, entries, sizeof *t->entries);
    return t->entries && fill(a, t, patterns, count, entries) ? t : NULL;
}

/* ---- Few patterns ---- */

static const skr_bytes16 no_bytes;

/* Places from p on where there is one of two pairs are marked. */
static inline skr_bytes16 pairs_at(const skr_bytes16 *first, const skr_bytes16 *second, const char *p)
{
    skr_bytes16 x, y;
    memcpy(&x, p, sizeof x);
    memcpy(&y, p + 1, sizeof y);
    x |= 0x20;
    y |= 0x20;
    return ((skr_bytes16)(x == first[0]) & (skr_bytes16)(y == second[0])) |
           ((skr_bytes16)(x == first[1]) & (skr_bytes16)(y == second[1]));
}

/* Is there a pair, perhaps? What stands behind a short text counts as if it belonged to it. */
static inline bool has_pair(const skr_grams *g, skr_str text)
{
    char room[17] = { 0 };
    const char *p = text.ptr;
    size_t places = text.len ? text.len - 1 : 0;
    if (SKR_UNLIKELY(places < 16)) {
        if (text.len)
            memcpy(room, p, text.len);
        p = room;
        places = 16;
    }
    skr_bytes16 found = no_bytes;
    for (unsigned k = 0; k < g->pair_count; k += 2) {
        const skr_bytes16 *first = g->first + k, *second = g->second + k;
        found |= pairs_at(first, second, p + places - 16); /* steps may overlap */
        for (size_t i = 0; i + 16 < places; i += 16)
            found |= pairs_at(first, second, p + i);
    }
    return skr_bytes16_any(found);
}

static size_t rarest_pair(skr_str text)
{
    size_t best = 0;
    double least = 1;
    for (size_t i = 0; i + 1 < text.len; i++) {
        const double chance = skr_chance(text.ptr[i]) * skr_chance(text.ptr[i + 1]);
        if (chance < least) {
            least = chance;
            best = i;
        }
    }
    return best;
}

/* Looking for a pair takes less than a twelfth of the time that looking up every gram takes; where one is found, both
 * are done. `chance`: that one is. */
static bool are_worthwhile(const skr_grams *g, unsigned pairs, double chance)
{
    unsigned scan = 0;
    for (unsigned gram = SKR_GRAM_MIN; gram <= SKR_GRAM_MAX; gram++)
        scan += g->tables[gram] ? 12 / g->tables[gram]->step : 0;
    return pairs <= scan && chance < 0.25;
}

static void find_pairs(skr_grams *g, const skr_gram_pattern *patterns, size_t count)
{
    enum { PLACES = 50 }; /* in a text, as a guess */
    double chance = 0;
    for (size_t i = 0; i < count; i++) {
        const skr_str text = patterns[i].text;
        if (has_pair(g, text))
            continue;
        const size_t at = rarest_pair(text);
        chance += PLACES * skr_chance(text.ptr[at]) * skr_chance(text.ptr[at + 1]);
        if (g->pair_count == SKR_MOST_PAIRS || !are_worthwhile(g, g->pair_count + 1, chance)) {
            g->pair_count = 0;
            return;
        }
        const unsigned k = g->pair_count++;
        const unsigned char first = (unsigned char)text.ptr[at] | 0x20, second = (unsigned char)text.ptr[at + 1] | 0x20;
        g->first[k] = g->first[k | 1] = no_bytes + first;
        g->second[k] = g->second[k | 1] = no_bytes + second;
    }
}

const skr_grams *skr_grams_new(skr_arena *a, const skr_gram_pattern *patterns, size_t count)
{
    skr_grams *g = skr_arena_alloc(a, sizeof *g);
    bool used[SKR_GRAM_MAX + 1] = { false };
    for (size_t i = 0; i < count; i++)
        used[gram_of(patterns[i].text.len)] = true;
    for (unsigned gram = SKR_GRAM_MIN; g && gram <= SKR_GRAM_MAX; gram++)
        if (used[gram] && !(g->tables[gram] = make_table(a, gram, patterns, count)))
            return NULL;
    if (g)
        find_pairs(g, patterns, count);
    return g;
}

/* ---- Scanning ---- */

typedef struct scan {
    skr_str text;
    void (*fn)(void *ctx, uint32_t value);
    void *ctx;
} scan;

static bool is_here(const char *text, skr_str lower)
{
    for (size_t i = 0; i < lower.len; i++)
        if (skr_lower(text[i]) != lower.ptr[i])
            return false;
    return true;
}

static __attribute__((noinline)) void look_up(const scan *s, const skr_gram_table *t, uint32_t gram, size_t at)
{
    for (uint32_t i = t->heads[hash_gram(gram) >> t->head_shift]; i; i = t->entries[i - 1].next) {
        const skr_gram_entry *e = &t->entries[i - 1];
        if (e->gram == gram && at >= e->offset && s->text.len - (at - e->offset) >= e->lower.len &&
            is_here(s->text.ptr + (at - e->offset), e->lower))
            s->fn(s->ctx, e->value);
    }
}

static inline void scan_grams(const scan *s, const skr_gram_table *t, unsigned gram)
{
    const uint64_t *bits = t->bits;
    const unsigned shift = t->bit_shift, step = t->step;
    for (size_t i = 0; i + gram <= s->text.len; i += step) {
        const uint32_t g = fold_gram(gram_at(s->text.ptr + i, gram), gram), h = hash_gram(g) >> shift;
        if (bits[h >> 6] >> (h & 63) & 1)
            look_up(s, t, g, i);
    }
}

void skr_grams_scan(const skr_grams *g, skr_str text, void (*fn)(void *ctx, uint32_t value), void *ctx)
{
    const scan s = { text, fn, ctx };
    if (g->pair_count && !has_pair(g, text))
        return;
    if (g->tables[4]) /* each length is a constant in its loop */
        scan_grams(&s, g->tables[4], 4);
    if (g->tables[3])
        scan_grams(&s, g->tables[3], 3);
    if (g->tables[2])
        scan_grams(&s, g->tables[2], 2);
}
