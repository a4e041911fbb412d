/* SPDX-License-Identifier: Apache-2.0 */
#include "compat.h"
#include "eval.h"
#include "index_run.h"
#include "profile.h"
#include "regex.h"

/* ---- Life ---- */

static bool make_room(saker_eval *ev)
{
    const skr_program *p = ev->p;
    ev->held = skr_zalloc(&ev->mem, p->slots.n * sizeof *ev->held);
    ev->known = skr_zalloc(&ev->mem, p->checks.n * sizeof *ev->known);
    ev->off = skr_zalloc(&ev->mem, p->rule_count * sizeof *ev->off);
    ev->hits = skr_zalloc(&ev->mem, p->rule_count * sizeof *ev->hits);
    ev->regex = p->regexes.n ? skr_regex_scratch_new(&ev->mem) : NULL;
    ev->seen = skr_zalloc(&ev->mem, p->most_entries * sizeof *ev->seen);
    ev->candidates = skr_zalloc(&ev->mem, p->most_entries * sizeof *ev->candidates);
    ev->found = skr_zalloc(&ev->mem, p->most_found * sizeof *ev->found);
    ev->sub_seen = skr_zalloc(&ev->mem, p->most_subs * sizeof *ev->sub_seen);
    ev->subs = skr_zalloc(&ev->mem, p->most_subs * sizeof *ev->subs);
    return ev->held && ev->known && ev->off && ev->hits && ev->seen && ev->candidates && ev->found && ev->sub_seen &&
           ev->subs && (ev->regex || !p->regexes.n);
}

saker_eval *skr_eval_new(skr_program *p)
{
    skr_mem mem;
    skr_mem_init(&mem, &p->mem.hook, p->max_memory);
    saker_eval *ev = skr_zalloc(&mem, sizeof *ev);
    if (!ev)
        return NULL;
    ev->mem = mem;
    ev->p = skr_program_ref(p);
    skr_arena_init(&ev->scratch, &ev->mem);
    skr_buf_init(&ev->text, &ev->mem);
    skr_buf_init(&ev->line, &ev->mem);
    ev->out.mem = &ev->mem;
    ev->out.arena = &ev->scratch;
    ev->out.utc_offset = p->utc_offset;
    ev->stats.size = sizeof ev->stats;
    if (make_room(ev))
        return ev;
    skr_eval_free(ev);
    return NULL;
}

void skr_eval_free(saker_eval *ev)
{
    if (!ev)
        return;
    skr_program *p = ev->p;
    skr_mem mem = ev->mem;
    skr_profile_free(ev);
    skr_regex_scratch_free(ev->regex);
    skr_free(&ev->mem, ev->held, p->slots.n * sizeof *ev->held);
    skr_free(&ev->mem, ev->known, p->checks.n * sizeof *ev->known);
    skr_free(&ev->mem, ev->seen, p->most_entries * sizeof *ev->seen);
    skr_free(&ev->mem, ev->candidates, p->most_entries * sizeof *ev->candidates);
    skr_free(&ev->mem, ev->found, p->most_found * sizeof *ev->found);
    skr_free(&ev->mem, ev->sub_seen, p->most_subs * sizeof *ev->sub_seen);
    skr_free(&ev->mem, ev->subs, p->most_subs * sizeof *ev->subs);
    skr_free(&ev->mem, ev->off, p->rule_count * sizeof *ev->off);
    skr_free(&ev->mem, ev->hits, p->rule_count * sizeof *ev->hits);
    skr_vec_free(&ev->mem, &ev->matches);
    skr_vec_free(&ev->mem, &ev->out.values);
    skr_buf_free(&ev->text);
    skr_buf_free(&ev->line);
    skr_arena_free(&ev->scratch);
    mem.used = ev->mem.used;
    skr_free(&mem, ev, sizeof *ev);
    skr_program_unref(p);
}

/* ---- One event ---- */

void skr_eval_begin(saker_eval *ev, const saker_event *event)
{
    ev->event = event;
    ev->out.event = event;
    ev->matches.n = 0;
    ev->outputs = NULL;
    skr_arena_reset(&ev->scratch);
    skr_eval_forget(ev);
}

/* Once in two thousand million events. */
static SKR_APART void start_anew(saker_eval *ev)
{
    memset(ev->held, 0, ev->p->slots.n * sizeof *ev->held);
    memset(ev->known, 0, ev->p->checks.n * sizeof *ev->known);
    memset(ev->seen, 0, ev->p->most_entries * sizeof *ev->seen);
    memset(ev->sub_seen, 0, ev->p->most_subs * sizeof *ev->sub_seen);
    if (ev->profile)
        memset(ev->profile->seen, 0, ev->p->checks.n * sizeof *ev->profile->seen);
    ev->epoch = 1;
}

void skr_eval_forget(saker_eval *ev)
{
    ev->out.values.n = 0;
    ev->epoch = (ev->epoch + 1) & (UINT32_MAX >> 1);
    if (SKR_UNLIKELY(ev->epoch == 0))
        start_anew(ev);
}

bool skr_eval_answer(saker_eval *ev, uint32_t check)
{
    bool answer = skr_check_run(ev, &ev->p->checks.v[check]);
    ev->known[check] = ev->epoch << 1 | answer;
    return answer;
}

bool skr_eval_ask_code(saker_eval *ev, const skr_code *code)
{
    uint32_t at = code->count ? 0 : SKR_TRUE;
    while (at < SKR_FALSE) {
        const skr_step *s = &code->steps[at];
        at = skr_eval_ask(ev, s->check) ? s->yes : s->no;
    }
    return at == SKR_TRUE;
}

bool skr_eval_add_match(saker_eval *ev, uint32_t rule)
{
    if (!skr_vec_push(&ev->mem, &ev->matches, rule)) {
        ev->stats.nomem++;
        return false;
    }
    ev->stats.matches++;
    ev->hits[rule]++;
    return true;
}

static SKR_APART const skr_space *find_space(saker_eval *ev, const saker_schema *schema)
{
    const skr_program *p = ev->p;
    for (uint32_t i = 0; i < p->space_count; i++)
        if (p->spaces[i].pub == schema)
            return ev->space = &p->spaces[i];
    return NULL;
}

/* Mostly that of the event before. */
static inline const skr_space *space_of(saker_eval *ev, const saker_schema *schema)
{
    return SKR_LIKELY(ev->space && ev->space->pub == schema) ? ev->space : find_space(ev, schema);
}

static inline const skr_class *class_of_kind(const skr_space *space, uint32_t kind)
{
    return &space->classes[kind < space->pub->kind_count ? space->class_of[kind] : 0];
}

static SKR_APART int run_naive(saker_eval *ev, const skr_space *space, const saker_event *event)
{
    const skr_program *p = ev->p;
    uint32_t index = (uint32_t)(space - p->spaces);
    skr_eval_begin(ev, event);
    for (uint32_t i = 0; i < p->rule_count; i++) {
        const skr_rule *r = &p->rules[i];
        if (r->space != index || ev->off[i])
            continue;
        ev->stats.candidates++;
        if (skr_naive_run(ev, r->plain) && !skr_eval_add_match(ev, i))
            return SAKER_ENOMEM;
        if (ev->matches.n && (p->flags & SAKER_FIRST_MATCH))
            break;
    }
    return (int)ev->matches.n;
}

/* Gives a rule of the class its full look. Positive: it matched. */
static int run_entry(saker_eval *ev, const skr_entry *e)
{
    if (ev->off[e->rule])
        return 0;
    ev->stats.candidates++;
    if (!skr_eval_ask_code(ev, &ev->p->codes[e->code]))
        return 0;
    return skr_eval_add_match(ev, e->rule) ? 1 : SAKER_ENOMEM;
}

static int run_class(saker_eval *ev, const skr_class *class)
{
    const bool first = ev->p->flags & SAKER_FIRST_MATCH;
    uint32_t count = class->count;
    const uint32_t *entries = NULL;
    if (class->index) {
        skr_index_find(ev, class->index, &count);
        entries = ev->candidates;
    }
    for (uint32_t i = 0; i < count; i++) {
        int matched = run_entry(ev, &class->entries[entries ? entries[i] : i]);
        if (matched < 0)
            return matched;
        if (matched && first)
            break;
    }
    return (int)ev->matches.n;
}

static SKR_APART int run_event(saker_eval *ev, const skr_class *class, const saker_event *event)
{
    skr_eval_begin(ev, event);
    return SKR_UNLIKELY(ev->profile != NULL) ? skr_profile_run(ev, class) : run_class(ev, class);
}

/* Most events are of kinds that no rule asks for: they get no further than this. */
int skr_eval_run(saker_eval *ev, const saker_event *event)
{
    ev->matches.n = 0;
    const skr_space *space = space_of(ev, event->schema);
    if (SKR_UNLIKELY(!space))
        return SAKER_EINVAL;
    ev->stats.events++;
    if (SKR_UNLIKELY(ev->p->flags & SAKER_NAIVE))
        return run_naive(ev, space, event);
    const skr_class *class = class_of_kind(space, event->kind);
    return class->count ? run_event(ev, class, event) : 0;
}
