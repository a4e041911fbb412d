/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    OLD_HEADER = 22,
    LARGEST_NORMAL = 65536,    /* body and trailer of an event block that is not of a large type */
    LARGEST_EVENT = 128 << 20, /* block of a large type */
    SECTION_SIZE = 16,
    TODAY = 0x216, /* event blocks as drivers write them now */
    NUMBERED_FIRST = 0x200,
    NUMBERED_LAST = 0x222
};

#define MAGIC 0x1A2B3C4Du
#define MAGIC_SWAPPED 0x4D3C2B1Au

skr_scap *skr_scap_open(skr_mem *mem, const char *path)
{
    skr_scap *s = skr_zalloc(mem, sizeof *s);
    if (!s)
        return NULL;
    s->mem = mem;
    if (!skr_input_init(&s->in, mem, path)) {
        skr_free(mem, s, sizeof *s);
        return NULL;
    }
    skr_converter_init(&s->converter, mem);
    return s;
}

skr_scap *skr_scap_open_bytes(skr_mem *mem, const void *p, size_t len)
{
    skr_scap *s = skr_zalloc(mem, sizeof *s);
    if (!s)
        return NULL;
    s->mem = mem;
    skr_input_init_bytes(&s->in, mem, p, len);
    skr_converter_init(&s->converter, mem);
    return s;
}

void skr_scap_bound(skr_scap *s, skr_mem *state)
{
    s->in.state = state;
}

void skr_scap_close(skr_scap *s)
{
    if (!s)
        return;
    skr_input_free(&s->in);
    skr_converter_free(&s->converter);
    skr_bytes_free(s->mem, &s->old);
    skr_free(s->mem, s, sizeof *s);
}

/* ---- Failure ---- */

int skr_scap_fail(skr_scap *s, uint64_t offset, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(s->error, sizeof s->error, format, ap);
    va_end(ap);
    size_t at = n < 0 ? 0 : (size_t)n < sizeof s->error ? (size_t)n : sizeof s->error - 1;
    snprintf(s->error + at, sizeof s->error - at, " at byte %llu%s", (unsigned long long)offset,
             s->in.gzip ? " of the unpacked file" : "");
    return SAKER_EIO;
}

int skr_scap_short(skr_scap *s, uint64_t offset)
{
    const skr_input *in = &s->in;
    if (in->status == SAKER_ENOMEM)
        return SAKER_ENOMEM;
    uint64_t end = in->base + in->end;
    if (in->status && in->err) {
        char text[128];
        if (strerror_r(in->err, text, sizeof text))
            snprintf(text, sizeof text, "error %d", in->err);
        snprintf(s->error, sizeof s->error, "%s: %s", in->why, text);
        return SAKER_EIO;
    }
    if (in->status)
        return skr_scap_fail(s, end, "%s", in->why);
    return skr_scap_fail(s, end, "the file is cut off in a block that began at byte %llu: it ends",
                         (unsigned long long)offset);
}

/* ---- Blocks ---- */

static void classify(uint32_t type, skr_block *b)
{
    static const struct {
        uint8_t kind, version;
    } numbered[NUMBERED_LAST - NUMBERED_FIRST + 1] = {
#define BLOCK(type, kind, version) [(type)-NUMBERED_FIRST] = { SKR_B_##kind, version },
#define ALIAS(type, kind, version)
#include "blocks.def"
#undef BLOCK
#undef ALIAS
    };
    b->kind = SKR_B_UNKNOWN;
    b->version = 0;
    if (type >= NUMBERED_FIRST && type <= NUMBERED_LAST) {
        b->kind = numbered[type - NUMBERED_FIRST].kind;
        b->version = numbered[type - NUMBERED_FIRST].version;
        return;
    }
    switch (type) {
#define BLOCK(type, kind, version)
#define ALIAS(type, block_kind, block_version)                                                                         \
    case type:                                                                                                         \
        b->kind = SKR_B_##block_kind;                                                                                  \
        b->version = block_version;                                                                                    \
        break;
#include "blocks.def"
#undef BLOCK
#undef ALIAS
    }
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint16_t get16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* There is no whole header any more: 0 if that is the end of a capture. */
static int at_end(skr_scap *s, uint64_t offset)
{
    const skr_input *in = &s->in;
    size_t left = in->end - in->at, n = left < 4 ? left : 4;
    const uint32_t section = 0x0A0D0D0A;
    if (in->status)
        return skr_scap_short(s, offset);
    if (s->phase == SKR_AT_START && (!left || memcmp(in->buf + in->at, &section, n) != 0))
        return skr_scap_fail(s, offset,
                             left ? "this is no capture: there is no section header"
                                  : "this is no capture: the file is empty");
    return left ? skr_scap_short(s, offset) : 0;
}

/* Looks at the next block's header without consuming it. 1, 0 at the end, or the result. */
static int next_block(skr_scap *s, skr_block *b)
{
    skr_input *in = &s->in;
    const uint8_t *p = skr_input_need(in, SKR_BLOCK_MIN);
    b->offset = skr_input_offset(in);
    if (SKR_UNLIKELY(!p))
        return at_end(s, b->offset);
    uint32_t type = get32(p);
    b->total = get32(p + 4);
    classify(type, b);
    if (SKR_UNLIKELY(s->phase == SKR_AT_START && b->kind != SKR_B_SECTION))
        return skr_scap_fail(s, b->offset, "this is no capture: there is no section header");
    if (SKR_UNLIKELY(b->kind == SKR_B_SECTION && get32(p + SKR_BLOCK_HEAD) != MAGIC))
        return skr_scap_fail(s, b->offset,
                             get32(p + SKR_BLOCK_HEAD) == MAGIC_SWAPPED
                                 ? "this capture is of a machine with the other byte order: section header"
                                 : "this is no capture: wrong magic number in the section header");
    if (SKR_UNLIKELY(b->total < SKR_BLOCK_MIN || b->total % 4))
        return skr_scap_fail(s, b->offset, "wrong block total length %u", b->total);
    return 1;
}

/* ---- Events ---- */

static int bad_event(skr_scap *s, const skr_block *b, const char *why)
{
    return skr_scap_fail(s, b->offset, "%s", why);
}

/* An event of another time: 1 to deliver it, 0 not to. */
static int convert(skr_scap *s, const skr_block *b, skr_evt *e)
{
    const char *why = NULL;
    skr_verdict v = skr_convert(&s->converter, e, &why);
    s->stats.orphan_exits = s->converter.orphans;
    if (v == SKR_CV_PASS)
        return 1;
    if (v == SKR_CV_DROP) {
        s->stats.dropped++;
        return 0;
    }
    return v == SKR_CV_MEMORY ? SAKER_ENOMEM : bad_event(s, b, why);
}

static int old_event(skr_scap *s, const skr_block *b, const uint8_t *p, size_t len, skr_evt *e)
{
    bool memory = false;
    const char *why = skr_old_event(s->mem, p, len, &s->old, &memory);
    if (!why)
        why = skr_evt_header(s->old.ptr, s->old.len, e);
    return memory ? SAKER_ENOMEM : why ? bad_event(s, b, why) : 1;
}

/* The event at `p`: 1, or 0 if it is not to be delivered. */
static int read_event(skr_scap *s, const skr_block *b, const uint8_t *p, size_t len, skr_evt *e)
{
    const char *why;
    int r = 1;
    s->stats.raw_events++;
    if (b->version == 1) {
        r = old_event(s, b, p, len, e);
    } else {
        why = skr_evt_header(p, len, e);
        if (SKR_UNLIKELY(why != NULL))
            return bad_event(s, b, why);
    }
    if (r == 1 && !skr_convert_is_current(e))
        r = convert(s, b, e);
    if (r != 1)
        return r;
    why = skr_evt_params(e);
    return why ? bad_event(s, b, why) : 1;
}

static int event_block(skr_scap *s, const skr_block *b, skr_evt *e)
{
    uint32_t largest = b->version == 3 ? LARGEST_EVENT : LARGEST_NORMAL + SKR_BLOCK_HEAD;
    if (b->total > largest)
        return skr_scap_fail(s, b->offset, "invalid event: block of %u bytes", b->total);
    const uint8_t *p = skr_input_need(&s->in, b->total);
    if (!p)
        return skr_scap_short(s, b->offset);
    s->in.at += b->total;
    s->phase = SKR_AT_EVENTS;
    bool flags = b->kind == SKR_B_EVENT_FLAGS;
    size_t head = flags ? 6 : 2, len = b->total - SKR_BLOCK_MIN;
    if (len < head + (b->version == 1 ? OLD_HEADER : SKR_EVT_HEADER))
        return bad_event(s, b, "invalid event: shorter than its header");
    p += SKR_BLOCK_HEAD;
    if (get16(p + head + 20) >= SKR_EVENT_CODES) {
        s->stats.unknown_events++;
        return 0;
    }
    int r = read_event(s, b, p + head, len - head, e);
    if (r == 1) {
        e->cpu = get16(p);
        e->dump_flags = flags ? get32(p + 2) : 0;
    }
    return r;
}

/* ---- Other blocks ---- */

static int section(skr_scap *s, const skr_scap_handler *h, const skr_block *b)
{
    const uint8_t *p = skr_input_need(&s->in, SECTION_SIZE);
    if (!p)
        return skr_scap_short(s, b->offset);
    if (b->total < SKR_BLOCK_MIN + SECTION_SIZE)
        return skr_scap_fail(s, b->offset, "the section header is too short");
    unsigned major = get16(p + 4), minor = get16(p + 6);
    if (major > 1)
        return skr_scap_fail(s, b->offset, "file version %u.%u is newer than this reader: section header", major,
                             minor);
    s->phase = SKR_AT_LISTS;
    skr_converter_forget(&s->converter);
    int r = h && h->section ? h->section(h->ctx) : 0;
    if (r < 0)
        return r;
    return skr_input_skip(&s->in, b->total - SKR_BLOCK_MIN) ? 0 : skr_scap_short(s, b->offset);
}

static int body(skr_scap *s, const skr_scap_handler *h, const skr_block *b)
{
    if (b->kind == SKR_B_SECTION)
        return section(s, h, b);
    if (b->kind == SKR_B_UNKNOWN) {
        s->stats.unknown_blocks++;
        return skr_input_skip(&s->in, b->total - SKR_BLOCK_MIN) ? 0 : skr_scap_short(s, b->offset);
    }
    if (s->phase == SKR_AT_EVENTS)
        return skr_scap_fail(s, b->offset, "the file is damaged: a list stands between the events");
    return skr_scap_list(s, h, b);
}

/* Anything but an event: 0 to go on, else the result. */
static int other_block(skr_scap *s, const skr_scap_handler *h, const skr_block *b)
{
    s->in.at += SKR_BLOCK_HEAD;
    int r = body(s, h, b);
    if (r < 0)
        return r;
    const uint8_t *p = skr_input_need(&s->in, SKR_BLOCK_TAIL);
    if (!p)
        return skr_scap_short(s, b->offset);
    if (get32(p) != b->total && s->phase != SKR_AT_EVENTS)
        return skr_scap_fail(s, b->offset, "wrong block total length: %u in front, %u behind,", b->total, get32(p));
    s->in.at += SKR_BLOCK_TAIL;
    return 0;
}

/* The common case: a whole event block of today's kind is in the window. Anything else, wrong or not, is left to the
 * general way. */
static bool quick_event(skr_scap *s, skr_evt *e)
{
    enum { HEAD = SKR_BLOCK_HEAD + 2, LEAST = HEAD + SKR_EVT_HEADER + SKR_BLOCK_TAIL };
    skr_input *in = &s->in;
    size_t have = in->end - in->at;
    if (have < LEAST || s->phase != SKR_AT_EVENTS)
        return false;
    const uint8_t *p = in->buf + in->at;
    uint32_t total = get32(p + 4);
    if (get32(p) != TODAY || total > have || total < LEAST || total % 4 || total > LARGEST_NORMAL ||
        !skr_evt_decode_current(p + HEAD, total - HEAD - SKR_BLOCK_TAIL, e))
        return false;
    in->at += total;
    e->cpu = get16(p + SKR_BLOCK_HEAD);
    e->dump_flags = 0;
    s->stats.blocks++;
    s->stats.raw_events++;
    return true;
}

int skr_scap_next(skr_scap *s, const skr_scap_handler *h, skr_evt *e)
{
    if (s->ended)
        return s->result;
    for (;;) {
        if (SKR_LIKELY(quick_event(s, e)))
            return 1;
        skr_block b;
        int r = next_block(s, &b);
        if (r == 1) {
            s->stats.blocks++;
            r = b.kind >= SKR_B_EVENT ? event_block(s, &b, e) : other_block(s, h, &b);
            if (r == 1)
                return 1;
            if (r == 0)
                continue;
        }
        s->ended = true;
        s->result = r;
        return r;
    }
}

const char *skr_scap_error(const skr_scap *s)
{
    return s->result == SAKER_ENOMEM ? "out of memory" : s->error;
}

uint64_t skr_scap_offset(const skr_scap *s)
{
    return skr_input_offset(&s->in);
}

uint64_t skr_scap_file_offset(const skr_scap *s, uint64_t *size)
{
    return skr_input_file_offset(&s->in, size);
}

const skr_scap_stats *skr_scap_get_stats(const skr_scap *s)
{
    return &s->stats;
}
