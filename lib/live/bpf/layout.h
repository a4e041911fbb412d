/* SPDX-License-Identifier: Apache-2.0 */
/* What the probe in the kernel and its reader agree on. Included by both, so it includes nothing.
 *
 * A ring is one value of an array map that both sides map: a head, then the data, then a tail as large as the largest
 * event. Positions only grow; an event starts at position modulo the size, is contiguous (it may run into the
 * tail) and is followed by the next at its length rounded up to 8. The probe writes a ring only on its own CPU. */
#ifndef SKR_LIVE_LAYOUT_H
#define SKR_LIVE_LAYOUT_H

enum {
    SKR_RING_CODES = 512,      /* event codes counted one by one */
    SKR_RING_SCRATCH = 24576,  /* for text that is built from its end: paths */
    SKR_RING_EVENT = 65536,    /* largest event */
    SKR_RING_TAIL = 4 * 65536, /* room behind the data: what a program may write before its size is checked */
    SKR_RING_MIN = 4 * 65536,  /* smallest size of the data */
    SKR_RING_MAX = 128 << 20,
    SKR_SYSCALL_MAX = 512, /* numbers of system calls */
    SKR_MAX_CPUS = 1024
};

struct skr_ring {
    /* Written by the reader. */
    unsigned long long consumer;
    unsigned int wake; /* the reader sleeps: ring the bell once */
    unsigned char pad0[4096 - 12];
    /* Written by the probe. */
    unsigned long long producer;
    unsigned long long consumer_seen; /* not later than consumer; saves reading a line that the other side writes */
    unsigned long long attempts;      /* events begun */
    unsigned long long full;          /* lost: no room */
    unsigned long long too_big;       /* lost: above SKR_RING_EVENT */
    unsigned long long nested;        /* lost: another event of this CPU was being written */
    unsigned int busy;
    unsigned char pad1[4096 - 52];
    unsigned long long lost[SKR_RING_CODES]; /* full + too_big + nested, by event code */
    unsigned char scratch[SKR_RING_SCRATCH];
    unsigned char data[]; /* size + SKR_RING_TAIL */
};

/* Fixed when the probe is loaded. */
struct skr_probe_config {
    unsigned long long boot_ns;   /* realtime minus boottime */
    unsigned long long ring_mask; /* size of the data - 1 */
    unsigned int snaplen;
    unsigned int skip_tgid; /* 0: nobody */
};

/* Changed while it runs. */
struct skr_probe_control {
    unsigned int unmapped;                 /* events of a CPU that has no ring */
    unsigned char wanted[SKR_SYSCALL_MAX]; /* by number, for the one dispatcher */
    unsigned char generic_wanted;
};

#endif
