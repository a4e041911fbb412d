/* SPDX-License-Identifier: Apache-2.0 */
/* A table of calls and of the events that must come of them. */
#ifndef LIVE_ACTIONS_H
#define LIVE_ACTIONS_H

#include <stdbool.h>

typedef struct action {
    void (*run)(void);   /* NULL: done by the one before */
    const char *event;   /* "CHILD": nothing of the thread itself is asked for; "?name": if the kernel has such a call;
                            "!name": by the dispatcher only; "+name", "-name": with and
                          * without entries of calls only */
    const char *pattern; /* evt.args, with `*` for any text */
} action;

extern const action actions[];
extern const unsigned action_count;
extern const char *const child_lines[]; /* "name args" patterns */
extern const unsigned child_line_count;

void actions_run(void);
bool actions_have_gate(void); /* does the machine take 32-bit calls? */

#endif
