/* SPDX-License-Identifier: Apache-2.0 */
/* Times as alerts print them. No libc calendar: that one reads the environment. */
#ifndef SKR_CLOCK_H
#define SKR_CLOCK_H

#include "str.h"

enum { SKR_CLOCK_MAX = 48 }; /* room for any of them, with a NUL */

/* HH:MM:SS.nnnnnnnnn at `utc_offset` seconds east of UTC. Return the length. */
size_t skr_clock_text(char out[SKR_CLOCK_MAX], uint64_t ns, int32_t utc_offset);
/* YYYY-MM-DDTHH:MM:SS.nnnnnnnnn and `zone`, in UTC. */
size_t skr_clock_iso(char out[SKR_CLOCK_MAX], uint64_t ns, const char *zone);

#endif
