/* SPDX-License-Identifier: Apache-2.0 */
/* One event as it lies in memory (param_types.md 1), decoded without copying. Bytes are hostile: decoding checks them
 * once, and the accessors below are safe on whatever decoding let through. */
#ifndef SKR_EVENT_H
#define SKR_EVENT_H

#include "tables.h"

typedef struct skr_param {
    const uint8_t *ptr;
    uint32_t len; /* 0: empty, the value is unknown */
} skr_param;

typedef struct skr_evt {
    const uint8_t *raw; /* header, lengths, values */
    uint32_t len;
    uint16_t type;
    uint16_t cpu;
    uint64_t ts; /* ns since the epoch */
    int64_t tid; /* -1: none           */
    uint32_t dump_flags;
    uint32_t nparams; /* decoded: the smaller of the event's and the table's */
    const skr_event_info *info;
    skr_param params[SKR_MAX_PARAMS]; /* only the first nparams are set */
} skr_evt;

enum { SKR_EVT_HEADER = 26 };

/* `raw` has `len` bytes. Parameters whose length does not fit their fixed-size type become empty. NULL: fine; else a
 * constant text saying what is wrong. */
SKR_SHARED const char *skr_evt_decode(const uint8_t *raw, size_t len, skr_evt *e);

/* The two halves of it: first the header (e->nparams is then what the event says, not yet checked), then the
 * parameters. The reader looks between them whether the event wants conversion. */
const char *skr_evt_header(const uint8_t *raw, size_t len, skr_evt *e);
const char *skr_evt_params(skr_evt *e);

/* The quick way for what a capture of today holds: an event that needs no conversion and has exactly its table's
 * parameters. `raw` has at least SKR_EVT_HEADER bytes. false: something else, or wrong: look closer. Leaves cpu and
 * dump_flags alone. */
bool skr_evt_decode_current(const uint8_t *raw, size_t len, skr_evt *e);

/* Parameter i, empty when the event has none. */
static inline skr_param skr_evt_param(const skr_evt *e, unsigned i)
{
    return i < e->nparams ? e->params[i] : (skr_param){ NULL, 0 };
}
/* Fixed-size reads; `otherwise` when empty or of another length. */
int64_t skr_param_i64(skr_param p, int64_t otherwise);   /* 8 bytes */
uint64_t skr_param_u64(skr_param p, uint64_t otherwise); /* 8 bytes */
uint32_t skr_param_u32(skr_param p, uint32_t otherwise); /* 4 bytes */
uint16_t skr_param_u16(skr_param p, uint16_t otherwise);
uint8_t skr_param_u8(skr_param p, uint8_t otherwise);
/* Text of a CHARBUF, FSPATH or FSRELPATH: without its NUL, ended at the first one; empty or "(NULL)" reads "<NA>". */
SKR_SHARED skr_str skr_param_text(skr_param p);

/* Return value (param_types.md 3): has one? */
bool skr_evt_result(const skr_evt *e, int64_t *result);

/* Index of the parameter with that name, or -1. */
int skr_evt_param_index(const skr_event_info *info, skr_str name);

#endif
