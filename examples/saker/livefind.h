/* SPDX-License-Identifier: Apache-2.0 */
/* What `saker doctor` and the live source share; only where there is libsaker-live. */
#ifndef SAKER_LIVEFIND_H
#define SAKER_LIVEFIND_H

#include "livesrc.h"

#include <saker/live.h>

const char *finding_word(saker_finding_state state);
tone finding_tone(saker_finding_state state);
void live_fill_options(saker_live_options *o, const live_args *a, const saker_ruleset *wants);

#endif
