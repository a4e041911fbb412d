/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the probe's rings, one per CPU, as one stream in the order of time. */
#ifndef SKR_RINGS_H
#define SKR_RINGS_H

#include "mem.h"

#include "bpf/layout.h"

typedef struct skr_ring_cursor {
    struct skr_ring *ring;
    uint64_t at;        /* of the event handed out last, or next */
    uint64_t limit;     /* where the probe was at the last look  */
    uint64_t published; /* the consumer position that the probe sees */
    uint64_t ts;        /* of the event at `at` */
} skr_ring_cursor;

typedef struct skr_rings {
    skr_mem *mem;
    skr_ring_cursor *cpu;
    uint16_t *heap; /* indexes of cursors that have events, the oldest first */
    unsigned cpus, waiting;
    size_t stride, size; /* bytes of a ring, of its data */
    void *base;
    uint64_t boot_ns; /* realtime minus boottime, as the probe adds it */
    uint64_t horizon; /* events up to this time are complete on all CPUs */
    int current;      /* cursor whose event the caller holds; -1: none */
    uint64_t delivered, invalid, bytes;
} skr_rings;

typedef struct skr_ring_event {
    const uint8_t *raw;
    uint32_t len;
    uint16_t cpu;
} skr_ring_event;

/* Bytes of one ring whose data has `size` bytes (a power of two). */
size_t skr_ring_bytes(size_t size);

/* Maps the value array behind `fd`. SAKER_EIO with errno, SAKER_ENOMEM. */
int skr_rings_open(skr_rings *r, skr_mem *mem, int fd, unsigned cpus, size_t size, uint64_t boot_ns);
void skr_rings_close(skr_rings *r);

/* Takes note of what has arrived. Events of the last moment stay back: another CPU may be about to finish an older one.
 */
void skr_rings_look(skr_rings *r);
/* The oldest event that the last look saw; it stays valid until the next call. false: no more. */
bool skr_rings_next(skr_rings *r, skr_ring_event *e);
/* Bytes of what the last look saw and has not been handed out. */
size_t skr_rings_bytes(const skr_rings *r);
/* Is there anything, finished or held back? */
bool skr_rings_pending(const skr_rings *r);
/* The time that an event would have now. */
uint64_t skr_rings_now(const skr_rings *r);
/* Lets the probe ring the bell at its next event. */
void skr_rings_sleep(const skr_rings *r, bool asleep);

typedef struct skr_rings_counts {
    uint64_t attempts, full, too_big, nested;
} skr_rings_counts;
void skr_rings_count(const skr_rings *r, skr_rings_counts *sum);
void skr_rings_count_cpu(const skr_rings *r, unsigned cpu, skr_rings_counts *c);
uint64_t skr_rings_lost(const skr_rings *r, unsigned code); /* of one kind of event, on all CPUs */

#endif
