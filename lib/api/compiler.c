/* SPDX-License-Identifier: Apache-2.0 */
#include "compiler.h"

#include "falco.h"
#include "file.h"
#include "handles.h"

#include <errno.h>

enum { MAX_FILE = 1 << 29, MUCH_MEMORY = 32 << 20 };

/* ---- Options: the compiler keeps a copy of all that they point to ---- */

static const char *copy_text(saker_compiler *c, const char *s)
{
    const char *copy = s ? skr_arena_dup(&c->arena, s, strlen(s)) : NULL;
    if (s && !copy)
        c->nomem = true;
    return copy;
}

static const char *const *copy_texts(saker_compiler *c, const char *const *v, size_t n)
{
    const char **copy = skr_arena_array(&c->arena, n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = copy_text(c, v[i]);
    if (!copy)
        c->nomem = true;
    return copy;
}

static void copy_append(saker_compiler *c, const saker_append *from, saker_append *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to, from, from->size && from->size < sizeof *to ? from->size : sizeof *to);
    to->source = copy_text(c, to->source);
    to->rule = copy_text(c, to->rule);
    to->output = copy_text(c, to->output);
    to->tags = copy_texts(c, to->tags, to->tag_count);
    to->fields = copy_texts(c, to->fields, to->field_count * 2);
}

static void copy_options(saker_compiler *c, const saker_options *from)
{
    memcpy(&c->options, from, from->size < sizeof c->options ? from->size : sizeof c->options);
    c->options.size = sizeof c->options;
    saker_append *v = skr_arena_array(&c->arena, c->options.append_count + 1, sizeof *v);
    for (size_t i = 0; v && i < c->options.append_count; i++)
        copy_append(c, &c->options.append[i], &v[i]);
    c->options.append = v;
    if (!v)
        c->nomem = true;
}

saker_compiler *saker_compiler_new(const saker_options *options)
{
    static const saker_options defaults = SAKER_OPTIONS_INIT;
    const saker_options *from = options ? options : &defaults;
    skr_mem mem;
    skr_mem_init(&mem, &from->alloc, from->max_memory);
    saker_compiler *c = skr_zalloc(&mem, sizeof *c);
    if (!c)
        return NULL;
    c->mem = mem;
    skr_arena_init(&c->arena, &c->mem);
    skr_loader_init(&c->loader, &c->mem, &c->options);
    skr_view_init(&c->view_storage, &c->mem);
    c->view = &c->view_storage;
    skr_buf_init(&c->json, &c->mem);
    copy_options(c, from);
    return c;
}

void saker_compiler_free(saker_compiler *c)
{
    if (!c)
        return;
    skr_view_free(&c->view_storage);
    skr_loader_free(&c->loader);
    skr_vec_free(&c->mem, &c->selections);
    skr_buf_free(&c->json);
    skr_arena_free(&c->arena);
    skr_mem mem = c->mem;
    skr_free(&mem, c, sizeof *c);
    if (mem.peak >= MUCH_MEMORY)
        skr_mem_trim(&mem);
}

/* ---- What is added ---- */

static int remember(saker_compiler *c, int status)
{
    if (status == SAKER_ENOMEM)
        c->nomem = true;
    else if (status && !c->status)
        c->status = status;
    return status;
}

int saker_compiler_add_schema(saker_compiler *c, const saker_schema *schema)
{
    if (!c)
        return SAKER_ENOMEM;
    return remember(c, schema ? skr_loader_add_schema(&c->loader, schema) : SAKER_EINVAL);
}

/* What a build without the reader of rule files says instead. */
static int no_reader(saker_compiler *c, const char *name)
{
    int status = skr_loader_add_failure(&c->loader, name, "this build reads no rule files (-Dyaml=disabled)");
    return remember(c, status == SAKER_ENOMEM ? status : SAKER_ENOTSUP);
}

/* A file or folder that cannot be read is a diagnostic, too. */
static int check_read(saker_compiler *c, const char *path, int status)
{
    if (status == SAKER_EIO || status == SAKER_ELIMIT) {
        const int saved = errno;
        const char *why = status == SAKER_ELIMIT ? "the file is too large" : strerror(saved);
        if (skr_loader_add_failure(&c->loader, path, why) == SAKER_ENOMEM)
            status = SAKER_ENOMEM;
        errno = saved;
    }
    return status;
}

static int add_one_file(saker_compiler *c, const char *path)
{
    skr_str text;
    int status = check_read(c, path, skr_file_read(&c->mem, path, MAX_FILE, &text));
    return status ? status : skr_loader_add_text(&c->loader, path, text);
}

int saker_compiler_add_file(saker_compiler *c, const char *path)
{
    static const char *const endings[] = { ".yaml", ".yml", NULL };
    const char *const *paths;
    size_t count;
    if (!c)
        return SAKER_ENOMEM;
    if (!path)
        return remember(c, SAKER_EINVAL);
    if (!SKR_HAVE_YAML)
        return no_reader(c, path);
    if (!skr_file_is_dir(path))
        return remember(c, add_one_file(c, path));
    int worst = check_read(c, path, skr_file_list(&c->arena, path, endings, &paths, &count));
    for (size_t i = 0; worst != SAKER_ENOMEM && worst != SAKER_EIO && i < count; i++) {
        int status = add_one_file(c, paths[i]);
        if (status)
            worst = status;
    }
    return remember(c, worst);
}

int saker_compiler_add_yaml(saker_compiler *c, const char *name, const char *text, size_t len)
{
    if (!c)
        return SAKER_ENOMEM;
    if (!name || (!text && len))
        return remember(c, SAKER_EINVAL);
    if (!SKR_HAVE_YAML)
        return no_reader(c, name);
    if (len > MAX_FILE)
        return remember(c, check_read(c, name, SAKER_ELIMIT));
    char *copy = skr_alloc(&c->mem, len + 1);
    if (!copy)
        return remember(c, SAKER_ENOMEM);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return remember(c, skr_loader_add_text(&c->loader, name, (skr_str){ copy, len }));
}

int saker_compiler_add_list(saker_compiler *c, const char *name, const char *const *items, size_t count)
{
    if (!c)
        return SAKER_ENOMEM;
    bool ok = name && *name && (items || !count);
    for (size_t i = 0; ok && i < count; i++)
        ok = items[i] != NULL;
    return remember(c, ok ? skr_loader_add_list(&c->loader, name, items, count) : SAKER_EINVAL);
}

int saker_compiler_add_macro(saker_compiler *c, const char *name, const char *condition)
{
    if (!c)
        return SAKER_ENOMEM;
    bool ok = name && *name && condition;
    return remember(c, ok ? skr_loader_add_macro(&c->loader, name, condition) : SAKER_EINVAL);
}

int saker_compiler_add_rule(saker_compiler *c, const saker_rule *rule)
{
    saker_rule r;
    if (!c)
        return SAKER_ENOMEM;
    if (!rule)
        return remember(c, SAKER_EINVAL);
    memset(&r, 0, sizeof r);
    memcpy(&r, rule, rule->size < sizeof r ? rule->size : sizeof r);
    return remember(c, skr_loader_add_rule(&c->loader, &r));
}

int saker_compiler_add_plugin(saker_compiler *c, const char *name, const char *version)
{
    if (!c)
        return SAKER_ENOMEM;
    return remember(c, name && version ? skr_loader_add_plugin(&c->loader, name, version) : SAKER_EINVAL);
}

int saker_compiler_enable(saker_compiler *c, saker_select by, const char *pattern, bool enabled)
{
    if (!c)
        return SAKER_ENOMEM;
    if (!pattern || by > SAKER_BY_SUBSTRING)
        return remember(c, SAKER_EINVAL);
    selection s = { by, { copy_text(c, pattern), strlen(pattern) }, enabled };
    if (!s.pattern.ptr || !skr_vec_push(&c->mem, &c->selections, s))
        return remember(c, SAKER_ENOMEM);
    return SAKER_OK;
}

/* ---- The build ---- */

static bool is_selected(const selection *s, const skr_rule *r)
{
    size_t at;
    switch (s->by) {
    case SAKER_BY_NAME:
        return skr_glob_name(s->pattern, r->head.name);
    case SAKER_BY_SUBSTRING:
        return skr_str_find(r->head.name, s->pattern, &at);
    case SAKER_BY_TAG:
        for (size_t i = 0; i < r->tags.n; i++)
            if (skr_str_eq(r->tags.v[i], s->pattern))
                return true;
        return false;
    }
    return false;
}

bool compiler_takes(const saker_compiler *c, const skr_rule *r)
{
    bool enabled = r->enabled;
    for (size_t i = 0; i < c->selections.n; i++)
        if (is_selected(&c->selections.v[i], r))
            enabled = c->selections.v[i].enabled;
    return enabled && (!c->options.min_priority || r->priority <= c->options.min_priority);
}

size_t saker_compiler_active_rules(const saker_compiler *c)
{
    size_t n = 0;
    for (size_t i = 0; c && i < c->loader.rules.n; i++)
        n += c->loader.rules.v[i].ready && compiler_takes(c, &c->loader.rules.v[i]);
    return n;
}

static int freeze(saker_compiler *c, skr_builder *b, saker_ruleset **ruleset)
{
    skr_program *program;
    const skr_sink nowhere = { NULL, NULL };
    int status = 0;
    for (size_t i = 0; !status && i < c->loader.schemas.n; i++)
        status = skr_builder_add_schema(b, c->loader.schemas.v[i]);
    for (size_t i = 0; !status && i < c->loader.rules.n; i++) {
        skr_rule *r = &c->loader.rules.v[i];
        skr_program_rule x;
        saker_rule pub;
        if (!r->ready || !compiler_takes(c, r))
            continue;
        status = skr_loader_program_rule(&c->loader, r, &pub, &x) ? skr_builder_add_rule(b, &x, nowhere) : SAKER_ENOMEM;
    }
    if (!status)
        status = skr_builder_freeze(b, &c->options, &program);
    if (!status)
        *ruleset = skr_ruleset_of(program);
    return status;
}

/* Memory ran out: rules may be there in part. */
static bool lost(const saker_compiler *c)
{
    return c->nomem || skr_loader_nomem(&c->loader);
}

/* What was remembered and is no diagnostic. */
static int earlier_failure(const saker_compiler *c)
{
    return c->nomem ? SAKER_ENOMEM : c->status == SAKER_ERULES ? SAKER_OK : c->status;
}

int saker_compiler_build(saker_compiler *c, saker_ruleset **ruleset)
{
    if (!c)
        return SAKER_ENOMEM;
    int status = c->nomem ? SAKER_ENOMEM : skr_loader_finish(&c->loader);
    if (status == SAKER_OK)
        status = earlier_failure(c);
    if (status == SAKER_OK && (c->options.flags & SAKER_WARN_IS_ERR)) {
        if (!skr_view_update(c->view, &c->loader))
            return SAKER_ENOMEM;
        status = skr_view_warnings(c->view) ? SAKER_ERULES : SAKER_OK;
    }
    if (status != SAKER_OK)
        return status;
    if (!ruleset)
        return SAKER_OK;
    const skr_limits limits = { .max_nodes = c->options.max_nodes, .max_regex = c->options.max_regex };
    skr_builder *b = skr_builder_new(&c->mem, &limits);
    if (!b)
        return SAKER_ENOMEM;
    status = freeze(c, b, ruleset);
    skr_builder_free(b);
    return status;
}

/* ---- As JSON ---- */

const char *saker_compiler_falco_results(saker_compiler *c)
{
    if (!c || lost(c) || !skr_view_update(c->view, &c->loader))
        return NULL;
    skr_buf_clear(&c->json);
    skr_buf_cstr(&c->json, "{\"falco_load_results\":");
    skr_falco_results(&c->json, &c->loader);
    skr_buf_cstr(&c->json, ",\"saker_diagnostics\":[");
    for (size_t i = 0; i < c->view->n; i++) {
        if (i)
            skr_buf_char(&c->json, ',');
        skr_json_diag(&c->json, &c->view->v[i]);
    }
    skr_buf_cstr(&c->json, "]}");
    return skr_buf_cstring(&c->json);
}

static bool takes(const void *ctx, const skr_rule *r)
{
    return compiler_takes(ctx, r);
}

const char *saker_compiler_describe(saker_compiler *c, unsigned what, const char *name)
{
    if (!c || lost(c))
        return NULL;
    skr_buf_clear(&c->json);
    c->json.most = SAKER_DESCRIBE_LONGEST;
    skr_describe(&c->json, &c->loader, what ? what : ~0u, name, takes, c);
    c->json.most = 0;
    return skr_loader_nomem(&c->loader) ? NULL : skr_buf_cstring(&c->json);
}
