/* SPDX-License-Identifier: Apache-2.0 */
/* The collection -> checked trees (rules.md 6, 7, 9): first all macros, then all rules, in the order of their first
 * definition. Trees of macros are shared by what refers to them, never copied. */
#include "compile.h"

enum { DEFAULT_NODES = 1 << 20, DEEPEST = 2000, TOO_MANY_KINDS = 100 };

/* ---- Text and tree of one unit ---- */

static void put_parts(skr_textb *b, const skr_parts *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            skr_textb_glue(b, " ", (skr_place){ v->v[i].src, skr_part_span(v->v[i]).at });
        skr_textb_part(b, v->v[i]);
    }
}

static void reset_unit(skr_unit *u)
{
    u->text = NULL;
    u->tree = NULL;
    u->refs.n = u->lists.n = 0;
    u->nodes = 0;
    u->depth = 0;
    u->failed = u->joined = u->on_path = false;
    u->marked = 0;
}

/* Counts nodes and literals, gathers the names of macros in the order of the tree. */
static bool walk(skr_loader *l, skr_unit *u, skr_node **slot, uint32_t depth)
{
    skr_node *n = *slot;
    u->nodes += 1 + (n->right ? n->right->count : 0);
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

/* Lists in, then the grammar. The text is in l->scratch's place: `b`. */
static bool make_tree(skr_loader *l, const skr_subject *s, skr_textb *b)
{
    skr_unit *u = s->unit;
    u->text = skr_lists_substitute(l, b, s->head, s->is_macro, u);
    if (!u->text)
        return false;
    skr_issue_sink k = { l, s, SKR_PHASE_PARSE, u->text };
    int status = skr_parse(&l->trees, &u->text->base, l->options->max_depth, skr_issues(&k), &u->tree);
    if (status == SAKER_ENOMEM)
        return skr_loader_lost(l);
    return status == SAKER_OK && walk(l, u, &u->tree, 1);
}

static skr_subject macro_subject(skr_macro *m)
{
    return (skr_subject){ &m->head, &m->unit, NULL, true, m->condition_place };
}

static skr_subject rule_subject(skr_rule *r)
{
    return (skr_subject){ &r->head, &r->unit, r, false, r->condition_place };
}

/* ---- Joining trees ---- */

/* Puts the trees of macros in the place of their names. Only the root is copied, to remember the name's node. */
static bool join(skr_loader *l, skr_unit *u)
{
    for (size_t i = 0; i < u->refs.n && !u->joined; i++) {
        const skr_ref *r = &u->refs.v[i];
        const skr_unit *m = &l->macros.v[r->macro].unit;
        skr_node *copy = skr_arena_raw(&l->trees, sizeof *copy, _Alignof(skr_node));
        if (!copy)
            return skr_loader_lost(l);
        *copy = *m->tree;
        copy->macro = r->node;
        *r->slot = copy;
        u->nodes = u->nodes + m->nodes < u->nodes ? UINT64_MAX : u->nodes + m->nodes;
        if (r->depth + m->depth > u->depth)
            u->depth = r->depth + m->depth;
    }
    u->joined = true;
    return true;
}

typedef struct frame {
    skr_unit *unit;
    size_t next; /* ref to look at */
} frame;

/* A walk along the references of a unit, as far as they lead to macros that are not joined yet. */
typedef struct search {
    skr_loader *l;
    const skr_subject *s;
    uint32_t index, visibility; /* of the unit: macros from `index` on are not joined, from `visibility` on not seen */
    SKR_VEC(frame) path;
    const skr_ref *loop, *unknown; /* the first of each */
    const skr_ctext *loop_text, *unknown_text;
    skr_str loop_name;
    bool poisoned; /* something on the way failed, and has been reported */
    bool failed;
} search;

static void meet_loop(search *s, const skr_ref *r, const skr_unit *at)
{
    if (s->loop)
        return;
    /* Falco comes by the unit itself once more before it notices, so it names the first macro on the way. */
    bool to_start = &s->l->macros.v[r->macro].unit == s->path.v[0].unit;
    const frame *first = &s->path.v[0];
    s->loop = to_start ? &first->unit->refs.v[first->next - 1] : r;
    s->loop_text = to_start ? first->unit->text : at->text;
    s->loop_name = s->loop->node->name;
}

static void meet_unknown(search *s, const skr_ref *r, const skr_unit *at)
{
    skr_loader *l = s->l;
    if (l->unsure || skr_map_get(&l->broken_macros, r->node->name) != SIZE_MAX) {
        s->poisoned = true;
    } else if (!s->unknown) {
        s->unknown = r;
        s->unknown_text = at->text;
    }
}

static void push_frame(search *s, skr_unit *u)
{
    u->on_path = true;
    u->marked = s->l->search_serial;
    if (!skr_vec_push(s->l->mem, &s->path, ((frame){ u, 0 })))
        s->failed = !skr_loader_lost(s->l);
}

static void follow(search *s, skr_unit *at, const skr_ref *r)
{
    skr_macro *m = r->macro == SIZE_MAX ? NULL : &s->l->macros.v[r->macro];
    if (!m || m->head.index >= s->visibility) {
        meet_unknown(s, r, at);
    } else if (m->head.index < s->index) {
        s->poisoned = s->poisoned || m->unit.failed;
    } else if (m->unit.on_path) {
        meet_loop(s, r, at);
    } else if (!m->unit.tree) {
        s->poisoned = true;
    } else if (m->unit.marked != s->l->search_serial) {
        push_frame(s, &m->unit);
    }
}

static void run_search(search *s)
{
    skr_loader *l = s->l;
    l->search_serial++;
    push_frame(s, s->s->unit);
    while (s->path.n && !s->failed) {
        frame *f = &s->path.v[s->path.n - 1];
        skr_unit *u = f->unit;
        if (f->next < u->refs.n) {
            const skr_ref *r = &u->refs.v[f->next++];
            follow(s, u, r);
            continue;
        }
        u->on_path = false;
        s->path.n--;
        if (!s->loop && !s->unknown && !s->poisoned && !join(l, u))
            s->failed = true;
    }
    for (size_t i = 0; i < s->path.n; i++)
        s->path.v[i].unit->on_path = false;
    skr_vec_free(l->mem, &s->path);
}

/* ---- What can be wrong with references ---- */

static void fail_loop(search *s)
{
    skr_loader *l = s->l;
    const skr_node *n = s->loop->node;
    skr_diag d = { .code = SKR_D_MACRO_LOOP, .severity = SAKER_DIAG_ERROR, .item = s->s->head->name };
    d.span = skr_ctext_span(s->loop_text, n->pos.idx, n->len);
    d.message = skr_say(&l->diags, "macro '%.*s' refers to itself", SKR_S(s->loop_name));
    d.falco = skr_say(&l->diags, "reference loop in macro '%.*s'", SKR_S(s->loop_name));
    skr_context c = skr_context_text(&s->s->head->context, s->s->unit->text->base.text, n->pos);
    d.context = &c;
    size_t index = skr_loader_report_noted(l, &d);
    skr_diag note = { .code = SKR_D_DEFINED_HERE, .message = "it is defined here" };
    note.span = l->macros.v[s->loop->macro].head.span;
    skr_diags_note(&l->diags, index, &note);
}

/* Why the name is not known, and what may have been meant. */
static const char *unknown_hint(search *s, skr_str name, skr_span *where)
{
    skr_loader *l = s->l;
    size_t i = skr_map_get(&l->macro_names, name);
    if (i != SIZE_MAX) {
        *where = l->macros.v[i].head.span;
        return "a macro sees only macros that are defined before it";
    }
    i = skr_map_get(&l->list_names, name);
    if (i != SIZE_MAX) {
        *where = l->lists.v[i].head.span;
        return skr_say(&l->diags, "'%.*s' is a list: lists stand in parentheses behind 'in'", SKR_S(name));
    }
    skr_near n = skr_near_init(name);
    for (i = 0; i < l->macros.n; i++)
        skr_near_try(&n, l->macros.v[i].head.name);
    if (n.best.len)
        return skr_near_hint(l, &n);
    if (s->s->rule && s->s->rule->schema) {
        const char *field = skr_schema_near(s->s->rule->schema, name);
        if (field)
            return skr_say(&l->diags, "did you mean the field '%s'?", field);
    }
    return "a word that stands alone is the name of a macro; a later file is too late to define it";
}

static void fail_unknown(search *s)
{
    skr_loader *l = s->l;
    const skr_node *n = s->unknown->node;
    skr_span where = { NULL, 0, 0 };
    skr_diag d = { .code = SKR_D_UNDEFINED_MACRO, .severity = SAKER_DIAG_ERROR, .item = s->s->head->name };
    d.span = skr_ctext_span(s->unknown_text, n->pos.idx, n->len);
    d.message = skr_say(&l->diags, "macro '%.*s' is not defined", SKR_S(n->name));
    d.hint = unknown_hint(s, n->name, &where);
    d.falco = skr_say(&l->diags, "Undefined macro '%.*s' used in filter.", SKR_S(n->name));
    skr_context c = skr_context_text(&s->s->head->context, s->s->unit->text->base.text, n->pos);
    d.context = &c;
    size_t index = skr_loader_report_noted(l, &d);
    if (where.src) {
        skr_diag note = { .code = SKR_D_DEFINED_HERE, .span = where };
        note.message = skr_say(&l->diags, "'%.*s' is defined here", SKR_S(n->name));
        skr_diags_note(&l->diags, index, &note);
    }
}

static bool fail_size(skr_loader *l, const skr_subject *s)
{
    skr_unit *u = s->unit;
    uint64_t most = l->options->max_nodes ? l->options->max_nodes : DEFAULT_NODES;
    if (u->nodes <= most && u->depth <= DEEPEST)
        return false;
    skr_diag d = {
        .code = SKR_D_TOO_LARGE, .severity = SAKER_DIAG_ERROR, .span = s->head->span, .item = s->head->name
    };
    d.message = u->nodes > most ? skr_say(&l->diags, "%s '%.*s' is too large with its macros expanded",
                                          s->is_macro ? "macro" : "rule", SKR_S(s->head->name))
                                : skr_say(&l->diags, "%s '%.*s' is nested too deep with its macros expanded",
                                          s->is_macro ? "macro" : "rule", SKR_S(s->head->name));
    d.hint = u->nodes > most ? "the limit is max_nodes of the options" : NULL;
    d.falco = "the expanded condition is too large";
    d.context = &s->head->context;
    skr_loader_report(l, &d);
    return true;
}

/* Resolves the macros of a unit. false: it failed; if it was not its own fault, silently. */
static bool resolve(skr_loader *l, const skr_subject *s, uint32_t index, uint32_t visibility)
{
    search k = { .l = l, .s = s, .index = index, .visibility = visibility };
    run_search(&k);
    if (k.failed)
        return false;
    if (k.loop)
        fail_loop(&k);
    else if (k.unknown)
        fail_unknown(&k);
    if (k.loop || k.unknown || k.poisoned || fail_size(l, s))
        return false;
    for (size_t i = 0; i < s->unit->refs.n; i++)
        l->macros.v[s->unit->refs.v[i].macro].head.used = true;
    return true;
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
    for (size_t i = 0; i < l->macros.n; i++) {
        l->macros.v[i].head.used = false;
        reset_unit(&l->macros.v[i].unit);
    }
    for (size_t i = 0; i < l->macros.n && !skr_loader_nomem(l); i++)
        parse_macro(l, &l->macros.v[i]);
    for (size_t i = 0; i < l->macros.n && !skr_loader_nomem(l); i++) {
        skr_macro *m = &l->macros.v[i];
        skr_subject s = macro_subject(m);
        if (!m->unit.failed)
            m->unit.failed = !resolve(l, &s, m->head.index, m->head.visibility);
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
    d.context = &r->head.context;
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
        status = skr_condition_kinds(&l->trees, r->schema, r->unit.tree, skr_issues(&k), &kinds);
    if (status == SAKER_ENOMEM)
        return skr_loader_lost(l);
    if (!status)
        warn_kinds(l, r, &kinds);
    return !status;
}

static bool condition_tree(skr_loader *l, const skr_subject *s)
{
    skr_textb b;
    skr_textb_init(&b, l->mem);
    bool ok = skr_exceptions_text(l, s->rule, &b) && !s->rule->skipped && make_tree(l, s, &b);
    skr_textb_free(&b);
    return ok && resolve(l, s, UINT32_MAX, UINT32_MAX);
}

static void compile_rule(skr_loader *l, skr_rule *r)
{
    skr_subject s = rule_subject(r);
    reset_unit(&r->unit);
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
    d.context = &h->context;
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
    skr_limits limits = { l->options->max_nodes, l->options->max_regex, (l->options->flags & SAKER_SKIP_UNKNOWN) != 0 };
    l->checker = skr_builder_new(l->mem, &limits);
    if (!l->checker)
        return skr_loader_lost(l);
    for (size_t i = 0; i < l->schemas.n; i++)
        if (skr_builder_add_schema(l->checker, l->schemas.v[i]))
            return skr_loader_lost(l);
    return true;
}

bool skr_compile(skr_loader *l)
{
    skr_arena_reset(&l->trees);
    l->serial++;
    l->stale = false;
    if (!make_checker(l) || !skr_lists_prepare(l))
        return false;
    compile_macros(l);
    for (size_t i = 0; i < l->rules.n && !skr_loader_nomem(l); i++)
        compile_rule(l, &l->rules.v[i]);
    if (!l->failed_here && !skr_loader_nomem(l))
        warn_all_unused(l);
    return !skr_loader_nomem(l);
}

/* ---- For the builder ---- */

static const char *joined_text(skr_loader *l, const skr_parts *v)
{
    skr_textb *b = &l->scratch;
    skr_textb_clear(b);
    put_parts(b, v);
    const char *copy = b->failed ? NULL : skr_arena_dup(&l->trees, b->buf.ptr, b->buf.len);
    if (!copy)
        skr_loader_lost(l);
    return copy;
}

bool skr_loader_program_rule(skr_loader *l, const skr_rule *r, saker_rule *pub, skr_program_rule *x)
{
    uint32_t start;
    const char **tags = skr_arena_array(&l->trees, r->tags.n + 1, sizeof *tags);
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
    for (size_t i = 0; tags && i < r->tags.n; i++) {
        bool twice = false;
        for (size_t k = 0; k < pub->tag_count && !twice; k++)
            twice = strcmp(tags[k], r->tags.v[i].ptr) == 0;
        if (!twice)
            tags[pub->tag_count++] = r->tags.v[i].ptr;
    }
    *x = (skr_program_rule){ .rule = pub, .schema = r->schema, .tree = r->unit.tree };
    x->output = r->full_output->base.text;
    x->extra_fields = r->extras;
    x->extra_count = r->extra_count;
    return tags && pub->condition && !skr_loader_nomem(l);
}
