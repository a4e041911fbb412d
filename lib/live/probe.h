/* SPDX-License-Identifier: Apache-2.0 */
/* The programs in the kernel: loading, attaching what is wanted, detaching. Nothing is pinned, so that all of it goes
 * away with the process, however that ends. */
#ifndef SKR_PROBE_H
#define SKR_PROBE_H

#include "rings.h"
#include "str.h"
#include "wanted.h"

typedef enum skr_probe_mode {
    SKR_PROBE_AUTO,
    SKR_PROBE_PER_CALL,   /* a tracepoint per system call: others pay least (5.15)   */
    SKR_PROBE_DISPATCH,   /* one program at the end of every call; sees 32-bit calls */
    SKR_PROBE_DISPATCH_58 /* the same for kernels before 5.11                        */
} skr_probe_mode;

/* With more wanted calls than this the one dispatcher is cheaper than a tracepoint each. */
enum { SKR_PROBE_MANY_CALLS = 200 };

typedef struct skr_probe skr_probe;

typedef struct skr_probe_options {
    skr_probe_mode mode;
    size_t buffer_bytes; /* of all rings; 0: default */
    uint32_t snaplen;    /* 0: default */
    int64_t skip;        /* a process whose events are left out, as the kernel numbers it; 0: none */
    bool compat;         /* 32-bit calls too */
} skr_probe_options;

/* NULL: out of memory. */
skr_probe *skr_probe_new(skr_mem *mem, const skr_probe_options *options);
void skr_probe_set_mode(skr_probe *p, skr_probe_mode mode);
void skr_probe_free(skr_probe *p); /* detaches */

/* Loads the programs and attaches what is wanted. SAKER_ENOTSUP (this kernel cannot), SAKER_EIO, SAKER_ENOMEM. */
int skr_probe_start(skr_probe *p, const skr_wanted *w);
/* Attaches what is missing and detaches what is no longer wanted. */
int skr_probe_change(skr_probe *p, const skr_wanted *w);
/* The same in parts, because the kernel takes its time (some 50 ms) for each tracepoint that is let go: attaches only;
 * then each call lets go of one thing, false: there was none left. */
int skr_probe_attach(skr_probe *p, const skr_wanted *w);
bool skr_probe_tidy(skr_probe *p);
const char *skr_probe_error(const skr_probe *p);

skr_rings *skr_probe_rings(skr_probe *p);
int skr_probe_bell(const skr_probe *p); /* readable after skr_rings_sleep() and an event */
void skr_probe_hear(skr_probe *p);      /* makes it unreadable again */
uint64_t skr_probe_unmapped(const skr_probe *p);
/* Runs of our programs that the kernel left out, because the same program ran on that CPU (since Linux 5.12). It is
 * asked for each program, no more than once a second. */
uint64_t skr_probe_left_out(skr_probe *p);
skr_probe_mode skr_probe_get_mode(const skr_probe *p);
unsigned skr_probe_missing(const skr_probe *p); /* wanted calls that this kernel has no tracepoint for */

/* What this thread may do: bits by the numbers of linux/capability.h. */
uint64_t skr_capabilities(void);

/* Helper functions of the kernel by number, from its BTF; false also when there is no BTF. */
bool skr_probe_has_helper(int id);

#endif
