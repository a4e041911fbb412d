/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps a live capture from working, in the words of saker_live_doctor(). */
#ifndef SKR_DOCTOR_H
#define SKR_DOCTOR_H

#include <saker/live.h>

/* The first thing that is fatal, as "text: hint" into `out`; false: none was found. */
bool skr_doctor_complaint(const saker_live_options *options, char *out, size_t size);

#endif
