/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"
#include "index_run.h"

enum { TIMED = 16, /* one event of so many */ CLOCK_TRIES = 64 };

/* ---- Life ---- */

static void use_check(skr_profile *pr, uint32_t check, uint32_t rule)
{
    skr_use *u = &pr->uses[check];
    if (pr->seen[check] == rule + 1)
        return;
    pr->seen[check] = rule + 1;
    if (u->rules++ == 0)
        u->first = rule;
}

/* Which rules have each check, on whatever kind of event: a rule counts once, in however many lists it is. Lists are in
 * the order of the rules, so one place in each follows the rules. */
static bool find_uses(skr_mem *mem, const skr_program *p, const skr_space *space, skr_profile *pr)
{
    uint32_t *at = skr_zalloc(mem, space->class_count * sizeof *at);
    for (uint32_t r = 0; at && r < p->rule_count; r++)
        for (uint32_t c = 0; c < space->class_count; c++) {
            const skr_class *class = &space->classes[c];
            if (at[c] == class->count || class->entries[at[c]].rule != r)
                continue;
            const skr_code *code = &p->codes[class->entries[at[c]++].code];
            for (uint32_t k = 0; k < code->count; k++)
                use_check(pr, code->steps[k].check, r);
        }
    skr_free(mem, at, space->class_count * sizeof *at);
    return at != NULL;
}

static void find_clock_cost(skr_profile *pr)
{
    pr->clock_ns = UINT64_MAX;
    for (int i = 0; pr->clock && i < CLOCK_TRIES; i++) {
        const uint64_t from = pr->clock(pr->ctx), spent = pr->clock(pr->ctx) - from;
        pr->clock_ns = spent < pr->clock_ns ? spent : pr->clock_ns;
    }
}

skr_profile *skr_profile_new(saker_eval *ev, saker_clock_fn *clock, void *ctx)
{
    const skr_program *p = ev->p;
    skr_profile *pr = skr_zalloc(&ev->mem, sizeof *pr);
    if (!pr)
        return NULL;
    ev->profile = pr;
    pr->clock = clock;
    pr->ctx = ctx;
    pr->random = 1;
    pr->rules = skr_zalloc(&ev->mem, p->rule_count * sizeof *pr->rules);
    pr->checks = skr_zalloc(&ev->mem, p->checks.n * sizeof *pr->checks);
    pr->seen = skr_zalloc(&ev->mem, p->checks.n * sizeof *pr->seen);
    pr->uses = skr_zalloc(&ev->mem, p->checks.n * sizeof *pr->uses);
    bool ok = pr->rules && pr->checks && pr->seen && pr->uses;
    for (uint32_t s = 0; ok && s < p->space_count; s++)
        ok = find_uses(&ev->mem, p, &p->spaces[s], pr);
    if (!ok) {
        skr_profile_free(ev);
        return NULL;
    }
    memset(pr->seen, 0, p->checks.n * sizeof *pr->seen);
    find_clock_cost(pr);
    return pr;
}

void skr_profile_free(saker_eval *ev)
{
    skr_profile *pr = ev->profile;
    if (!pr)
        return;
    skr_free(&ev->mem, pr->rules, ev->p->rule_count * sizeof *pr->rules);
    skr_free(&ev->mem, pr->checks, ev->p->checks.n * sizeof *pr->checks);
    skr_free(&ev->mem, pr->seen, ev->p->checks.n * sizeof *pr->seen);
    skr_free(&ev->mem, pr->uses, ev->p->checks.n * sizeof *pr->uses);
    skr_free(&ev->mem, pr, sizeof *pr);
    ev->profile = NULL;
}

/* ---- Time ---- */

static bool is_timed(skr_profile *pr)
{
    pr->random = pr->random * 1664525 + 1013904223;
    return pr->clock && (pr->random >> 16) % TIMED == 0;
}

static uint64_t now(const skr_profile *pr)
{
    return pr->on ? pr->clock(pr->ctx) : 0;
}

static uint64_t since(const skr_profile *pr, uint64_t from)
{
    const uint64_t spent = now(pr) - from;
    return pr->on && spent > pr->clock_ns ? spent - pr->clock_ns : 0;
}

uint64_t skr_profile_scale(const skr_profile *pr, uint64_t ns)
{
    return pr->timed ? (uint64_t)((double)ns * (double)pr->events / (double)pr->timed) : 0;
}

/* ---- Events ---- */

static void count_run(skr_profile *pr, uint32_t check, bool answer, uint64_t ns)
{
    skr_cost *c = &pr->checks[check];
    c->runs++;
    c->yes += answer;
    c->ns += ns;
}

/* Answers a check. *fresh: it was not known before. */
static bool ask(saker_eval *ev, uint32_t check, bool *fresh)
{
    skr_profile *pr = ev->profile;
    pr->checks[check].asked++;
    *fresh = ev->known[check] >> 1 != ev->epoch;
    if (!*fresh)
        return ev->known[check] & 1;
    const uint64_t from = now(pr);
    const bool answer = skr_eval_answer(ev, check);
    count_run(pr, check, answer, since(pr, from));
    pr->seen[check] = ev->epoch;
    return answer;
}

static bool run_code(saker_eval *ev, const skr_code *code, uint64_t *runs)
{
    uint32_t at = code->count ? 0 : SKR_TRUE;
    while (at < SKR_FALSE) {
        const skr_step *s = &code->steps[at];
        bool fresh;
        at = ask(ev, s->check, &fresh) ? s->yes : s->no;
        *runs += fresh;
    }
    return at == SKR_TRUE;
}

/* Asks the gates of an index, so that they are known when the index is asked. */
static void ask_gates(saker_eval *ev, const skr_index *ix)
{
    const uint64_t checks = ev->stats.checks;
    for (uint32_t at = ix->root; !(at & SKR_LEAF);) {
        const skr_gate *g = &ix->gates[at];
        bool is, fresh;
        uint64_t runs = 0;
        is = g->check != SKR_NO_ID ? ask(ev, g->check, &fresh) : run_code(ev, &ev->p->codes[g->code], &runs);
        at = is ? g->yes : g->no;
    }
    ev->stats.gates += ev->stats.checks - checks;
    ev->stats.checks = checks;
}

/* Counts checks that an index which follows from the first has made on its own. */
static void count_known(saker_eval *ev, uint32_t check)
{
    skr_profile *pr = ev->profile;
    if (ev->known[check] >> 1 != ev->epoch || pr->seen[check] == ev->epoch)
        return;
    pr->seen[check] = ev->epoch;
    pr->checks[check].asked++;
    count_run(pr, check, ev->known[check] & 1, 0);
}

static void count_gates(saker_eval *ev, const skr_index *ix)
{
    for (uint32_t i = 0; i < ix->gate_count; i++) {
        const skr_gate *g = &ix->gates[i];
        const skr_code *code = g->check == SKR_NO_ID ? &ev->p->codes[g->code] : NULL;
        if (g->check != SKR_NO_ID)
            count_known(ev, g->check);
        for (uint32_t k = 0; code && k < code->count; k++)
            count_known(ev, code->steps[k].check);
    }
}

/* Candidates, as skr_index_find(). */
static void find(saker_eval *ev, const skr_index *ix, uint32_t *count)
{
    ask_gates(ev, ix);
    skr_index_find(ev, ix, count);
    for (uint32_t i = 0; i < ix->sub_count; i++)
        if (ev->sub_seen[i] == ev->epoch)
            count_gates(ev, ix->subs[i]);
}

/* Gives a rule its full look. Positive: it matched. */
static int look(saker_eval *ev, const skr_entry *e)
{
    skr_profile *pr = ev->profile;
    skr_cost *cost = &pr->rules[e->rule];
    if (ev->off[e->rule])
        return 0;
    const uint64_t from = now(pr);
    ev->stats.candidates++;
    cost->asked++;
    const bool is = run_code(ev, &ev->p->codes[e->code], &cost->runs);
    const uint64_t spent = since(pr, from);
    cost->ns += spent;
    pr->look_ns += spent;
    cost->yes += is;
    if (!is)
        return 0;
    return skr_eval_add_match(ev, e->rule) ? 1 : SAKER_ENOMEM;
}

int skr_profile_run(saker_eval *ev, const skr_class *class)
{
    skr_profile *pr = ev->profile;
    const bool first = ev->p->flags & SAKER_FIRST_MATCH;
    uint32_t count = class->count;
    pr->on = is_timed(pr);
    pr->events++;
    pr->timed += pr->on;
    const uint64_t from = now(pr);
    if (class->index)
        find(ev, class->index, &count);
    pr->find_ns += since(pr, from);
    for (uint32_t i = 0; i < count; i++) {
        int matched = look(ev, &class->entries[class->index ? ev->candidates[i] : i]);
        if (matched < 0)
            return matched;
        if (matched && first)
            break;
    }
    return (int)ev->matches.n;
}
