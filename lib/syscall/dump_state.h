/* SPDX-License-Identifier: Apache-2.0 */
/* The state engine's tables in the form of a capture's lists, so that a reader of it starts from the same state. */
#ifndef SKR_DUMP_STATE_H
#define SKR_DUMP_STATE_H

#include "dump_tree.h"
#include "scap_write.h"
#include "state.h"

enum { SKR_DUMP_STATE_ONLY = 1 }; /* dump flag: the event changes state but rules do not see it */

/* `tree` may be NULL; else only what is of its processes, or what they refer to. */

/* A section header and everything that the state holds. What has no list (containers, their users) becomes an event of
 * time `ts`. Failure sticks to the writer. */
void skr_dump_state(skr_scap_writer *w, skr_mem *mem, const skr_state *s, const skr_dump_tree *tree, uint64_t ts);
/* The last so many users and containers that were added, as events. */
void skr_dump_added(skr_scap_writer *w, skr_mem *mem, const skr_state *s, const skr_dump_tree *tree, uint64_t users,
                    uint64_t containers, uint64_t ts);
/* A user or group of the machine (NULL: nothing), a container with its users. */
void skr_dump_user(skr_scap_writer *w, skr_mem *mem, bool group, const skr_user *u, uint64_t ts);
void skr_dump_container(skr_scap_writer *w, skr_mem *mem, const skr_state *s, skr_str id, uint64_t ts);

/* The payload of a container event. */
SKR_SHARED void skr_container_print(skr_buf *b, const skr_container *c);

#endif
