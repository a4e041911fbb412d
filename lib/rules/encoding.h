/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files that are not UTF-8: editors and shells of Windows write UTF-16. */
#ifndef SKR_ENCODING_H
#define SKR_ENCODING_H

#include "str.h"

/* Puts UTF-8 in the place of a text of UTF-16 or UTF-32, which is told by its first bytes as yaml-cpp does: by a mark,
 * or by the zeros around a first character of ASCII. `text` was allocated with `mem`, len + 1 bytes, and so is what it
 * becomes. false: out of memory, all is as it was. */
bool skr_to_utf8(skr_mem *mem, skr_str *text);

#endif
