/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a capture file, unpacked: a window that slides over a file or standard input, gzip or not. The window
 * grows only when it is full of data, so that a length in a file costs nothing before the data is there. */
#ifndef SKR_INPUT_H
#define SKR_INPUT_H

#include "compat.h"
#include "str.h"
#include "zmem.h"

typedef struct skr_input {
    skr_mem *mem;
    skr_mem *state;             /* NULL, or what may hold more for each byte that is read */
    char *path;                 /* NULL: bytes in memory */
    const uint8_t *bytes;       /* ... these, [file_read, file_size) not yet read */
    int fd;                     /* -1: not yet open */
    bool started, gzip, member; /* member: inside a gzip member */
    bool at_end;                /* nothing more will come       */
    int status;                 /* 0, SAKER_EIO, SAKER_ENOMEM: why it ended */
    const char *why;            /* of SAKER_EIO */
    int err;                    /* errno with it, or 0 */
    uint8_t *buf;
    size_t cap, at, end; /* unread: [at, end) */
    uint64_t base;       /* offset in the unpacked stream of buf[0] */
    uint64_t file_read, file_size;
    uint8_t *packed; /* gzip: bytes of the file, those not yet used are z.next_in, z.avail_in */
    z_stream z;
} skr_input;

bool skr_input_init(skr_input *in, skr_mem *mem, const char *path);                /* false: out of memory */
void skr_input_init_bytes(skr_input *in, skr_mem *mem, const void *p, size_t len); /* borrowed */
void skr_input_free(skr_input *in);

const uint8_t *skr_input_fill(skr_input *in, size_t n);

/* `n` bytes in one piece, not yet consumed, or NULL when there are not so many. They stay until the next call. */
static inline const uint8_t *skr_input_need(skr_input *in, size_t n)
{
    return SKR_LIKELY(in->end - in->at >= n) ? in->buf + in->at : skr_input_fill(in, n);
}
/* Consumes; false when the file ends before. */
bool skr_input_skip(skr_input *in, uint64_t n);

static inline uint64_t skr_input_offset(const skr_input *in)
{
    return in->base + in->at;
}
/* Bytes of the file itself that were used; *size: its size, 0 unknown. */
uint64_t skr_input_file_offset(const skr_input *in, uint64_t *size);

#endif
