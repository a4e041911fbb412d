/* SPDX-License-Identifier: Apache-2.0 */
/* What `saker doctor` and the live source share. */
#ifndef SAKER_LIVEFIND_H
#define SAKER_LIVEFIND_H

#include "livesrc.h"

#include <saker/live.h>

const char *finding_word(saker_finding_state state);
tone finding_tone(saker_finding_state state);

/* What saker_live_doctor() finds for a source as `watch` opens it. */
int live_examine(const live_args *a, bool trial, saker_finding_fn *fn, void *ctx);

#endif
