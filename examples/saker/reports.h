/* SPDX-License-Identifier: Apache-2.0 */
/* Forms in which `saker check` prints diagnostics for other programs. */
#ifndef SAKER_REPORTS_H
#define SAKER_REPORTS_H

#include "cmd.h"

/* Workflow commands of GitHub Actions: annotations in a code review. */
void report_github(const saker_compiler *c);

/* One SARIF 2.1.0 document. */
void report_sarif(const saker_compiler *c);

#endif
