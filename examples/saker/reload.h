/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that are read again while events flow: when asked for, or when a file has changed. They are compiled in a
 * thread of their own. */
#ifndef SAKER_RELOAD_H
#define SAKER_RELOAD_H

#include "cmd.h"

typedef struct reload reload;

/* Takes note of how the files are now: call it before they are read for the first time. `a` is borrowed. `look`: notice
 * changed files. NULL: no memory. */
reload *reload_new(const rule_args *a, bool look);

/* Call it some times a second; `asked`: read the rules now, changed or not. Returns new rules when they are ready; they
 * are the caller's. NULL: nothing new, or the files are at fault, which has been said. */
saker_ruleset *reload_poll(reload *r, bool asked);
void reload_free(reload *r);

#endif
