/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

int saker_eval_profile(saker_eval *ev, saker_clock_fn *clock, void *ctx)
{
    if (!ev)
        return SAKER_ENOMEM;
    if (ev->p->flags & SAKER_NAIVE)
        return SAKER_EINVAL;
    skr_profile_free(ev);
    return skr_profile_new(ev, clock, ctx) ? SAKER_OK : SAKER_ENOMEM;
}

/* Copies as much of `from` as the caller's struct, whose size stands in front, has room for. */
static int give(void *to, const void *from, size_t size)
{
    size_t room;
    if (!to)
        return SAKER_EINVAL;
    memcpy(&room, to, sizeof room);
    if (room < sizeof room)
        return SAKER_EINVAL;
    memset(to, 0, room);
    memcpy(to, from, room < size ? room : size);
    memcpy(to, &room, sizeof room);
    return SAKER_OK;
}

static const skr_profile *profile_of(const saker_eval *ev)
{
    return ev ? ev->profile : NULL;
}

int saker_eval_profile_total(const saker_eval *ev, saker_profile_total *total)
{
    const skr_profile *pr = profile_of(ev);
    if (!pr)
        return ev ? SAKER_EINVAL : SAKER_ENOMEM;
    const saker_profile_total t = {
        sizeof t,       pr->events, pr->timed, skr_profile_scale(pr, pr->find_ns), skr_profile_scale(pr, pr->look_ns),
        ev->p->checks.n
    };
    return give(total, &t, sizeof t);
}

int saker_eval_profile_rule(const saker_eval *ev, size_t rule, saker_profile_rule *out)
{
    const skr_profile *pr = profile_of(ev);
    if (!pr || rule >= ev->p->rule_count)
        return ev ? SAKER_EINVAL : SAKER_ENOMEM;
    const skr_cost *c = &pr->rules[rule];
    const saker_profile_rule r = { sizeof r, c->asked, c->runs, c->yes, skr_profile_scale(pr, c->ns) };
    return give(out, &r, sizeof r);
}

int saker_eval_profile_check(const saker_eval *ev, size_t check, saker_profile_check *out)
{
    const skr_profile *pr = profile_of(ev);
    if (!pr || check >= ev->p->checks.n)
        return ev ? SAKER_EINVAL : SAKER_ENOMEM;
    const skr_cost *c = &pr->checks[check];
    const skr_use *u = &pr->uses[check];
    const saker_profile_check r = { sizeof r, c->asked, c->runs, c->yes, skr_profile_scale(pr, c->ns),
                                    u->rules, u->first };
    return give(out, &r, sizeof r);
}

int saker_eval_profile_print(const saker_eval *ev, size_t check, FILE *stream)
{
    const skr_profile *pr = profile_of(ev);
    if (!pr || !stream || check >= ev->p->checks.n)
        return ev ? SAKER_EINVAL : SAKER_ENOMEM;
    return skr_check_print(stream, ev->p, (uint32_t)check);
}
