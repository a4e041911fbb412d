/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file live.h
 * Captures of the running kernel through BPF. In libsaker-live, which needs libbpf; libsaker does not.
 */
#ifndef SAKER_LIVE_H
#define SAKER_LIVE_H

#include <saker/syscall.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {                                /* saker_live_options.flags */
       SAKER_LIVE_ALL_IO = 1u << 0,   /**< reads and writes too, if rules want them; without it they are never
                                           collected with rules, whatever these say (Falco's base_syscalls.all) */
       SAKER_LIVE_ENTRIES = 1u << 1,  /**< what open and connect calls were given when they began: names that another
                                           thread changes during the call are seen as the kernel got them */
       SAKER_LIVE_COMPAT = 1u << 2,   /**< calls of 32-bit programs too; every call of every program then costs more */
       SAKER_LIVE_SKIP_SELF = 1u << 3 /**< nothing of this process */
};

typedef struct saker_live_options {
    size_t size;
    saker_capture_options capture;
    const saker_ruleset *rules; /**< collect only what these (and the state) need; NULL: all */
    size_t buffer_bytes;        /**< of the ring buffer(s) together; default 8 MiB per CPU   */
    uint32_t snaplen;           /**< bytes kept of a data argument; default 80               */
    uint32_t flags;             /**< SAKER_LIVE_*                                            */
} saker_live_options;

#define SAKER_LIVE_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(saker_live_options), SAKER_CAPTURE_OPTIONS_INIT, NULL, 0, 0, 0                                          \
    }

/** Loads and attaches at the first poll; until then nothing in the kernel is touched. */
SAKER_API saker_capture *saker_capture_open_live(const saker_live_options *options);

/** After a reload: collect what the new rules need. The process state is kept. SAKER_EINVAL: not a live capture. */
SAKER_API int saker_capture_set_rules(saker_capture *c, const saker_ruleset *rules);

#ifdef __cplusplus
}
#endif
#endif
