/* SPDX-License-Identifier: Apache-2.0 */
#include "item.h"

bool skr_is_null(const skr_ynode *n)
{
    return n->kind == SKR_YNULL;
}

/* The first thing in a collection, however deep. An alias may stand in the collection that it names. */
static const skr_ynode *innermost(const skr_ynode *n)
{
    for (int i = 0; i < SKR_YAML_DEPTH && (n->kind == SKR_YMAP || n->kind == SKR_YSEQ) && n->count && !n->open; i++)
        n = n->as.items[0];
    return n;
}

skr_span skr_node_span(const skr_source *src, const skr_ynode *n)
{
    skr_span s = { src, n->at, 0 };
    n = innermost(n);
    s.end = n->end;
    if (n->kind == SKR_YSCALAR && n->as.scalar->text.len)
        s.end = skr_scalar_at(n->as.scalar, n->as.scalar->text.len - 1) + 1;
    if (n->kind == SKR_YSCALAR && !n->plain && n->end > n->at) { /* quotes and block indicators, on the first line */
        const char *p = src->text.ptr + n->at, *eol = memchr(p, '\n', n->end - n->at);
        bool block = *p == '|' || *p == '>';
        s.end = block ? n->at + 1 : eol ? (uint32_t)(eol - src->text.ptr) : n->end;
    }
    return s;
}

/* Index of the pair; SIZE_MAX: absent. */
static size_t find_key(const skr_ynode *map, skr_str key)
{
    for (size_t i = 0; i < map->count; i++)
        if (skr_yscalar(map->as.items[2 * i]) && skr_str_eq(skr_ytext(map->as.items[2 * i]), key))
            return i;
    return SIZE_MAX;
}

skr_span skr_key_span(const skr_item *it, skr_str key)
{
    size_t i = find_key(it->node, key);
    return i == SIZE_MAX ? skr_item_span(it) : skr_node_span(it->src, it->node->as.items[2 * i]);
}

skr_span skr_item_span(const skr_item *it)
{
    if (!it->node->count)
        return (skr_span){ it->src, it->node->at, it->node->at + 1 };
    const skr_ynode *value = it->node->as.items[1];
    return skr_node_span(it->src, skr_yscalar(value) ? value : it->node->as.items[0]);
}

bool skr_item_fail(skr_item *it, skr_code code, skr_span span, const skr_context *c, const char *falco,
                   const char *message, const char *hint)
{
    skr_diag d = { .code = code, .severity = SAKER_DIAG_ERROR, .span = span, .item = it->name, .message = message };
    d.hint = hint;
    d.falco = falco;
    d.context = c ? c : &it->context;
    skr_loader_report(it->l, &d);
    it->failed = true;
    return false;
}

bool skr_keep_scalar(skr_loader *l, const skr_scalar *s, const skr_source *src, skr_part *out)
{
    if (s->pieces) {
        skr_scalar *copy = skr_arena_raw(&l->keep, sizeof *copy, _Alignof(skr_scalar));
        if (!copy)
            return skr_loader_lost(l);
        *copy = *s;
        s = copy;
    }
    *out = skr_part_of(s, src);
    return true;
}

/* ---- Keys ---- */

static bool is_known(const skr_item *it, skr_str key)
{
    for (const char *const *k = it->keys; *k; k++)
        if (skr_str_is(key, *k))
            return true;
    return false;
}

static const char merge_keys[] = "merge keys are not part of the rule language";

/* A key of the item that is not known and looks like the missing one. */
static const char *misspelt(skr_item *it, skr_str key)
{
    for (size_t i = 0; it->keys && i < it->node->count; i++) {
        const skr_ynode *k = it->node->as.items[2 * i];
        if (!skr_yscalar(k) || is_known(it, skr_ytext(k)))
            continue;
        skr_near n = skr_near_init(skr_ytext(k));
        skr_near_try(&n, key);
        if (n.best.len)
            return skr_say(&it->l->diags, "'%.*s' looks like a misspelt '%.*s'", SKR_S(skr_ytext(k)), SKR_S(key));
    }
    return NULL;
}

static const char *title(skr_item *it)
{
    return it->name.len ? skr_say(&it->l->diags, "%s '%.*s'", it->noun, SKR_S(it->name))
                        : skr_say(&it->l->diags, "the %s", it->noun);
}

static bool fail_missing(skr_item *it, skr_str key)
{
    skr_diags *d = &it->l->diags;
    const char *hint = skr_yget(it->node, SKR_STR("<<")) ? merge_keys : misspelt(it, key);
    if (!hint && skr_str_is(key, "enabled")) /* required of a rule that has none of these */
        hint = "a rule is defined by 'desc', 'condition', 'output' and 'priority'";
    return skr_item_fail(it, SKR_D_MISSING_KEY, skr_item_span(it), NULL,
                         skr_say(d, "Item has no mapping for key '%.*s'", SKR_S(key)),
                         skr_say(d, "%s has no '%.*s'", title(it), SKR_S(key)), hint);
}

const skr_ynode *skr_item_get(skr_item *it, skr_str key, bool required)
{
    const skr_ynode *v = skr_yget(it->node, key);
    if (!v && required)
        fail_missing(it, key);
    return v;
}

static bool fail_null(skr_item *it, skr_str key)
{
    skr_diags *d = &it->l->diags;
    return skr_item_fail(it, SKR_D_NULL_VALUE, skr_key_span(it, key), NULL,
                         skr_say(d, "Mapping for key '%.*s' is empty", SKR_S(key)),
                         skr_say(d, "'%.*s' has no value", SKR_S(key)), NULL);
}

static bool fail_value(skr_item *it, skr_code code, skr_str key, const skr_ynode *v, const char *falco,
                       const char *message)
{
    skr_context c = skr_context_add(&it->context, SKR_LOC_VALUE_FOR, key, skr_node_place(it->src, v));
    skr_span span = skr_is_null(v) ? skr_key_span(it, key) : skr_node_span(it->src, v);
    return skr_item_fail(it, code, span, &c, falco, message, NULL);
}

/* The scalar of a key, checked as all scalars are. NULL: absent or reported. */
static const skr_scalar *get_scalar(skr_item *it, skr_str key, bool required)
{
    skr_diags *d = &it->l->diags;
    const skr_ynode *v = skr_item_get(it, key, required);
    if (!v)
        return NULL;
    if (skr_is_null(v)) {
        fail_null(it, key);
    } else if (v->kind != SKR_YSCALAR) {
        fail_value(it, SKR_D_NOT_SCALAR, key, v, "Value is not a scalar value",
                   skr_say(d, "'%.*s' must be a single value, not a %s", SKR_S(key),
                           v->kind == SKR_YSEQ ? "sequence" : "mapping"));
    } else if (!skr_ytext(v).len) {
        fail_value(it, SKR_D_EMPTY_VALUE, key, v, "Value must be non-empty",
                   skr_say(d, "'%.*s' must not be empty", SKR_S(key)));
    } else {
        return v->as.scalar;
    }
    return NULL;
}

bool skr_item_text(skr_item *it, skr_str key, bool required, skr_part *out)
{
    const skr_scalar *s = get_scalar(it, key, required);
    return s && skr_keep_scalar(it->l, s, it->src, out);
}

/* true false yes no on off y n, in lower case, UPPER CASE or Capitalised. */
static int read_bool(skr_str s)
{
    static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "n", "y" };
    char low[8];
    if (s.len == 0 || s.len >= sizeof low)
        return -1;
    bool upper = true, lower = true;
    for (size_t i = 0; i < s.len; i++) {
        low[i] = skr_lower(s.ptr[i]);
        upper = upper && s.ptr[i] == skr_upper(s.ptr[i]);
        lower = lower && (i == 0 || s.ptr[i] == low[i]);
    }
    for (int i = 0; i < 8; i++)
        if (skr_str_eq((skr_str){ low, s.len }, skr_str_of(words[i])))
            return upper || lower ? i & 1 : -1;
    return -1;
}

bool skr_item_bool(skr_item *it, skr_str key, bool required, bool *out)
{
    const skr_scalar *s = get_scalar(it, key, required);
    if (!s)
        return false;
    int v = read_bool(s->text);
    if (v < 0)
        return fail_value(it, SKR_D_BAD_VALUE, key, skr_yget(it->node, key), "Can't decode YAML scalar value",
                          skr_say(&it->l->diags, "'%.*s' must be true or false, not '%.*s'", SKR_S(key),
                                  SKR_S(s->text)));
    *out = v;
    return true;
}

bool skr_read_u32(skr_str s, uint32_t *out)
{
    unsigned base = 10;
    size_t i = 0;
    uint64_t v = 0;
    if (s.len > 2 && s.ptr[0] == '0' && skr_lower(s.ptr[1]) == 'x') {
        base = 16;
        i = 2;
    } else if (s.len > 1 && s.ptr[0] == '0') {
        base = 8;
    } else if (s.len > 1 && s.ptr[0] == '+') {
        i = 1;
    }
    for (; i < s.len; i++) {
        int digit = skr_hex_digit(s.ptr[i]);
        if (digit < 0 || (unsigned)digit >= base)
            return false;
        v = v * base + (unsigned)digit;
        if (v > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)v;
    return s.len > 0;
}

bool skr_item_u32(skr_item *it, skr_str key, uint32_t *out)
{
    const skr_scalar *s = get_scalar(it, key, false);
    if (!s)
        return false;
    if (!skr_read_u32(s->text, out))
        return fail_value(it, SKR_D_BAD_VALUE, key, skr_yget(it->node, key), "Can't decode YAML scalar value",
                          skr_say(&it->l->diags, "'%.*s' must be a number, not '%.*s'", SKR_S(key), SKR_S(s->text)));
    return true;
}

static bool fail_element(skr_item *it, skr_str key, const skr_ynode *seq, const skr_ynode *v)
{
    skr_context c = skr_context_add(&it->context, SKR_LOC_VALUE_FOR, key, skr_node_place(it->src, seq));
    c = skr_context_add(&c, SKR_LOC_LIST_ITEM, (skr_str){ "", 0 }, skr_node_place(it->src, v));
    return skr_item_fail(it, SKR_D_ELEMENT_NOT_SCALAR, skr_node_span(it->src, v), &c, "sequence value is not scalar",
                         skr_say(&it->l->diags, "an element of '%.*s' is %s, not a text", SKR_S(key),
                                 skr_is_null(v)        ? "empty"
                                 : v->kind == SKR_YSEQ ? "a sequence"
                                                       : "a mapping"),
                         NULL);
}

bool skr_item_seq(skr_item *it, skr_str key, bool required, skr_parts *out, bool *given)
{
    const skr_ynode *v = skr_item_get(it, key, required);
    *given = v != NULL;
    if (!v)
        return !required;
    if (v->kind != SKR_YSEQ)
        return fail_value(it, SKR_D_NOT_SEQUENCE, key, v, "Value is not a sequence",
                          skr_say(&it->l->diags, "'%.*s' must be a sequence, like [a, b]", SKR_S(key)));
    if (!skr_vec_reserve(it->l->mem, out, out->n + v->count))
        return skr_loader_lost(it->l);
    bool ok = true;
    for (size_t i = 0; i < v->count; i++) {
        const skr_ynode *e = v->as.items[i];
        if (!skr_yscalar(e)) {
            ok = fail_element(it, key, v, e);
            continue;
        }
        if (!skr_keep_scalar(it->l, e->as.scalar, it->src, &out->v[out->n++]))
            return false;
    }
    return ok;
}

/* ---- Keys that should not be there ---- */

void skr_item_unknown_keys(skr_item *it)
{
    skr_diags *d = &it->l->diags;
    for (size_t i = 0; i < it->node->count; i++) {
        const skr_ynode *k = it->node->as.items[2 * i];
        skr_str key = skr_yscalar(k) ? skr_ytext(k) : SKR_STR("");
        if (skr_yscalar(k) && is_known(it, key))
            continue;
        skr_near n = skr_near_init(key);
        for (const char *const *known = it->keys; *known; known++)
            skr_near_try(&n, skr_str_of(*known));
        skr_diag g = { .code = SKR_D_UNKNOWN_KEY, .severity = SAKER_DIAG_WARNING, .item = it->name };
        g.span = skr_node_span(it->src, k);
        g.message = skr_say(d, "unknown key '%.*s' in a %s is ignored", SKR_S(key), it->noun);
        g.hint = skr_str_is(key, "<<") ? merge_keys : skr_near_hint(it->l, &n);
        g.falco = skr_say(d, "Unknown key '%.*s'. The key will be ignored.", SKR_S(key));
        g.context = &it->context;
        skr_loader_report(it->l, &g);
    }
}

void skr_item_double_keys(skr_item *it)
{
    for (size_t i = 1; i < it->node->count && i < 64; i++) {
        const skr_ynode *k = it->node->as.items[2 * i];
        size_t first = skr_yscalar(k) ? find_key(it->node, skr_ytext(k)) : i;
        if (first >= i)
            continue;
        skr_diag g = { .code = SKR_D_DUPLICATE_KEY, .severity = SAKER_DIAG_WARNING, .item = it->name };
        g.span = skr_node_span(it->src, k);
        g.message = skr_say(&it->l->diags, "key '%.*s' stands twice in this %s; the first one counts",
                            SKR_S(skr_ytext(k)), it->noun);
        size_t index = skr_loader_report_noted(it->l, &g);
        skr_diag note = { .code = SKR_D_DEFINED_HERE, .message = "it stands here first" };
        note.span = skr_node_span(it->src, it->node->as.items[2 * first]);
        skr_diags_note(&it->l->diags, index, &note);
    }
}
