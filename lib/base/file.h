/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read whole, and list a directory. */
#ifndef SKR_FILE_H
#define SKR_FILE_H

#include "str.h"

/* The whole file, allocated with `mem` (free with skr_free(mem, ptr, len + 1); a NUL stands behind the text).
 * SAKER_EIO with errno set, SAKER_ELIMIT above `limit` bytes (0: none), SAKER_ENOMEM. */
int skr_file_read(skr_mem *mem, const char *path, size_t limit, skr_str *text);

/* Is it a directory? false also when it cannot be looked at. */
bool skr_file_is_dir(const char *path);

#endif
