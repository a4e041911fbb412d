/* SPDX-License-Identifier: Apache-2.0 */
#include "convert.h"

#include "compat.h"
#include "map.h"

enum {
    FIRST_SLOTS = 64,
    MOST_SLOTS = 65536,     /* threads with an event waiting */
    MOST_BYTES = 64 << 20,  /* of copies                     */
    LARGEST_WAITING = 8192, /* an enter event holds at most one path of 4096 bytes and some numbers */
    JSON_EXTRA = 64         /* bytes of the old container event's JSON text beside its strings */
};

/* ---- Tables ---- */

typedef struct value {
    uint16_t kind : 2, index : 5, cut : 4, size : 4, fill : 1; /* fill: all ones */
} value;

enum { OLD_VALUE, ENTER_VALUE, CONST_VALUE, JSON_VALUE };

typedef struct conversion {
    uint8_t nparams, verdict; /* of the event in the file */
    bool store, build;
    uint16_t to;
    int16_t enter;   /* code that the waiting event must have, -1: none is asked for */
    uint16_t values; /* where in all_values the first is */
    uint8_t count;
} conversion;

typedef struct rule {
    uint8_t rest;  /* verdict of what has no conversion */
    int8_t passes; /* nparams that need none; PASS_ANY: all */
    uint16_t first;
    uint8_t count;
} rule;

#define OLD(index, cut) { OLD_VALUE, index, cut, 0, 0 },
#define ENTER(index, cut, size, fill) { ENTER_VALUE, index, cut, size, (fill) != 0 },
#define CONST(size, fill) { CONST_VALUE, 0, 0, size, (fill) != 0 },
#define JSON() { JSON_VALUE, 0, 0, 0, 0 },

#define KEEP(code, nparams, verdict, store)
#define BUILD0(code, nparams, verdict, store, to)
#define CODE(code, rest, passes, first, count)
static const struct all_values {
#define BUILD(code, nparams, verdict, store, to, enter, count, list) value from_##code##_##nparams[count];
#include "tables/conversions.def"
#undef BUILD
} all_values = {
#define BUILD(code, nparams, verdict, store, to, enter, count, list) { list },
#include "tables/conversions.def"
};
#undef KEEP
#undef BUILD
#undef BUILD0

#define KEEP(code, nparams, verdict, store) { nparams, verdict, store, false, code, -1, 0, 0 },
#define BUILD0(code, nparams, verdict, store, to) { nparams, verdict, store, true, to, -1, 0, 0 },
#define BUILD(code, nparams, verdict, store, to, enter, count, list)                                                   \
    { nparams, verdict, store, true, to, enter, offsetof(struct all_values, from_##code##_##nparams) / sizeof(value),  \
      count },
static const conversion conversions[] = {
#include "tables/conversions.def"
};
#undef KEEP
#undef BUILD
#undef BUILD0
#undef CODE

#define KEEP(code, nparams, verdict, store)
#define BUILD0(code, nparams, verdict, store, to)
#define BUILD(code, nparams, verdict, store, to, enter, count, list)
#define CODE(code, rest, passes, first, count) { rest, passes, first, count },
static const rule rules[SKR_EVENT_CODES] = {
#include "tables/conversions.def"
};
#undef KEEP
#undef BUILD
#undef BUILD0
#undef CODE

static const conversion *find_conversion(const skr_evt *e)
{
    const rule *r = &rules[e->type];
    for (unsigned i = 0; i < r->count; i++)
        if (conversions[r->first + i].nparams == e->nparams)
            return &conversions[r->first + i];
    return NULL;
}

static const value *values_of(const conversion *c)
{
    return (const value *)(const void *)&all_values + c->values;
}

bool skr_convert_is_current(const skr_evt *e)
{
    const rule *r = &rules[e->type];
    return r->passes >= 0 ? e->nparams == (uint32_t)r->passes : r->rest == SKR_CV_PASS;
}

/* ---- Buffers ---- */

bool skr_bytes_fit(skr_mem *mem, skr_bytes *b, size_t len)
{
    return skr_grow(mem, (void **)&b->ptr, &b->cap, len, 1);
}

void skr_bytes_free(skr_mem *mem, skr_bytes *b)
{
    skr_free(mem, b->ptr, b->cap);
    *b = (skr_bytes){ NULL, 0, 0 };
}

/* ---- Waiting enter events ---- */

struct skr_waiting {
    int64_t tid;
    bool taken;      /* the slot belongs to tid */
    skr_bytes event; /* len 0: none waits */
};

void skr_converter_init(skr_converter *c, skr_mem *mem)
{
    memset(c, 0, sizeof *c);
    c->mem = mem;
    c->seed = skr_map_seed(c);
}

void skr_converter_forget(skr_converter *c)
{
    for (size_t i = 0; i < c->cap; i++)
        skr_bytes_free(c->mem, &c->slots[i].event);
    skr_free(c->mem, c->slots, c->cap * sizeof *c->slots);
    c->slots = NULL;
    c->used = c->cap = c->bytes = 0;
}

void skr_converter_free(skr_converter *c)
{
    skr_converter_forget(c);
    skr_bytes_free(c->mem, &c->built);
}

static skr_waiting *slot_of(const skr_converter *c, int64_t tid)
{
    for (size_t i = skr_hash_u64((uint64_t)tid ^ c->seed) & (c->cap - 1);; i = (i + 1) & (c->cap - 1))
        if (!c->slots[i].taken || c->slots[i].tid == tid)
            return &c->slots[i];
}

static bool grow_slots(skr_converter *c)
{
    size_t cap = c->cap ? c->cap * 2 : FIRST_SLOTS, old_cap = c->cap;
    skr_waiting *old = c->slots, *slots = skr_zalloc(c->mem, cap * sizeof *slots);
    if (!slots)
        return false;
    c->slots = slots;
    c->cap = cap;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].taken)
            *slot_of(c, old[i].tid) = old[i];
    skr_free(c->mem, old, old_cap * sizeof *old);
    return true;
}

/* A full table is emptied: calls under way then lose their enter events, which only invented threads can bring about.
 */
static bool store(skr_converter *c, const skr_evt *e)
{
    if (c->used >= MOST_SLOTS || c->bytes > MOST_BYTES)
        skr_converter_forget(c);
    if ((c->used + 1) * 2 > c->cap && !grow_slots(c))
        return false;
    skr_waiting *w = slot_of(c, e->tid);
    if (!w->taken) {
        w->taken = true;
        w->tid = e->tid;
        c->used++;
    }
    w->event.len = 0;
    if (e->len > LARGEST_WAITING)
        return true;
    size_t before = w->event.cap;
    if (!skr_bytes_fit(c->mem, &w->event, e->len))
        return false;
    c->bytes += w->event.cap - before;
    memcpy(w->event.ptr, e->raw, e->len);
    w->event.len = e->len;
    return true;
}

static skr_waiting *waiting(const skr_converter *c, int64_t tid)
{
    if (!c->cap)
        return NULL;
    skr_waiting *w = slot_of(c, tid);
    return w->taken && w->event.len ? w : NULL;
}

/* ---- Building ---- */

static unsigned width_of(uint16_t code)
{
    return skr_events[code].flags & SKR_EF_LARGE_PAYLOAD ? 4 : 2;
}

static uint32_t get_length(const uint8_t *p, unsigned width)
{
    uint32_t wide;
    uint16_t narrow;
    if (width == 4) {
        memcpy(&wide, p, 4);
        return wide;
    }
    memcpy(&narrow, p, 2);
    return narrow;
}

static void put_length(uint8_t *p, unsigned width, uint32_t len)
{
    uint16_t narrow = (uint16_t)len;
    memcpy(p, width == 4 ? (const void *)&len : &narrow, width);
}

/* Parameters with the lengths that the event gives, right for their types or not. */
static const char *split(const skr_evt *e, skr_param out[SKR_MAX_PARAMS])
{
    unsigned width = width_of(e->type);
    const uint8_t *lengths = e->raw + SKR_EVT_HEADER, *end = e->raw + e->len;
    if (e->nparams > SKR_MAX_PARAMS || e->nparams * width > e->len - SKR_EVT_HEADER)
        return "invalid event: more parameters than fit";
    const uint8_t *at = lengths + e->nparams * width;
    for (uint32_t i = 0; i < e->nparams; i++) {
        uint32_t n = get_length(lengths + i * width, width);
        if (n > (size_t)(end - at))
            return "invalid event: a parameter reaches behind the end";
        out[i] = (skr_param){ at, n };
        at += n;
    }
    return NULL;
}

typedef struct sources {
    skr_param old[SKR_MAX_PARAMS], enter[SKR_MAX_PARAMS];
    uint32_t nold, nenter; /* nenter 0: none waits */
    skr_buf json;
} sources;

static const uint8_t zeros[16],
    ones[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static skr_param cut(skr_param p, const value *v)
{
    if (v->cut && p.len > v->cut)
        p.len = v->cut;
    return p;
}

static skr_param get(const sources *s, const value *v)
{
    if (v->kind == OLD_VALUE && v->index < s->nold)
        return cut(s->old[v->index], v);
    if (v->kind == ENTER_VALUE && v->index < s->nenter)
        return cut(s->enter[v->index], v);
    if (v->kind == JSON_VALUE)
        return (skr_param){ (const uint8_t *)s->json.ptr, (uint32_t)s->json.len };
    return (skr_param){ v->fill ? ones : zeros, v->size };
}

/* The text that the later container event has, from the parameters of the first one. Nothing is escaped. */
static bool make_json(sources *s)
{
    skr_str text[4];
    for (int i = 0; i < 4; i++) {
        const char *p = (const char *)s->old[i].ptr;
        const char *end = s->old[i].len ? memchr(p, 0, s->old[i].len) : NULL;
        text[i] = (skr_str){ p, end ? (size_t)(end - p) : s->old[i].len };
    }
    skr_buf *b = &s->json;
    skr_buf_cstr(b, "{\"id\":\"");
    skr_buf_str(b, text[0]);
    skr_buf_cstr(b, "\",\"type\":");
    skr_buf_u64(b, skr_param_u32(s->old[1], 0));
    skr_buf_cstr(b, ",\"name\":\"");
    skr_buf_str(b, text[2]);
    skr_buf_cstr(b, "\",\"image\":\"");
    skr_buf_str(b, text[3]);
    skr_buf_cstr(b, "\"}");
    skr_buf_char(b, '\0');
    return !b->failed;
}

static bool is_json(const conversion *v)
{
    return v->count && values_of(v)->kind == JSON_VALUE;
}

/* Writes header, lengths and values of the new event; `e` becomes its header. */
static bool assemble(skr_converter *c, const conversion *v, const sources *s, skr_evt *e)
{
    unsigned width = width_of(v->to);
    size_t total = SKR_EVT_HEADER + v->count * width;
    for (unsigned i = 0; i < v->count; i++)
        total += get(s, values_of(v) + i).len;
    if (total > UINT32_MAX || !skr_bytes_fit(c->mem, &c->built, total))
        return false;
    uint8_t *p = c->built.ptr, *lengths = p + SKR_EVT_HEADER, *at = lengths + v->count * width;
    uint32_t len = (uint32_t)total, count = v->count;
    memcpy(p, &e->ts, 8);
    memcpy(p + 8, &e->tid, 8);
    memcpy(p + 16, &len, 4);
    memcpy(p + 20, &v->to, 2);
    memcpy(p + 22, &count, 4);
    for (unsigned i = 0; i < v->count; i++) {
        skr_param q = get(s, values_of(v) + i);
        put_length(lengths + i * width, width, q.len);
        if (q.len)
            memcpy(at, q.ptr, q.len);
        at += q.len;
    }
    c->built.len = total;
    e->raw = p;
    e->len = len;
    e->type = v->to;
    e->nparams = count;
    return true;
}

static skr_verdict build(skr_converter *c, const conversion *v, skr_evt *e, const char **why)
{
    sources s;
    s.nold = e->nparams;
    s.nenter = 0;
    skr_buf_init(&s.json, c->mem);
    *why = split(e, s.old);
    if (*why)
        return SKR_CV_ERROR;
    skr_waiting *w = v->enter >= 0 ? waiting(c, e->tid) : NULL;
    if (w) {
        skr_evt enter;
        bool whole = !skr_evt_header(w->event.ptr, w->event.len, &enter);
        if (!whole || enter.type != v->enter) {
            c->orphans++;
            w = NULL;
        } else if (!split(&enter, s.enter)) {
            s.nenter = enter.nparams;
        }
    }
    bool fine = (!is_json(v) || make_json(&s)) && assemble(c, v, &s, e);
    skr_buf_free(&s.json);
    if (w)
        w->event.len = 0; /* used up */
    return fine ? SKR_CV_PASS : SKR_CV_MEMORY;
}

skr_verdict skr_convert(skr_converter *c, skr_evt *e, const char **why)
{
    const conversion *v = find_conversion(e);
    if (!v) {
        *why = "no conversion for an event of this kind with so many parameters";
        return rules[e->type].rest;
    }
    if (v->build) {
        skr_verdict r = build(c, v, e, why);
        if (r != SKR_CV_PASS)
            return r;
    }
    if (v->store && !store(c, e))
        return SKR_CV_MEMORY;
    return v->verdict;
}
