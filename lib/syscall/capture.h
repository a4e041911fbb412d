/* SPDX-License-Identifier: Apache-2.0 */
/* saker_capture: the state engine over a back end that brings events: a file (capture_file.c) or the running kernel
 * (lib/live). A back end knows nothing of rules or of saker_event. */
#ifndef SKR_CAPTURE_H
#define SKR_CAPTURE_H

#include "state.h"

typedef struct skr_backend {
    /* Next event into *e (its bytes stay valid until the next call), waiting at most `timeout_ms` (-1: for ever) for
     * it. Lists (process table, descriptors, users ...) go to `h` before the first event. 1: an event; 0: none yet;
     * SAKER_EEND: there will be no more; another negative status, or what a function of `h` gave: the capture is over,
     * error() says why. `timeout_ms` is 0 for all but the first event of a poll. */
    int (*next)(void *self, int timeout_ms, const skr_scap_handler *h, skr_evt *e);
    int (*fd)(const void *self);                             /* to wait on; NULL or -1: none */
    const char *(*error)(const void *self);                  /* never NULL */
    void (*stats)(const void *self, saker_capture_stats *s); /* fills bytes, dropped, invalid, file_offset, file_size */
    void (*close)(void *self);                               /* also frees self */
    bool always_ready;                                       /* a file: deliver in batches, never wait */
} skr_backend;

struct saker_capture {
    skr_mem mem;       /* of the back end */
    skr_mem state_mem; /* of the state, which may use up its share without starving the reader */
    const skr_backend *ops;
    void *self;
    skr_state *state;
    skr_scap_handler handler;
    skr_sysevent event; /* the one being delivered; decoded in place */
    saker_dump *dumps;  /* recordings of this capture */
    uint64_t events, delivered;
    bool count_only;
    int ended; /* 0, or what every further poll answers */
};

/* A capture without a back end; NULL: out of memory. `options` may be NULL. Then set ops and self; saker_capture_free
 * closes the back end if there is one. */
SKR_SHARED saker_capture *skr_capture_new(const saker_capture_options *options, bool offline);

/* Recordings (dump.c): around each event, and when the capture goes. */
void skr_dumps_before(saker_capture *c);
void skr_dumps_after(saker_capture *c);
void skr_dumps_detach(saker_capture *c);

#endif
