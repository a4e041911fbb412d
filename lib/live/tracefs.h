/* SPDX-License-Identifier: Apache-2.0 */
/* Tracepoints by name. If nobody has mounted tracefs it is opened without mounting it anywhere: nobody else sees it. */
#ifndef SKR_TRACEFS_H
#define SKR_TRACEFS_H

#include <stdbool.h>

/* A descriptor of the root of tracefs, or -1 with errno. */
int skr_tracefs_open(void);
/* Number of a tracepoint; -1: not there. */
int skr_tracefs_id(int tracefs, const char *group, const char *name);

#endif
