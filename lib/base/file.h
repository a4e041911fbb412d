/* SPDX-License-Identifier: Apache-2.0 */
/* Files: read whole, and list a directory. */
#ifndef SKR_FILE_H
#define SKR_FILE_H

#include "str.h"

/* The whole file, allocated with `mem` (free with skr_free(mem, ptr, len + 1); a NUL stands behind the text).
 * SAKER_EIO with errno set, SAKER_ELIMIT above `limit` bytes (0: none), SAKER_ENOMEM. */
int skr_file_read(skr_mem *mem, const char *path, size_t limit, skr_str *text);

/* The same of what must be a regular file: anything else is SAKER_EIO, and nobody who puts a pipe there makes us wait.
 */
int skr_file_read_regular(skr_mem *mem, const char *path, size_t limit, skr_str *text);

/* Paths of the regular files of a directory whose names end in one of `endings` (NULL-terminated), sorted by their
 * bytes, in `a`. SAKER_EIO with errno set, SAKER_ENOMEM. */
int skr_file_list(skr_arena *a, const char *dir, const char *const *endings, const char *const **paths, size_t *count);

/* Is it a directory? false also when it cannot be looked at. */
bool skr_file_is_dir(const char *path);

#endif
