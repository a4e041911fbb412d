/* SPDX-License-Identifier: Apache-2.0 */
/* What every program of the probe uses: reading of the kernel and of the caller's memory, and the event under
 * construction, which is written straight into the ring of this CPU.
 *
 * The same sources become three objects:
 *   SKR_PER_CALL: a program per system call on its own tracepoint (needs 5.15 and syscall tracepoints);
 *   else one dispatcher for all calls, and a program per call behind it.
 *   SKR_DIRECT: typed kernel pointers are followed by plain loads (5.11); else by helper calls (5.8). */
#ifndef SKR_LIVE_CORE_H
#define SKR_LIVE_CORE_H

#include "kernel.h"
#include "layout.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define INLINE static __attribute__((always_inline)) inline
/* Keeps the compiler from reasoning past a bound that the verifier must see. */
#define FENCE(x) asm volatile("" : "+r"(x))
/* A copy that the verifier does not connect with the original, so that a comparison leaves that one's range alone. */
#define APART(x)                                                                                                       \
    ({                                                                                                                 \
        typeof(x) copy_ = (x);                                                                                         \
        asm volatile("%0 |= 0" : "+r"(copy_));                                                                         \
        copy_;                                                                                                         \
    })

/* KR: any kernel pointer, by helper. TR: pointers whose type the verifier knows. */
#define KR(p, ...)                                                                                                     \
    ({                                                                                                                 \
        typeof(p) from_ = (p); /* what p is made of is none of the kernel's structures */                              \
        BPF_CORE_READ(from_, __VA_ARGS__);                                                                             \
    })
#ifdef SKR_DIRECT
#define TR(p, ...)                                                                                                     \
    ({                                                                                                                 \
        typeof(p) from_ = (p);                                                                                         \
        ___arrow(from_, __VA_ARGS__);                                                                                  \
    })
#else
#define TR(p, ...) KR(p, __VA_ARGS__)
#endif

const volatile struct skr_probe_config config SEC(".rodata.config");
struct skr_probe_control control SEC(".data.control");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __uint(value_size, sizeof(struct skr_ring) + SKR_RING_MIN + SKR_RING_TAIL);
} rings SEC(".maps");

/* Only there to wake a sleeping reader. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 65536);
} bell SEC(".maps");

/* ---- The call ---- */

struct call {
    struct task_struct *task;
    struct pt_regs *regs;
    s64 ret;
#ifndef SKR_PER_CALL
    bool compat;     /* a 32-bit call: its arguments are in other registers */
    bool socketcall; /* arguments are an array in user memory */
    u32 number;
#endif
};

INLINE struct task_struct *current_task(void)
{
#ifdef SKR_DIRECT
    return (struct task_struct *)bpf_get_current_task_btf();
#else
    return (struct task_struct *)bpf_get_current_task();
#endif
}

#if defined(__TARGET_ARCH_x86)
enum { TS_COMPAT = 2 };
INLINE u64 reg_arg(struct pt_regs *r, int n)
{
    return n == 0   ? TR(r, di)
           : n == 1 ? TR(r, si)
           : n == 2 ? TR(r, dx)
           : n == 3 ? TR(r, r10)
           : n == 4 ? TR(r, r8)
                    : TR(r, r9);
}
INLINE u64 reg_arg32(struct pt_regs *r, int n)
{
    return (u32)(n == 0   ? TR(r, bx)
                 : n == 1 ? TR(r, cx)
                 : n == 2 ? TR(r, dx)
                 : n == 3 ? TR(r, si)
                 : n == 4 ? TR(r, di)
                          : TR(r, bp));
}
INLINE s64 reg_result(struct pt_regs *r)
{
    return (s64)TR(r, ax);
}
INLINE u32 reg_number(struct pt_regs *r)
{
    return (u32)TR(r, orig_ax);
}
#elif defined(__TARGET_ARCH_arm64)
INLINE u64 reg_arg(struct pt_regs *r, int n)
{
    return n == 0 ? TR(r, orig_x0) : TR(r, regs[n]);
}
INLINE s64 reg_result(struct pt_regs *r)
{
    return (s64)TR(r, regs[0]);
}
INLINE u32 reg_number(struct pt_regs *r)
{
    return (u32)TR(r, syscallno);
}
#endif

#ifdef SKR_PER_CALL
INLINE u64 arg(const struct call *c, int n)
{
    return reg_arg(c->regs, n);
}
#else
INLINE u64 arg(const struct call *c, int n)
{
#if defined(__TARGET_ARCH_x86)
    if (c->compat) {
        if (c->socketcall) {
            u32 v = 0;
            bpf_probe_read_user(&v, 4, (void *)(reg_arg32(c->regs, 1) + 4 * n));
            return v;
        }
        return reg_arg32(c->regs, n);
    }
#endif
    return reg_arg(c->regs, n);
}
#endif

INLINE bool is_compat(const struct call *c)
{
#ifdef SKR_PER_CALL
    return false; /* the tracepoints of calls do not fire for 32-bit ones */
#else
    return c->compat;
#endif
}

/* ---- The event ---- */

struct event {
    struct skr_ring *ring;
    u8 *start; /* header, lengths */
    u8 *at;    /* where the next value goes */
    u16 code;
};

enum { HEADER = 26 };

INLINE void count_lost(struct skr_ring *r, u16 code, u64 *reason)
{
    (*reason)++;
    r->lost[code & (SKR_RING_CODES - 1)]++;
}

/* `room`: the most that this event may write. False: lost, and counted. */
INLINE bool event_begin(struct event *e, u16 code, u32 nparams, u32 room)
{
    u32 cpu = bpf_get_smp_processor_id();
    struct skr_ring *r = bpf_map_lookup_elem(&rings, &cpu);
    if (!r) {
        __sync_fetch_and_add(&control.unmapped, 1);
        return false;
    }
    r->attempts++;
    if (r->busy) {
        count_lost(r, code, &r->nested);
        return false;
    }
    u64 at = r->producer;
    u64 size = config.ring_mask + 1;
    if (at + room - r->consumer_seen > size) {
        r->consumer_seen = *(volatile u64 *)&r->consumer;
        if (at + room - r->consumer_seen > size) {
            count_lost(r, code, &r->full);
            return false;
        }
    }
    r->busy = 1;
    e->ring = r;
    e->code = code;
    e->start = r->data + (at & config.ring_mask);
    e->at = e->start + HEADER + 2 * nparams;
    *(u64 *)e->start = config.boot_ns + bpf_ktime_get_boot_ns();
    *(u16 *)(e->start + 20) = code;
    *(u32 *)(e->start + 22) = nparams;
    return true;
}

INLINE void event_drop(struct event *e)
{
    *(volatile u32 *)&e->ring->busy = 0;
}

INLINE void event_end(struct event *e, s64 tid)
{
    struct skr_ring *r = e->ring;
    u64 len = (u64)(e->at - e->start);
    if (len > SKR_RING_EVENT) {
        count_lost(r, e->code, &r->too_big);
        event_drop(e);
        return;
    }
    *(s64 *)(e->start + 8) = tid;
    *(u32 *)(e->start + 16) = (u32)len;
    u64 next = r->producer + ((len + 7) & ~7ULL);
#if defined(__TARGET_ARCH_x86)
    asm volatile("" ::: "memory"); /* stores are not reordered on x86 */
    *(volatile u64 *)&r->producer = next;
#else
    __sync_lock_test_and_set(&r->producer, next);
#endif
    event_drop(e);
    if (*(volatile u32 *)&r->wake) {
        u64 ring = 1;
        r->wake = 0;
        bpf_ringbuf_output(&bell, &ring, sizeof ring, BPF_RB_FORCE_WAKEUP);
    }
}

/* ---- Values. `i` is the index of the parameter. ---- */

INLINE void put_len(struct event *e, u32 i, u16 len)
{
    *(u16 *)(e->start + HEADER + 2 * i) = len;
}
INLINE void put_empty(struct event *e, u32 i)
{
    put_len(e, i, 0);
}
INLINE void put_u64(struct event *e, u32 i, u64 v)
{
    put_len(e, i, 8);
    *(u64 *)e->at = v;
    e->at += 8;
}
INLINE void put_s64(struct event *e, u32 i, s64 v)
{
    put_u64(e, i, (u64)v);
}
INLINE void put_u32(struct event *e, u32 i, u32 v)
{
    put_len(e, i, 4);
    *(u32 *)e->at = v;
    e->at += 4;
}
INLINE void put_u16(struct event *e, u32 i, u16 v)
{
    put_len(e, i, 2);
    *(u16 *)e->at = v;
    e->at += 2;
}
INLINE void put_u8(struct event *e, u32 i, u8 v)
{
    put_len(e, i, 1);
    *e->at = v;
    e->at += 1;
}

/* Text of user memory with its NUL; empty if it cannot be read. `most` is a constant. */
INLINE void put_ustr(struct event *e, u32 i, u64 ptr, u32 most)
{
    long n = bpf_probe_read_user_str(e->at, most, (const void *)ptr);
    if (n < 0 || n > most)
        n = 0;
    put_len(e, i, (u16)n);
    e->at += n;
}
INLINE void put_kstr(struct event *e, u32 i, const void *ptr, u32 most)
{
    long n = bpf_probe_read_kernel_str(e->at, most, ptr);
    if (n < 0 || n > most)
        n = 0;
    put_len(e, i, (u16)n);
    e->at += n;
}

/* Longer texts are put together in the ring's scratch room by functions that the verifier looks at once, whatever the
 * event that wants them (SEPARATE: a function of its own, whose arguments are plain numbers). */
#define SEPARATE __attribute__((noinline))
enum { TEXT_MAX = 8192, PAIRS_AT = 9216 }; /* a text from its end is below TEXT_MAX; others start at PAIRS_AT */

INLINE u8 *scratch(void)
{
    u32 cpu = bpf_get_smp_processor_id();
    struct skr_ring *r = bpf_map_lookup_elem(&rings, &cpu);
    return r ? r->scratch : NULL;
}

/* The same for texts and data that go straight into the event: such a function is given where to write as an offset. */
INLINE u64 event_offset(const struct event *e)
{
    return (u64)(e->at - e->ring->data);
}
/* NULL: no such place. At least `room` <= 2 * SKR_RING_EVENT bytes may be written at the result. */
INLINE u8 *place_at(u64 offset)
{
    u32 cpu = bpf_get_smp_processor_id();
    struct skr_ring *r = bpf_map_lookup_elem(&rings, &cpu);
    if (!r || offset > config.ring_mask + 2 * SKR_RING_EVENT)
        return NULL;
    return r->data + offset;
}

/* A path under construction. The position is masked after every step, so that lengths need not be told apart. */
struct back_text {
    u8 *room;
    u32 at; /* of the first byte written */
};
INLINE void text_begin(struct back_text *b, u8 *room)
{
    b->room = room;
    b->at = TEXT_MAX - 1;
    b->room[TEXT_MAX - 1] = 0;
}
/* "/name" in front. */
INLINE void text_part(struct back_text *b, const void *name, u32 len)
{
    len &= 0xff;
    b->at = (b->at - len - 1) & (TEXT_MAX - 1);
    FENCE(b->at);
    b->room[b->at & (TEXT_MAX - 1)] = '/';
    bpf_probe_read_kernel(b->room + (b->at & (TEXT_MAX - 1)) + 1, len, name);
}
/* A finished text of the scratch room as a parameter. */
INLINE void put_text(struct event *e, u32 i, u32 from, u32 most)
{
    long n = bpf_probe_read_kernel_str(e->at, most, e->ring->scratch + (from & (TEXT_MAX - 1)));
    if (n < 0 || n > most)
        n = 0;
    put_len(e, i, (u16)n);
    e->at += n;
}

/* Exactly `len` bytes of user memory, or empty. */
INLINE void put_ubytes(struct event *e, u32 i, u64 ptr, u64 len, u32 most)
{
    if (len > most || len == 0) {
        put_empty(e, i);
        return;
    }
    FENCE(len);
    if (len > most) /* again, for the verifier: the compiler forgot what it knew */
        len = most;
    if (bpf_probe_read_user(e->at, (u32)len, (const void *)ptr) != 0)
        len = 0;
    put_len(e, i, (u16)len);
    e->at += len;
}

#define USER(type, ptr)                                                                                                \
    ({                                                                                                                 \
        type v_ = { 0 };                                                                                               \
        bpf_probe_read_user(&v_, sizeof v_, (const void *)(ptr));                                                      \
        v_;                                                                                                            \
    })

#endif
