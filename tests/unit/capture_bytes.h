/* SPDX-License-Identifier: Apache-2.0 */
/* Events and captures made byte by byte, for the tests of lib/capture. */
#ifndef CAPTURE_BYTES_H
#define CAPTURE_BYTES_H

#include "event.h"

#include <check.h>

typedef struct out {
    uint8_t at[8192];
    size_t len, open; /* open: where the block begun last starts */
} out;

static inline void put(out *o, const void *p, size_t len)
{
    if (o->len + len > sizeof o->at)
        ck_abort_msg("the capture is too large for this test");
    memcpy(o->at + o->len, p, len);
    o->len += len;
}

static inline void put_u8(out *o, uint8_t v)
{
    put(o, &v, sizeof v);
}
static inline void put_u16(out *o, uint16_t v)
{
    put(o, &v, sizeof v);
}
static inline void put_u32(out *o, uint32_t v)
{
    put(o, &v, sizeof v);
}
static inline void put_u64(out *o, uint64_t v)
{
    put(o, &v, sizeof v);
}
static inline void put_str(out *o, const char *s)
{
    put_u16(o, (uint16_t)strlen(s));
    put(o, s, strlen(s));
}

static inline void begin(out *o, uint32_t type)
{
    o->open = o->len;
    put_u32(o, type);
    put_u32(o, 0);
}

static inline void end(out *o)
{
    while (o->len % 4)
        put_u8(o, 0);
    uint32_t total = (uint32_t)(o->len - o->open + 4);
    put_u32(o, total);
    memcpy(o->at + o->open + 4, &total, 4);
}

static inline void section(out *o)
{
    begin(o, 0x0A0D0D0A);
    put_u32(o, 0x1A2B3C4D);
    put_u16(o, 1);
    put_u16(o, 2);
    put_u64(o, UINT64_MAX);
    end(o);
}

typedef struct arg {
    const void *p;
    uint32_t len;
} arg;

static inline void event_bytes(out *o, uint16_t code, int64_t tid, const arg *args, uint32_t n)
{
    unsigned width = skr_events[code].flags & SKR_EF_LARGE_PAYLOAD ? 4 : 2;
    uint32_t len = SKR_EVT_HEADER + n * width;
    for (uint32_t i = 0; i < n; i++)
        len += args[i].len;
    put_u64(o, 1000);
    put_u64(o, (uint64_t)tid);
    put_u32(o, len);
    put_u16(o, code);
    put_u32(o, n);
    for (uint32_t i = 0; i < n; i++)
        put(o, &args[i].len, width);
    for (uint32_t i = 0; i < n; i++)
        put(o, args[i].p, args[i].len);
}

static inline void event(out *o, uint16_t code, int64_t tid, const arg *args, uint32_t n)
{
    begin(o, 0x216);
    put_u16(o, 3); /* cpu */
    event_bytes(o, code, tid, args, n);
    end(o);
}

static const int64_t fd7 = 7, res5 = 5;

#endif
