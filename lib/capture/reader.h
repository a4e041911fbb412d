/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the capture reader share: scap.c (blocks), lists.c (metadata), oldevent.c (event blocks of version
 * 1), convert.c (events of older tables). */
#ifndef SKR_READER_H
#define SKR_READER_H

#include "convert.h"
#include "input.h"
#include "scap.h"

typedef enum skr_block_kind {
    SKR_B_UNKNOWN,
    SKR_B_SECTION,
    SKR_B_MACHINE,
    SKR_B_INTERFACES,
    SKR_B_USERS,
    SKR_B_PROCESSES,
    SKR_B_DESCRIPTORS,
    SKR_B_EVENT,
    SKR_B_EVENT_FLAGS
} skr_block_kind;

typedef struct skr_block {
    uint8_t kind, version;
    uint32_t total;  /* whole block, header and trailer included */
    uint64_t offset; /* of its first byte in the unpacked file   */
} skr_block;

enum { SKR_BLOCK_MIN = 12, SKR_BLOCK_HEAD = 8, SKR_BLOCK_TAIL = 4 };

/* Kinds of descriptor whose entries are laid out in a way of their own; those of the others are a name. */
enum {
    SKR_FDT_UNKNOWN = 0,
    SKR_FDT_IPV4 = 3,
    SKR_FDT_IPV6 = 4,
    SKR_FDT_IPV4_SERVER = 5,
    SKR_FDT_IPV6_SERVER = 6,
    SKR_FDT_UNIX = 8,
    SKR_FDT_UNSUPPORTED = 10,
    SKR_FDT_FILE_V2 = 16,
    SKR_FDT_LAST = 21
};

struct skr_scap {
    skr_mem *mem;
    skr_input in;
    enum { SKR_AT_START, SKR_AT_LISTS, SKR_AT_EVENTS } phase;
    int result; /* not 0 or 1: how the read ended, for good */
    bool ended;
    skr_scap_stats stats;
    skr_converter converter;
    skr_bytes old; /* an event of version 1 in its new form */
    char error[384];
};

/* Ends the read with SAKER_EIO at `offset`. */
int skr_scap_fail(skr_scap *s, uint64_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The input ended inside of what began at `offset`: says why. */
int skr_scap_short(skr_scap *s, uint64_t offset);

/* Reads the body of a metadata block, whose header has been consumed, up to its trailer. 0 or the result that ends the
 * read. */
int skr_scap_list(skr_scap *s, const skr_scap_handler *h, const skr_block *b);

/* Event of version 1 at `p`, at most `len` bytes, into `out` as an event of version 2. NULL or what is wrong; *memory
 * if that is memory. Its code is in the table. */
const char *skr_old_event(skr_mem *mem, const uint8_t *p, size_t len, skr_bytes *out, bool *memory);

/* ---- Cursor: reads numbers and strings; reading past the end gives zeros and is remembered ---- */

typedef struct skr_cursor {
    const uint8_t *at, *end;
    bool bad;
} skr_cursor;

const uint8_t *skr_cursor_bytes(skr_cursor *c, size_t n); /* NULL past the end */
uint8_t skr_cursor_u8(skr_cursor *c);
uint16_t skr_cursor_u16(skr_cursor *c);
uint32_t skr_cursor_u32(skr_cursor *c);
uint64_t skr_cursor_u64(skr_cursor *c);
skr_str skr_cursor_str(skr_cursor *c, size_t longest); /* u16 length and bytes */

#endif
