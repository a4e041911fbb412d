/* SPDX-License-Identifier: Apache-2.0 */
/* zlib's memory comes from skr_mem: set zalloc, zfree and opaque (the skr_mem) of a stream. */
#ifndef SKR_ZMEM_H
#define SKR_ZMEM_H

#include "mem.h"

#define ZLIB_CONST
#include <zlib.h>

void skr_zmem_use(z_stream *z, skr_mem *mem);

#endif
