/* SPDX-License-Identifier: Apache-2.0 */
/* Events of older tables become events of the current one (scap-format.md 6). Older drivers recorded a call's enter and
 * its exit; the exit event of today carries what the enter event held, so enter events wait here, one a thread. */
#ifndef SKR_CONVERT_H
#define SKR_CONVERT_H

#include "event.h"

/* A buffer that is used again and again. */
typedef struct skr_bytes {
    uint8_t *ptr;
    size_t len, cap;
} skr_bytes;

typedef struct skr_waiting skr_waiting;
typedef struct skr_converter {
    skr_mem *mem;
    skr_bytes built;    /* the last event built */
    skr_waiting *slots; /* by thread, open addressing */
    uint64_t seed;
    size_t used, cap; /* cap: power of two or 0 */
    size_t bytes;     /* held by the slots' copies */
    uint64_t orphans; /* exits that found another call's enter event */
} skr_converter;

typedef enum skr_verdict { SKR_CV_PASS, SKR_CV_DROP, SKR_CV_ERROR, SKR_CV_MEMORY } skr_verdict;

void skr_converter_init(skr_converter *c, skr_mem *mem);
void skr_converter_free(skr_converter *c);
void skr_converter_forget(skr_converter *c); /* the waiting events: a new section */

/* Is the event, of which `e` holds the header, delivered as it is? */
bool skr_convert_is_current(const skr_evt *e);

/* Converts `e`, of which the header is decoded: on SKR_CV_PASS its header is that of the event to deliver, which lies
 * in the file's bytes as before or in the converter, until the next call. On SKR_CV_ERROR *why is a constant text. */
skr_verdict skr_convert(skr_converter *c, skr_evt *e, const char **why);

/* Makes room for `len` bytes. */
bool skr_bytes_fit(skr_mem *mem, skr_bytes *b, size_t len);
void skr_bytes_free(skr_mem *mem, skr_bytes *b);

#endif
