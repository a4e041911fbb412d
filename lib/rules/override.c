/* SPDX-License-Identifier: Apache-2.0 */
#include "override.h"

static const struct {
    const char *text;
    bool append;
} okeys[] = {
#define SKR_OKEY(id, text, append) { text, append },
#include "okeys.def"
#undef SKR_OKEY
};

const char *skr_okey_text(skr_okey k)
{
    return okeys[k].text;
}

static int find_okey(skr_str key, uint32_t allowed)
{
    for (int k = 0; k < SKR_O_COUNT; k++)
        if ((allowed & 1u << k) && skr_str_is(key, okeys[k].text))
            return k;
    return -1;
}

/* A key or operation that is no text: Falco's parser gives up on it with words of its own. */
static bool fail_conversion(skr_item *it, const skr_ynode *n)
{
    uint32_t start;
    size_t line = skr_source_line(it->src, n->at, &start);
    skr_context none = skr_context_of(it->src);
    const char *falco = skr_say(&it->l->diags, "yaml-cpp: error at line %zu, column %u: bad conversion", line + 1,
                                (unsigned)(n->at - start + 1));
    return skr_item_fail(it, SKR_D_OVERRIDE_SHAPE, skr_node_span(it->src, n), &none, falco,
                         "an override must be a key and 'append' or 'replace'", NULL);
}

static const char *near_key(skr_item *it, skr_str key, uint32_t allowed)
{
    skr_near n = skr_near_init(key);
    for (int k = 0; k < SKR_O_COUNT; k++)
        if (allowed & 1u << k)
            skr_near_try(&n, skr_str_of(okeys[k].text));
    return skr_near_hint(it->l, &n);
}

static bool fail_key(skr_item *it, skr_code code, const skr_context *c, const skr_ynode *key, const char *falco,
                     const char *message, const char *hint)
{
    skr_context kc = skr_context_add(c, SKR_LOC_OVERRIDES, skr_ytext(key), skr_node_place(it->src, key));
    return skr_item_fail(it, code, skr_node_span(it->src, key), &kc, falco, message, hint);
}

static bool fail_append(skr_item *it, const skr_context *c, const skr_ynode *key, int k, uint32_t allowed)
{
    skr_diags *d = &it->l->diags;
    skr_str text = skr_ytext(key);
    return fail_key(it, SKR_D_NOT_APPENDABLE, c, key,
                    skr_say(d, "Key '%.*s' cannot be appended to, use 'replace' instead", SKR_S(text)),
                    k < 0 ? skr_say(d, "'%.*s' is not a key that can be overridden", SKR_S(text))
                          : skr_say(d, "'%.*s' cannot be appended to", SKR_S(text)),
                    k < 0 ? near_key(it, text, allowed) : "use 'replace'");
}

static bool fail_replace(skr_item *it, const skr_context *c, const skr_ynode *key, uint32_t allowed)
{
    skr_diags *d = &it->l->diags;
    skr_str text = skr_ytext(key);
    return fail_key(it, SKR_D_NOT_REPLACEABLE, c, key, skr_say(d, "Key '%.*s' cannot be replaced", SKR_S(text)),
                    skr_say(d, "'%.*s' is not a key that can be replaced", SKR_S(text)), near_key(it, text, allowed));
}

static bool fail_operation(skr_item *it, const skr_context *c, const skr_ynode *key, const skr_ynode *op, int k)
{
    skr_diags *d = &it->l->diags;
    skr_str name = skr_ytext(key), text = skr_is_null(op) ? SKR_STR("null") : skr_ytext(op);
    skr_context oc = skr_context_add(c, SKR_LOC_OVERRIDES, name, skr_node_place(it->src, op));
    skr_near n = skr_near_init(text);
    if (k >= 0 && okeys[k].append)
        skr_near_try(&n, SKR_STR("append"));
    skr_near_try(&n, SKR_STR("replace"));
    const char *hint = skr_near_hint(it->l, &n);
    return skr_item_fail(it, SKR_D_BAD_OVERRIDE, skr_node_span(it->src, op), &oc,
                         skr_say(d, "Invalid override operation for key '%.*s': '%.*s'. Allowed values are: %s%s",
                                 SKR_S(name), SKR_S(text), k >= 0 && okeys[k].append ? "append " : "",
                                 k >= 0 ? "replace " : ""),
                         skr_say(d, "'%.*s' is not an operation: %s", SKR_S(text),
                                 k >= 0 && okeys[k].append ? "'append' and 'replace' are" : "'replace' is"),
                         hint);
}

static bool read_pair(skr_item *it, const skr_context *c, const skr_ynode *key, const skr_ynode *op, uint32_t allowed,
                      skr_overrides *o)
{
    if (!skr_yscalar(key))
        return fail_conversion(it, key);
    if (op->kind == SKR_YSEQ || op->kind == SKR_YMAP)
        return fail_conversion(it, op);
    int k = find_okey(skr_ytext(key), allowed);
    if (skr_yscalar(op) && skr_str_is(skr_ytext(op), "append")) {
        if (k < 0 || !okeys[k].append)
            return fail_append(it, c, key, k, allowed);
        o->append |= 1u << k;
    } else if (skr_yscalar(op) && skr_str_is(skr_ytext(op), "replace")) {
        if (k < 0)
            return fail_replace(it, c, key, allowed);
        o->replace |= 1u << k;
    } else {
        return fail_operation(it, c, key, op, k);
    }
    return true;
}

bool skr_overrides_read(skr_item *it, uint32_t allowed, skr_overrides *o)
{
    *o = (skr_overrides){ 0, 0, 0 };
    const skr_ynode *map = skr_yget(it->node, SKR_STR("override"));
    if (!map)
        return true;
    if (map->kind == SKR_YSEQ && map->count) {
        skr_context none = skr_context_of(it->src);
        return skr_item_fail(it, SKR_D_OVERRIDE_SHAPE, skr_node_span(it->src, map), &none,
                             "invalid node; this may result from using a map iterator as a sequence iterator, or "
                             "vice-versa",
                             "'override' must be a mapping of keys to 'append' or 'replace'", NULL);
    }
    if (map->kind != SKR_YMAP)
        return true;
    skr_context c =
        skr_context_add(&it->context, SKR_LOC_OVERRIDES, (skr_str){ "", 0 }, skr_node_place(it->src, it->node));
    bool ok = true;
    for (size_t i = 0; i < map->count; i++)
        ok = read_pair(it, &c, map->as.items[2 * i], map->as.items[2 * i + 1], allowed, o) && ok;
    for (int k = 0; k < SKR_O_COUNT; k++)
        if ((allowed & 1u << k) && skr_yget(it->node, skr_str_of(okeys[k].text)))
            o->left |= 1u << k;
    return ok;
}

bool skr_overrides_take(skr_item *it, skr_overrides *o, bool replace, skr_okey k)
{
    if (!((replace ? o->replace : o->append) & 1u << k))
        return false;
    o->left &= ~(1u << k);
    const char *key = okeys[k].text;
    if (skr_yget(it->node, skr_str_of(key)))
        return true;
    skr_diags *d = &it->l->diags;
    const skr_ynode *map = skr_yget(it->node, SKR_STR("override"));
    skr_span span = skr_item_span(it);
    for (size_t i = 0; i < map->count; i++)
        if (skr_yscalar(map->as.items[2 * i]) && skr_str_is(skr_ytext(map->as.items[2 * i]), key))
            span = skr_node_span(it->src, map->as.items[2 * i]);
    return skr_item_fail(it, SKR_D_OVERRIDE_WITHOUT_VALUE, span, NULL,
                         skr_say(d, "An %s override for '%s' was specified but '%s' is not defined",
                                 replace ? "replace" : "append", key, key),
                         skr_say(d, "'%s' is to be %s, but the item has no '%s'", key,
                                 replace ? "replaced" : "appended to", key),
                         NULL);
}

bool skr_overrides_rest(skr_item *it, const skr_overrides *o)
{
    /* Falco names the first in alphabetical order. */
    uint32_t left = o->left;
    bool ok = true;
    while (left) {
        int first = -1;
        for (int k = 0; k < SKR_O_COUNT; k++)
            if ((left & 1u << k) && (first < 0 || strcmp(okeys[k].text, okeys[first].text) < 0))
                first = k;
        left &= ~(1u << first);
        const char *key = okeys[first].text;
        skr_context c = skr_context_add(&it->context, SKR_LOC_OVERRIDES, skr_str_of(key),
                                        skr_node_place(it->src, skr_yget(it->node, skr_str_of(key))));
        ok = skr_item_fail(it, SKR_D_VALUE_WITHOUT_OVERRIDE, skr_key_span(it, skr_str_of(key)), &c,
                           skr_say(&it->l->diags,
                                   "Unexpected key '%s': no corresponding entry under 'override' is defined.", key),
                           skr_say(&it->l->diags, "'%s' is given, but not named under 'override'", key),
                           skr_say(&it->l->diags, "add '%s: replace'%s under 'override'", key,
                                   okeys[first].append ? " or 'append'" : ""));
    }
    return ok;
}
