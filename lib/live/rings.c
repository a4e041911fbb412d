/* SPDX-License-Identifier: Apache-2.0 */
#include "rings.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>

/* How long an event may take from its time stamp to its commit. Longer than any program runs; a virtual CPU that is
 * stopped in between is late, and then only the order suffers. */
enum { SETTLE_NS = 2000000, EVENT_HEADER = 26 };

size_t skr_ring_bytes(size_t size)
{
    return sizeof(struct skr_ring) + size + SKR_RING_TAIL;
}

uint64_t skr_rings_now(const skr_rings *r)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return r->boot_ns + (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

int skr_rings_open(skr_rings *r, skr_mem *mem, int fd, unsigned cpus, size_t size, uint64_t boot_ns)
{
    memset(r, 0, sizeof *r);
    r->mem = mem;
    r->current = -1;
    r->cpus = cpus;
    r->size = size;
    r->stride = skr_ring_bytes(size);
    r->boot_ns = boot_ns;
    r->base = MAP_FAILED;
    r->cpu = skr_zalloc(mem, cpus * sizeof *r->cpu);
    r->heap = skr_zalloc(mem, cpus * sizeof *r->heap);
    if (!r->cpu || !r->heap) {
        skr_rings_close(r);
        return SAKER_ENOMEM;
    }
    r->base = mmap(NULL, r->stride * cpus, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (r->base == MAP_FAILED) {
        skr_rings_close(r);
        return SAKER_EIO;
    }
    for (unsigned i = 0; i < cpus; i++)
        r->cpu[i].ring = (struct skr_ring *)(void *)((char *)r->base + i * r->stride);
    return 0;
}

void skr_rings_close(skr_rings *r)
{
    if (!r->mem)
        return;
    if (r->base != MAP_FAILED)
        munmap(r->base, r->stride * r->cpus);
    skr_free(r->mem, r->cpu, r->cpu ? r->cpus * sizeof *r->cpu : 0);
    skr_free(r->mem, r->heap, r->heap ? r->cpus * sizeof *r->heap : 0);
    memset(r, 0, sizeof *r);
}

static const uint8_t *event_at(const skr_rings *r, const skr_ring_cursor *c)
{
    return c->ring->data + (c->at & (r->size - 1));
}

static uint32_t event_len(const uint8_t *p)
{
    uint32_t len;
    memcpy(&len, p + 16, sizeof len);
    return len;
}

static void publish(skr_ring_cursor *c)
{
    __atomic_store_n(&c->ring->consumer, c->at, __ATOMIC_RELEASE);
    c->published = c->at;
}

/* ---- The heap of cursors, by the time of their events ---- */

static bool before(const skr_rings *r, unsigned a, unsigned b)
{
    return r->cpu[r->heap[a]].ts < r->cpu[r->heap[b]].ts;
}

static void swap(skr_rings *r, unsigned a, unsigned b)
{
    uint16_t t = r->heap[a];
    r->heap[a] = r->heap[b];
    r->heap[b] = t;
}

static void sift_down(skr_rings *r)
{
    for (unsigned at = 0;;) {
        unsigned child = 2 * at + 1;
        if (child >= r->waiting)
            return;
        if (child + 1 < r->waiting && before(r, child + 1, child))
            child++;
        if (!before(r, child, at))
            return;
        swap(r, child, at);
        at = child;
    }
}

static void add(skr_rings *r, unsigned cursor)
{
    unsigned at = r->waiting++;
    r->heap[at] = (uint16_t)cursor;
    while (at && before(r, at, (at - 1) / 2)) {
        swap(r, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

/* Reads the time of the cursor's event. false: there is none. A length that cannot be means that the ring was spoiled:
 * what is in it is given up. */
static bool load(skr_rings *r, skr_ring_cursor *c)
{
    if (c->at >= c->limit)
        return false;
    const uint8_t *p = event_at(r, c);
    uint32_t len = event_len(p);
    if (len < EVENT_HEADER || len > SKR_RING_EVENT || len > c->limit - c->at) {
        r->invalid++;
        c->at = c->limit;
        publish(c);
        return false;
    }
    memcpy(&c->ts, p, sizeof c->ts);
    return true;
}

/* Steps over the event that the caller held. */
static void release(skr_rings *r)
{
    if (r->current < 0)
        return;
    skr_ring_cursor *c = &r->cpu[r->current];
    c->at += (event_len(event_at(r, c)) + 7u) & ~7ull;
    r->current = -1;
    if (c->at - c->published > r->size / 16)
        publish(c);
    /* it is the first of the heap */
    if (load(r, c)) {
        sift_down(r);
    } else {
        r->heap[0] = r->heap[--r->waiting];
        sift_down(r);
    }
}

void skr_rings_look(skr_rings *r)
{
    release(r);
    uint64_t now = skr_rings_now(r);
    r->horizon = now - SETTLE_NS;
    for (unsigned i = 0; i < r->cpus; i++) {
        skr_ring_cursor *c = &r->cpu[i];
        bool had = c->at < c->limit;
        c->limit = __atomic_load_n(&c->ring->producer, __ATOMIC_ACQUIRE);
        if (c->at != c->published)
            publish(c);
        if (!had && load(r, c))
            add(r, i);
    }
}

bool skr_rings_next(skr_rings *r, skr_ring_event *e)
{
    release(r);
    if (!r->waiting)
        return false;
    skr_ring_cursor *c = &r->cpu[r->heap[0]];
    if (c->ts > r->horizon)
        return false;
    r->current = r->heap[0];
    e->raw = event_at(r, c);
    e->len = event_len(e->raw);
    e->cpu = (uint16_t)r->current;
    r->delivered++;
    r->bytes += e->len;
    return true;
}

size_t skr_rings_bytes(const skr_rings *r)
{
    size_t sum = 0;
    for (unsigned i = 0; i < r->cpus; i++)
        sum += r->cpu[i].limit - r->cpu[i].at;
    return sum;
}

bool skr_rings_pending(const skr_rings *r)
{
    for (unsigned i = 0; i < r->cpus; i++)
        if (__atomic_load_n(&r->cpu[i].ring->producer, __ATOMIC_ACQUIRE) != r->cpu[i].at)
            return true;
    return false;
}

void skr_rings_sleep(const skr_rings *r, bool asleep)
{
    for (unsigned i = 0; i < r->cpus; i++)
        __atomic_store_n(&r->cpu[i].ring->wake, asleep, __ATOMIC_SEQ_CST);
}

void skr_rings_count_cpu(const skr_rings *r, unsigned cpu, skr_rings_counts *c)
{
    const struct skr_ring *ring = r->cpu[cpu].ring;
    c->attempts = __atomic_load_n(&ring->attempts, __ATOMIC_RELAXED);
    c->full = __atomic_load_n(&ring->full, __ATOMIC_RELAXED);
    c->too_big = __atomic_load_n(&ring->too_big, __ATOMIC_RELAXED);
    c->nested = __atomic_load_n(&ring->nested, __ATOMIC_RELAXED);
}

void skr_rings_count(const skr_rings *r, skr_rings_counts *sum)
{
    memset(sum, 0, sizeof *sum);
    for (unsigned i = 0; i < r->cpus; i++) {
        skr_rings_counts c;
        skr_rings_count_cpu(r, i, &c);
        sum->attempts += c.attempts;
        sum->full += c.full;
        sum->too_big += c.too_big;
        sum->nested += c.nested;
    }
}

uint64_t skr_rings_lost(const skr_rings *r, unsigned code)
{
    uint64_t sum = 0;
    for (unsigned i = 0; code < SKR_RING_CODES && i < r->cpus; i++)
        sum += __atomic_load_n(&r->cpu[i].ring->lost[code], __ATOMIC_RELAXED);
    return sum;
}
