/* SPDX-License-Identifier: Apache-2.0 */
/* Operands: names resolved, transformers typed. */
#include "check.h"

static const char *const names[] = {
#define SKR_XFORM(id, name, doc) name,
#include "xforms.def"
#undef SKR_XFORM
};

const char *skr_xform_name(skr_xform x)
{
    return x < SKR_XFORM_COUNT ? names[x] : "";
}

static skr_xform find_xform(skr_str name)
{
    unsigned i = 0;
    while (i < SKR_XFORM_COUNT && !skr_str_is(name, names[i]))
        i++;
    return (skr_xform)i;
}

static bool takes_one(skr_xform x)
{
    return x != SKR_XFORM_JOIN && x != SKR_XFORM_CONCAT && x != SKR_XFORM_GETOPT;
}

const char *skr_expr_name(const skr_expr *e)
{
    if (e->kind == SKR_EXPR_FIELD)
        return e->arg.field->name;
    for (size_t i = 0; i < e->count; i++) {
        const char *name = skr_expr_name(e->items[i]);
        if (*name)
            return name;
    }
    return e->kind == SKR_EXPR_XFORM ? skr_xform_name(e->xform) : "";
}

/* ---- Fields ---- */

static const char *written(skr_checker *c, const skr_operand *o)
{
    const int len = (int)(o->text.len < 512 ? o->text.len : 512);
    if (!o->has_arg)
        return skr_arena_printf(c->a, "%.*s", len, o->text.ptr);
    const int arg_len = (int)(o->arg.len < 512 ? o->arg.len : 512);
    return skr_arena_printf(c->a, "%.*s[%.*s]", len, o->text.ptr, arg_len, o->arg.ptr);
}

static void no_field(skr_checker *c, const skr_operand *o)
{
    const char *name = written(c, o), *hint = NULL, *message;
    saker_arg arg;
    const char *why;
    if (o->has_arg && skr_schema_find(c->s, c->a, o->text, false, SKR_STR(""), false, &arg, &why) == SKR_RESOLVED) {
        message = skr_arena_printf(c->a, "field '%s' does not take the argument '%.*s'", arg.field->name,
                                   (int)(o->arg.len < 512 ? o->arg.len : 512), o->arg.ptr);
    } else {
        const char *near = c->quiet ? NULL : skr_schema_near(c->s, o->text);
        message = skr_arena_printf(c->a, "unknown field '%s'", name ? name : "");
        hint = near ? skr_arena_printf(c->a, "did you mean '%s'?", near) : NULL;
    }
    skr_check_fail(c, SKR_ISSUE_UNKNOWN_FIELD, o->pos, o->len,
                   skr_arena_printf(c->a, "filter_check called with nonexistent field %s", name ? name : ""), message,
                   hint);
}

static void no_longer(skr_checker *c, const skr_operand *o, const char *instead)
{
    const char *name = written(c, o);
    skr_check_fail(c, SKR_ISSUE_REMOVED_FIELD, o->pos, o->len,
                   skr_arena_printf(c->a, "filter_check called with nonexistent field %s", name ? name : ""),
                   skr_arena_printf(c->a, "field '%s' no longer exists", name ? name : ""), instead);
}

static skr_expr *new_expr(skr_checker *c, skr_expr_kind kind, saker_type type)
{
    skr_expr *e = skr_arena_alloc(c->a, sizeof *e);
    if (!e) {
        c->status = SAKER_ENOMEM;
        return NULL;
    }
    e->kind = kind;
    e->type = type;
    e->letter = -1;
    return e;
}

static skr_expr *check_field(skr_checker *c, const skr_operand *o)
{
    saker_arg arg;
    const char *why = NULL;
    skr_resolve r = skr_schema_find(c->s, c->a, o->text, o->has_arg, skr_operand_arg(o), c->output, &arg, &why);
    if (c->a->mem->failed && r != SKR_RESOLVED) {
        c->status = SAKER_ENOMEM;
        return NULL;
    }
    if (r == SKR_NO_FIELD)
        no_field(c, o);
    else if (r == SKR_FIELD_REMOVED)
        no_longer(c, o, why);
    else if (r == SKR_ARG_BAD)
        skr_check_fail(c, SKR_ISSUE_BAD_ARGUMENT, o->has_arg ? o->arg_pos : o->pos, o->has_arg ? o->arg.len : o->len,
                       why, why, NULL);
    if (r != SKR_RESOLVED)
        return NULL;
    skr_expr *e = new_expr(c, SKR_EXPR_FIELD, (saker_type)arg.type);
    if (!e)
        return NULL;
    const uint32_t flags = arg.field->flags;
    c->deprecated = c->deprecated || (flags & SAKER_DEPRECATED);
    e->arg = arg;
    e->is_list = flags & SAKER_LIST;
    e->any = (flags & SAKER_ANY) && !arg.key;
    e->pair = flags & SAKER_PAIR;
    e->by_kind = flags & SAKER_BY_KIND;
    return e;
}

/* ---- Transformers ---- */

static skr_expr *bad_xform(skr_checker *c, const skr_operand *o, const char *falco, const char *hint)
{
    skr_check_fail(c, SKR_ISSUE_BAD_TRANSFORMER, o->pos, o->len, falco, falco, hint);
    return NULL;
}

static bool is_string(saker_type t)
{
    return skr_type(t)->group == SKR_G_STRING;
}

static bool takes(skr_xform x, const skr_expr *e)
{
    switch (x) {
    case SKR_XFORM_TOLOWER:
    case SKR_XFORM_TOUPPER:
    case SKR_XFORM_BASENAME:
        return is_string(e->type);
    case SKR_XFORM_B64:
        return e->type == SAKER_STR || e->type == SAKER_BYTES;
    case SKR_XFORM_LEN:
        return e->is_list || is_string(e->type) || e->type == SAKER_BYTES;
    default:
        return true;
    }
}

static skr_expr *check_unary(skr_checker *c, const skr_operand *o, skr_expr *e)
{
    const skr_expr *arg = e->items[0];
    if (!takes(e->xform, arg)) {
        const char *type = skr_type(arg->type)->name, *name = skr_xform_name(e->xform), *field = skr_expr_name(arg);
        skr_check_fail(c, SKR_ISSUE_BAD_TRANSFORMER, o->pos, o->len,
                       skr_arena_printf(c->a,
                                        "can't add field transformer: type '%s' is not supported by '%s' transformer "
                                        "applied on field '%s'",
                                        type, name, field),
                       skr_arena_printf(c->a, "'%s' does not take a value of type %s", name, type), NULL);
        return NULL;
    }
    bool len = e->xform == SKR_XFORM_LEN;
    e->type = len ? SAKER_UINT : arg->type;
    e->is_list = !len && arg->is_list;
    return e;
}

static skr_expr *check_join(skr_checker *c, const skr_operand *o, skr_expr *e)
{
    if (e->count != 2)
        return bad_xform(c, o, "join() requires exactly 2 arguments: separator and list", NULL);
    if (e->items[0]->is_list)
        return bad_xform(c, o, "join() first argument (separator) must be a single value, not a list", NULL);
    if (!e->items[1]->is_list)
        return bad_xform(c, o, "join() second argument must be a list",
                         "write the elements in parentheses: join(\",\", (a.b, c.d))");
    return e;
}

static skr_expr *check_concat(skr_checker *c, const skr_operand *o, skr_expr *e)
{
    if (e->count < 2)
        return bad_xform(c, o, "concat() requires at least 2 arguments", NULL);
    for (size_t i = 0; i < e->count; i++)
        if (e->items[i]->is_list || e->items[i]->type != SAKER_STR)
            return bad_xform(c, o, "concat() arguments must be strings", NULL);
    return e;
}

static skr_expr *check_getopt(skr_checker *c, const skr_operand *o, skr_expr *e)
{
    if (e->count != 2)
        return bad_xform(c, o, "getopt() requires exactly 2 arguments: args list and optstring", NULL);
    const skr_expr *args = e->items[0], *letters = e->items[1];
    if (!args->is_list)
        return bad_xform(c, o, "getopt() first argument must be a list", NULL);
    if (letters->is_list)
        return bad_xform(c, o, "getopt() second argument (optstring) must be a single value", NULL);
    if (args->type != SAKER_STR || letters->type != SAKER_STR)
        return bad_xform(c, o, "getopt() arguments must be strings", NULL);
    if (o->has_arg && o->arg.len != 1)
        return bad_xform(c, o, "getopt() field argument must be a single option character", NULL);
    if (o->has_arg)
        e->letter = (unsigned char)o->arg.ptr[0];
    e->is_list = !o->has_arg;
    return e;
}

static bool check_items(skr_checker *c, const skr_operand *o, skr_expr *e, bool *by_kind)
{
    e->items = skr_arena_array(c->a, o->count, sizeof *e->items);
    if (!e->items && o->count) {
        c->status = SAKER_ENOMEM;
        return false;
    }
    *by_kind = true;
    for (size_t i = 0; i < o->count; i++) {
        e->items[i] = skr_check_operand(c, o->items[i]);
        if (!e->items[i])
            return false;
        const skr_expr *item = e->items[i];
        if (item->kind == SKR_EXPR_FIELD && ((item->arg.field->flags & SAKER_NO_RHS) || item->any || item->pair)) {
            const char *text = skr_arena_printf(c->a, "field '%s' does not support transformers", skr_expr_name(item));
            bad_xform(c, o->items[i], text, NULL);
            return false;
        }
        *by_kind = *by_kind && item->by_kind;
        e->count++;
    }
    return true;
}

static skr_expr *wrong_count(skr_checker *c, const skr_operand *o, skr_xform x)
{
    const char *name = skr_xform_name(x);
    if (takes_one(x))
        return bad_xform(c, o, skr_arena_printf(c->a, "%s() requires exactly 1 argument", name), NULL);
    skr_check_fail(c, SKR_ISSUE_BAD_TRANSFORMER, o->pos, o->len,
                   skr_arena_printf(c->a, "unknown field transfomer '%s'", name), /* spelt as the reference does */
                   skr_arena_printf(c->a, "'%s' takes at least two arguments", name), NULL);
    return NULL;
}

static skr_expr *type_xform(skr_checker *c, const skr_operand *o, skr_expr *e)
{
    switch (e->xform) {
    case SKR_XFORM_JOIN:
        return check_join(c, o, e);
    case SKR_XFORM_CONCAT:
        return check_concat(c, o, e);
    case SKR_XFORM_GETOPT:
        return check_getopt(c, o, e);
    default:
        return check_unary(c, o, e);
    }
}

static skr_expr *check_xform(skr_checker *c, const skr_operand *o)
{
    skr_xform x = find_xform(o->text);
    if (x == SKR_XFORM_VAL && o->count == 1 && !o->has_arg)
        return skr_check_operand(c, o->items[0]);
    if (x == SKR_XFORM_COUNT || x == SKR_XFORM_VAL)
        return bad_xform(c, o,
                         skr_arena_printf(c->a, "unknown field transfomer '%.*s'",
                                          (int)(o->text.len < 512 ? o->text.len : 512), o->text.ptr),
                         NULL);
    skr_expr *e = new_expr(c, SKR_EXPR_XFORM, SAKER_STR);
    if (!e)
        return NULL;
    e->xform = x;
    if (!check_items(c, o, e, &e->by_kind))
        return NULL;
    if (o->has_arg && x != SKR_XFORM_GETOPT)
        return bad_xform(c, o,
                         skr_arena_printf(c->a, "filter error: transformer '%s' does not support field arguments",
                                          skr_xform_name(x)),
                         NULL);
    if (e->count == 0 || (e->count == 1) != takes_one(x))
        return wrong_count(c, o, x);
    return type_xform(c, o, e);
}

static skr_expr *check_list(skr_checker *c, const skr_operand *o)
{
    skr_expr *e = new_expr(c, SKR_EXPR_LIST, SAKER_STR);
    if (!e || !check_items(c, o, e, &e->by_kind))
        return NULL;
    e->is_list = true;
    for (size_t i = 0; i < e->count; i++)
        if (i == 0)
            e->type = e->items[i]->type;
        else if (e->items[i]->type != e->type)
            e->type = (saker_type)0;
    return e;
}

static skr_expr *check_text(skr_checker *c, const skr_operand *o)
{
    skr_str text = o->text.ptr ? o->text : SKR_STR("");
    if (memchr(text.ptr, '\0', text.len)) {
        skr_check_fail(c, SKR_ISSUE_BAD_LITERAL, o->pos, o->len,
                       "filter error: filter value cannot contain a NUL byte (\\x00)",
                       "only values of bytes can contain a NUL byte", NULL);
        return NULL;
    }
    skr_expr *e = new_expr(c, SKR_EXPR_TEXT, SAKER_STR);
    if (e) {
        e->text = text;
        e->by_kind = true;
    }
    return e;
}

static skr_expr *check_kind_of(skr_checker *c, const skr_operand *o)
{
    switch (o->kind) {
    case SKR_FIELD:
        return check_field(c, o);
    case SKR_XFORM:
        return check_xform(c, o);
    case SKR_LIST_OF:
        return check_list(c, o);
    case SKR_VALUE:
    case SKR_STRETCH: /* of no operand that is looked at here */
        break;
    }
    return check_text(c, o);
}

skr_expr *skr_check_operand(skr_checker *c, const skr_operand *o)
{
    skr_expr *e = NULL;
    if (++c->depth > SKR_MAX_DEPTH || ++c->nodes > c->limits.max_nodes)
        skr_check_too_large(c, o->pos, o->len);
    else
        e = check_kind_of(c, o);
    c->depth--;
    return e;
}
