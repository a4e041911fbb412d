/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

/* What decoding needs to know of an event, packed apart from the printing tables: one cache line serves several. */
typedef struct shape {
    uint16_t sizes; /* where in all_sizes the fixed size of each parameter is, 0: any */
    uint8_t nparams;
    uint8_t width;  /* of a length */
    int8_t current; /* number of parameters with which the event is what today's drivers write, -1: none */
} shape;

enum {
#define TYPE(name, size) SIZE_##name = size,
#include "types.def"
#undef TYPE
};

#define EVENT0(code, id, name, category, source, flags)
static const struct all_sizes {
#define EVENT(code, id, name, category, source, flags, nparams, params) uint8_t id[nparams];
#include "tables/events.def"
#undef EVENT
} all_sizes = {
#define EVENT(code, id, name, category, source, flags, nparams, params) { params },
#define P(name, type, format) SIZE_##type,
#define FLAGS(name, type, format, table) SIZE_##type,
#define PATH(name, type, format, dirfd) SIZE_##type,
#define DYN(name, type, format, table, entries) SIZE_##type,
#include "tables/events.def"
#undef EVENT0
#undef EVENT
};

#define WIDTH(flags) ((flags)&SKR_EF_LARGE_PAYLOAD ? 4 : 2)
#define CURRENT(flags, code, nparams)                                                                                  \
    ((flags) & (SKR_EF_OLD_VERSION | SKR_EF_UNUSED) || ((flags)&SKR_EF_CONVERTER_MANAGED && !SKR_IS_EXIT(code))        \
         ? -1                                                                                                          \
         : nparams)

static const shape shapes[SKR_EVENT_CODES] = {
#define EVENT0(code, id, name, category, source, flags) { 0, 0, WIDTH(flags), CURRENT(flags, code, 0) },
#define EVENT(code, id, name, category, source, flags, nparams, params)                                                \
    { offsetof(struct all_sizes, id), nparams, WIDTH(flags), CURRENT(flags, code, nparams) },
#include "tables/events.def"
#undef EVENT0
#undef EVENT
};

static inline const uint8_t *sizes_of(const shape *s)
{
    return (const uint8_t *)&all_sizes + s->sizes;
}

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

const char *skr_evt_header(const uint8_t *raw, size_t len, skr_evt *e)
{
    if (len < SKR_EVT_HEADER)
        return "invalid event: shorter than its header";
    e->raw = raw;
    e->ts = get64(raw);
    e->tid = (int64_t)get64(raw + 8);
    e->len = get32(raw + 16);
    e->type = get16(raw + 20);
    e->nparams = get32(raw + 22);
    e->cpu = 0;
    e->dump_flags = 0;
    if (e->len < SKR_EVT_HEADER || e->len > len)
        return "invalid event: its length is not inside what holds it";
    return NULL;
}

/* The values lie one behind the other. Lengths of parameters that the table does not know are not looked at. false: a
 * value reaches behind the end (the pointers are of no use then). Lengths of 16 bits cannot overflow the sum. */
static inline bool split16(skr_evt *e, const uint8_t *sizes, const uint8_t *lengths, const uint8_t *at, size_t room)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < e->nparams; i++) {
        uint32_t n = get16(lengths + 2 * (size_t)i), size = sizes[i];
        e->params[i].ptr = at + sum;
        e->params[i].len = size && size != n ? 0 : n;
        sum += n;
    }
    return sum <= room;
}

static bool split32(skr_evt *e, const uint8_t *sizes, const uint8_t *lengths, const uint8_t *at, size_t room)
{
    for (uint32_t i = 0; i < e->nparams; i++) {
        uint32_t n = get32(lengths + 4 * (size_t)i), size = sizes[i];
        if (n > room)
            return false;
        e->params[i].ptr = at;
        e->params[i].len = size && size != n ? 0 : n;
        at += n;
        room -= n;
    }
    return true;
}

const char *skr_evt_params(skr_evt *e)
{
    if (e->type >= SKR_EVENT_CODES)
        return "invalid event: unknown code";
    const shape *s = &shapes[e->type];
    e->info = &skr_events[e->type];
    const uint8_t *lengths = e->raw + SKR_EVT_HEADER;
    size_t room = e->len - SKR_EVT_HEADER, size_of_lengths = (size_t)e->nparams * s->width;
    if (size_of_lengths > room)
        return "invalid event: more parameters than fit";
    const uint8_t *values = lengths + size_of_lengths;
    if (e->nparams > s->nparams)
        e->nparams = s->nparams;
    room -= size_of_lengths;
    bool fits =
        s->width == 2 ? split16(e, sizes_of(s), lengths, values, room) : split32(e, sizes_of(s), lengths, values, room);
    return fits ? NULL : "invalid event: a parameter reaches behind the end";
}

bool skr_evt_decode_current(const uint8_t *raw, size_t len, skr_evt *e)
{
    uint32_t type = get16(raw + 20), size = get32(raw + 16), nparams = get32(raw + 22);
    if (type >= SKR_EVENT_CODES || size > len || nparams > SKR_MAX_PARAMS)
        return false;
    const shape *s = &shapes[type];
    size_t head = SKR_EVT_HEADER + 2 * (size_t)nparams;
    if (s->current != (int)nparams || s->width != 2 || size < head)
        return false;
    e->raw = raw;
    e->ts = get64(raw);
    e->tid = (int64_t)get64(raw + 8);
    e->len = size;
    e->type = (uint16_t)type;
    e->nparams = nparams;
    e->info = &skr_events[type];
    return split16(e, sizes_of(s), raw + SKR_EVT_HEADER, raw + head, size - head);
}

const char *skr_evt_decode(const uint8_t *raw, size_t len, skr_evt *e)
{
    const char *why = skr_evt_header(raw, len, e);
    return why ? why : skr_evt_params(e);
}

int64_t skr_param_i64(skr_param p, int64_t otherwise)
{
    return p.len == 8 ? (int64_t)get64(p.ptr) : otherwise;
}

uint64_t skr_param_u64(skr_param p, uint64_t otherwise)
{
    return p.len == 8 ? get64(p.ptr) : otherwise;
}

uint32_t skr_param_u32(skr_param p, uint32_t otherwise)
{
    return p.len == 4 ? get32(p.ptr) : otherwise;
}

uint16_t skr_param_u16(skr_param p, uint16_t otherwise)
{
    return p.len == 2 ? get16(p.ptr) : otherwise;
}

uint8_t skr_param_u8(skr_param p, uint8_t otherwise)
{
    return p.len == 1 ? *p.ptr : otherwise;
}

skr_str skr_param_text(skr_param p)
{
    static const char null_text[] = "(NULL)"; /* with its NUL: what the oldest writers stored */
    if (!p.len || (p.len == sizeof null_text && memcmp(p.ptr, null_text, sizeof null_text) == 0))
        return SKR_STR("<NA>");
    const uint8_t *end = memchr(p.ptr, 0, p.len);
    return (skr_str){ (const char *)p.ptr, end ? (size_t)(end - p.ptr) : p.len };
}

/* Of exit events of system calls only; the generic one has none. procexit is an enter event of a tracepoint. */
bool skr_evt_result(const skr_evt *e, int64_t *result)
{
    if (!SKR_IS_EXIT(e->type) || e->type == SKR_E_GENERIC_X || !(e->info->source & SKR_ES_SYSCALL) || !e->nparams)
        return false;
    skr_param p = e->params[0];
    *result = p.len == 8 ? (int64_t)get64(p.ptr) : p.len == 4 ? (int32_t)get32(p.ptr) : 0;
    return true;
}

int skr_evt_param_index(const skr_event_info *info, skr_str name)
{
    const skr_param_info *params = skr_event_params(info);
    for (int i = 0; i < info->nparams; i++)
        if (skr_str_is(name, skr_name(params[i].name)))
            return i;
    return -1;
}
