/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule file requires: a version of the engine, plugins (rules.md 3). */
#include "item.h"

static const skr_version engine = { { 0, 63, 0 } };

/* The plugins whose work is built in, with the version whose fields they have. */
static const struct {
    const char *name;
    skr_version version;
} built_in[] = { { "container", { { 0, 7, 1 } } } };

static bool read_number(skr_str s, size_t *i, uint32_t *out)
{
    uint64_t v = 0;
    size_t from = *i;
    for (; *i < s.len && skr_is_digit(s.ptr[*i]); ++*i)
        if ((v = v * 10 + (unsigned)(s.ptr[*i] - '0')) > UINT32_MAX)
            return false;
    *out = (uint32_t)v;
    return *i > from;
}

bool skr_version_parse(skr_str s, skr_version *v)
{
    size_t i = 0;
    for (int k = 0; k < 3; k++) {
        if (k && (i >= s.len || s.ptr[i++] != '.'))
            return false;
        if (!read_number(s, &i, &v->v[k]))
            return false;
    }
    return true;
}

int skr_version_cmp(skr_version a, skr_version b)
{
    for (int k = 0; k < 3; k++)
        if (a.v[k] != b.v[k])
            return a.v[k] < b.v[k] ? -1 : 1;
    return 0;
}

/* Semantic versions: the same major part, and not older. */
static bool satisfies(skr_version have, skr_version want)
{
    return have.v[0] == want.v[0] && skr_version_cmp(have, want) >= 0;
}

static const char *print_version(skr_loader *l, skr_version v)
{
    return skr_say(&l->diags, "%u.%u.%u", (unsigned)v.v[0], (unsigned)v.v[1], (unsigned)v.v[2]);
}

static bool fail_engine(skr_item *it, skr_part text)
{
    skr_loader *l = it->l;
    skr_str s = skr_part_text(text);
    return skr_item_fail(it, SKR_D_BAD_ENGINE_VERSION, skr_part_span(text), NULL,
                         skr_say(&l->diags,
                                 "Unable to parse engine version '%.*s' as a semver string. Expected \"x.y.z\" semver "
                                 "format.",
                                 SKR_S(s)),
                         skr_say(&l->diags, "'%.*s' is not a version", SKR_S(s)),
                         "write it as x.y.z, or as one number n, which means 0.n.0");
}

void skr_read_engine_version(skr_loader *l, const skr_source *src, const skr_ynode *item)
{
    static const char *const keys[] = { "required_engine_version", NULL };
    skr_item it = { .l = l, .src = src, .node = item, .noun = "requirement", .keys = keys };
    skr_part text;
    skr_version v = { { 0, 0, 0 } };
    it.context = skr_context_of(src);
    it.context = skr_context_add(&it.context, SKR_LOC_ENGINE_VERSION, (skr_str){ "", 0 }, skr_node_place(src, item));
    if (!skr_item_text(&it, SKR_STR("required_engine_version"), true, &text))
        return;
    if (!skr_read_u32(skr_part_text(text), &v.v[1]) && !skr_version_parse(skr_part_text(text), &v)) {
        fail_engine(&it, text);
        return;
    }
    const char *want = print_version(l, v), *have = print_version(l, engine);
    l->engine_version = skr_str_of(want);
    if (satisfies(engine, v))
        skr_item_unknown_keys(&it);
    else
        skr_item_fail(&it, SKR_D_ENGINE_VERSION, skr_part_span(text), NULL,
                      skr_say(&l->diags, "Rules require engine version %s, but engine version is %s", want, have),
                      skr_say(&l->diags, "these rules need version %s of the rule language, but this is %s", want,
                              have),
                      NULL);
}

/* ---- Plugins ---- */

/* `names` has those of the requirement read so far. */
static bool read_plugin(skr_item *it, skr_requirement *r, skr_map *names)
{
    skr_loader *l = it->l;
    skr_part name, version;
    skr_plugin p;
    if (it->node->kind != SKR_YMAP)
        return skr_item_fail(it, SKR_D_PLUGIN_SHAPE, skr_node_span(it->src, it->node), NULL,
                             "Item has no mapping for key 'name'", "a required plugin has a 'name' and a 'version'",
                             NULL);
    if (!skr_item_text(it, SKR_STR("name"), true, &name) || !skr_item_text(it, SKR_STR("version"), true, &version))
        return false;
    p.name = skr_part_text(name);
    p.name.ptr = skr_loader_name(l, p.name);
    p.span = skr_part_span(name);
    if (!p.name.ptr)
        return false;
    skr_str v = skr_part_text(version);
    if (!skr_version_parse(v, &p.version))
        return skr_item_fail(it, SKR_D_BAD_PLUGIN_VERSION, skr_part_span(version), NULL,
                             skr_say(&l->diags, "Invalid required version '%.*s' for plugin '%.*s'", SKR_S(v),
                                     SKR_S(p.name)),
                             skr_say(&l->diags, "'%.*s' is not a version", SKR_S(v)), "write it as x.y.z");
    if (skr_map_get(names, p.name) != SIZE_MAX)
        return skr_item_fail(it, SKR_D_DUPLICATE_PLUGIN, p.span, NULL,
                             skr_say(&l->diags, "Defined multiple alternative version requirements for plugin '%.*s'",
                                     SKR_S(p.name)),
                             skr_say(&l->diags, "plugin '%.*s' stands twice in one requirement", SKR_S(p.name)), NULL);
    return skr_map_put(names, p.name, 0) && skr_vec_push(l->mem, &r->alternatives, p) ? true : skr_loader_lost(l);
}

static skr_item sub_item(const skr_item *outer, const skr_ynode *n, skr_loc_type type)
{
    static const char *const keys[] = { "name", "version", "alternatives", NULL };
    skr_item it = { .l = outer->l, .src = outer->src, .node = n, .noun = "required plugin", .keys = keys };
    it.context = skr_context_add(&outer->context, type, (skr_str){ "", 0 }, skr_node_place(outer->src, n));
    return it;
}

static bool read_alternatives(skr_item *it, skr_requirement *r, skr_map *names)
{
    const skr_ynode *n = it->node->kind == SKR_YMAP ? skr_yget(it->node, SKR_STR("alternatives")) : NULL;
    if (!n)
        return true;
    if (n->kind != SKR_YSEQ)
        return skr_item_fail(it, SKR_D_PLUGIN_SHAPE, skr_node_span(it->src, n), NULL,
                             "Value of plugin version alternatives must be a sequence",
                             "'alternatives' must be a sequence of plugins", NULL);
    for (size_t i = 0; i < n->count; i++) {
        skr_item sub = sub_item(it, n->as.items[i], SKR_LOC_PLUGIN_ALTERNATIVE);
        if (!read_plugin(&sub, r, names))
            return false;
    }
    return true;
}

static void read_requirement(skr_item *outer, const skr_ynode *n)
{
    skr_item it = sub_item(outer, n, SKR_LOC_PLUGIN_ENTRY);
    skr_requirement r = { .context = it.context, .span = skr_node_span(it.src, n) };
    skr_map names;
    skr_map_init(&names, it.l->mem);
    bool ok = read_plugin(&it, &r, &names) && read_alternatives(&it, &r, &names);
    skr_map_free(&names);
    if (ok)
        r.span = r.alternatives.v[0].span;
    if (ok && skr_vec_push(it.l->mem, &it.l->requirements, r))
        return;
    if (ok)
        skr_loader_lost(it.l);
    skr_vec_free(it.l->mem, &r.alternatives);
}

void skr_read_plugin_versions(skr_loader *l, const skr_source *src, const skr_ynode *item)
{
    static const char *const keys[] = { "required_plugin_versions", NULL };
    const skr_ynode *n = skr_yget(item, SKR_STR("required_plugin_versions"));
    skr_item it = { .l = l, .src = src, .node = item, .noun = "requirement", .keys = keys };
    it.context = skr_context_of(src);
    it.context = skr_context_add(&it.context, SKR_LOC_PLUGIN_VERSIONS, (skr_str){ "", 0 }, skr_node_place(src, n));
    skr_item_unknown_keys(&it);
    if (n->kind != SKR_YSEQ) {
        skr_item_fail(&it, SKR_D_PLUGIN_SHAPE, skr_node_span(src, n), NULL,
                      "Value of required_plugin_versions must be a sequence",
                      "'required_plugin_versions' must be a sequence of plugins", NULL);
        return;
    }
    for (size_t i = 0; i < n->count; i++)
        read_requirement(&it, n->as.items[i]);
}

/* The version of a plugin that is there. */
static bool find_plugin(const skr_loader *l, skr_str name, skr_version *v)
{
    for (size_t i = l->plugins.n; i > 0; i--) {
        *v = l->plugins.v[i - 1].version;
        if (skr_str_eq(name, l->plugins.v[i - 1].name))
            return true;
    }
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        *v = built_in[i].version;
        if (skr_str_is(name, built_in[i].name))
            return true;
    }
    return false;
}

/* The first alternative, in written order, that is there decides. */
static bool is_met(const skr_loader *l, const skr_requirement *r)
{
    skr_version v;
    for (size_t i = 0; i < r->alternatives.n; i++)
        if (find_plugin(l, r->alternatives.v[i].name, &v))
            return satisfies(v, r->alternatives.v[i].version);
    return false;
}

int skr_loader_add_plugin(skr_loader *l, const char *name, const char *version)
{
    skr_plugin p = { .name = skr_str_of(name) };
    if (!skr_version_parse(skr_str_of(version), &p.version))
        return SAKER_EINVAL;
    p.name.ptr = skr_loader_name(l, p.name);
    if (!p.name.ptr || !skr_vec_push(l->mem, &l->plugins, p))
        return SAKER_ENOMEM;
    return SAKER_OK;
}

static const char *print_alternatives(skr_loader *l, const skr_requirement *r)
{
    skr_buf b;
    skr_buf_init(&b, l->mem);
    for (size_t i = 0; i < r->alternatives.n; i++) {
        const skr_plugin *p = &r->alternatives.v[i];
        skr_buf_printf(&b, "%s%.*s (>= %u.%u.%u)", i ? ", " : "", SKR_S(p->name), (unsigned)p->version.v[0],
                       (unsigned)p->version.v[1], (unsigned)p->version.v[2]);
    }
    if (b.failed)
        skr_loader_lost(l);
    const char *text = b.failed ? "" : skr_say(&l->diags, "%.*s", (int)b.len, b.ptr);
    skr_buf_free(&b);
    return text;
}

void skr_check_requirements(skr_loader *l)
{
    for (size_t i = 0; i < l->requirements.n; i++) {
        const skr_requirement *r = &l->requirements.v[i];
        if (is_met(l, r))
            continue;
        const char *wanted = print_alternatives(l, r);
        skr_diag d = { .code = SKR_D_PLUGIN_MISSING, .severity = SAKER_DIAG_ERROR, .span = r->span };
        d.falco = skr_say(&l->diags, "Plugin requirement not satisfied, must load one of: %s", wanted);
        d.message = skr_say(&l->diags, "these rules need a plugin that is not there: %s", wanted);
        d.hint = "only what the 'container' plugin does is built in";
        skr_loader_report(l, &d);
    }
}
