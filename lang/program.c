/* SPDX-License-Identifier: Apache-2.0 */
/* Builders and programs: life, rules, and what can be asked of a program. */
#include "build.h"
#include "eval.h"
#include "regex.h"

#include <stdlib.h>

/* ---- Programs ---- */

static skr_program *new_program(const saker_alloc *hook, size_t limit)
{
    skr_mem mem;
    skr_mem_init(&mem, hook, limit);
    skr_program *p = skr_zalloc(&mem, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    atomic_init(&p->refs, 1);
    skr_arena_init(&p->arena, &p->mem);
    return p;
}

static void free_program(skr_program *p)
{
    skr_mem mem = p->mem;
    for (size_t i = 0; i < p->regexes.n; i++)
        skr_regex_free(p->regexes.v[i]);
    skr_vec_free(&p->mem, &p->regexes);
    skr_vec_free(&p->mem, &p->slots);
    skr_vec_free(&p->mem, &p->checks);
    skr_arena_free(&p->arena);
    mem.used = p->mem.used;
    skr_free(&mem, p, sizeof *p);
}

skr_program *skr_program_ref(skr_program *p)
{
    if (p)
        atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

void skr_program_unref(skr_program *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
        free_program(p);
}

size_t skr_program_count(const skr_program *p)
{
    return p->rule_count;
}

const saker_rule *skr_program_rule_at(const skr_program *p, size_t i)
{
    return i < p->rule_count ? &p->rules[i].pub : NULL;
}

bool skr_program_wants(const skr_program *p, const saker_schema *schema, uint32_t kind)
{
    for (uint32_t i = 0; i < p->space_count; i++) {
        const skr_space *s = &p->spaces[i];
        if (s->pub == schema)
            return s->classes[kind < schema->kind_count ? s->class_of[kind] : 0].count > 0;
    }
    return false;
}

/* ---- Builders ---- */

skr_builder *skr_builder_new(skr_mem *mem, const skr_limits *limits)
{
    skr_builder *b = skr_zalloc(mem, sizeof *b);
    if (!b)
        return NULL;
    b->mem = mem;
    if (limits)
        b->limits = *limits;
    skr_arena_init(&b->work, mem);
    skr_arena_init(&b->said, mem);
    skr_arena_init(&b->keep, mem);
    skr_map_init(&b->slot_ids, mem);
    skr_map_init(&b->check_ids, mem);
    skr_map_init(&b->literal_ids, mem);
    skr_map_init(&b->shared_ids, mem);
    skr_map_init(&b->regex_ids, mem);
    skr_map_init(&b->built_ids, mem);
    skr_map_init(&b->token_ids, mem);
    skr_map_init(&b->sums.regexes, mem);
    b->sums.keep = &b->keep;
    skr_buf_init(&b->key, mem);
    b->p = new_program(&mem->hook, mem->limit);
    if (b->p)
        return b;
    skr_builder_free(b);
    return NULL;
}

void skr_builder_free(skr_builder *b)
{
    if (!b)
        return;
    skr_mem *mem = b->mem;
    skr_program_unref(b->p);
    skr_vec_free(mem, &b->schemas);
    skr_vec_free(mem, &b->rules);
    skr_vec_free(mem, &b->literals);
    skr_map_free(&b->slot_ids);
    skr_map_free(&b->check_ids);
    skr_map_free(&b->literal_ids);
    skr_map_free(&b->shared_ids);
    skr_map_free(&b->regex_ids);
    skr_map_free(&b->built_ids);
    skr_vec_free(mem, &b->built);
    skr_map_free(&b->token_ids);
    skr_map_free(&b->sums.regexes);
    skr_vec_free(mem, &b->tokens);
    skr_buf_free(&b->key);
    skr_arena_free(&b->work);
    skr_arena_free(&b->said);
    skr_arena_free(&b->keep);
    skr_free(mem, b, sizeof *b);
}

static uint32_t space_index(const skr_builder *b, const skr_schema *s)
{
    for (size_t i = 0; i < b->schemas.n; i++)
        if (b->schemas.v[i]->pub == s->pub)
            return (uint32_t)i;
    return SKR_NO_ID;
}

int skr_builder_add_schema(skr_builder *b, const skr_schema *schema)
{
    if (space_index(b, schema) != SKR_NO_ID)
        return 0;
    return skr_vec_push(b->mem, &b->schemas, schema) ? 0 : SAKER_ENOMEM;
}

/* ---- Checking only ---- */

/* Issues go on to the caller's sink with strings that outlive the work on the condition. */
typedef struct relay {
    skr_builder *b;
    skr_sink sink;
    bool failed;
} relay;

static const char *kept(relay *r, const char *s)
{
    const char *copy = s ? skr_arena_dup(&r->b->said, s, strlen(s)) : NULL;
    if (s && !copy)
        r->failed = true;
    return copy;
}

static void pass_on(void *ctx, const skr_issue *issue)
{
    relay *r = ctx;
    skr_issue copy = *issue;
    copy.falco = kept(r, issue->falco);
    copy.message = kept(r, issue->message);
    copy.hint = kept(r, issue->hint);
    if (!r->failed && r->sink.report)
        r->sink.report(r->sink.ctx, &copy);
}

static void begin_check(skr_builder *b, skr_checker *c, relay *r, const skr_schema *s, skr_sink sink)
{
    *r = (relay){ b, sink, false };
    skr_arena_reset(&b->work);
    skr_checker_init(c, &b->work, s, &b->limits, (skr_sink){ pass_on, r });
    c->sums = &b->sums;
}

/* 0: there are too many schemas. */
static uint8_t mark_of(const skr_builder *b, const skr_schema *s)
{
    const uint32_t i = space_index(b, s);
    return i < UINT8_MAX / 4 ? (uint8_t)(4 * (i + 1)) : 0;
}

int skr_check_condition(skr_builder *b, const skr_schema *s, const skr_node *tree, skr_sink sink)
{
    skr_checker c;
    relay r;
    begin_check(b, &c, &r, s, sink);
    c.mark = mark_of(b, s);
    skr_check_tree(&c, tree);
    if (!c.status)
        skr_warn_tree(&c, tree);
    if (!c.status)
        skr_warn_lookup(&c, tree);
    return r.failed ? SAKER_ENOMEM : c.status;
}

int skr_check_output(skr_builder *b, const skr_schema *s, const skr_text *output, skr_sink sink)
{
    skr_checker c;
    relay r;
    const skr_template *t;
    begin_check(b, &c, &r, s, sink);
    c.origin = output;
    int err = skr_build_template(b, &c, output->text, &t, false);
    if (!err)
        skr_warn_output(&c, output->text);
    return r.failed ? SAKER_ENOMEM : err;
}

/* ---- Rules ---- */

enum { MOST_JOINED = 64 }; /* literals of a list that is made anew rather than tested part by part */

static void build_check(skr_builder *b, skr_checker *c, const skr_test *test, uint32_t literals, skr_plain *t)
{
    t->op = test->op;
    t->modifier = test->modifier;
    t->check = skr_build_check(b, test, literals);
    if (t->check == SKR_NO_ID)
        c->status = SAKER_ENOMEM;
}

/* A test against shared literals only: others with them are the same check. */
static void build_shared(skr_builder *b, skr_checker *c, const skr_test *test, const skr_shared *s, skr_plain *t)
{
    uint32_t literals = skr_build_shared(b, c, test, s);
    if (literals == SKR_NO_ID)
        c->status = SAKER_ENOMEM;
    else
        build_check(b, c, test, literals, t);
}

/* `x in (a, LIST, b)` as `x in (a, b) or x in (LIST)`. */
static void build_parts(skr_builder *b, skr_checker *c, const skr_test *test, skr_plain *t)
{
    const size_t n = test->shared_count + (test->count > 0);
    const skr_plain **items = skr_arena_array(&b->keep, n, sizeof *items);
    t->kind = SKR_OR;
    t->items = items;
    for (size_t i = 0; i < n && !c->status; i++) {
        skr_plain *part = items ? skr_arena_alloc(&b->keep, sizeof *part) : NULL;
        if (!part) {
            c->status = SAKER_ENOMEM;
            return;
        }
        part->kind = SKR_CMP;
        if (i < test->shared_count)
            build_shared(b, c, test, test->shared[i], part);
        else
            build_check(b, c, test, SKR_NO_ID, part);
        items[t->count++] = part;
    }
}

/* All literals in one list. */
static void build_joined(skr_builder *b, skr_checker *c, skr_test *test, size_t all, skr_plain *t)
{
    saker_value *v = skr_arena_array(c->a, all, sizeof *v);
    size_t n = test->count;
    if (v && n)
        memcpy(v, test->values, n * sizeof *v);
    for (size_t i = 0; v && i < test->shared_count; i++) {
        const saker_value *from = skr_shared_values(c, test, test->shared[i]);
        if (from)
            memcpy(v + n, from, test->shared[i]->count * sizeof *v);
        else
            v = NULL;
        n += test->shared[i]->count;
    }
    if (!v) {
        c->status = SAKER_ENOMEM;
        return;
    }
    test->values = v;
    test->count = all;
    build_check(b, c, test, SKR_NO_ID, t);
}

static void build_comparison(skr_builder *b, skr_checker *c, const skr_node *n, skr_plain *t)
{
    skr_test test;
    if (skr_check_test(c, n, &test))
        return;
    size_t all = test.count;
    for (size_t i = 0; i < test.shared_count; i++)
        all += test.shared[i]->count;
    if (all == test.count)
        build_check(b, c, &test, SKR_NO_ID, t);
    else if (test.shared_count == 1 && !test.count)
        build_shared(b, c, &test, test.shared[0], t);
    else if (all > MOST_JOINED && skr_test_is_any(&test))
        build_parts(b, c, &test, t);
    else
        build_joined(b, c, &test, all, t);
}

static const skr_plain *build_node(skr_builder *b, skr_checker *c, const skr_node *n, unsigned depth);

/* The tree of a macro, which is the same in all rules that use it. */
static const skr_plain *build_macro(skr_builder *b, skr_checker *c, const skr_node *n, unsigned depth)
{
    const void *const key[] = { n, c->s };
    const size_t before = c->nodes;
    bool fresh;
    skr_buf_clear(&b->key);
    skr_buf_add(&b->key, key, sizeof key);
    const size_t known = b->key.failed ? SIZE_MAX : skr_map_get(&b->built_ids, (skr_str){ b->key.ptr, b->key.len });
    if (known != SIZE_MAX && b->built.v[known].nodes <= c->limits.max_nodes - c->nodes) {
        c->nodes += b->built.v[known].nodes;
        return b->built.v[known].tree;
    }
    const skr_plain *t = build_node(b, c, n, depth);
    if (!t || known != SIZE_MAX)
        return t;
    skr_buf_clear(&b->key);
    skr_buf_add(&b->key, key, sizeof key);
    const skr_built x = { t, c->nodes - before };
    if (skr_vec_push(b->mem, &b->built, x) && skr_build_intern(b, &b->built_ids, b->built.n - 1, &fresh) != SKR_NO_ID)
        return t;
    c->status = SAKER_ENOMEM;
    return NULL;
}

/* `origin`: of what it is part of. */
static const skr_plain *build_tree(skr_builder *b, skr_checker *c, const skr_node *n, const skr_text *origin,
                                   unsigned depth)
{
    return n->origin == origin ? build_node(b, c, n, depth) : build_macro(b, c, n, depth);
}

/* The tree with numbers of checks for comparisons. NULL: c->status says why. All faults are reported. */
static const skr_plain *build_node(skr_builder *b, skr_checker *c, const skr_node *n, unsigned depth)
{
    if (n->kind == SKR_MACRO || depth == SKR_MAX_DEPTH || ++c->nodes > c->limits.max_nodes) {
        skr_check_tree(c, n);
        return NULL;
    }
    skr_plain *t = skr_arena_alloc(&b->keep, sizeof *t);
    const skr_plain **items = skr_arena_array(&b->keep, n->count, sizeof *items);
    if (!t || (!items && n->count)) {
        c->status = SAKER_ENOMEM;
        return NULL;
    }
    t->kind = n->kind == SKR_EXISTS ? SKR_CMP : n->kind;
    t->count = (uint32_t)n->count;
    t->items = items;
    for (size_t i = 0; i < n->count && c->status != SAKER_ENOMEM; i++)
        items[i] = build_tree(b, c, n->items[i], n->origin, depth + 1);
    if (t->kind == SKR_CMP)
        build_comparison(b, c, n, t);
    return c->status ? NULL : t;
}

static const char *dup_cstr(skr_arena *a, const char *s, bool *ok)
{
    const char *copy = s ? skr_arena_dup(a, s, strlen(s)) : NULL;
    if (s && !copy)
        *ok = false;
    return copy;
}

static bool copy_rule(skr_arena *a, const saker_rule *from, const char *source, saker_rule *to)
{
    bool ok = true;
    memset(to, 0, sizeof *to);
    memcpy(to, from, from->size < sizeof *to ? from->size : sizeof *to);
    to->size = sizeof *to;
    to->name = dup_cstr(a, to->name, &ok);
    to->condition = dup_cstr(a, to->condition, &ok);
    to->output = dup_cstr(a, to->output ? to->output : to->name, &ok);
    to->desc = dup_cstr(a, to->desc, &ok);
    to->source = dup_cstr(a, source, &ok);
    to->file = dup_cstr(a, to->file, &ok);
    if (!to->priority)
        to->priority = SAKER_PRI_NOTICE;
    const char **tags = skr_arena_array(a, to->tag_count, sizeof *tags);
    for (size_t i = 0; tags && i < to->tag_count; i++)
        tags[i] = dup_cstr(a, from->tags[i], &ok);
    ok = ok && (tags || !to->tag_count);
    to->tags = tags;
    return ok;
}

static int compare_tags(const void *x, const void *y)
{
    const char *const *a = x, *const *b = y;
    return strcmp(*a, *b);
}

static bool sort_tags(skr_arena *a, skr_rule *r)
{
    const size_t n = r->pub.tag_count;
    r->tags = skr_arena_array(a, n, sizeof *r->tags);
    if (!n || !r->tags)
        return !n;
    memcpy(r->tags, r->pub.tags, n * sizeof *r->tags);
    qsort(r->tags, n, sizeof *r->tags, compare_tags);
    return true;
}

static int compare_extra(const void *x, const void *y)
{
    const skr_extra *a = x, *b = y;
    return skr_str_cmp(a->name, b->name);
}

/* The text may be far longer than the condition as it was written: some of it is the rule's own, the rest comes out of
 * what there is for all rules. */
static bool print_compiled(skr_builder *b, const skr_node *tree, saker_rule *rule)
{
    enum { OWN_TEXT = 1024, TIMES = 16, MOST_PRINTED = 32 << 20 };
    const size_t own = OWN_TEXT + TIMES * strlen(rule->condition ? rule->condition : "");
    skr_buf_clear(&b->key);
    skr_ast_print_short(&b->key, tree, own + MOST_PRINTED - b->printed);
    if (b->key.len > own)
        b->printed += b->key.len - own < MOST_PRINTED - b->printed ? b->key.len - own : MOST_PRINTED - b->printed;
    rule->compiled = b->key.failed ? NULL : skr_arena_dup(&b->p->arena, b->key.ptr, b->key.len);
    return rule->compiled != NULL;
}

static int build_extra(skr_builder *b, skr_checker *c, const skr_program_rule *r, skr_rule *rule)
{
    skr_arena *a = &b->p->arena;
    skr_extra *extra = skr_arena_array(a, r->extra_count, sizeof *extra);
    if (!extra && r->extra_count)
        return SAKER_ENOMEM;
    for (size_t i = 0; i < r->extra_count; i++) {
        const char *name = r->extra_fields[2 * i], *format = r->extra_fields[2 * i + 1];
        extra[i].name = skr_str_dup(a, skr_str_of(name));
        extra[i].raw = !format;
        const char *text = format ? format : skr_arena_printf(&b->work, "%%%s", name);
        if (!text || !extra[i].name.ptr)
            return SAKER_ENOMEM;
        int err = skr_build_template(b, c, skr_str_of(text), &extra[i].format, true);
        if (!err && !format && extra[i].format->count != 1) /* something stands behind the field's name */
            err = skr_check_fail(c, SKR_ISSUE_BAD_FORMAT, (skr_pos){ 0, 1, 1 }, 0,
                                 "unknown filter: unexpected token after '",
                                 skr_arena_printf(c->a, "'%s' is not the name of a field", name), NULL);
        if (err)
            return err;
    }
    if (r->extra_count)
        qsort(extra, r->extra_count, sizeof *extra, compare_extra);
    rule->extra = extra;
    rule->extra_count = r->extra_count;
    return 0;
}

static int build_rule(skr_builder *b, skr_checker *c, const skr_program_rule *r, skr_rule *rule)
{
    c->errors_only = true;
    rule->plain = build_tree(b, c, r->tree, r->tree->origin, 0);
    if (!rule->plain)
        return c->status;
    c->origin = NULL;
    c->node = NULL;
    int err = skr_build_template(b, c, r->output, &rule->output, true);
    if (!err)
        err = build_extra(b, c, r, rule);
    if (err)
        return err;
    return copy_rule(&b->p->arena, r->rule, r->schema->pub->name, &rule->pub) && sort_tags(&b->p->arena, rule) &&
                   print_compiled(b, r->tree, &rule->pub)
               ? 0
               : SAKER_ENOMEM;
}

int skr_builder_add_rule(skr_builder *b, const skr_program_rule *r, skr_sink sink)
{
    skr_checker c;
    relay say;
    skr_rule rule = { .space = space_index(b, r->schema) };
    if (rule.space == SKR_NO_ID)
        return SAKER_EINVAL;
    if (b->broken || b->rules.n >= INT32_MAX)
        return SAKER_ENOMEM;
    begin_check(b, &c, &say, r->schema, sink);
    int err = build_rule(b, &c, r, &rule);
    if (!err && (say.failed || !skr_vec_push(b->mem, &b->rules, rule)))
        err = SAKER_ENOMEM;
    if (err == SAKER_ENOMEM) /* what was made is half there */
        b->broken = true;
    return err;
}

int skr_builder_set_format(skr_builder *b, const skr_schema *schema, skr_str text, skr_sink sink)
{
    skr_checker c;
    relay say;
    const skr_template *t = NULL;
    begin_check(b, &c, &say, schema, sink);
    if (!text.len)
        return skr_check_fail(&c, SKR_ISSUE_BAD_FORMAT, (skr_pos){ 0, 1, 1 }, 0, "empty formatting token",
                              "the format is empty", NULL);
    const bool star = text.ptr[0] == '*';
    int err = skr_build_template(b, &c, skr_str_cut(text, star, text.len), &t, true);
    if (!err && say.failed)
        err = SAKER_ENOMEM;
    if (err)
        return err;
    skr_template *whole = skr_arena_alloc(&b->p->arena, sizeof *whole);
    if (!whole)
        return SAKER_ENOMEM;
    *whole = *t;
    whole->star = star;
    b->p->format = whole;
    return 0;
}

/* ---- Freezing ---- */

static const skr_plain *copy_plain(skr_arena *a, const skr_plain *from)
{
    skr_plain *t = skr_arena_alloc(a, sizeof *t);
    const skr_plain **items = skr_arena_array(a, from->count, sizeof *items);
    if (!t || (!items && from->count))
        return NULL;
    *t = *from;
    t->items = items;
    for (uint32_t i = 0; i < from->count; i++)
        if (!(items[i] = copy_plain(a, from->items[i])))
            return NULL;
    return t;
}

/* Trees are needed at run time only by the naive evaluator. */
static bool settle_trees(skr_builder *b)
{
    skr_program *p = b->p;
    for (uint32_t i = 0; i < p->rule_count; i++) {
        skr_rule *r = &p->rules[i];
        r->plain = p->flags & SAKER_NAIVE ? copy_plain(&p->arena, r->plain) : NULL;
        if (!r->plain && (p->flags & SAKER_NAIVE))
            return false;
    }
    return true;
}

static bool settle_rules(skr_builder *b)
{
    skr_program *p = b->p;
    p->rules = skr_arena_array(&p->arena, b->rules.n, sizeof *p->rules);
    if (!p->rules && b->rules.n)
        return false;
    if (b->rules.n)
        memcpy(p->rules, b->rules.v, b->rules.n * sizeof *p->rules);
    p->rule_count = (uint32_t)b->rules.n;
    return true;
}

int skr_builder_freeze(skr_builder *b, const saker_options *options, skr_program **program)
{
    skr_program *p = b->p;
    saker_options o = SAKER_OPTIONS_INIT;
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    if (b->broken)
        return SAKER_ENOMEM;
    b->broken = true; /* used up */
    p->flags = o.flags;
    p->utc_offset = o.utc_offset;
    if (!settle_rules(b))
        return SAKER_ENOMEM;
    int err = skr_plan(b);
    if (!err && !settle_trees(b))
        err = SAKER_ENOMEM;
    if (err)
        return err;
    p->max_memory = o.max_memory;
    b->p = NULL;
    *program = p;
    return 0;
}
