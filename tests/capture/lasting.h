/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that an event has wherever it stands: in a capture, or in a recording of some of its events. */
#ifndef LASTING_H
#define LASTING_H

#include <saker/syscall.h>

/* A format of all that can stand without an argument, and some with, a line for each; how many there are in *count.
 * NULL: it does not compile, as is said on standard error. */
saker_format *lasting_fields(size_t *count);

#endif
