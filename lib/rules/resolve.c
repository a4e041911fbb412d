/* SPDX-License-Identifier: Apache-2.0 */
/* Names of macros in trees -> the macros' trees (rules.md 7). */
#include "compile.h"

enum {
    DEFAULT_NODES = 1 << 20,
    DEEPEST = 2000,
    SPARE_PARTS = 16 << 20, /* of all conditions together */
    PARTS_PER_BYTE = 16     /* and for each byte of the files that many more */
};

/* ---- Joining trees ---- */

/* Puts the trees of macros in the place of their names. */
static void join(skr_loader *l, skr_unit *u)
{
    for (size_t i = 0; i < u->refs.n && !u->joined; i++) {
        const skr_ref *r = &u->refs.v[i];
        const skr_unit *m = &l->macros.v[r->macro].unit;
        *r->slot = m->tree;
        u->nodes = u->nodes + m->nodes < u->nodes ? UINT64_MAX : u->nodes + m->nodes;
        u->parts += m->parts;
        if (r->depth + m->depth > u->depth)
            u->depth = r->depth + m->depth;
    }
    u->joined = true;
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

/* What is on the way to what failed need not be walked again: others that lead to it fail, too. */
static void meet_failed(search *s)
{
    for (size_t i = 0; i < s->path.n && !s->poisoned; i++)
        s->path.v[i].unit->doomed = true;
    s->poisoned = true;
}

static void meet_unknown(search *s, const skr_ref *r, const skr_unit *at)
{
    skr_loader *l = s->l;
    if (l->unsure || skr_map_get(&l->broken_macros, r->node->name) != SIZE_MAX) {
        meet_failed(s);
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
        if (m->unit.failed)
            meet_failed(s);
    } else if (m->unit.on_path) {
        meet_loop(s, r, at);
    } else if (!m->unit.tree || m->unit.doomed) {
        meet_failed(s);
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
        if (!s->loop && !s->unknown && !s->poisoned)
            join(l, u);
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
    const skr_issue at = { .pos = n->pos };
    skr_context head = skr_head_context(s->s->head),
                c = skr_context_full(l, &head, s->s->unit->text, s->loop_text, &at);
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
    for (i = 0; i < l->macros.n && skr_near_more(l); i++)
        skr_near_try(&n, l->macros.v[i].head.name);
    if (n.best.len)
        return skr_near_hint(l, &n);
    if (s->s->rule && s->s->rule->schema && !l->diags.full) {
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
    const skr_issue at = { .pos = n->pos };
    skr_context head = skr_head_context(s->s->head),
                c = skr_context_full(l, &head, s->s->unit->text, s->unknown_text, &at);
    d.context = &c;
    size_t index = skr_loader_report_noted(l, &d);
    if (where.src) {
        skr_diag note = { .code = SKR_D_DEFINED_HERE, .span = where };
        note.message = skr_say(&l->diags, "'%.*s' is defined here", SKR_S(n->name));
        skr_diags_note(&l->diags, index, &note);
    }
}

/* The tree of a macro is shared, but each rule that has it is checked: a small file could make that very long. */
static bool are_many(skr_loader *l, const skr_subject *s)
{
    if (s->is_macro)
        return false;
    l->expanded += s->unit->parts;
    return l->expanded > SPARE_PARTS + (uint64_t)PARTS_PER_BYTE * l->read;
}

static bool fail_size(skr_loader *l, const skr_subject *s)
{
    skr_unit *u = s->unit;
    uint64_t most = l->options->max_nodes ? l->options->max_nodes : DEFAULT_NODES;
    const bool large = u->nodes > most, deep = u->depth > DEEPEST;
    if (!large && !deep && !are_many(l, s))
        return false;
    skr_diag d = {
        .code = SKR_D_TOO_LARGE, .severity = SAKER_DIAG_ERROR, .span = s->head->span, .item = s->head->name
    };
    d.message = skr_say(&l->diags, "%s '%.*s' is %s with its macros expanded%s", s->is_macro ? "macro" : "rule",
                        SKR_S(s->head->name), large || !deep ? "too large" : "nested too deep",
                        large || deep ? "" : ", together with the rules before it");
    d.hint = large ? "the limit is max_nodes of the options" : NULL;
    d.falco = "the expanded condition is too large";
    skr_context c = skr_head_context(s->head);
    d.context = &c;
    skr_loader_report(l, &d);
    return true;
}

bool skr_resolve_macros(skr_loader *l, const skr_subject *s, uint32_t index, uint32_t visibility)
{
    search k = { .l = l, .s = s, .index = index, .visibility = visibility };
    if (l->diags.full) /* nothing more is said, nor will be built */
        return false;
    run_search(&k);
    if (k.failed)
        return false;
    if (k.loop)
        fail_loop(&k);
    else if (k.unknown)
        fail_unknown(&k);
    if (k.loop || k.unknown || k.poisoned || fail_size(l, s))
        return false;
    s->unit->resolved = true;
    return true;
}
