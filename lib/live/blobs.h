/* SPDX-License-Identifier: Apache-2.0 */
/* The probe's objects, compressed, as scripts/pack-probe put them into the build. */
#ifndef SKR_BLOBS_H
#define SKR_BLOBS_H

#include <stddef.h>

typedef struct skr_blob {
    const unsigned char *packed; /* zlib */
    size_t packed_size, size;
} skr_blob;

extern const skr_blob skr_blob_per_call, skr_blob_dispatch, skr_blob_dispatch58;

#endif
