/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that the language layer finds in a text -> diagnostics with a place in a file, and Falco's context. */
#include "compile.h"

enum { MAX_NOTES = 8, MAX_STEPS = 100000, ISSUE_COST = 128 };

static const skr_code codes[] = {
#define SKR_ISSUE(id, severity, name, doc) [SKR_ISSUE_##id] = SKR_D_##id,
#include "issues.def"
#undef SKR_ISSUE
};

/* ---- Falco's view ---- */

/* Falco gives faults of literals and operators the place of their comparison. */
static skr_pos falco_pos(const skr_issue_sink *k, const skr_issue *issue)
{
    if (issue->falco_pos.line)
        return issue->falco_pos;
    bool of_field = issue->kind == SKR_ISSUE_UNKNOWN_FIELD || issue->kind == SKR_ISSUE_REMOVED_FIELD;
    return k->phase == SKR_PHASE_CHECK && issue->node && !issue->warning && !of_field ? issue->node->pos : issue->pos;
}

static skr_context context_of(const skr_issue_sink *k, const skr_issue *issue, const skr_ctext *origin)
{
    const skr_context h = skr_head_context(k->s->head);
    if (k->phase == SKR_PHASE_OUTPUT)
        return skr_context_add(&h, SKR_LOC_RULE_OUTPUT, (skr_str){ "", 0 }, k->s->rule->output_place);
    skr_context c = skr_context_add(&h, k->s->is_macro ? SKR_LOC_MACRO_CONDITION : SKR_LOC_RULE_CONDITION,
                                    (skr_str){ "", 0 }, k->s->condition_place);
    skr_issue at = *issue;
    at.pos = falco_pos(k, issue);
    if (issue->kind == SKR_ISSUE_DEPRECATED_FIELD || issue->kind == SKR_ISSUE_UNSAFE_NA)
        at.pos = (skr_pos){ 0, 0, 0 };
    return skr_context_full(k->l, &c, k->s->unit->text, origin, &at);
}

/* `skip-if-unknown-filter` forgives these, by their words (rules.md 9). */
static bool is_forgiven(const skr_issue_sink *k, const char *falco)
{
    const skr_rule *r = k->s->rule;
    if (!falco || !r || k->phase == SKR_PHASE_PARSE ||
        !(r->skip_unknown || (k->l->options->flags & SAKER_SKIP_UNKNOWN)))
        return false;
    if (k->phase == SKR_PHASE_OUTPUT)
        return strstr(falco, "unknown filter:") || strstr(falco, "invalid formatting token");
    return strstr(falco, "nonexistent field") || strstr(falco, "unknown event type");
}

/* ---- Notes: how the fault came into the rule ---- */

typedef struct step {
    const skr_unit *unit;
    size_t next;
} step;

/* The references that lead from a unit to the macro with this text. */
typedef struct trail {
    skr_loader *l;
    SKR_VEC(step) path;
} trail;

static bool find_trail(trail *t, const skr_unit *from, const skr_text *origin)
{
    skr_loader *l = t->l;
    size_t steps = 0;
    l->search_serial++;
    if (!skr_vec_push(l->mem, &t->path, ((step){ from, 0 })))
        return skr_loader_lost(l);
    while (t->path.n) {
        step *s = &t->path.v[t->path.n - 1];
        if (s->unit->text && &s->unit->text->base == origin)
            return true;
        if (s->next >= s->unit->refs.n || ++steps > MAX_STEPS) {
            t->path.n--;
            continue;
        }
        size_t m = s->unit->refs.v[s->next++].macro;
        skr_unit *u = m == SIZE_MAX ? NULL : &l->macros.v[m].unit;
        if (!u || u->marked == l->search_serial)
            continue;
        u->marked = l->search_serial;
        if (!skr_vec_push(l->mem, &t->path, ((step){ u, 0 })))
            return skr_loader_lost(l);
    }
    return false;
}

static void note_macros(const skr_issue_sink *k, const skr_text *origin, size_t index)
{
    trail t = { .l = k->l };
    if (find_trail(&t, k->s->unit, origin)) {
        size_t n = t.path.n - 1; /* steps to the macro, innermost last */
        for (size_t i = 0; i < n && i < MAX_NOTES; i++) {
            const skr_unit *u = t.path.v[n - 1 - i].unit;
            const skr_node *ref = u->refs.v[t.path.v[n - 1 - i].next - 1].node;
            skr_diag d = { .code = SKR_D_EXPANDED_FROM, .span = skr_ctext_span(u->text, ref->pos.idx, ref->len) };
            d.message = skr_say(&k->l->diags, "expanded from macro '%.*s' here", SKR_S(ref->name));
            skr_diags_note(&k->l->diags, index, &d);
        }
    }
    skr_vec_free(k->l->mem, &t.path);
}

static const skr_unit *unit_of(const skr_issue_sink *k, const skr_text *origin)
{
    if (k->s->unit->text && &k->s->unit->text->base == origin)
        return k->s->unit;
    size_t i = origin->is_macro ? skr_map_get(&k->l->macro_names, skr_str_of(origin->item)) : SIZE_MAX;
    return i == SIZE_MAX ? NULL : &k->l->macros.v[i].unit;
}

/* Where the list that byte `idx` of a text came from is used, or, if that is not known, where it is first; src NULL: it
 * came from no list. */
static skr_span list_use(const skr_issue_sink *k, const skr_ctext *t, size_t idx)
{
    uint32_t list = skr_ctext_list(t, idx);
    const skr_unit *u = list ? unit_of(k, &t->base) : NULL;
    skr_span use = { NULL, 0, 0 };
    for (size_t i = 0; u && i < u->lists.n; i++) {
        if (u->lists.v[i].list == list - 1)
            use = u->lists.v[i].span;
    }
    skr_span here = use.src ? skr_ctext_name(t, idx, k->l->lists.v[list - 1].head.name) : use;
    return here.src ? here : use;
}

static void note_list(const skr_issue_sink *k, uint32_t list, const char *what, skr_span span, size_t index)
{
    skr_diag d = { .code = SKR_D_LIST_USED, .span = span };
    d.message = skr_say(&k->l->diags, "list '%.*s' %s here", SKR_S(k->l->lists.v[list - 1].head.name), what);
    skr_diags_note(&k->l->diags, index, &d);
}

/* ---- The sink ---- */

static const char *copy_text(skr_loader *l, const char *s)
{
    return s ? skr_loader_name(l, skr_str_of(s)) : NULL;
}

/* The item of a list that a fault of a shared literal is about. */
static const skr_part *item_of(const skr_loader *l, const skr_issue *issue)
{
    return &l->lists.v[issue->shared->list].items.v[issue->shared->first + issue->shared_item];
}

/* A hint about a list's name that was meant as a list. */
static const char *list_hint(const skr_issue_sink *k, const skr_issue *issue, const skr_ctext *t)
{
    if (issue->kind != SKR_ISSUE_UNKNOWN_KIND || issue->pos.idx + issue->len > t->base.text.len)
        return NULL;
    skr_str word = issue->shared ? skr_part_text(*item_of(k->l, issue))
                                 : skr_str_cut(t->base.text, issue->pos.idx, issue->pos.idx + issue->len);
    skr_near n = skr_near_init(word);
    for (size_t i = 0; i < k->l->lists.n && skr_near_more(k->l); i++)
        skr_near_try(&n, k->l->lists.v[i].head.name);
    if (skr_map_get(&k->l->list_names, word) != SIZE_MAX)
        return skr_say(&k->l->diags, "'%.*s' is a list, but lists in lists are replaced one level deep only",
                       SKR_S(word));
    return n.best.len ? skr_say(&k->l->diags, "did you mean the list '%.*s'?", SKR_S(n.best)) : NULL;
}

static void fill_falco(const skr_issue_sink *k, const skr_issue *issue, skr_diag *d)
{
    d->falco = copy_text(k->l, issue->falco);
    if (k->phase == SKR_PHASE_OUTPUT && d->severity == SAKER_DIAG_ERROR)
        d->falco_code = "LOAD_ERR_COMPILE_OUTPUT";
    else if (d->severity == SAKER_DIAG_ERROR)
        d->falco_code = "LOAD_ERR_COMPILE_CONDITION";
    if (d->falco && issue->kind == SKR_ISSUE_DEPRECATED_FIELD && issue->node == NULL)
        d->falco_code = "LOAD_DEPRECATED_ITEM";
}

static void report(void *ctx, const skr_issue *issue)
{
    skr_issue_sink *k = ctx;
    skr_loader *l = k->l;
    skr_rule *r = k->s->rule;
    if (r && r->skipped)
        return;
    l->expanded += ISSUE_COST; /* so that one macro does not have as much said for each of thousands of rules */
    if (issue->warning && l->diags.silent)
        return;
    const skr_text *origin = issue->origin ? issue->origin : &k->text->base;
    const skr_ctext *t = origin->map ? origin->map : k->text;
    size_t idx = issue->pos.idx <= t->base.text.len ? issue->pos.idx : t->base.text.len;
    skr_diag d = { .code = codes[issue->kind], .item = k->s->head->name };
    d.severity = issue->warning ? SAKER_DIAG_WARNING : SAKER_DIAG_ERROR;
    d.span = issue->shared ? skr_part_span(*item_of(l, issue)) : skr_ctext_span(t, idx, issue->len);
    skr_span item = d.span;
    const skr_span use = list_use(k, t, idx);
    bool between = use.src && issue->kind == SKR_ISSUE_SYNTAX && idx < t->base.text.len && t->base.text.ptr[idx] == ',';
    if (between) /* the items are right, the place where they come to stand is not */
        d.span = use;
    d.message = copy_text(l, issue->message ? issue->message : issue->falco);
    const char *hint = list_hint(k, issue, t);
    d.hint = hint ? hint : copy_text(l, issue->hint);
    fill_falco(k, issue, &d);
    if (issue->kind == SKR_ISSUE_DEPRECATED_FIELD && idx + issue->len <= t->base.text.len)
        d.deprecated = skr_loader_name(l, skr_str_cut(t->base.text, idx, idx + issue->len));
    bool first = r && !r->unit.failed;
    if (d.severity == SAKER_DIAG_ERROR && first && is_forgiven(k, issue->falco)) {
        d.code = SKR_D_SKIPPED_RULE;
        d.severity = SAKER_DIAG_WARNING;
        d.falco_code = NULL;
        d.message = skr_say(&l->diags, "rule '%.*s' is skipped: %s", SKR_S(r->head.name), d.message ? d.message : "");
        r->skipped = true;
    } else if (d.severity == SAKER_DIAG_ERROR && r) {
        r->unit.failed = true;
    }
    skr_context c = context_of(k, issue, t);
    d.context = &c;
    size_t index = skr_loader_report_noted(l, &d);
    if (index == SIZE_MAX)
        return;
    if (use.src)
        note_list(k, skr_ctext_list(t, idx), between ? "has its items" : "is used", between ? item : use, index);
    if (k->phase == SKR_PHASE_CHECK && origin != &k->s->unit->text->base)
        note_macros(k, origin, index);
}

skr_sink skr_issues(skr_issue_sink *k)
{
    return (skr_sink){ report, k };
}

void skr_warn_container_info(skr_loader *l, const skr_rule *r, skr_span span)
{
    skr_diag d = { .code = SKR_D_CONTAINER_INFO, .severity = SAKER_DIAG_WARNING, .span = span, .item = r->head.name };
    d.message = "'%container.info' means nothing any more and is taken out of the output";
    d.hint = "write the fields that you want, like '%container.id %container.name'";
    d.falco = "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container "
              "plugin will automatically add required fields to the output message.";
    skr_context c = skr_head_context(&r->head);
    c = skr_context_add(&c, SKR_LOC_RULE_OUTPUT, (skr_str){ "", 0 }, r->output_place);
    d.context = &c;
    skr_loader_report(l, &d);
}
