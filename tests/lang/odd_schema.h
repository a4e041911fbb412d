/* SPDX-License-Identifier: Apache-2.0 */
/* A schema with a field of every sort: t.name, t.args (a list), t.kin (ancestors), t.ips (two ends), t.dyn.X (any kind)
 * and so on. What a field gives is a hash of its name and of the event's data, which is a uint64_t. */
#ifndef ODD_SCHEMA_H
#define ODD_SCHEMA_H

#include <saker/saker.h>

enum { ODD_KINDS = 6 }; /* open, close, read, one of no fixed name, open again, write */

extern const saker_schema odd_schema;

#endif
