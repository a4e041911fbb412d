/* SPDX-License-Identifier: Apache-2.0 */
/* The collection: what definitions, appends, replacements do to it (rules.md 5). */
#include "loader.h"

static bool fail(skr_loader *l, const skr_head *h, skr_code code, const char *falco, const char *message,
                 const char *hint)
{
    skr_diag d = { .code = code, .severity = SAKER_DIAG_ERROR, .span = h->span, .item = h->name };
    d.message = message;
    d.hint = hint;
    d.falco = falco;
    skr_context c = skr_head_context(h);
    d.context = &c;
    skr_loader_report(l, &d);
    return false;
}

/* Where is it, if anywhere? Broken definitions and unread parts of files excuse a missing target. */
static bool excused(skr_loader *l, const skr_map *broken, skr_str name)
{
    return l->unsure || skr_map_get(broken, name) != SIZE_MAX;
}

static void move_parts(skr_loader *l, skr_parts *to, skr_parts *from)
{
    if (to->n == 0) {
        skr_vec_free(l->mem, to);
        memcpy(to, from, sizeof *to);
        memset(from, 0, sizeof *from);
        return;
    }
    if (!skr_vec_reserve(l->mem, to, to->n + from->n)) {
        skr_loader_lost(l);
        return;
    }
    if (from->n)
        memcpy(to->v + to->n, from->v, from->n * sizeof *from->v);
    to->n += from->n;
}

static void replace_parts(skr_loader *l, skr_parts *to, skr_parts *from)
{
    skr_vec_free(l->mem, to);
    memcpy(to, from, sizeof *to);
    memset(from, 0, sizeof *from);
}

/* ---- Lists ---- */

void skr_list_free(skr_loader *l, skr_list *x)
{
    skr_vec_free(l->mem, &x->items);
    skr_list_forget(l, x);
    skr_vec_free(l->mem, &x->runs);
    skr_vec_free(l->mem, &x->nested);
    skr_vec_free(l->mem, &x->words);
}

static const char *near_list(skr_loader *l, skr_str name)
{
    skr_near n = skr_near_init(name);
    for (size_t i = 0; i < l->lists.n && skr_near_more(l); i++)
        skr_near_try(&n, l->lists.v[i].head.name);
    return skr_near_hint(l, &n);
}

static void append_list(skr_loader *l, skr_list *x, size_t i)
{
    if (i != SIZE_MAX) {
        move_parts(l, &l->lists.v[i].items, &x->items);
        l->lists.v[i].head.visibility = l->next_number++;
        l->lists.v[i].head.touched = true;
    } else if (!excused(l, &l->broken_lists, x->head.name)) {
        fail(l, &x->head, SKR_D_UNDEFINED_LIST,
             "List uses 'append' or 'override.items: append' but no list by that name already exists",
             skr_say(&l->diags, "list '%.*s' is appended to, but was not defined before", SKR_S(x->head.name)),
             near_list(l, x->head.name));
    }
    skr_list_free(l, x);
}

void skr_collect_list(skr_loader *l, skr_list *x, bool append)
{
    size_t i = skr_map_get(&l->list_names, x->head.name);
    if (append) {
        append_list(l, x, i);
        return;
    }
    x->head.visibility = l->next_number++;
    x->head.touched = true;
    if (i != SIZE_MAX) {
        x->head.index = l->lists.v[i].head.index;
        skr_list_free(l, &l->lists.v[i]);
        l->lists.v[i] = *x;
        return;
    }
    x->head.index = x->head.visibility;
    if (!skr_vec_push(l->mem, &l->lists, *x)) {
        skr_list_free(l, x);
        skr_loader_lost(l);
    } else if (!skr_map_put(&l->list_names, x->head.name, l->lists.n - 1)) {
        skr_loader_lost(l);
    }
}

static void free_unit(skr_loader *l, skr_unit *u)
{
    skr_vec_free(l->mem, &u->words);
    skr_vec_free(l->mem, &u->findings);
    skr_vec_free(l->mem, &u->refs);
    skr_vec_free(l->mem, &u->lists);
}

/* ---- Macros ---- */

void skr_macro_free(skr_loader *l, skr_macro *x)
{
    skr_vec_free(l->mem, &x->condition);
    free_unit(l, &x->unit);
}

static const char *near_macro(skr_loader *l, skr_str name)
{
    skr_near n = skr_near_init(name);
    for (size_t i = 0; i < l->macros.n && skr_near_more(l); i++)
        skr_near_try(&n, l->macros.v[i].head.name);
    return skr_near_hint(l, &n);
}

static void append_macro(skr_loader *l, skr_macro *x, size_t i)
{
    if (i != SIZE_MAX) {
        move_parts(l, &l->macros.v[i].condition, &x->condition);
        l->macros.v[i].head.visibility = l->next_number++;
        l->macros.v[i].head.touched = true;
    } else if (!excused(l, &l->broken_macros, x->head.name)) {
        fail(l, &x->head, SKR_D_UNDEFINED_TARGET_MACRO,
             "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists",
             skr_say(&l->diags, "macro '%.*s' is appended to, but was not defined before", SKR_S(x->head.name)),
             near_macro(l, x->head.name));
    }
    skr_macro_free(l, x);
}

void skr_collect_macro(skr_loader *l, skr_macro *x, bool append)
{
    size_t i = skr_map_get(&l->macro_names, x->head.name);
    if (append) {
        append_macro(l, x, i);
        return;
    }
    x->head.visibility = l->next_number++;
    x->head.touched = true;
    if (i != SIZE_MAX) {
        x->head.index = l->macros.v[i].head.index;
        skr_macro_free(l, &l->macros.v[i]);
        l->macros.v[i] = *x;
        return;
    }
    x->head.index = x->head.visibility;
    if (!skr_vec_push(l->mem, &l->macros, *x)) {
        skr_macro_free(l, x);
        skr_loader_lost(l);
    } else if (!skr_map_put(&l->macro_names, x->head.name, l->macros.n - 1)) {
        skr_loader_lost(l);
    }
}

/* ---- Rules ---- */

void skr_rule_free(skr_loader *l, skr_rule *x)
{
    skr_vec_free(l->mem, &x->condition);
    skr_vec_free(l->mem, &x->output);
    skr_vec_free(l->mem, &x->desc);
    skr_vec_free(l->mem, &x->tags);
    skr_exceptions_free(l, &x->exceptions);
    free_unit(l, &x->unit);
}

const skr_schema *skr_loader_schema(const skr_loader *l, skr_str source)
{
    for (size_t i = 0; i < l->schemas.n; i++)
        if (skr_str_is(source, l->schemas.v[i]->pub->name))
            return l->schemas.v[i];
    return NULL;
}

static bool fail_source(skr_loader *l, const skr_head *h, const skr_rule *prev)
{
    skr_diag d = { .code = SKR_D_SOURCE_CHANGED, .severity = SAKER_DIAG_ERROR, .span = h->span, .item = h->name };
    d.message = skr_say(&l->diags, "rule '%.*s' is of source '%.*s', which cannot be changed", SKR_S(h->name),
                        SKR_S(prev->source));
    d.falco = "Rule has been re-defined with a different source";
    skr_context c = skr_head_context(h);
    d.context = &c;
    skr_diag note = { .code = SKR_D_DEFINED_HERE, .span = prev->head.span, .message = "it was defined here" };
    skr_diags_note(&l->diags, skr_loader_report_noted(l, &d), &note);
    return false;
}

static void warn_source(skr_loader *l, const skr_rule *r)
{
    skr_near n = skr_near_init(r->source);
    for (size_t i = 0; i < l->schemas.n; i++)
        skr_near_try(&n, skr_str_of(l->schemas.v[i]->pub->name));
    skr_diag d = { .code = SKR_D_UNKNOWN_SOURCE, .severity = SAKER_DIAG_WARNING, .span = r->head.span };
    d.item = r->head.name;
    d.message = skr_say(&l->diags, "rule '%.*s' is skipped: there is no event source '%.*s'", SKR_S(r->head.name),
                        SKR_S(r->source));
    d.hint = skr_near_hint(l, &n);
    d.falco = skr_say(&l->diags, "Unknown source %.*s, skipping", SKR_S(r->source));
    skr_context c = skr_head_context(&r->head);
    d.context = &c;
    skr_loader_report(l, &d);
}

void skr_collect_rule(skr_loader *l, skr_rule *x)
{
    size_t i = skr_map_get(&l->rule_names, x->head.name);
    skr_rule *prev = i != SIZE_MAX ? &l->rules.v[i] : NULL;
    if (prev && !skr_str_eq(prev->source, x->source)) {
        fail_source(l, &x->head, prev);
        skr_rule_free(l, x);
        return;
    }
    x->schema = skr_loader_schema(l, x->source);
    x->unknown_source = !x->schema;
    if (x->unknown_source)
        warn_source(l, x);
    skr_context c = skr_head_context(&x->head);
    for (size_t k = 0; k < x->exceptions.n; k++)
        if (!skr_exception_check(l, x, &c, &x->exceptions.v[k]))
            x->head.broken = true;
    x->head.visibility = l->next_number++;
    x->head.touched = true;
    if (prev) {
        x->head.index = prev->head.index;
        skr_rule_free(l, prev);
        *prev = *x;
        return;
    }
    x->head.index = x->head.visibility;
    if (!skr_vec_push(l->mem, &l->rules, *x)) {
        skr_rule_free(l, x);
        skr_loader_lost(l);
    } else if (!skr_map_put(&l->rule_names, x->head.name, l->rules.n - 1)) {
        skr_loader_lost(l);
    }
}

static const char *near_rule(skr_loader *l, skr_str name)
{
    skr_near n = skr_near_init(name);
    for (size_t i = 0; i < l->rules.n && skr_near_more(l); i++)
        skr_near_try(&n, l->rules.v[i].head.name);
    return skr_near_hint(l, &n);
}

/* The rule that an update is for. NULL: reported, or excused. */
static skr_rule *target(skr_loader *l, const skr_rule_update *u, const char *falco, const char *verb)
{
    const skr_head *h = &u->rule.head;
    size_t i = skr_map_get(&l->rule_names, h->name);
    if (i != SIZE_MAX)
        return &l->rules.v[i];
    if (!excused(l, &l->broken_rules, h->name))
        fail(l, h, SKR_D_UNDEFINED_RULE, falco,
             skr_say(&l->diags, "rule '%.*s' is %s, but was not defined before", SKR_S(h->name), verb),
             near_rule(l, h->name));
    return NULL;
}

void skr_collect_enable(skr_loader *l, const skr_rule_update *u)
{
    skr_rule *r = target(l, u, "Rule has 'enabled' key but no rule by that name already exists",
                         u->rule.enabled ? "enabled" : "disabled");
    if (r)
        r->enabled = u->rule.enabled;
}

static bool same_source(skr_loader *l, const skr_rule_update *u, const skr_rule *r)
{
    if (!u->condition || !u->source || skr_str_eq(u->rule.source, r->source))
        return true;
    return fail_source(l, &u->rule.head, r);
}

/* A tag counts once; they are shown sorted. */
static void add_tags(skr_loader *l, skr_rule *r, const skr_rule_update *u)
{
    for (size_t i = 0; i < u->rule.tags.n; i++)
        if (!skr_vec_push(l->mem, &r->tags, u->rule.tags.v[i]))
            skr_loader_lost(l);
}

bool skr_collect_append(skr_loader *l, skr_rule_update *u)
{
    skr_rule *r = target(l, u, "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists",
                         "appended to");
    if (!r)
        return false;
    if (!u->condition && !u->output && !u->desc && !u->tags && !u->exceptions)
        return fail(l, &u->rule.head, SKR_D_NOTHING_TO_APPEND,
                    "Appended rule must have exceptions or condition property",
                    skr_say(&l->diags, "nothing is appended to rule '%.*s'", SKR_S(u->rule.head.name)),
                    "'append: true' needs 'condition' or 'exceptions'");
    if (!same_source(l, u, r))
        return false;
    move_parts(l, &r->condition, &u->rule.condition);
    move_parts(l, &r->output, &u->rule.output);
    move_parts(l, &r->desc, &u->rule.desc);
    add_tags(l, r, u);
    skr_context c = skr_head_context(&u->rule.head);
    if (u->exceptions && !skr_exceptions_merge(l, r, &c, &u->rule.exceptions))
        return false;
    r->head.visibility = l->next_number++;
    r->head.touched = true;
    return true;
}

static bool replace_exceptions(skr_loader *l, skr_rule *r, skr_rule_update *u)
{
    skr_context c = skr_head_context(&u->rule.head);
    for (size_t i = 0; i < u->rule.exceptions.n; i++)
        if (!skr_exception_check(l, r, &c, &u->rule.exceptions.v[i]))
            return false;
    skr_exceptions_free(l, &r->exceptions);
    memcpy(&r->exceptions, &u->rule.exceptions, sizeof r->exceptions);
    memset(&u->rule.exceptions, 0, sizeof u->rule.exceptions);
    return true;
}

bool skr_collect_replace(skr_loader *l, skr_rule_update *u)
{
    skr_rule *r = target(l, u,
                         "An 'override.<key>: replace' to a rule was requested but no rule by that name already "
                         "exists",
                         "overridden");
    if (!r || !same_source(l, u, r))
        return false;
    const skr_rule *from = &u->rule;
    if (u->exceptions && !replace_exceptions(l, r, u))
        return false;
    if (u->condition)
        replace_parts(l, &r->condition, &u->rule.condition);
    if (u->output)
        replace_parts(l, &r->output, &u->rule.output);
    if (u->desc)
        replace_parts(l, &r->desc, &u->rule.desc);
    if (u->tags) {
        r->tags.n = 0;
        add_tags(l, r, u);
    }
    if (u->priority)
        r->priority = from->priority;
    if (u->capture)
        r->capture = from->capture;
    if (u->capture_duration)
        r->capture_duration = from->capture_duration;
    if (u->enabled)
        r->enabled = from->enabled;
    if (u->warn_evttypes)
        r->warn_evttypes = from->warn_evttypes;
    if (u->skip_unknown)
        r->skip_unknown = from->skip_unknown;
    r->head.visibility = l->next_number++;
    r->head.touched = true;
    return true;
}
