/* SPDX-License-Identifier: Apache-2.0 */
/* Public handles that are objects of the language layer. */
#ifndef SKR_HANDLES_H
#define SKR_HANDLES_H

#include "program.h"

/* saker_ruleset has no members of its own: it is the public name of skr_program. */
static inline skr_program *skr_program_of(saker_ruleset *rs)
{
    return (skr_program *)rs;
}
static inline const skr_program *skr_program_of_const(const saker_ruleset *rs)
{
    return (const skr_program *)rs;
}
static inline saker_ruleset *skr_ruleset_of(skr_program *p)
{
    return (saker_ruleset *)p;
}

#endif
