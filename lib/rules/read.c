/* SPDX-License-Identifier: Apache-2.0 */
/* The items of a rule file, in order, and what each of them asks for. */
#include "override.h"

static const char *const list_keys[] = { "list", "items", "append", "override", NULL };
static const char *const macro_keys[] = { "macro", "condition", "append", "override", NULL };
static const char *const rule_keys[] = {
    "rule",
    "condition",
    "output",
    "desc",
    "priority",
    "source",
    "enabled",
    "tags",
    "warn_evttypes",
    "skip-if-unknown-filter",
    "exceptions",
    "capture",
    "capture_duration",
    "append",
    "override",
    NULL,
};

static const char append_is_old[] =
    "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead.";

/* ---- What items have in common ---- */

static bool begin_named(skr_item *it, skr_str key, skr_loc_type type)
{
    skr_part name;
    skr_place place = skr_node_place(it->src, it->node);
    skr_context outer = it->context;
    it->context = skr_context_add(&outer, type, (skr_str){ "", 0 }, place);
    if (!skr_item_text(it, key, true, &name))
        return false;
    const char *copy = skr_loader_name(it->l, skr_part_text(name));
    if (!copy)
        return false;
    it->name = (skr_str){ copy, skr_part_text(name).len };
    it->context = skr_context_add(&outer, type, it->name, place);
    skr_item_double_keys(it);
    return true;
}

static skr_head head_of(const skr_item *it)
{
    skr_head h = { .name = it->name, .place = skr_node_place(it->src, it->node), .span = skr_item_span(it) };
    h.type = (uint8_t)it->context.v[it->context.count - 1].type;
    return h;
}

static void warn_item(skr_item *it, skr_code code, skr_span span, const char *falco, const char *message,
                      const char *hint)
{
    skr_diag d = { .code = code, .severity = SAKER_DIAG_WARNING, .item = it->name, .span = span };
    d.falco = falco;
    d.message = message;
    d.hint = hint;
    d.context = &it->context;
    skr_loader_report(it->l, &d);
}

/* The old `append: true`. false: its value is faulty. */
static bool read_append(skr_item *it, const char *instead, bool *append)
{
    *append = false;
    if (!skr_yget(it->node, SKR_STR("append")))
        return true;
    if (!skr_item_bool(it, SKR_STR("append"), false, append))
        return false;
    if (*append)
        warn_item(it, SKR_D_DEPRECATED_APPEND, skr_key_span(it, SKR_STR("append")), append_is_old,
                  "'append: true' is deprecated", instead);
    return true;
}

static bool check_conflict(skr_item *it, bool append, const skr_overrides *o)
{
    if (!append || !(o->append | o->replace))
        return true;
    return skr_item_fail(it, SKR_D_OVERRIDE_AND_APPEND, skr_key_span(it, SKR_STR("append")), NULL,
                         "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. "
                         "'condition: append') under 'override' instead.",
                         "'append: true' cannot be used together with 'override'", "remove 'append: true'");
}

static bool push_part(skr_item *it, skr_parts *v, skr_part p)
{
    return skr_parts_push(it->l, v, p);
}

/* A required or given text as the only part of `v`. */
static bool read_text(skr_item *it, const char *key, skr_parts *v)
{
    skr_part p;
    return skr_item_text(it, skr_str_of(key), true, &p) && push_part(it, v, p);
}

static skr_place value_place(const skr_item *it, const char *key)
{
    const skr_ynode *v = skr_yget(it->node, skr_str_of(key));
    return skr_node_place(it->src, v ? v : it->node);
}

/* A definition that was refused: what uses it is not at fault. */
static void mark_broken(skr_loader *l, skr_map *names, skr_str name)
{
    if (name.len && !skr_map_put(names, name, 1))
        skr_loader_lost(l);
}

/* ---- Lists and macros ---- */

static void read_list(skr_item *it)
{
    skr_loader *l = it->l;
    bool append, given;
    skr_overrides o;
    it->noun = "list";
    it->keys = list_keys;
    if (!begin_named(it, SKR_STR("list"), SKR_LOC_LIST))
        return;
    if (!skr_is_bare_string(it->name))
        warn_item(it, SKR_D_BAD_LIST_NAME, skr_item_span(it),
                  "List has an invalid name. List names should match a regular expression: ([^()\"'[:space:]=,]+)",
                  skr_say(&l->diags, "'%.*s' is not a name that a list can have", SKR_S(it->name)),
                  "names of lists have no blanks, quotes, parentheses, commas or '='");
    skr_list x = { .head = head_of(it) };
    bool ok = skr_item_seq(it, SKR_STR("items"), true, &x.items, &given);
    if (ok && read_append(it, "write 'override: {items: append}'", &append) &&
        skr_overrides_read(it, 1u << SKR_O_ITEMS, &o) && check_conflict(it, append, &o)) {
        skr_collect_list(l, &x, append || (o.append & 1u << SKR_O_ITEMS));
        skr_item_unknown_keys(it);
        return;
    }
    mark_broken(l, &l->broken_lists, it->name);
    skr_list_free(l, &x);
}

static void read_macro(skr_item *it)
{
    skr_loader *l = it->l;
    bool append;
    skr_overrides o;
    it->noun = "macro";
    it->keys = macro_keys;
    if (!begin_named(it, SKR_STR("macro"), SKR_LOC_MACRO))
        return;
    if (!skr_is_identifier(it->name))
        warn_item(it, SKR_D_BAD_MACRO_NAME, skr_item_span(it),
                  "Macro has an invalid name. Macro names should match a regular expression: ([a-zA-Z]+[a-zA-Z0-9_]*)",
                  skr_say(&l->diags, "'%.*s' is not a name that a condition can refer to", SKR_S(it->name)),
                  "names of macros are a letter and then letters, digits and '_'");
    skr_macro x = { .head = head_of(it), .condition_place = value_place(it, "condition") };
    if (read_text(it, "condition", &x.condition) && read_append(it, "write 'override: {condition: append}'", &append) &&
        skr_overrides_read(it, 1u << SKR_O_CONDITION, &o) && check_conflict(it, append, &o)) {
        skr_collect_macro(l, &x, append || (o.append & 1u << SKR_O_CONDITION));
        skr_item_unknown_keys(it);
        return;
    }
    mark_broken(l, &l->broken_macros, it->name);
    skr_macro_free(l, &x);
}

/* ---- Rules ---- */

static bool parse_priority(skr_str s, saker_priority *p)
{
    static const char *const names[] = { "emergency", "alert",         "critical", "error", "warning",
                                         "notice",    "informational", "debug",    "info" };
    char low[16];
    if (s.len >= sizeof low)
        return false;
    for (size_t i = 0; i < s.len; i++)
        low[i] = skr_lower(s.ptr[i]);
    for (int i = 0; i < 9; i++) {
        if (skr_str_eq((skr_str){ low, s.len }, skr_str_of(names[i]))) {
            *p = i == 8 ? SAKER_PRI_INFO : (saker_priority)(i + 1);
            return true;
        }
    }
    return false;
}

static bool read_priority(skr_item *it, saker_priority *p)
{
    skr_part text;
    if (!skr_item_text(it, SKR_STR("priority"), true, &text))
        return false;
    if (parse_priority(skr_part_text(text), p))
        return true;
    skr_near n = skr_near_init(skr_part_text(text));
    for (int i = SAKER_PRI_EMERGENCY; i <= SAKER_PRI_DEBUG; i++)
        skr_near_try(&n, skr_str_of(saker_priority_name((saker_priority)i)));
    const char *hint = skr_near_hint(it->l, &n);
    skr_str s = skr_part_text(text);
    if (s.len >= 4 && s.len < 7 && skr_lower(s.ptr[0]) == 'w' && skr_lower(s.ptr[1]) == 'a')
        hint = "did you mean 'Warning'?";
    if (s.len == 1 && s.ptr[0] >= '0' && s.ptr[0] <= '7')
        hint = skr_say(&it->l->diags, "did you mean '%s'?", saker_priority_name((saker_priority)(s.ptr[0] - '0' + 1)));
    skr_context c =
        skr_context_add(&it->context, SKR_LOC_RULE_PRIORITY, (skr_str){ "", 0 }, value_place(it, "priority"));
    return skr_item_fail(it, SKR_D_BAD_PRIORITY, skr_part_span(text), &c, "Invalid priority",
                         skr_say(&it->l->diags, "'%.*s' is not a priority", SKR_S(s)),
                         hint ? hint
                              : "priorities are Emergency, Alert, Critical, Error, Warning, Notice, Informational, "
                                "Debug");
}

static bool read_tags(skr_item *it, skr_rule *r)
{
    skr_parts v = { 0 };
    bool given, ok = skr_item_seq(it, SKR_STR("tags"), false, &v, &given);
    for (size_t i = 0; ok && i < v.n; i++) {
        skr_str tag = skr_part_text(v.v[i]);
        tag.ptr = skr_loader_name(it->l, tag);
        ok = tag.ptr && (skr_vec_push(it->l->mem, &r->tags, tag) ? true : skr_loader_lost(it->l));
    }
    skr_vec_free(it->l->mem, &v);
    return ok;
}

/* An optional key: absent is fine. */
static bool read_flag(skr_item *it, const char *key, bool *v)
{
    return !skr_yget(it->node, skr_str_of(key)) || skr_item_bool(it, skr_str_of(key), false, v);
}

static bool read_duration(skr_item *it, uint32_t *v)
{
    return !skr_yget(it->node, SKR_STR("capture_duration")) || skr_item_u32(it, SKR_STR("capture_duration"), v);
}

static bool read_source(skr_item *it, skr_str *source)
{
    skr_part p;
    if (!skr_yget(it->node, SKR_STR("source")))
        return true;
    if (!skr_item_text(it, SKR_STR("source"), false, &p))
        return false;
    *source = skr_part_text(p);
    source->ptr = skr_loader_name(it->l, *source);
    return source->ptr != NULL;
}

/* Whatever the item is, a source that is no scalar is the first fault of it. */
static bool check_source(skr_item *it)
{
    skr_part p;
    const skr_ynode *v = skr_yget(it->node, SKR_STR("source"));
    return !v || skr_is_null(v) || v->kind == SKR_YSCALAR || skr_item_text(it, SKR_STR("source"), false, &p);
}

/* With append or override: null and empty mean "not given". */
static bool read_source_given(skr_item *it, skr_rule_update *u)
{
    const skr_ynode *v = skr_yget(it->node, SKR_STR("source"));
    if (!v || skr_is_null(v) || (skr_yscalar(v) && !skr_ytext(v).len))
        return true;
    u->source = true;
    return read_source(it, &u->rule.source);
}

static skr_rule new_rule(skr_item *it)
{
    return (skr_rule){ .head = head_of(it),
                       .condition_place = value_place(it, "condition"),
                       .output_place = value_place(it, "output"),
                       .source = SKR_STR("syscall"),
                       .enabled = true,
                       .warn_evttypes = true };
}

static void read_definition(skr_item *it)
{
    skr_loader *l = it->l;
    skr_rule r = new_rule(it);
    bool exceptions;
    /* Every fault is reported; a rule with a condition is looked at further even so. */
    bool ok = read_text(it, "condition", &r.condition);
    ok = read_text(it, "output", &r.output) && ok;
    ok = read_text(it, "desc", &r.desc) && ok;
    ok = read_priority(it, &r.priority) && ok;
    if (r.output.n)
        r.output.v[0] = skr_part_trim(r.output.v[0], " \t\n\r\v\f");
    ok = read_source(it, &r.source) && ok;
    ok = read_flag(it, "enabled", &r.enabled) && ok;
    ok = read_flag(it, "warn_evttypes", &r.warn_evttypes) && ok;
    ok = read_flag(it, "skip-if-unknown-filter", &r.skip_unknown) && ok;
    ok = read_flag(it, "capture", &r.capture) && ok;
    ok = read_duration(it, &r.capture_duration) && ok;
    ok = read_tags(it, &r) && ok;
    ok = skr_read_exceptions(l, it->src, it->node, &it->context, false, &r.exceptions, &exceptions) && ok;
    if (!ok) {
        mark_broken(l, &l->broken_rules, it->name);
        r.head.broken = true;
    }
    if (r.condition.n && !skr_loader_nomem(l))
        skr_collect_rule(l, &r);
    else
        skr_rule_free(l, &r);
    skr_item_unknown_keys(it);
}

static void read_enable(skr_item *it)
{
    skr_rule_update u = { .rule = new_rule(it) };
    if (!skr_item_bool(it, SKR_STR("enabled"), true, &u.rule.enabled))
        return;
    warn_item(it, SKR_D_DEPRECATED_ENABLED, skr_key_span(it, SKR_STR("enabled")),
              "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' entry "
              "under the 'override' key (i.e. 'enabled: replace').",
              "a rule with nothing but 'enabled' is deprecated", "add 'override: {enabled: replace}'");
    skr_collect_enable(it->l, &u);
    skr_item_unknown_keys(it);
}

static bool read_exceptions(skr_item *it, bool append, skr_rule_update *u)
{
    return skr_read_exceptions(it->l, it->src, it->node, &it->context, append, &u->rule.exceptions, &u->exceptions);
}

static void free_update(skr_loader *l, skr_rule_update *u)
{
    skr_rule_free(l, &u->rule);
}

static void read_old_append(skr_item *it)
{
    skr_loader *l = it->l;
    skr_rule_update u = { .rule = new_rule(it) };
    bool ok = true, has_exceptions = skr_yget(it->node, SKR_STR("exceptions")) != NULL;
    u.condition = skr_yget(it->node, SKR_STR("condition")) != NULL;
    if (u.condition)
        ok = read_text(it, "condition", &u.rule.condition);
    if (has_exceptions)
        ok = read_exceptions(it, true, &u) && ok;
    ok = read_source_given(it, &u) && ok;
    if (ok)
        skr_collect_append(l, &u);
    else
        mark_broken(l, &l->broken_rules, it->name);
    free_update(l, &u);
    skr_item_unknown_keys(it);
}

/* The keys that both operations know. */
static bool read_overridden(skr_item *it, skr_overrides *o, bool replace, skr_rule_update *u)
{
    bool ok = true;
    u->condition = skr_overrides_take(it, o, replace, SKR_O_CONDITION);
    if (u->condition)
        ok = read_text(it, "condition", &u->rule.condition) && ok;
    if (skr_overrides_take(it, o, replace, SKR_O_EXCEPTIONS))
        ok = read_exceptions(it, !replace, u) && ok;
    u->output = skr_overrides_take(it, o, replace, SKR_O_OUTPUT);
    if (u->output)
        ok = read_text(it, "output", &u->rule.output) && ok;
    u->desc = skr_overrides_take(it, o, replace, SKR_O_DESC);
    if (u->desc)
        ok = read_text(it, "desc", &u->rule.desc) && ok;
    u->tags = skr_overrides_take(it, o, replace, SKR_O_TAGS);
    if (u->tags)
        ok = read_tags(it, &u->rule) && ok;
    return ok && !it->failed;
}

static bool read_replaced(skr_item *it, skr_overrides *o, skr_rule_update *u)
{
    bool ok = read_overridden(it, o, true, u);
    if ((u->priority = skr_overrides_take(it, o, true, SKR_O_PRIORITY)))
        ok = read_priority(it, &u->rule.priority) && ok;
    if ((u->capture = skr_overrides_take(it, o, true, SKR_O_CAPTURE)))
        ok = read_flag(it, "capture", &u->rule.capture) && ok;
    if ((u->capture_duration = skr_overrides_take(it, o, true, SKR_O_CAPTURE_DURATION)))
        ok = read_duration(it, &u->rule.capture_duration) && ok;
    if ((u->enabled = skr_overrides_take(it, o, true, SKR_O_ENABLED)))
        ok = read_flag(it, "enabled", &u->rule.enabled) && ok;
    if ((u->warn_evttypes = skr_overrides_take(it, o, true, SKR_O_WARN_EVTTYPES)))
        ok = read_flag(it, "warn_evttypes", &u->rule.warn_evttypes) && ok;
    if ((u->skip_unknown = skr_overrides_take(it, o, true, SKR_O_SKIP_UNKNOWN)))
        ok = read_flag(it, "skip-if-unknown-filter", &u->rule.skip_unknown) && ok;
    return ok && !it->failed;
}

static void read_override(skr_item *it, skr_overrides *o)
{
    skr_loader *l = it->l;
    bool ok = true;
    if (o->append) {
        skr_rule_update u = { .rule = new_rule(it) };
        ok = read_source_given(it, &u);
        ok = read_overridden(it, o, false, &u) && ok;
        if (ok)
            ok = skr_collect_append(l, &u);
        free_update(l, &u);
    }
    if (o->replace) {
        skr_rule_update u = { .rule = new_rule(it) };
        bool fine = read_source_given(it, &u);
        fine = read_replaced(it, o, &u) && fine;
        if (fine && ok)
            fine = skr_collect_replace(l, &u);
        ok = ok && fine;
        free_update(l, &u);
    }
    ok = skr_overrides_rest(it, o) && ok;
    skr_item_unknown_keys(it);
    if (!ok)
        mark_broken(l, &l->broken_rules, it->name);
}

static void read_rule(skr_item *it)
{
    static const uint32_t all = (1u << SKR_O_ITEMS) - 1;
    bool append;
    skr_overrides o;
    it->noun = "rule";
    it->keys = rule_keys;
    if (!begin_named(it, SKR_STR("rule"), SKR_LOC_RULE))
        return;
    bool ok = check_source(it);
    ok = ok && read_append(it, "write 'override: {condition: append}'", &append);
    ok = skr_overrides_read(it, all, &o) && ok;
    if (!ok || !check_conflict(it, append, &o)) {
        mark_broken(it->l, &it->l->broken_rules, it->name);
        return;
    }
    if (o.append | o.replace)
        read_override(it, &o);
    else if (append)
        read_old_append(it);
    else if (skr_yget(it->node, SKR_STR("condition")) || skr_yget(it->node, SKR_STR("output")) ||
             skr_yget(it->node, SKR_STR("desc")) || skr_yget(it->node, SKR_STR("priority")))
        read_definition(it);
    else
        read_enable(it);
}

/* ---- Items and documents ---- */

static void warn_unknown_item(skr_item *it)
{
    static const char *const kinds[] = { "rule", "macro", "list", "required_engine_version",
                                         "required_plugin_versions" };
    const char *hint = NULL;
    for (size_t i = 0; i < it->node->count && !hint; i++) {
        if (!skr_yscalar(it->node->as.items[2 * i]))
            continue;
        skr_near n = skr_near_init(skr_ytext(it->node->as.items[2 * i]));
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            skr_near_try(&n, skr_str_of(kinds[k]));
        hint = skr_near_hint(it->l, &n);
    }
    skr_place place = skr_node_place(it->src, it->node);
    it->context = skr_context_add(&it->context, SKR_LOC_CONTENT_ITEM, (skr_str){ "", 0 }, place);
    skr_span span = { it->src, it->node->at, it->node->at + 1 };
    if (it->node->count)
        span = skr_node_span(it->src, it->node->as.items[0]);
    warn_item(it, SKR_D_UNKNOWN_ITEM, span, "Unknown top level item", "an item without a kind is ignored",
              hint ? hint : "an item begins with 'rule:', 'macro:' or 'list:'");
}

static void read_item(skr_loader *l, const skr_source *src, const skr_ynode *node)
{
    skr_item it = { .l = l, .src = src, .node = node, .context = skr_context_of(src), .noun = "item" };
    if (node->kind != SKR_YMAP) {
        skr_context c =
            skr_context_add(&it.context, SKR_LOC_CONTENT_ITEM, (skr_str){ "", 0 }, skr_node_place(src, node));
        skr_item_fail(&it, SKR_D_ITEM_SHAPE, skr_node_span(src, node), &c,
                      "Unexpected element type. Each element should be a yaml associative array.",
                      "an item must be a mapping, like 'rule: name'", NULL);
    } else if (skr_yget(node, SKR_STR("required_engine_version"))) {
        skr_read_engine_version(l, src, node);
    } else if (skr_yget(node, SKR_STR("required_plugin_versions"))) {
        skr_read_plugin_versions(l, src, node);
    } else if (skr_yget(node, SKR_STR("list"))) {
        read_list(&it);
    } else if (skr_yget(node, SKR_STR("macro"))) {
        read_macro(&it);
    } else if (skr_yget(node, SKR_STR("rule"))) {
        read_rule(&it);
    } else {
        warn_unknown_item(&it);
    }
}

void skr_read_document(skr_loader *l, const skr_source *src, const skr_ynode *root)
{
    if (skr_is_null(root))
        return;
    if (root->kind != SKR_YSEQ) {
        skr_item it = { .l = l, .src = src, .node = root, .context = skr_context_of(src) };
        bool map = root->kind == SKR_YMAP;
        skr_item_fail(&it, SKR_D_DOCUMENT_SHAPE, skr_node_span(src, root), NULL,
                      map ? "Rules content is not yaml array of objects" : "Rules content is not yaml",
                      map ? "a mapping where a sequence of items should begin"
                          : "a plain text where a sequence of items should be",
                      map ? "an item begins with '- '" : NULL);
        return;
    }
    for (size_t i = 0; i < root->count && !skr_loader_nomem(l); i++)
        if (!skr_is_null(root->as.items[i]))
            read_item(l, src, root->as.items[i]);
}
