/* SPDX-License-Identifier: Apache-2.0 */
/* A few events of system calls, made once, for harnesses that only need some: each in a world of its own. */
#ifndef FUZZ_EVENTS_H
#define FUZZ_EVENTS_H

#include <saker/syscall.h>

enum { SOME_EVENTS = 7 };

const saker_event *some_events(void);

#endif
