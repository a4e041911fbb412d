/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file syscall.h
 * The built-in schema "syscall" (Falco's evt.*, proc.*, fd.*, user.*, container.*, k8s.* ... fields) and the
 * captures that its events come from: .scap files here, the live kernel in live.h.
 *
 *      saker_capture --(state: threads, descriptors, users)--> saker_event --> saker_eval_run()
 */
#ifndef SAKER_SYSCALL_H
#define SAKER_SYSCALL_H

#include <saker/saker.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @defgroup syscall Events of Linux: the schema "syscall"
 * @{
 */

/** The schema. It is constant: the same for every capture and thread. Its fields are listed in doc/fields.md. */
SAKER_API const saker_schema *saker_syscall_schema(void);

/** saker_event.kind for an event type by name ("openat"): the current version's exit event; -1 if there is none. */
SAKER_API int saker_syscall_kind(const char *name);

/** A parameter of a kind of event: what evt.arg and evt.rawarg find under `name`. */
typedef struct saker_param {
    const char *name; /**< "flags"                         */
    const char *type; /**< as Falco names it: "FLAGS32"     */
} saker_param;

/** Parameters of the events of a kind, in their order. Like snprintf: returns how many there are, writes at most
 *  `size`. 0 for kinds that have none, or whose events bring their own. */
SAKER_API size_t saker_syscall_params(uint32_t kind, saker_param *params, size_t size);

/** @} */

/**
 * @defgroup captures Captures: one handle for recorded and live events, as in libpcap
 * @{
 */

/** Where events come from, with the state of threads, descriptors and users that fields read. For one thread at a
 *  time. */
typedef struct saker_capture saker_capture;

/** What is known of a container. Strings may be NULL; borrowed from the lookup until it is called again. */
typedef struct saker_container {
    size_t size;                /**< what the library knows of: set before the lookup is called */
    const char *id;             /**< in full: container.id is its start; NULL: as found */
    const char *name;           /**< container.name */
    const char *image;          /**< container.image: with its tag */
    const char *image_digest;   /**< container.image.digest */
    const char *pod_name;       /**< k8s.pod.name */
    const char *pod_uid;        /**< k8s.pod.uid */
    const char *namespace_name; /**< k8s.ns.name */
    bool privileged;            /**< container.privileged */
} saker_container;

/** Optional: where container metadata of a live capture comes from when the host knows better than the files and
 *  sockets of the runtimes. Called while the capture is polled, by the same thread. `cgroup` is the path that `id` was
 *  found in. Fill `out` and return true, or false when the container is unknown (yet): then it is asked
 *  for again for about a second. */
typedef bool saker_container_fn(void *ctx, const char *id, const char *cgroup, saker_container *out);

/** saker_capture_options.flags */
enum {
    SAKER_CAPTURE_COUNT = 1u << 0 /**< read, convert and count the events, but keep no state and deliver none */
};

/** Settings of a capture. Begin with SAKER_CAPTURE_OPTIONS_INIT. Copied by the call that takes it. */
typedef struct saker_capture_options {
    size_t size;                   /**< sizeof(saker_capture_options)                */
    saker_alloc alloc;             /**< all zero: malloc and free                    */
    uint32_t max_threads;          /**< of the thread table; default 262144          */
    uint32_t max_fds;              /**< per process; default 4096                     */
    saker_container_fn *container; /**< NULL: built-in look-up (live), or none (file) */
    void *container_ctx;           /**< first argument of `container` */
    const char *host_root;         /**< prefix of /proc, /run, /var ...; "" by default; at most 255 bytes */
    const char *hostname;          /**< evt.hostname of a live capture; NULL: the kernel's  */
    size_t max_memory;             /**< bytes that the capture may hold; 0: the state may hold 1 GiB of a running
                                    *   kernel (which takes 8 MiB at least), of a file 128 MiB and 64 bytes for each
                                    *   that was read of it */
    int32_t utc_offset;            /**< seconds east of UTC for times in parameters    */
    uint32_t flags;                /**< SAKER_CAPTURE_*                                */
} saker_capture_options;

/** All defaults. */
#define SAKER_CAPTURE_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(saker_capture_options), { NULL, NULL }, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0                           \
    }

/** Opens a .scap file, gzipped or not; "-" reads standard input. `options` may be NULL: defaults. This fails only for
 *  want of memory; what else can go wrong does so at the first poll, and saker_capture_error() says why. */
SAKER_API saker_capture *saker_capture_open_file(const char *path, const saker_capture_options *options);
/** Closes and frees it. */
SAKER_API void saker_capture_free(saker_capture *c);

/** Text for the last failure of this capture; never NULL. Valid until the next call on it. */
SAKER_API const char *saker_capture_error(const saker_capture *c);

/** Return 0 to go on; anything else ends the poll, and if negative becomes its result. The event is valid
 *  during the call only. */
typedef int saker_event_fn(void *ctx, const saker_event *event);

/** Deliver what has arrived, waiting at most `timeout_ms` (-1: for ever). A file is always ready and is delivered
 *  in batches. Returns the number of events, SAKER_EEND at the end of a file, SAKER_EIO with saker_capture_error(). End
 *  and failures stay: later polls answer the same. */
SAKER_API int saker_capture_poll(saker_capture *c, int timeout_ms, saker_event_fn *fn, void *ctx);

/** Readable when a poll would deliver (or, at first, begin), for a host with its own loop; or -1. */
SAKER_API int saker_capture_fd(const saker_capture *c);

/** What a capture has counted since it was opened. What it lost is here, too: nothing is lost without being counted. */
typedef struct saker_capture_stats {
    size_t size;          /**< sizeof(saker_capture_stats)               */
    uint64_t events;      /**< numbered ones, hidden ones included       */
    uint64_t bytes;       /**< read; of a file, decompressed             */
    uint64_t dropped;     /**< lost in the kernel: the buffer was full   */
    uint64_t invalid;     /**< blocks or events that failed to decode    */
    uint64_t threads;     /**< now in the state                          */
    uint64_t fds;         /**< now in the state                          */
    uint64_t evicted;     /**< state entries given up because of a limit */
    uint64_t file_offset; /**< of a file: bytes of it that were read     */
    uint64_t file_size;   /**< of a file: its size; 0: unknown           */
    uint64_t delivered;   /**< events handed to the callback             */
    uint64_t nomem;       /**< state entries or texts lost for want of memory */
    uint64_t memory;      /**< bytes that the capture holds now          */
    uint64_t cut;         /**< times that fields looked at the nearest 1024 ancestors, or a MiB of their texts, and
                           *   not at all                                */
} saker_capture_stats;

/** Fills `stats`, of which `size` must be set. SAKER_EINVAL: it is not. */

SAKER_API int saker_capture_get_stats(const saker_capture *c, saker_capture_stats *stats);

/** @} */

/**
 * @defgroup recording Recording
 * @{
 */

/** A recording of a capture, written while that is polled. For the thread of its capture. */
typedef struct saker_dump saker_dump;

/** Record a capture into a .scap file that other tools read, too; "-" is standard output. A new file can be read by
 *  its owner only. The recording begins at the next event: with the state as it is before that event (threads,
 *  descriptors, users, interfaces, containers), so that a capture recorded from its start gives the same fields when it
 *  is replayed. Of a recording that begins later the format cannot hold everything: times at which processes started,
 *  roles of some sockets, flags of descriptors that are no files.
 *
 *  From then on the capture itself adds, after its callback has returned, every event that changes state and was not
 *  selected with saker_dump_event(). They are marked: a replay runs its state engine on them, but rules do not see
 *  them. So the verdicts on the events selected do not depend on which were; only numbers, and times since the event
 *  before, do.
 *
 *  Several recordings of one capture may be open; close them before the capture is freed, else they hold what came
 *  until then. NULL: the file could not be created (errno says why), or memory ran out. */
SAKER_API saker_dump *saker_dump_open(saker_capture *c, const char *path, bool gzip);

/** Before the first event: keep only the process `pid` (as the capture numbers it), its descendants, also those that
 *  lose their parent, and nothing of other processes: neither in the state at the start nor events. Of users, groups
 *  and containers only those that they refer to. The recording begins when there is such a process. Ancestors are not
 *  kept either, so fields like proc.pname of the root of the tree have no value when it is replayed. SAKER_EINVAL: too
 *  late, or done already. */
SAKER_API int saker_dump_only_tree(saker_dump *d, int64_t pid);

/** Select the event that the callback of saker_capture_poll() has been given, during the call. 0, 1 if it is left
 *  out because of saker_dump_only_tree(), SAKER_EINVAL if it is another, SAKER_EIO with errno, SAKER_ENOMEM. A failure
 *  stays: nothing more is written. */
SAKER_API int saker_dump_event(saker_dump *d, const saker_event *event);

/** What has been recorded so far is in the file when this returns, in whole blocks: a host that calls it now and then
 *  (not for every event) loses little when it is killed. Results as of saker_dump_event(). */
SAKER_API int saker_dump_flush(saker_dump *d);

/** Write what is left, and close. 0, or what went wrong at any time: SAKER_EIO with errno, SAKER_ENOMEM. `d` may be
 *  NULL. */
SAKER_API int saker_dump_close(saker_dump *d);

/** @} */

#ifdef __cplusplus
}
#endif
#endif
