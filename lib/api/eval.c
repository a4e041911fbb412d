/* SPDX-License-Identifier: Apache-2.0 */
#include "alert.h"
#include "handles.h"

saker_eval *saker_eval_new(saker_ruleset *rs)
{
    return rs ? skr_eval_new(skr_program_of(rs)) : NULL;
}

void saker_eval_free(saker_eval *ev)
{
    skr_eval_free(ev);
}

int saker_eval_run(saker_eval *ev, const saker_event *event)
{
    if (!ev)
        return SAKER_ENOMEM;
    return event && event->schema ? skr_eval_run(ev, event) : SAKER_EINVAL;
}

int saker_eval_enable(saker_eval *ev, size_t rule, bool enabled)
{
    if (!ev)
        return SAKER_ENOMEM;
    if (rule >= skr_program_count(ev->p))
        return SAKER_EINVAL;
    ev->off[rule] = !enabled;
    return 0;
}

int saker_eval_get_stats(const saker_eval *ev, saker_eval_stats *stats)
{
    if (!ev)
        return SAKER_ENOMEM;
    if (!stats || stats->size < sizeof stats->size)
        return SAKER_EINVAL;
    const size_t size = stats->size;
    memset(stats, 0, size);
    memcpy(stats, &ev->stats, size < sizeof *stats ? size : sizeof *stats);
    stats->size = size;
    return 0;
}

uint64_t saker_eval_rule_matches(const saker_eval *ev, size_t rule)
{
    return ev && rule < skr_program_count(ev->p) ? ev->hits[rule] : 0;
}

static bool is_match(const saker_eval *ev, int i)
{
    return ev && i >= 0 && (size_t)i < ev->matches.n;
}

const saker_rule *saker_match_rule(const saker_eval *ev, int i)
{
    return is_match(ev, i) ? skr_program_rule_at(ev->p, ev->matches.v[i]) : NULL;
}

size_t saker_match_index(const saker_eval *ev, int i)
{
    return is_match(ev, i) ? ev->matches.v[i] : 0;
}

const char *saker_match_output(saker_eval *ev, int i)
{
    return is_match(ev, i) ? skr_match_output(ev, (size_t)i) : NULL;
}

const char *saker_match_alert(saker_eval *ev, int i, const saker_alert_options *options)
{
    return is_match(ev, i) ? skr_match_alert(ev, (size_t)i, options) : NULL;
}

const char *saker_match_json(saker_eval *ev, int i, const saker_alert_options *options)
{
    return is_match(ev, i) ? skr_match_json(ev, (size_t)i, options) : NULL;
}

const saker_named *saker_match_fields(saker_eval *ev, int i, size_t *count)
{
    return is_match(ev, i) && count ? skr_match_fields(ev, (size_t)i, count) : NULL;
}
