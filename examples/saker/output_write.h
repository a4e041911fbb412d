/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to a descriptor, whole lines only. */
#ifndef SAKER_OUTPUT_WRITE_H
#define SAKER_OUTPUT_WRITE_H

#include "output.h"

/* Writes the line and a newline, from byte `*done` on, which it moves: after an error the rest can be written later.
 * On a descriptor that does not block it waits for room, but not beyond the output's end. 0, or -1 with errno. */
int write_line(const output *o, int fd, const alert_line *line, size_t *done);

#endif
