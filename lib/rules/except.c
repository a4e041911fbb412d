/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: shape, checks, and the text that they add to a condition (rules.md 8). */
#include "item.h"

enum {
    MAX_DEPTH = 4, /* values: [[[a, b]]] is as deep as makes sense */
    PART_COST = 80 /* what a comparison, a transformer or an argument costs beside its text, in bytes of text */
};

static const char *const exception_keys[] = { "name", "fields", "comps", "values", NULL };

static void free_exception(skr_loader *l, skr_exception *e)
{
    skr_vec_free(l->mem, &e->values);
}

void skr_exceptions_free(skr_loader *l, skr_exceptions *x)
{
    for (size_t i = 0; i < x->n; i++)
        free_exception(l, &x->v[i]);
    skr_vec_free(l->mem, x);
    skr_map_free(&x->names);
}

static skr_exception *find_exception(const skr_exceptions *x, skr_str name)
{
    const size_t i = skr_map_get(&x->names, name);
    return i == SIZE_MAX ? NULL : &x->v[i];
}

/* Takes over what `e` holds. */
static bool push_exception(skr_loader *l, skr_exceptions *x, const skr_exception *e)
{
    if (!x->names.mem)
        skr_map_init(&x->names, l->mem);
    if (!skr_vec_push(l->mem, x, *e))
        return skr_loader_lost(l);
    if (skr_map_add(&x->names, e->name, x->n - 1) != SIZE_MAX)
        return true;
    x->n--;
    return skr_loader_lost(l);
}

/* ---- Reading ---- */

static bool fail_entry(skr_item *it, const skr_ynode *n)
{
    return skr_item_fail(it, SKR_D_EXCEPTIONS_SHAPE, skr_node_span(it->src, n), NULL,
                         "Can't decode YAML exception value", "an entry must be a text or a sequence of texts", NULL);
}

/* A text, or a sequence of entries. */
static bool read_entry(skr_item *it, const skr_ynode *n, unsigned depth, skr_exval *out)
{
    skr_loader *l = it->l;
    *out = (skr_exval){ .place = skr_node_place(it->src, n) };
    if (skr_yscalar(n)) {
        return skr_keep_scalar(l, n->as.scalar, it->src, &out->part);
    }
    if (n->kind != SKR_YSEQ || depth == MAX_DEPTH)
        return fail_entry(it, n);
    out->is_list = true;
    out->count = n->count;
    out->items = skr_arena_array(&l->keep, n->count, sizeof *out->items);
    if (!out->items)
        return skr_loader_lost(l);
    for (uint32_t i = 0; i < n->count; i++)
        if (!read_entry(it, n->as.items[i], depth + 1, &out->items[i]))
            return false;
    return true;
}

static bool read_key(skr_item *it, const char *key, bool required, skr_exval *out, bool *given)
{
    const skr_ynode *n = skr_item_get(it, skr_str_of(key), required);
    skr_part unused;
    *given = n != NULL;
    if (!n)
        return !required;
    if (n->kind == SKR_YSEQ)
        return read_entry(it, n, 0, out);
    if (!skr_item_text(it, skr_str_of(key), required, &unused))
        return false;
    *out = (skr_exval){ .place = skr_node_place(it->src, n), .part = unused };
    return true;
}

static bool read_values(skr_item *it, bool append, skr_exception *e)
{
    skr_loader *l = it->l;
    const skr_ynode *n = skr_yget(it->node, SKR_STR("values"));
    if (!n) {
        if (append) {
            skr_near near = skr_near_init(SKR_STR("values"));
            for (size_t i = 0; i < it->node->count; i++)
                if (skr_yscalar(it->node->as.items[2 * i]))
                    skr_near_try(&near, skr_ytext(it->node->as.items[2 * i]));
            skr_diag d = { .code = SKR_D_EXCEPTION_NO_VALUES, .severity = SAKER_DIAG_WARNING, .item = it->name };
            d.span = skr_item_span(it);
            d.message = skr_say(&l->diags, "exception '%.*s' is appended to, but has no 'values'", SKR_S(it->name));
            if (near.best.len)
                d.hint = skr_say(&l->diags, "'%.*s' looks like a misspelt 'values'", SKR_S(near.best));
            d.falco = "Overriding/appending exception with no values";
            d.context = &it->context;
            skr_loader_report(l, &d);
        }
        return true;
    }
    e->has_values = true;
    if (n->kind != SKR_YSEQ) {
        skr_context c =
            skr_context_add(&it->context, SKR_LOC_EXCEPTION_VALUES, (skr_str){ "", 0 }, skr_node_place(it->src, n));
        return skr_item_fail(it, SKR_D_EXCEPTIONS_SHAPE,
                             skr_is_null(n) ? skr_key_span(it, SKR_STR("values")) : skr_node_span(it->src, n), &c,
                             "Rule exception values must be a sequence",
                             "'values' must be a sequence, with one entry for each exception", NULL);
    }
    if (!skr_vec_reserve(l->mem, &e->values, n->count))
        return skr_loader_lost(l);
    for (size_t i = 0; i < n->count; i++) {
        if (!read_entry(it, n->as.items[i], 1, &e->values.v[e->values.n]))
            return false;
        e->values.n++;
    }
    return true;
}

static void warn_twice(skr_item *it, const skr_exception *first)
{
    skr_loader *l = it->l;
    skr_diag d = { .code = SKR_D_EXCEPTION_TWICE, .severity = SAKER_DIAG_WARNING, .item = it->name };
    d.span = skr_item_span(it);
    d.message = skr_say(&l->diags, "two exceptions of this rule are called '%.*s'", SKR_S(it->name));
    d.falco = skr_say(&l->diags, "Multiple definitions of exception '%.*s' in the same rule", SKR_S(it->name));
    d.context = &it->context;
    skr_diag note = { .code = SKR_D_DEFINED_HERE, .message = "the first one is here" };
    note.span = (skr_span){ first->place.src, first->place.at, first->place.at + 1 };
    skr_diags_note(&l->diags, skr_loader_report_noted(l, &d), &note);
}

static bool read_exception(skr_loader *l, const skr_source *src, const skr_ynode *n, const skr_context *rule,
                           const skr_context *outer, bool append, skr_exceptions *out)
{
    skr_item it = { .l = l, .src = src, .node = n, .noun = "exception", .keys = exception_keys };
    skr_place place = skr_node_place(src, n);
    skr_part name;
    it.context = skr_context_add(outer, SKR_LOC_EXCEPTION, (skr_str){ "", 0 }, place);
    if (n->kind != SKR_YMAP)
        return skr_item_fail(&it, SKR_D_EXCEPTIONS_SHAPE, skr_node_span(src, n), NULL,
                             "Rule exception must be a mapping",
                             "an exception must be a mapping with 'name' and 'fields'", NULL);
    if (!skr_item_text(&it, SKR_STR("name"), true, &name))
        return false;
    const char *copy = skr_loader_name(l, skr_part_text(name));
    if (!copy)
        return false;
    it.name = (skr_str){ copy, skr_part_text(name).len };
    it.context = skr_context_add(rule, SKR_LOC_EXCEPTION, it.name, place);
    skr_item_double_keys(&it);
    const skr_exception *first = find_exception(out, it.name);
    if (first)
        warn_twice(&it, first);
    skr_exception e = { .name = it.name, .place = place };
    bool ok = read_key(&it, "fields", !append, &e.fields, &e.has_fields) &&
              read_key(&it, "comps", false, &e.comps, &e.has_comps) && read_values(&it, append, &e);
    if (ok && push_exception(l, out, &e))
        return true;
    free_exception(l, &e);
    return false;
}

bool skr_read_exceptions(skr_loader *l, const skr_source *src, const skr_ynode *item, const skr_context *c, bool append,
                         skr_exceptions *out, bool *given)
{
    const skr_ynode *n = skr_yget(item, SKR_STR("exceptions"));
    *given = n && !skr_is_null(n);
    if (!*given)
        return true;
    skr_context outer = skr_context_add(c, SKR_LOC_EXCEPTIONS, (skr_str){ "", 0 }, skr_node_place(src, n));
    if (n->kind != SKR_YSEQ) {
        skr_item it = { .l = l, .src = src, .node = item, .context = outer };
        return skr_item_fail(&it, SKR_D_EXCEPTIONS_SHAPE, skr_node_span(src, n), NULL,
                             "Rule exceptions must be a sequence", "'exceptions' must be a sequence of mappings",
                             "each exception begins with '- name:'");
    }
    bool ok = true;
    for (size_t i = 0; i < n->count; i++)
        ok = read_exception(l, src, n->as.items[i], c, &outer, append, out) && ok;
    return ok;
}

/* ---- Checks of a definition ---- */

/* Of a sequence where a text is due: nothing. */
static skr_str entry_text(const skr_exval *v)
{
    return v->is_list ? SKR_STR("") : skr_part_text(v->part);
}

static skr_span entry_span(const skr_exval *v)
{
    while (v->is_list && v->count)
        v = &v->items[0];
    if (v->is_list || !v->part.src)
        return (skr_span){ v->place.src, v->place.at, v->place.at + 1 };
    return skr_part_span(v->part);
}

static skr_span name_span(const skr_exception *e)
{
    return (skr_span){ e->place.src, e->place.at, e->place.at + 4 };
}

typedef struct check {
    skr_loader *l;
    const skr_schema *schema; /* NULL: the source is unknown */
    const skr_exception *e;
    skr_context context;
    skr_str rule;
} check;

static bool fail(const check *k, skr_code code, skr_span span, const char *falco, const char *message, const char *hint)
{
    skr_diag d = { .code = code, .severity = SAKER_DIAG_ERROR, .span = span, .item = k->rule };
    d.message = message;
    d.hint = hint;
    d.falco = falco;
    d.context = &k->context;
    skr_loader_report(k->l, &d);
    return false;
}

static check check_of(skr_loader *l, const skr_rule *r, const skr_context *c, const skr_exception *e)
{
    check k = { .l = l, .schema = r->schema, .e = e, .rule = r->head.name };
    k.context = skr_context_add(c, SKR_LOC_EXCEPTION, e->name, e->place);
    return k;
}

/* "startswith oneof" -> operator and whether a modifier follows; false: neither. */
static bool split_operator(skr_str s, skr_op *op, bool *modified)
{
    static const skr_modifier modifiers[] = { SKR_MOD_ONEOF, SKR_MOD_ANYOF, SKR_MOD_ALLOF };
    s = skr_str_trim(s, " \t\n\r\v\f");
    *modified = false;
    for (size_t i = 0; i < 3; i++) {
        skr_str m = skr_str_of(skr_modifier_text(modifiers[i]));
        if (s.len > m.len && skr_str_ends(s, m) && skr_is_space(s.ptr[s.len - m.len - 1])) {
            s = skr_str_trim(skr_str_cut(s, 0, s.len - m.len), " \t\n\r\v\f");
            *modified = true;
            break;
        }
    }
    for (int i = 0; i < SKR_OP_COUNT; i++)
        if (skr_str_is(s, skr_op_text((skr_op)i))) {
            *op = (skr_op)i;
            return true;
        }
    return false;
}

enum { UNARY, NUM, STR, LIST }; /* families of ops.def */

static int family(skr_op op)
{
    static const unsigned char families[] = {
#define SKR_OP(id, text, fam, doc) [SKR_OP_##id] = fam,
#include "ops.def"
#undef SKR_OP
    };
    return families[op];
}

/* Only operators that compare with one text can have a modifier. */
static bool takes_modifier(skr_op op)
{
    return family(op) == STR;
}

static bool is_list_operator(skr_str s)
{
    skr_op op;
    bool modified;
    return split_operator(s, &op, &modified) && (modified || family(op) == LIST);
}

static const char *near_operator(const check *k, skr_str s)
{
    skr_near n = skr_near_init(s);
    for (int i = 0; i < SKR_OP_COUNT; i++)
        skr_near_try(&n, skr_str_of(skr_op_text((skr_op)i)));
    return skr_near_hint(k->l, &n);
}

static bool check_operator(const check *k, const skr_exval *v)
{
    skr_str s = skr_str_trim(entry_text(v), " \t\n\r\v\f");
    skr_op op;
    bool modified;
    if (!v->is_list && split_operator(s, &op, &modified) && (!modified || takes_modifier(op)))
        return true;
    return fail(k, SKR_D_EXCEPTION_OPERATOR, entry_span(v),
                skr_say(&k->l->diags, "'%.*s' is not a supported comparison operator", SKR_S(s)),
                v->is_list ? "an operator is due here, not a sequence"
                           : skr_say(&k->l->diags, "'%.*s' is not an operator", SKR_S(s)),
                near_operator(k, s));
}

static bool check_single_operator(const check *k, const skr_exval *v)
{
    skr_str s = skr_str_trim(skr_part_text(v->part), " \t\n\r\v\f");
    skr_op op;
    bool modified;
    if (split_operator(s, &op, &modified) && (modified ? takes_modifier(op) : family(op) == LIST))
        return true;
    bool plain = split_operator(s, &op, &modified) && !modified;
    const char *hint = plain && takes_modifier(op) ? skr_say(&k->l->diags, "write '%.*s oneof', or 'fields: [%.*s]'",
                                                             SKR_S(s), SKR_S(skr_part_text(k->e->fields.part)))
                                                   : near_operator(k, s);
    return fail(
        k, SKR_D_EXCEPTION_OPERATOR, entry_span(v),
        "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier operator (e.g. "
        "startswith oneof)",
        plain ? skr_say(&k->l->diags, "'%.*s' cannot be used with a single field", SKR_S(s))
              : skr_say(&k->l->diags, "'%.*s' is not an operator", SKR_S(s)),
        hint);
}

/* Is the operand built of fields that exist? */
static bool knows(const check *k, const skr_operand *o, skr_str *wrong)
{
    saker_arg arg;
    const char *why;
    if (o->kind == SKR_FIELD) {
        *wrong = o->text;
        return skr_schema_find(k->schema, &k->l->trees, o->text, o->has_arg, skr_operand_arg(o), false, &arg, &why) ==
               SKR_RESOLVED;
    }
    for (size_t i = 0; i < o->count; i++)
        if (!knows(k, o->items[i], wrong))
            return false;
    return true;
}

static bool check_field(const check *k, const skr_exval *v)
{
    if (!k->schema)
        return true;
    skr_str s = entry_text(v), wrong = s;
    skr_operand *o = v->is_list ? NULL : skr_parse_operand(&k->l->trees, s, 0);
    if (!o && k->l->mem->failed)
        return skr_loader_lost(k->l);
    if (o && (o->kind == SKR_FIELD || o->kind == SKR_XFORM) && knows(k, o, &wrong))
        return true;
    const char *near = k->l->diags.full ? NULL : skr_schema_near(k->schema, wrong);
    return fail(k, SKR_D_EXCEPTION_FIELD, entry_span(v),
                skr_say(&k->l->diags, "'%.*s' is not a supported filter field", SKR_S(s)),
                v->is_list ? "a field is due here, not a sequence"
                : o        ? skr_say(&k->l->diags, "unknown field '%.*s'", SKR_S(wrong))
                           : skr_say(&k->l->diags, "'%.*s' is not a field", SKR_S(s)),
                near ? skr_say(&k->l->diags, "did you mean '%s'?", near) : NULL);
}

static bool default_comps(const check *k, skr_exception *e, const char *op, uint32_t count)
{
    static const skr_scalar ops[] = { { { "=", 1 }, NULL, 0, 0 }, { { "in", 2 }, NULL, 0, 0 } };
    const skr_scalar *s = &ops[op[0] == 'i'];
    skr_exval *items = skr_arena_array(&k->l->keep, count, sizeof *items);
    if (!items)
        return skr_loader_lost(k->l);
    e->comps = (skr_exval){ .place = e->place, .is_list = count > 0, .count = count, .items = items };
    e->comps.part = (skr_part){ NULL, s, 0, (uint32_t)s->text.len };
    for (uint32_t i = 0; i < count; i++)
        items[i] = (skr_exval){ .place = e->place, .part = e->comps.part };
    return true;
}

static bool check_tuple(const check *k, skr_exception *e)
{
    if (!e->has_comps && !default_comps(k, e, "=", e->fields.count))
        return false;
    if (!e->comps.is_list || e->comps.count != e->fields.count)
        return fail(k, SKR_D_EXCEPTION_COMPS, entry_span(&e->comps), "Fields and comps lists must have equal length",
                    skr_say(&k->l->diags, "%u field%s, but %u operator%s", (unsigned)e->fields.count,
                            e->fields.count == 1 ? "" : "s", e->comps.is_list ? (unsigned)e->comps.count : 1,
                            e->comps.is_list && e->comps.count != 1 ? "s" : ""),
                    e->comps.is_list ? "'comps' has one operator for each field"
                                     : "write 'comps' as a sequence, like the fields");
    for (uint32_t i = 0; i < e->comps.count; i++)
        if (!check_operator(k, &e->comps.items[i]))
            return false;
    for (uint32_t i = 0; i < e->fields.count; i++)
        if (!check_field(k, &e->fields.items[i]))
            return false;
    return true;
}

static bool check_single(const check *k, skr_exception *e)
{
    if (!e->has_comps && !default_comps(k, e, "in", 0))
        return false;
    if (e->comps.is_list)
        return fail(k, SKR_D_EXCEPTION_COMPS, entry_span(&e->comps), "Fields and comps must both be strings",
                    "'fields' is a single field, but 'comps' is a sequence", "write 'comps' as one operator");
    return check_single_operator(k, &e->comps) && check_field(k, &e->fields);
}

bool skr_exception_check(skr_loader *l, const skr_rule *r, const skr_context *rule, skr_exception *e)
{
    check k = check_of(l, r, rule, e);
    e->broken = true;
    if (e->fields.is_list ? !e->fields.count : !e->has_fields)
        return fail(&k, SKR_D_EXCEPTION_FIELDS, name_span(e),
                    "Rule exception item must have fields property with a list of fields",
                    skr_say(&l->diags, "exception '%.*s' has no fields", SKR_S(e->name)), NULL);
    bool ok = e->fields.is_list ? check_tuple(&k, e) : check_single(&k, e);
    e->broken = !ok;
    return ok;
}

/* ---- Appending ---- */

static bool merge_new(skr_loader *l, skr_rule *r, const check *k, skr_exception *e)
{
    if (!e->has_fields || (e->fields.is_list && !e->fields.count))
        return fail(k, SKR_D_EXCEPTION_FIELDS, name_span(e),
                    "Rule exception must have fields property with a list of fields",
                    skr_say(&l->diags, "rule '%.*s' has no exception '%.*s', and a new one needs 'fields'",
                            SKR_S(r->head.name), SKR_S(e->name)),
                    NULL);
    if (!e->values.n)
        return fail(k, SKR_D_EXCEPTION_VALUES, name_span(e),
                    "Rule exception must have values property with a list of values",
                    skr_say(&l->diags, "exception '%.*s' is new and has no 'values'", SKR_S(e->name)), NULL);
    if (!skr_exception_check(l, r, &k->context, e))
        return false;
    if (!push_exception(l, &r->exceptions, e))
        return false;
    memset(&e->values, 0, sizeof e->values);
    return true;
}

static bool merge_values(const check *k, skr_exception *prev, const skr_exception *e)
{
    if (e->has_fields || e->has_comps)
        return fail(k, SKR_D_EXCEPTION_CHANGED, entry_span(e->has_fields ? &e->fields : &e->comps),
                    skr_say(&k->l->diags, "Can not append exception %s to existing exception, only values",
                            e->has_fields ? "fields" : "comps"),
                    skr_say(&k->l->diags, "exception '%.*s' exists: only values can be appended to it", SKR_S(e->name)),
                    e->has_fields ? "remove 'fields' and 'comps'" : "remove 'comps'");
    for (size_t i = 0; i < e->values.n; i++)
        if (!skr_vec_push(k->l->mem, &prev->values, e->values.v[i]))
            return skr_loader_lost(k->l);
    return true;
}

bool skr_exceptions_merge(skr_loader *l, skr_rule *r, const skr_context *rule, skr_exceptions *more)
{
    for (size_t i = 0; i < more->n; i++) {
        skr_exception *e = &more->v[i], *prev = find_exception(&r->exceptions, e->name);
        check k = check_of(l, r, rule, e);
        if (!(prev ? merge_values(&k, prev, e) : merge_new(l, r, &k, e)))
            return false;
    }
    return true;
}

/* ---- Text ---- */

/* Falco's quoting: a blank inside and no quote in front. */
static void put_quoted(skr_textb *b, skr_part p)
{
    skr_str s = skr_part_text(p);
    bool quote = s.len && memchr(s.ptr, ' ', s.len) && s.ptr[0] != '"' && s.ptr[0] != '\'';
    skr_place at = { p.src, skr_part_span(p).at };
    if (quote)
        skr_textb_glue(b, "\"", at);
    skr_textb_part(b, p);
    if (quote)
        skr_textb_glue(b, "\"", at);
}

/* A default operator is of no file. */
static void put_operator(skr_textb *b, skr_part p, skr_place at)
{
    if (p.src)
        skr_textb_part(b, skr_part_trim(p, " \t\n\r\v\f"));
    else
        skr_textb_glue(b, p.scalar->text.ptr, at);
}

static bool put_single(const check *k, const skr_exception *e, skr_textb *b)
{
    for (size_t i = 0; i < e->values.n; i++) {
        const skr_exval *v = &e->values.v[i];
        if (v->is_list)
            return fail(k, SKR_D_EXCEPTION_TUPLE, entry_span(v), "Expected values array to contain a list of strings",
                        skr_say(&k->l->diags, "exception '%.*s' has a single field, so its values are texts",
                                SKR_S(e->name)),
                        "remove the brackets around the value, or write 'fields' as a sequence");
        if (i == 0) {
            skr_textb_glue(b, "(", e->place);
            skr_textb_part(b, e->fields.part);
            skr_textb_glue(b, " ", e->place);
            put_operator(b, e->comps.part, e->place);
            skr_textb_glue(b, " (", e->place);
        } else {
            skr_textb_glue(b, ", ", v->place);
        }
        put_quoted(b, v->part);
    }
    skr_textb_glue(b, "))", e->place);
    return true;
}

static void put_operand(const skr_exval *v, skr_str op, skr_textb *b)
{
    if (v->is_list) {
        skr_textb_glue(b, "(", v->place);
        for (uint32_t i = 0; i < v->count; i++) {
            if (i)
                skr_textb_glue(b, ", ", v->place);
            put_quoted(b, v->items[i].part);
        }
        skr_textb_glue(b, ")", v->place);
        return;
    }
    skr_str s = skr_part_text(v->part);
    if (!is_list_operator(op)) {
        put_quoted(b, v->part);
    } else if (s.len && s.ptr[0] == '(') {
        skr_textb_part(b, v->part);
    } else {
        skr_textb_glue(b, "(", v->place);
        skr_textb_part(b, v->part);
        skr_textb_glue(b, ")", v->place);
    }
}

static bool fail_length(const check *k, const skr_exception *e, const skr_exval *v)
{
    unsigned have = v->is_list ? (unsigned)v->count : 1, need = (unsigned)e->fields.count;
    return fail(k, SKR_D_EXCEPTION_TUPLE, entry_span(v), "Fields and values lists must have equal length",
                v->is_list ? skr_say(&k->l->diags, "this entry has %u value%s, but exception '%.*s' has %u field%s",
                                     have, have == 1 ? "" : "s", SKR_S(e->name), need, need == 1 ? "" : "s")
                           : skr_say(&k->l->diags, "an entry of exception '%.*s' must be a sequence", SKR_S(e->name)),
                v->is_list ? NULL : skr_say(&k->l->diags, "write [%.*s]", SKR_S(skr_part_text(v->part))));
}

static bool put_tuple(const check *k, const skr_exception *e, const skr_exval *v, skr_textb *b)
{
    if (!v->is_list || v->count != e->fields.count)
        return fail_length(k, e, v);
    skr_textb_glue(b, "(", v->place);
    for (uint32_t i = 0; i < v->count; i++) {
        skr_str op = skr_part_text(e->comps.items[i].part);
        if (v->items[i].is_list)
            for (uint32_t j = 0; j < v->items[i].count; j++)
                if (v->items[i].items[j].is_list)
                    return fail(k, SKR_D_EXCEPTION_TUPLE, entry_span(&v->items[i].items[j]),
                                "Fields and values lists must have equal length",
                                "a list of values cannot hold another list", NULL);
        skr_textb_glue(b, i ? " and  " : " ", v->place);
        skr_textb_part(b, e->fields.items[i].part);
        skr_textb_glue(b, " ", v->place);
        put_operator(b, e->comps.items[i].part, v->place);
        skr_textb_glue(b, " ", v->place);
        put_operand(&v->items[i], op, b);
    }
    skr_textb_glue(b, ")", v->place);
    return true;
}

/* What one more tuple puts into the text beside its values. */
static size_t tuple_cost(const skr_exception *e)
{
    size_t cost = 0;
    for (uint32_t i = 0; i < e->fields.count; i++) {
        skr_str s = skr_part_text(e->fields.items[i].part);
        cost += s.len + PART_COST;
        for (size_t at = 0; at < s.len; at++)
            cost += s.ptr[at] == '(' || s.ptr[at] == ',' ? PART_COST : 0;
    }
    return cost;
}

/* Fields are repeated for each tuple, so that a small file could be made a huge text; false: too much (reported). */
static bool charge(const check *k, const skr_exception *e)
{
    const uint64_t cost = (uint64_t)tuple_cost(e) * e->values.n; /* each is less than 2^32 times a small number */
    k->l->spliced += cost < SIZE_MAX - k->l->spliced ? (size_t)cost : SIZE_MAX - k->l->spliced;
    if (!skr_lists_are_many(k->l))
        return true;
    return fail(k, SKR_D_TOO_LARGE, name_span(e), "the expanded condition is too large",
                skr_say(&k->l->diags, "rule '%.*s' is too large with its exceptions expanded", SKR_S(k->rule)),
                "fields are repeated for each entry of 'values': a single field with one list of values is shorter");
}

static bool put_tuples(const check *k, const skr_exception *e, skr_textb *b)
{
    if (!charge(k, e))
        return false;
    skr_textb_glue(b, "(", e->place);
    for (size_t i = 0; i < e->values.n; i++) {
        if (i)
            skr_textb_glue(b, " or ", e->values.v[i].place);
        if (!put_tuple(k, e, &e->values.v[i], b))
            return false;
    }
    skr_textb_glue(b, ")", e->place);
    return true;
}

static void put_parts(skr_textb *b, const skr_parts *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (i)
            skr_textb_glue(b, " ", (skr_place){ v->v[i].src, skr_part_span(v->v[i]).at });
        skr_textb_part(b, v->v[i]);
    }
}

bool skr_exceptions_text(skr_loader *l, const skr_rule *r, skr_textb *b)
{
    bool any = r->exceptions.n > 0;
    skr_context context = skr_head_context(&r->head);
    skr_place start = r->condition_place;
    if (any)
        skr_textb_glue(b, "(", start);
    put_parts(b, &r->condition);
    if (any)
        skr_textb_glue(b, ")", start);
    for (size_t i = 0; i < r->exceptions.n; i++) {
        const skr_exception *e = &r->exceptions.v[i];
        if (!e->values.n || e->broken)
            continue;
        check k = check_of(l, r, &context, e);
        skr_textb_glue(b, " and not ", e->place);
        if (!(e->fields.is_list ? put_tuples(&k, e, b) : put_single(&k, e, b)))
            return false;
    }
    return true;
}
