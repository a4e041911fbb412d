/* SPDX-License-Identifier: Apache-2.0 */
/* The collection -> checked trees (rules.md 6, 7, 9): first all macros, then all rules, in the order of their first
 * definition. Trees of macros are shared by what refers to them, never copied. */
#include "compile.h"

enum { TOO_MANY_KINDS = 100, SPARE_UNITS = 256 };

/* ---- Text and tree of one unit ---- */

static void put_parts(skr_textb *b, const skr_parts *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            skr_textb_glue(b, " ", (skr_place){ v->v[i].src, skr_part_span(v->v[i]).at });
        skr_textb_part(b, v->v[i]);
    }
}

static void reset_unit(skr_loader *l, skr_unit *u)
{
    u->text = NULL;
    u->tree = NULL;
    u->refs.n = u->lists.n = u->words.n = u->findings.n = 0;
    u->nodes = u->parts = 0;
    u->depth = 0;
    u->resolved = u->failed = u->joined = u->on_path = u->doomed = false;
    u->marked = 0;
    l->compiled++;
}

static size_t literals_of(const skr_operand *right)
{
    return right->kind == SKR_LIST_OF ? skr_count_literals(right) : right->count;
}

/* Counts nodes and literals, gathers the names of macros in the order of the tree. */
static bool walk(skr_loader *l, skr_unit *u, skr_node **slot, uint32_t depth)
{
    skr_node *n = *slot;
    u->parts++;
    u->nodes += 1 + (n->kind == SKR_CMP ? literals_of(n->right) : 0);
    if (depth > u->depth)
        u->depth = depth;
    if (n->kind == SKR_MACRO) {
        skr_ref r = { slot, n, skr_map_get(&l->macro_names, n->name), depth };
        return skr_vec_push(l->mem, &u->refs, r) ? true : skr_loader_lost(l);
    }
    for (size_t i = 0; i < n->count; i++)
        if (!walk(l, u, &n->items[i], depth + 1))
            return false;
    return true;
}

static int parse_text(skr_loader *l, const skr_subject *s)
{
    skr_unit *u = s->unit;
    skr_issue_sink k = { l, s, SKR_PHASE_PARSE, u->text };
    return skr_parse(&l->trees, &u->text->base, l->options->max_depth, skr_issues(&k), &u->tree);
}

/* Lists in, then the grammar. The text is in l->scratch's place: `b`. */
static bool make_tree(skr_loader *l, const skr_subject *s, skr_textb *b)
{
    skr_unit *u = s->unit;
    if (b->failed)
        return skr_loader_lost(l);
    int status = SAKER_EINVAL;
    for (int gaps = 1; gaps >= 0 && status == SAKER_EINVAL; gaps--) {
        u->text = skr_lists_substitute(l, b, s->head, s->is_macro, u, gaps);
        if (!u->text)
            return false;
        status = parse_text(l, s);
        if (status == SAKER_EINVAL && skr_lists_are_many(l)) {
            u->text->base.as_is = true;
            status = parse_text(l, s);
        }
    }
    if (status == SAKER_ENOMEM)
        return skr_loader_lost(l);
    if (status || !walk(l, u, &u->tree, 1))
        return false;
    skr_vec_fit(l->mem, &u->words);
    skr_vec_fit(l->mem, &u->refs);
    skr_vec_fit(l->mem, &u->lists);
    return true;
}

static skr_subject macro_subject(skr_macro *m)
{
    return (skr_subject){ &m->head, &m->unit, NULL, true, m->condition_place };
}

static skr_subject rule_subject(skr_rule *r)
{
    return (skr_subject){ &r->head, &r->unit, r, false, r->condition_place };
}

/* ---- Macros ---- */

static void parse_macro(skr_loader *l, skr_macro *m)
{
    skr_subject s = macro_subject(m);
    skr_textb b;
    skr_textb_init(&b, l->mem);
    put_parts(&b, &m->condition);
    m->unit.failed = !make_tree(l, &s, &b);
    if (m->unit.failed)
        m->unit.tree = NULL;
    skr_textb_free(&b);
}

static void compile_macros(skr_loader *l)
{
    l->parsing = true;
    for (size_t i = 0; i < l->macros.n && !skr_loader_nomem(l); i++) {
        skr_macro *m = &l->macros.v[i];
        if (!m->unit.dirty)
            continue;
        l->unit = &m->unit;
        reset_unit(l, &m->unit);
        parse_macro(l, m);
    }
    l->parsing = false;
    for (size_t i = 0; i < l->macros.n && !skr_loader_nomem(l); i++) {
        skr_macro *m = &l->macros.v[i];
        skr_subject s = macro_subject(m);
        l->unit = &m->unit;
        if (m->unit.dirty && !m->unit.failed)
            m->unit.failed = !skr_resolve_macros(l, &s, m->head.index, m->head.visibility);
    }
}

/* ---- Rules ---- */

static void warn_kinds(skr_loader *l, skr_rule *r, const skr_kinds *kinds)
{
    size_t count = kinds->all ? r->schema->pub->kind_count : kinds->count;
    if (!r->warn_evttypes || !skr_str_is(r->source, "syscall") || count <= TOO_MANY_KINDS)
        return;
    skr_diag d = { .code = SKR_D_NO_EVENT_TYPE, .severity = SAKER_DIAG_WARNING, .item = r->head.name };
    d.span = r->head.span;
    d.message = skr_say(&l->diags, "rule '%.*s' is about too many event types: it is tested on %s", SKR_S(r->head.name),
                        kinds->all || count >= r->schema->pub->kind_count ? "every event" : "nearly every event");
    d.hint = "add 'evt.type in (...)', or 'warn_evttypes: false' if it is meant so";
    d.falco = "Rule matches too many evt.type values. This has a significant performance penalty.";
    skr_context c = skr_head_context(&r->head);
    d.context = &c;
    skr_loader_report(l, &d);
}

/* Does the text have words that begin with %container.info ? They are taken out. */
static void put_output(skr_loader *l, skr_rule *r, skr_textb *b)
{
    static const skr_str info = { "%container.info", 15 };
    bool found = false;
    if (!r->output.n) /* a call may leave it out */
        skr_textb_glue(b, r->head.name.ptr, (skr_place){ r->head.span.src, r->head.span.at });
    for (size_t i = 0; i < r->output.n; i++) {
        skr_part p = r->output.v[i];
        size_t at;
        if (i)
            skr_textb_glue(b, " ", (skr_place){ p.src, skr_part_span(p).at });
        while (skr_str_find(skr_part_text(p), info, &at)) {
            skr_part before = p;
            before.to = p.from + (uint32_t)at;
            skr_textb_part(b, before);
            p.from = before.to + (uint32_t)info.len;
            if (!found) {
                skr_part what = before;
                what.from = before.to;
                what.to = p.from;
                skr_warn_container_info(l, r, skr_part_span(what));
            }
            found = true;
        }
        skr_textb_part(b, p);
    }
}

static bool has_tag(const skr_rule *r, const char *tag)
{
    for (size_t i = 0; i < r->tags.n; i++)
        if (skr_str_is(r->tags.v[i], tag))
            return true;
    return false;
}

static bool is_for(const saker_append *a, const skr_rule *r)
{
    if ((a->source && !skr_str_is(r->source, a->source)) || (a->rule && !skr_str_is(r->head.name, a->rule)))
        return false;
    for (size_t i = 0; i < a->tag_count; i++)
        if (!has_tag(r, a->tags[i]))
            return false;
    return true;
}

/* What append_output adds: text behind the output, and fields. */
static bool add_extras(skr_loader *l, skr_rule *r, skr_textb *b)
{
    const saker_options *o = l->options;
    skr_place nowhere = { NULL, 0 };
    size_t count = 0;
    for (size_t i = 0; i < o->append_count; i++)
        if (is_for(&o->append[i], r))
            count += o->append[i].field_count;
    const char **fields = skr_arena_array(&l->trees, count * 2 + 1, sizeof *fields);
    if (!fields)
        return skr_loader_lost(l);
    r->extras = fields;
    r->extra_count = count;
    for (size_t i = 0; i < o->append_count; i++) {
        const saker_append *a = &o->append[i];
        if (!is_for(a, r))
            continue;
        if (a->output && *a->output) {
            skr_textb_glue(b, " ", nowhere);
            skr_textb_glue(b, a->output, nowhere);
        }
        for (size_t k = 0; k < 2 * a->field_count; k++)
            *fields++ = a->fields[k];
    }
    return true;
}

static void check_output(skr_loader *l, const skr_subject *s)
{
    skr_rule *r = s->rule;
    skr_textb b;
    skr_textb_init(&b, l->mem);
    put_output(l, r, &b);
    bool ok = add_extras(l, r, &b);
    r->full_output = ok ? skr_textb_done(&b, &l->trees, r->head.name, false) : NULL;
    skr_textb_free(&b);
    if (!r->full_output) {
        skr_loader_lost(l);
        return;
    }
    skr_issue_sink k = { l, s, SKR_PHASE_OUTPUT, r->full_output };
    int status = skr_check_output(l->checker, r->schema, &r->full_output->base, skr_issues(&k));
    if (status == SAKER_ENOMEM)
        skr_loader_lost(l);
    if (status)
        r->unit.failed = true;
}

static bool check_condition(skr_loader *l, const skr_subject *s)
{
    skr_rule *r = s->rule;
    skr_kinds kinds;
    skr_issue_sink k = { l, s, SKR_PHASE_CHECK, r->unit.text };
    int status = skr_check_condition(l->checker, r->schema, r->unit.tree, skr_issues(&k));
    if (!status)
        status = skr_condition_kinds(&l->work, r->schema, r->unit.tree, skr_issues(&k), &kinds);
    if (status == SAKER_ENOMEM)
        return skr_loader_lost(l);
    if (!status)
        warn_kinds(l, r, &kinds);
    skr_arena_reset(&l->work);
    return !status;
}

static bool condition_tree(skr_loader *l, const skr_subject *s)
{
    skr_textb b;
    skr_textb_init(&b, l->mem);
    bool ok = skr_exceptions_text(l, s->rule, &b) && !s->rule->skipped && make_tree(l, s, &b);
    skr_textb_free(&b);
    return ok && skr_resolve_macros(l, s, UINT32_MAX, UINT32_MAX);
}

static void compile_rule(skr_loader *l, skr_rule *r)
{
    skr_subject s = rule_subject(r);
    l->unit = &r->unit;
    reset_unit(l, &r->unit);
    r->ready = r->skipped = false;
    r->full_output = NULL;
    if (!r->schema)
        r->schema = skr_loader_schema(l, r->source);
    if (!r->schema)
        return;
    if (r->output.n || !r->head.broken)
        check_output(l, &s);
    if (r->skipped || skr_loader_nomem(l))
        return;
    bool ok = condition_tree(l, &s) && check_condition(l, &s);
    r->unit.failed = r->unit.failed || !ok;
    r->ready = !r->unit.failed && !r->skipped && !r->head.broken;
}

/* ---- What nobody uses ---- */

static void warn_unused(skr_loader *l, const skr_head *h, skr_code code, const char *what, const char *falco)
{
    skr_diag d = { .code = code, .severity = SAKER_DIAG_WARNING, .span = h->span, .item = h->name };
    d.message = skr_say(&l->diags, "%s '%.*s' is not used by any rule%s", what, SKR_S(h->name), " or macro");
    d.falco = falco;
    skr_context c = skr_head_context(h);
    d.context = &c;
    skr_loader_report(l, &d);
}

static void warn_all_unused(skr_loader *l)
{
    for (size_t i = 0; i < l->macros.n; i++)
        if (!l->macros.v[i].head.used)
            warn_unused(l, &l->macros.v[i].head, SKR_D_UNUSED_MACRO, "macro",
                        "Macro not referred to by any other rule/macro");
    for (size_t i = 0; i < l->lists.n; i++)
        if (!l->lists.v[i].head.used)
            warn_unused(l, &l->lists.v[i].head, SKR_D_UNUSED_LIST, "list",
                        "List not referred to by any other rule/macro");
}

static bool make_checker(skr_loader *l)
{
    if (l->checker)
        return true;
    skr_limits limits = { .max_nodes = l->options->max_nodes, .max_regex = l->options->max_regex };
    l->checker = skr_builder_new(l->mem, &limits);
    if (!l->checker)
        return skr_loader_lost(l);
    for (size_t i = 0; i < l->schemas.n; i++)
        if (skr_builder_add_schema(l->checker, l->schemas.v[i]))
            return skr_loader_lost(l);
    return true;
}

/* ---- What still holds ---- */

static void use_macros(skr_loader *l, const skr_unit *u)
{
    for (size_t i = 0; u->resolved && i < u->refs.n; i++)
        l->macros.v[u->refs.v[i].macro].head.used = true;
    for (size_t i = 0; i < u->lists.n; i++)
        l->lists.v[u->lists.v[i].list].head.used = true;
}

static void find_used(skr_loader *l)
{
    for (size_t i = 0; i < l->lists.n; i++)
        l->lists.v[i].head.used = false;
    for (size_t i = 0; i < l->macros.n; i++)
        l->macros.v[i].head.used = false;
    for (size_t i = 0; i < l->lists.n; i++)
        for (size_t k = 0; k < l->lists.v[i].nested.n; k++)
            l->lists.v[l->lists.v[i].nested.v[k]].head.used = true;
    for (size_t i = 0; i < l->macros.n; i++)
        use_macros(l, &l->macros.v[i].unit);
    for (size_t i = 0; i < l->rules.n; i++)
        use_macros(l, &l->rules.v[i].unit);
}

/* Findings of units, old and new, stand in Falco's result of this file, in its order. */
static void repeat_findings(skr_loader *l, const skr_unit *u, bool parsing)
{
    for (size_t i = 0; i < u->findings.n; i++)
        if (u->findings.v[i].parsing == parsing)
            skr_loader_repeat(l, u->findings.v[i].diag);
}

static void repeat_all(skr_loader *l)
{
    for (size_t i = 0; i < l->macros.n; i++)
        repeat_findings(l, &l->macros.v[i].unit, true);
    for (size_t i = 0; i < l->macros.n; i++)
        repeat_findings(l, &l->macros.v[i].unit, false);
    for (size_t i = 0; i < l->rules.n; i++)
        repeat_findings(l, &l->rules.v[i].unit, false);
}

/* What was compiled anew leaves its old trees behind; when that is too much, all is begun anew. */
static bool begin_trees(skr_loader *l)
{
    size_t units = l->macros.n + l->rules.n;
    bool all = l->compiled > 2 * units + SPARE_UNITS;
    if (all) {
        skr_arena_reset(&l->trees);
        l->compiled = 0;
        for (size_t i = 0; i < l->macros.n; i++)
            l->macros.v[i].unit.dirty = true;
        for (size_t i = 0; i < l->rules.n; i++)
            l->rules.v[i].unit.dirty = true;
    }
    return skr_lists_prepare(l, all);
}

bool skr_compile(skr_loader *l)
{
    l->serial++;
    l->stale = false;
    l->failed_compile = false;
    l->expanded = 0;
    if (!make_checker(l) || !skr_find_changes(l) || !begin_trees(l))
        return false;
    compile_macros(l);
    for (size_t i = 0; i < l->rules.n && !skr_loader_nomem(l); i++)
        if (l->rules.v[i].unit.dirty)
            compile_rule(l, &l->rules.v[i]);
    l->unit = NULL;
    repeat_all(l);
    find_used(l);
    if (!l->failed_here && !l->failed_compile && !skr_loader_nomem(l))
        warn_all_unused(l);
    return !skr_loader_nomem(l);
}

/* ---- For the builder ---- */

static const char *joined_text(skr_loader *l, const skr_parts *v)
{
    skr_textb *b = &l->scratch;
    skr_textb_clear(b);
    put_parts(b, v);
    const char *copy = b->failed ? NULL : skr_arena_dup(&l->work, b->buf.ptr, b->buf.len);
    if (!copy)
        skr_loader_lost(l);
    return copy;
}

/* Each once, in the order in which they are given. false: out of memory. */
static bool put_tags(skr_loader *l, const skr_rule *r, const char **tags, size_t *count)
{
    skr_map seen;
    skr_map_init(&seen, l->mem);
    bool ok = true;
    for (size_t i = 0; ok && i < r->tags.n; i++) {
        const size_t had = seen.n;
        ok = skr_map_put(&seen, skr_str_of(r->tags.v[i].ptr), i);
        if (seen.n > had)
            tags[(*count)++] = r->tags.v[i].ptr;
    }
    skr_map_free(&seen);
    return ok || skr_loader_lost(l);
}

bool skr_loader_program_rule(skr_loader *l, const skr_rule *r, saker_rule *pub, skr_program_rule *x)
{
    uint32_t start;
    skr_arena_reset(&l->work);
    const char **tags = skr_arena_array(&l->work, r->tags.n + 1, sizeof *tags);
    *pub = (saker_rule){ .size = sizeof *pub, .name = r->head.name.ptr, .source = r->source.ptr, .tags = tags };
    pub->condition = joined_text(l, &r->condition);
    pub->output = r->output.n ? joined_text(l, &r->output) : NULL;
    pub->desc = r->desc.n ? joined_text(l, &r->desc) : NULL;
    pub->priority = r->priority;
    pub->capture = r->capture;
    pub->capture_duration = r->capture_duration;
    pub->file = r->head.span.src ? r->head.span.src->name : NULL;
    if (pub->file)
        pub->line = (uint32_t)skr_source_line(r->head.span.src, r->head.span.at, &start) + 1;
    const bool fits = tags && put_tags(l, r, tags, &pub->tag_count);
    *x = (skr_program_rule){ .rule = pub, .schema = r->schema, .tree = r->unit.tree };
    x->output = r->full_output->base.text;
    x->extra_fields = r->extras;
    x->extra_count = r->extra_count;
    return fits && pub->condition && !skr_loader_nomem(l);
}
