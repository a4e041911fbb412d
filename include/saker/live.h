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

/**
 * @defgroup live The running kernel (libsaker-live)
 * @{
 */

/** saker_live_options.flags */
enum {
    SAKER_LIVE_ALL_IO = 1u << 0,   /**< reads and writes too, if rules want them; without it they are never
                                        collected with rules, whatever these say (Falco's base_syscalls.all) */
    SAKER_LIVE_ENTRIES = 1u << 1,  /**< what open and connect calls were given when they began: names that another
                                        thread changes during the call are seen as the kernel got them */
    SAKER_LIVE_COMPAT = 1u << 2,   /**< calls of 32-bit programs too; every call of every program then costs more */
    SAKER_LIVE_SKIP_SELF = 1u << 3 /**< nothing of this process */
};

/** Settings of a live capture. Begin with SAKER_LIVE_OPTIONS_INIT. Copied by the call that takes it. */
typedef struct saker_live_options {
    size_t size;                   /**< sizeof(saker_live_options) */
    saker_capture_options capture; /**< as of any capture */
    const saker_ruleset
        *rules;          /**< collect only what these (and the state) need; NULL: all. Only looked at by the call */
    size_t buffer_bytes; /**< of the ring buffer(s) together; default 8 MiB per CPU   */
    uint32_t snaplen;    /**< bytes kept of a data argument; default 80               */
    uint32_t flags;      /**< SAKER_LIVE_*                                            */
} saker_live_options;

/** All defaults. */
#define SAKER_LIVE_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(saker_live_options), SAKER_CAPTURE_OPTIONS_INIT, NULL, 0, 0, 0                                          \
    }

/** Loads and attaches at the first poll; until then nothing in the kernel is touched. `options` may be NULL: defaults.
 *  What can go wrong does so at that poll, as with a file. */
SAKER_API saker_capture *saker_capture_open_live(const saker_live_options *options);

/** After a reload: collect what the new rules need (NULL: all); they are only looked at by the call. The process state
 * is kept. SAKER_EINVAL: not a live capture. Another failure, with saker_capture_error(): not all of it can be
 * collected. */
SAKER_API int saker_capture_set_rules(saker_capture *c, const saker_ruleset *rules);

/** @} */

/**
 * @defgroup doctor What this machine allows (libsaker-live)
 * @{
 */

/** How bad a finding is; the greater the worse. */
typedef enum saker_finding_state {
    SAKER_FINDING_OK,       /**< as it should be                           */
    SAKER_FINDING_NOTE,     /**< nothing is wrong; good to know            */
    SAKER_FINDING_DEGRADED, /**< captures work, but something will be missing */
    SAKER_FINDING_FATAL     /**< captures of the kernel do not work        */
} saker_finding_state;

/** One thing looked at. May grow at the end. */
typedef struct saker_finding {
    saker_finding_state state; /**< how bad it is */
    const char *name;          /**< "btf", "privileges" ... stable, for machines */
    const char *text;          /**< what was found, and what follows from it     */
    const char *hint;          /**< how to mend it; or NULL                      */
} saker_finding;

/** Told one finding. Its texts last for the call. */
typedef void saker_finding_fn(void *ctx, const saker_finding *finding);

/**
 * Looks at everything that a live capture with these options (NULL: defaults) would need, and says what it found, one
 * thing after the other. With `trial` the probe is also loaded and attached for a moment, and an event of our own must
 * come through. Returns the worst saker_finding_state of all; SAKER_EINVAL: `fn` is NULL. A capture that cannot start
 * says the same words in saker_capture_error().
 */
SAKER_API int saker_live_doctor(const saker_live_options *options, bool trial, saker_finding_fn *fn, void *ctx);

/** @} */

/**
 * @addtogroup live
 * @{
 */

/** Told how many events of a type a live capture lost; `type` is its name ("openat") and constant. */
typedef void saker_live_loss_fn(void *ctx, const char *type, uint64_t lost);

/** What the probe itself counted. */
typedef struct saker_live_stats {
    size_t size;              /**< sizeof(saker_live_stats)                               */
    uint64_t attempts;        /**< events that happened: delivered + lost + still in the buffers */
    uint64_t full;            /**< lost: the buffer was full                              */
    uint64_t too_big;         /**< lost: larger than 64 KiB                               */
    uint64_t nested;          /**< lost: happened while another event of the CPU was being written, or (in the sum of
                                   all CPUs) while the kernel would not run the program once more */
    uint64_t unmapped;        /**< lost: on a CPU that came after the start               */
    uint64_t lookups_refused; /**< threads, descriptors and users not looked up: it was too much at a time */
    uint32_t cpus;            /**< that have a buffer                                     */
    uint32_t per_call;        /**< 1: a tracepoint for each call; 0: one program at the end of all calls */
} saker_live_stats;

/** Fills `stats`, of which `size` must be set, for one CPU or (`cpu` < 0) all. Zeros before the first poll.
 *  SAKER_EINVAL: not a live capture, or no such CPU. */
SAKER_API int saker_live_get_stats(const saker_capture *c, int cpu, saker_live_stats *stats);
/** Calls `fn` once for each type of event of which any were lost. SAKER_EINVAL: not a live capture. */
SAKER_API int saker_live_each_loss(const saker_capture *c, saker_live_loss_fn *fn, void *ctx);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
