/* SPDX-License-Identifier: Apache-2.0 */
/* Matches as text and JSON (rules.md 12). All results live until the next run of the eval; NULL: out of memory. */
#ifndef SKR_ALERT_H
#define SKR_ALERT_H

#include "format.h"

const char *skr_match_output(saker_eval *ev, size_t i);
const char *skr_match_alert(saker_eval *ev, size_t i, const saker_alert_options *options);
const char *skr_match_json(saker_eval *ev, size_t i, const saker_alert_options *options);
const saker_named *skr_match_fields(saker_eval *ev, size_t i, size_t *count);

#endif
