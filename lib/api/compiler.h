/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's handle, for the files of this directory. */
#ifndef SKR_API_COMPILER_H
#define SKR_API_COMPILER_H

#include "view.h"

#include <saker/rules.h>

typedef struct selection {
    saker_select by;
    skr_str pattern;
    bool enabled;
} selection;

struct saker_compiler {
    skr_mem mem;
    skr_arena arena;
    saker_options options;
    skr_loader loader;
    skr_view view_storage, *view; /* brought up to date when looked at, also through a const compiler */
    SKR_VEC(selection) selections;
    skr_buf json; /* the last text given out */
    int status;   /* the first failure of a call that was no diagnostic and not ENOMEM */
    bool nomem;
};

/* Does the rule take part, after all selections and the least priority? */
bool compiler_takes(const saker_compiler *c, const skr_rule *r);

#endif
