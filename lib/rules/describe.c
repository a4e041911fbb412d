/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions as they are after all appending and overriding, in the shape of `falco -L`, with where they come from. */
#include "falco.h"

#include <stdlib.h>

/* A set of texts, printed sorted. */
typedef struct names {
    skr_mem *mem;
    skr_map seen;
    SKR_VEC(skr_str) v;
    bool failed;
} names;

static names no_names(skr_mem *mem)
{
    names s = { .mem = mem };
    skr_map_init(&s.seen, mem);
    return s;
}

static void add(names *s, skr_str text)
{
    size_t at = skr_map_add(&s->seen, text, s->v.n);
    if (at == SIZE_MAX || (at == s->v.n && !skr_vec_push(s->mem, &s->v, text)))
        s->failed = true;
}

static int compare(const void *x, const void *y)
{
    return skr_str_cmp(*(const skr_str *)x, *(const skr_str *)y);
}

static void put_names(skr_buf *b, const char *key, names *s)
{
    if (s->v.n)
        qsort(s->v.v, s->v.n, sizeof *s->v.v, compare);
    skr_buf_printf(b, ",\"%s\":[", key);
    for (size_t i = 0; i < s->v.n; i++) {
        if (i)
            skr_buf_char(b, ',');
        skr_buf_json(b, s->v.v[i]);
    }
    skr_buf_char(b, ']');
    if (s->failed)
        b->failed = true;
    skr_vec_free(s->mem, &s->v);
    skr_map_free(&s->seen);
}

/* ---- What a tree uses ---- */

static void add_operand(skr_loader *l, names *fields, const skr_operand *o)
{
    if (o->kind == SKR_FIELD && o->has_arg) {
        skr_buf t;
        skr_buf_init(&t, l->mem);
        skr_operand_print(&t, o);
        skr_str text = { t.ptr, t.len };
        if (!t.failed && skr_map_get(&fields->seen, text) == SIZE_MAX && (text = skr_str_dup(&l->work, text)).ptr)
            add(fields, text);
        fields->failed = fields->failed || t.failed || !text.ptr;
        skr_buf_free(&t);
    } else if (o->kind == SKR_FIELD) {
        add(fields, o->text);
    }
    if (o->kind == SKR_XFORM ||
        (o->kind == SKR_LIST_OF && o->count && o->items[0]->kind != SKR_VALUE && o->items[0]->kind != SKR_STRETCH))
        for (size_t i = 0; i < o->count; i++)
            add_operand(l, fields, o->items[i]);
}

static void add_tree(skr_loader *l, const skr_node *n, names *fields, names *operators, unsigned depth)
{
    if (depth > 2048)
        return;
    if (skr_is_comparison(n))
        add_operand(l, fields, n->left);
    if (n->kind == SKR_CMP)
        add_operand(l, fields, n->right);
    if (n->kind == SKR_EXISTS)
        add(operators, SKR_STR("exists"));
    if (n->kind == SKR_CMP)
        add(operators, skr_str_of(skr_op_text(n->op)));
    for (size_t i = 0; i < n->count; i++)
        add_tree(l, n->items[i], fields, operators, depth + 1);
}

static void put_unit(skr_buf *b, skr_loader *l, const skr_unit *u)
{
    names macros = no_names(l->mem), lists = no_names(l->mem), fields = no_names(l->mem), ops = no_names(l->mem);
    skr_buf text;
    skr_buf_init(&text, l->mem);
    text.most = b->most;
    if (u->tree)
        skr_ast_print(&text, u->tree);
    b->failed = b->failed || text.failed;
    for (size_t i = 0; i < u->refs.n; i++)
        add(&macros, u->refs.v[i].node->name);
    for (size_t i = 0; i < u->lists.n; i++)
        add(&lists, l->lists.v[u->lists.v[i].list].head.name);
    if (u->tree && !b->failed)
        add_tree(l, u->tree, &fields, &ops, 0);
    put_names(b, "macros", &macros);
    put_names(b, "lists", &lists);
    put_names(b, "condition_fields", &fields);
    put_names(b, "condition_operators", &ops);
    skr_buf_cstr(b, ",\"condition_compiled\":");
    skr_buf_json(b, (skr_str){ text.ptr ? text.ptr : "", text.len });
    skr_buf_free(&text);
}

typedef struct kind_name {
    const char *name;
    size_t at;
} kind_name;

/* Kinds of events of a schema, by name. */
typedef struct kind_order {
    const skr_schema *schema;
    SKR_VEC(kind_name) v;
} kind_order;

static int compare_kinds(const void *x, const void *y)
{
    return strcmp(((const kind_name *)x)->name, ((const kind_name *)y)->name);
}

static bool order_kinds(skr_mem *mem, kind_order *order, const skr_schema *schema)
{
    const saker_schema *pub = schema->pub;
    if (order->schema == schema)
        return true;
    order->schema = schema;
    order->v.n = 0;
    for (size_t i = 0; pub->kinds && i < pub->kind_count; i++)
        if (pub->kinds[i] && !skr_vec_push(mem, &order->v, ((kind_name){ pub->kinds[i], i })))
            return false;
    if (order->v.n)
        qsort(order->v.v, order->v.n, sizeof *order->v.v, compare_kinds);
    return true;
}

static void put_events(skr_buf *b, skr_loader *l, kind_order *order, const skr_schema *schema, const skr_node *tree)
{
    const skr_sink nowhere = { NULL, NULL };
    const char *last = NULL;
    skr_kinds kinds;
    skr_buf_cstr(b, ",\"events\":[");
    if (schema && tree && skr_condition_kinds(&l->work, schema, tree, nowhere, &kinds) == SAKER_OK) {
        if (!order_kinds(l->mem, order, schema))
            b->failed = true;
        for (size_t i = 0; i < order->v.n; i++) {
            const kind_name *k = &order->v.v[i];
            if (!(kinds.all || (kinds.bits[k->at / 64] >> k->at % 64 & 1)) || (last && strcmp(last, k->name) == 0))
                continue;
            if (last)
                skr_buf_char(b, ',');
            skr_buf_json(b, skr_str_of(k->name));
            last = k->name;
        }
    }
    skr_buf_char(b, ']');
}

/* ---- Where definitions come from ---- */

static void put_place(skr_buf *b, skr_span span, bool *first)
{
    uint32_t start;
    if (!span.src || !span.src->name)
        return;
    if (!*first)
        skr_buf_char(b, ',');
    *first = false;
    skr_buf_cstr(b, "{\"file\":");
    skr_buf_json(b, skr_str_of(span.src->name));
    skr_buf_printf(b, ",\"line\":%zu}", skr_source_line(span.src, span.at, &start) + 1);
}

/* The definition, and each part that was appended or put in its place. */
static void put_origin(skr_buf *b, const skr_head *h, const skr_parts *const *parts, size_t count)
{
    bool first = true;
    skr_buf_cstr(b, ",\"origin\":[");
    put_place(b, h->span, &first);
    const skr_source *src = h->span.src;
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < parts[k]->n; i++) {
            skr_span s = skr_part_span(parts[k]->v[i]);
            if (i == 0 && s.src == src && s.at < h->span.at + 4096)
                continue; /* of the definition itself */
            put_place(b, s, &first);
        }
    }
    skr_buf_char(b, ']');
}

static void put_parts(skr_buf *b, const skr_parts *v)
{
    skr_buf_char(b, '"');
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            skr_buf_char(b, ' ');
        skr_buf_json_inner(b, skr_part_text(v->v[i]));
    }
    skr_buf_char(b, '"');
}

/* ---- Rules ---- */

static void put_tags(skr_buf *b, skr_loader *l, const skr_rule *r)
{
    names tags = no_names(l->mem);
    for (size_t i = 0; i < r->tags.n; i++)
        add(&tags, r->tags.v[i]);
    put_names(b, "tags", &tags);
}

static void put_rule_info(skr_buf *b, skr_loader *l, const skr_rule *r, bool active)
{
    const skr_parts *parts[] = { &r->condition, &r->output };
    skr_buf_cstr(b, "\"info\":{\"name\":");
    skr_buf_json(b, r->head.name);
    skr_buf_cstr(b, ",\"condition\":");
    put_parts(b, &r->condition);
    skr_buf_cstr(b, ",\"output\":");
    put_parts(b, &r->output);
    skr_buf_cstr(b, ",\"description\":");
    put_parts(b, &r->desc);
    const char *priority = saker_priority_name(r->priority);
    skr_buf_printf(b, ",\"priority\":\"%s\",\"enabled\":%s,\"source\":", priority ? priority : "",
                   r->enabled ? "true" : "false");
    skr_buf_json(b, r->source);
    skr_buf_printf(b, ",\"capture\":%s,\"capture_duration\":%u", r->capture ? "true" : "false",
                   (unsigned)r->capture_duration);
    put_tags(b, l, r);
    skr_buf_printf(b, ",\"active\":%s", active ? "true" : "false");
    put_origin(b, &r->head, parts, 2);
    skr_buf_char(b, '}');
}

static void add_entry(skr_loader *l, names *s, const skr_exval *v)
{
    (void)l;
    if (!v->is_list && (v->part.src || v->part.scalar))
        add(s, skr_part_text(v->part));
    for (uint32_t i = 0; i < v->count; i++)
        add(s, skr_part_text(v->items[i].part));
}

static void put_exceptions(skr_buf *b, skr_loader *l, const skr_rule *r)
{
    names name = no_names(l->mem), fields = no_names(l->mem), ops = no_names(l->mem);
    for (size_t i = 0; i < r->exceptions.n; i++) {
        add(&name, r->exceptions.v[i].name);
        add_entry(l, &fields, &r->exceptions.v[i].fields);
        add_entry(l, &ops, &r->exceptions.v[i].comps);
    }
    put_names(b, "exception_names", &name);
    put_names(b, "exception_fields", &fields);
    put_names(b, "exception_operators", &ops);
}

/* Tokens of an output: what follows each '%', as long as it is a field's name or call. */
static void put_output_fields(skr_buf *b, skr_loader *l, const skr_rule *r)
{
    names fields = no_names(l->mem);
    skr_str text = r->full_output ? r->full_output->base.text : SKR_STR("");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%')
            continue;
        size_t from = i + 1, to;
        while (from < text.len && skr_is_digit(text.ptr[from]))
            from++;
        for (to = from; to < text.len && text.ptr[to] != '%' && text.ptr[to] != ' ';)
            to++;
        for (; to > from; to--) {
            skr_operand *o = skr_parse_operand(&l->work, skr_str_cut(text, from, to), 0);
            saker_arg arg;
            const char *why;
            if (!o || (o->kind == SKR_FIELD && r->schema &&
                       skr_schema_find(r->schema, &l->work, o->text, o->has_arg, skr_operand_arg(o), true, &arg,
                                       &why) != SKR_RESOLVED))
                continue;
            add_operand(l, &fields, o);
            break;
        }
    }
    put_names(b, "output_fields", &fields);
}

static void put_rule(skr_buf *b, skr_loader *l, kind_order *order, const skr_rule *r, bool active)
{
    skr_buf_char(b, '{');
    put_rule_info(b, l, r, active);
    skr_buf_cstr(b, ",\"details\":{\"output_compiled\":");
    skr_buf_json(b, r->full_output ? r->full_output->base.text : SKR_STR(""));
    put_unit(b, l, &r->unit);
    put_exceptions(b, l, r);
    put_output_fields(b, l, r);
    put_events(b, l, order, r->schema, r->unit.tree);
    if (r->extra_count) {
        names extra = no_names(l->mem);
        for (size_t i = 0; i < r->extra_count; i++)
            if (r->extras[2 * i + 1])
                add(&extra, skr_str_of(r->extras[2 * i + 1]));
        put_names(b, "extra_output_formatted_fields", &extra);
    }
    skr_buf_cstr(b, ",\"plugins\":[]}}");
}

/* ---- Macros and lists ---- */

static void put_macro(skr_buf *b, skr_loader *l, kind_order *order, const skr_macro *m)
{
    const skr_parts *parts[] = { &m->condition };
    skr_buf_cstr(b, "{\"info\":{\"name\":");
    skr_buf_json(b, m->head.name);
    skr_buf_cstr(b, ",\"condition\":");
    put_parts(b, &m->condition);
    put_origin(b, &m->head, parts, 1);
    skr_buf_printf(b, "},\"details\":{\"used\":%s", m->head.used ? "true" : "false");
    put_unit(b, l, &m->unit);
    put_events(b, l, order, l->schemas.n ? l->schemas.v[0] : NULL, m->unit.tree);
    skr_buf_cstr(b, ",\"plugins\":[]}}");
}

static void put_items(skr_buf *b, const char *key, const skr_parts *v)
{
    skr_buf_printf(b, ",\"%s\":[", key);
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            skr_buf_char(b, ',');
        skr_buf_json(b, skr_part_text(v->v[i]));
    }
    skr_buf_char(b, ']');
}

static void put_list(skr_buf *b, skr_loader *l, const skr_list *x)
{
    names lists = no_names(l->mem);
    skr_buf_cstr(b, "{\"info\":{\"name\":");
    skr_buf_json(b, x->head.name);
    put_items(b, "items", &x->items);
    put_origin(b, &x->head, NULL, 0);
    skr_buf_printf(b, "},\"details\":{\"used\":%s", x->head.used ? "true" : "false");
    for (size_t i = 0; i < x->items.n; i++) {
        size_t k = skr_map_get(&l->list_names, skr_part_text(x->items.v[i]));
        if (k != SIZE_MAX && l->lists.v[k].head.index < x->head.visibility)
            add(&lists, l->lists.v[k].head.name);
    }
    put_names(b, "lists", &lists);
    skr_item_walk w = { .l = l, .list = x };
    bool first = true;
    skr_buf_cstr(b, ",\"items_compiled\":[");
    for (skr_part p; !b->failed && skr_next_item(&w, &p); first = false) {
        if (!first)
            skr_buf_char(b, ',');
        skr_buf_json(b, skr_part_text(p));
    }
    skr_buf_char(b, ']');
    skr_buf_cstr(b, ",\"plugins\":[]}}");
}

/* ---- All ---- */

static void put_plugin(skr_buf *b, const skr_plugin *p)
{
    skr_buf_cstr(b, "{\"name\":");
    skr_buf_json(b, p->name);
    skr_buf_printf(b, ",\"version\":\"%u.%u.%u\"", (unsigned)p->version.v[0], (unsigned)p->version.v[1],
                   (unsigned)p->version.v[2]);
}

static void put_requirements(skr_buf *b, const skr_loader *l)
{
    skr_buf_cstr(b, ",\"required_plugin_versions\":[");
    for (size_t i = 0; i < l->requirements.n; i++) {
        const skr_requirement *r = &l->requirements.v[i];
        if (i)
            skr_buf_char(b, ',');
        put_plugin(b, &r->alternatives.v[0]);
        skr_buf_cstr(b, ",\"alternatives\":[");
        for (size_t k = 1; k < r->alternatives.n; k++) {
            if (k > 1)
                skr_buf_char(b, ',');
            put_plugin(b, &r->alternatives.v[k]);
            skr_buf_char(b, '}');
        }
        skr_buf_cstr(b, "]}");
    }
    skr_buf_char(b, ']');
}

typedef struct filter {
    unsigned what;
    const char *name;
    size_t put; /* in the array at hand */
    kind_order order;
} filter;

/* Is this definition to be described? What is needed for a moment can then be thrown away. */
static bool wants(skr_buf *b, skr_loader *l, filter *f, unsigned kind, const skr_head *h)
{
    if (b->failed || !(f->what & kind) || (f->name && !skr_str_is(h->name, f->name)))
        return false;
    if (f->put++)
        skr_buf_char(b, ',');
    skr_arena_reset(&l->work);
    return true;
}

void skr_describe(skr_buf *b, skr_loader *l, unsigned what, const char *name, skr_enabled_fn *enabled, const void *ctx)
{
    filter f = { .what = what, .name = name };
    skr_buf_cstr(b, "{\"required_engine_version\":");
    skr_buf_json(b, l->engine_version);
    put_requirements(b, l);
    skr_buf_cstr(b, ",\"rules\":[");
    for (size_t i = 0; i < l->rules.n; i++)
        if (!l->rules.v[i].unknown_source && !l->rules.v[i].skipped &&
            wants(b, l, &f, SKR_DESCRIBE_RULES, &l->rules.v[i].head))
            put_rule(b, l, &f.order, &l->rules.v[i], enabled(ctx, &l->rules.v[i]));
    f.put = 0;
    skr_buf_cstr(b, "],\"macros\":[");
    for (size_t i = 0; i < l->macros.n; i++)
        if (wants(b, l, &f, SKR_DESCRIBE_MACROS, &l->macros.v[i].head))
            put_macro(b, l, &f.order, &l->macros.v[i]);
    f.put = 0;
    skr_buf_cstr(b, "],\"lists\":[");
    for (size_t i = 0; i < l->lists.n; i++)
        if (wants(b, l, &f, SKR_DESCRIBE_LISTS, &l->lists.v[i].head))
            put_list(b, l, &l->lists.v[i]);
    skr_buf_cstr(b, "]}");
    skr_vec_free(l->mem, &f.order.v);
}
