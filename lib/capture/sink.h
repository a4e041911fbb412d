/* SPDX-License-Identifier: Apache-2.0 */
/* Where a capture is written to: a file or standard output, gzip or not. Failure sticks. */
#ifndef SKR_SINK_H
#define SKR_SINK_H

#include "zmem.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct skr_sink {
    skr_mem *mem;
    int fd;
    bool gzip;
    int status; /* 0, SAKER_EIO with `err`, SAKER_ENOMEM */
    int err;    /* errno of the failure */
    z_stream z;
    uint8_t *packed;
    uint64_t written; /* bytes, before they are packed */
} skr_sink;

/* "-": standard output. A new file can be read by its owner only: captures hold what programs wrote and read. false:
 * status and err say why. */
bool skr_sink_open(skr_sink *s, skr_mem *mem, const char *path, bool gzip);
bool skr_sink_write(skr_sink *s, const void *p, size_t len);
/* What a packed stream holds back goes to the file. */
bool skr_sink_flush(skr_sink *s);
/* Writes what is left and closes: the status. */
int skr_sink_close(skr_sink *s);

#endif
