/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of an output, and the bounded queue in front of it. */
#ifndef SAKER_OUTPUT_WORKER_H
#define SAKER_OUTPUT_WORKER_H

#include "output.h"

typedef struct worker worker;

/* Starts the thread; NULL if that fails (then `o` is still the caller's). */
worker *worker_start(output *o, size_t capacity, bool wait);

/* Copies the line. False: memory ran out. A full queue makes it wait, or counts the line as dropped. */
bool worker_put(worker *w, const alert_line *line);

/* Before the next line, forget what is open. Async-signal-safe. */
void worker_reopen(worker *w);

void worker_stats(worker *w, output_stats *stats);

/* Says what the output has complained about, and losses, since the last call. */
void worker_report(worker *w);

/* Waits for the queue to empty until `deadline`. */
void worker_drain(worker *w, uint64_t deadline);

/* Waits for the queue to empty until `deadline` (monotonic ns), then gives up; frees. Returns how many lines were not
 * written over all its life. */
uint64_t worker_stop(worker *w, uint64_t deadline);

uint64_t monotonic_ns(void);

#endif
