/* SPDX-License-Identifier: Apache-2.0 */
/* A ruleset is the language layer's program under its public name. */
#include "handles.h"

saker_ruleset *saker_ruleset_ref(saker_ruleset *rs)
{
    skr_program_ref(skr_program_of(rs));
    return rs;
}

void saker_ruleset_unref(saker_ruleset *rs)
{
    skr_program_unref(skr_program_of(rs));
}

size_t saker_ruleset_count(const saker_ruleset *rs)
{
    return rs ? skr_program_count(skr_program_of_const(rs)) : 0;
}

const saker_rule *saker_ruleset_rule(const saker_ruleset *rs, size_t i)
{
    return rs ? skr_program_rule_at(skr_program_of_const(rs), i) : NULL;
}

bool saker_ruleset_wants(const saker_ruleset *rs, const saker_schema *schema, uint32_t kind)
{
    return rs && schema && skr_program_wants(skr_program_of_const(rs), schema, kind);
}

int saker_ruleset_dump(const saker_ruleset *rs, size_t i, FILE *stream)
{
    if (!rs)
        return SAKER_ENOMEM;
    return stream ? skr_program_dump(skr_program_of_const(rs), i, stream) : SAKER_EINVAL;
}
