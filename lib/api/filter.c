/* SPDX-License-Identifier: Apache-2.0 */
/* One condition without rule files, and formats on their own. */
#include "alert.h"
#include "handles.h"
#include "parse.h"

typedef struct one {
    skr_mem mem;
    skr_arena arena;
    skr_schema schema;
    skr_builder *builder;
    char *error; /* the first fault, in the reference's words */
    size_t size;
    bool at_place; /* parse errors are prefixed with their place */
    bool said;
} one;

static void report(void *ctx, const skr_issue *issue)
{
    one *o = ctx;
    const skr_pos pos = issue->falco_pos.line ? issue->falco_pos : issue->pos;
    if (issue->warning || o->said)
        return;
    o->said = true;
    if (!o->error || !o->size)
        return;
    if (o->at_place)
        snprintf(o->error, o->size, "filter error at index %u, line %u, column %u: %s", pos.idx, pos.line, pos.col,
                 issue->falco);
    else
        snprintf(o->error, o->size, "%s", issue->falco);
}

static saker_options options_of(const saker_options *given)
{
    saker_options o = SAKER_OPTIONS_INIT;
    if (given)
        memcpy(&o, given, given->size < sizeof o ? given->size : sizeof o);
    o.size = sizeof o;
    return o;
}

static int begin(one *o, const saker_options *options, const saker_schema *schema, char *error, size_t size)
{
    const skr_limits limits = { .max_nodes = options->max_nodes, .max_regex = options->max_regex };
    memset(o, 0, sizeof *o);
    o->error = error;
    o->size = size;
    if (error && size)
        *error = '\0';
    skr_mem_init(&o->mem, &options->alloc, options->max_memory);
    skr_arena_init(&o->arena, &o->mem);
    int err = skr_schema_init(&o->schema, &o->mem, schema);
    if (err)
        return err;
    o->builder = skr_builder_new(&o->mem, &limits);
    return o->builder ? skr_builder_add_schema(o->builder, &o->schema) : SAKER_ENOMEM;
}

static int end(one *o, int err)
{
    skr_builder_free(o->builder);
    skr_schema_free(&o->schema);
    skr_arena_free(&o->arena);
    if (err == SAKER_ENOMEM && o->mem.limit && o->mem.failed && o->error && o->size)
        snprintf(o->error, o->size, "%s", saker_strerror(err));
    return err;
}

static int compile_filter(one *o, const saker_options *options, skr_str condition, const char *output,
                          skr_program **program)
{
    const skr_text text = { .text = condition };
    const skr_sink sink = { report, o };
    skr_node *tree;
    o->at_place = true;
    int err = skr_parse(&o->arena, &text, options->max_depth, sink, &tree);
    o->at_place = false;
    if (err)
        return err;
    err = skr_check_condition(o->builder, &o->schema, tree, sink);
    if (err)
        return err;
    saker_rule rule = SAKER_RULE("filter", NULL, output);
    rule.condition = skr_arena_dup(&o->arena, condition.ptr, condition.len);
    const skr_program_rule r = {
        .rule = &rule, .schema = &o->schema, .tree = tree, .output = skr_str_of(output ? output : rule.name)
    };
    if (!rule.condition)
        return SAKER_ENOMEM;
    err = skr_builder_add_rule(o->builder, &r, sink);
    return err ? err : skr_builder_freeze(o->builder, options, program);
}

int saker_filter_compile(const saker_options *options, const saker_schema *schema, const char *condition, size_t len,
                         const char *output, saker_ruleset **ruleset, char *error, size_t size)
{
    one o;
    skr_program *program;
    const saker_options all = options_of(options);
    if (!schema || (!condition && len) || !ruleset)
        return SAKER_EINVAL;
    int err = begin(&o, &all, schema, error, size);
    if (!err)
        err = compile_filter(&o, &all, (skr_str){ condition ? condition : "", len }, output, &program);
    if (!err)
        *ruleset = skr_ruleset_of(program);
    return end(&o, err);
}

/* ---- Formats ---- */

struct saker_format {
    saker_eval *ev; /* of a program without rules */
    skr_buf text;
};

int saker_format_compile(const saker_options *options, const saker_schema *schema, const char *text, size_t len,
                         saker_format **format, char *error, size_t size)
{
    one o;
    skr_program *program = NULL;
    const saker_options all = options_of(options);
    if (!schema || (!text && len) || !format)
        return SAKER_EINVAL;
    int err = begin(&o, &all, schema, error, size);
    if (!err)
        err =
            skr_builder_set_format(o.builder, &o.schema, (skr_str){ text ? text : "", len }, (skr_sink){ report, &o });
    if (!err)
        err = skr_builder_freeze(o.builder, &all, &program);
    saker_eval *ev = err ? NULL : skr_eval_new(program);
    skr_program_unref(program);
    saker_format *f = ev ? skr_alloc(&ev->mem, sizeof *f) : NULL;
    if (f) {
        f->ev = ev;
        skr_buf_init(&f->text, &ev->mem);
        *format = f;
    } else if (!err) {
        skr_eval_free(ev);
        err = SAKER_ENOMEM;
    }
    return end(&o, err);
}

void saker_format_free(saker_format *f)
{
    if (!f)
        return;
    saker_eval *ev = f->ev;
    skr_buf_free(&f->text);
    skr_free(&ev->mem, f, sizeof *f);
    skr_eval_free(ev);
}

static int give(saker_format *f, bool complete, const char **text, size_t *length)
{
    const char *s = skr_buf_cstring(&f->text);
    if (!s || f->ev->stats.nomem)
        return SAKER_ENOMEM;
    *text = s;
    if (length)
        *length = f->text.len;
    return complete;
}

static int start(saker_format *f, const saker_event *event, const char **text)
{
    if (!f)
        return SAKER_ENOMEM;
    if (!event || !event->schema || !text || event->schema != f->ev->p->spaces[0].pub)
        return SAKER_EINVAL;
    skr_eval_begin(f->ev, event);
    f->ev->stats.nomem = 0;
    skr_buf_clear(&f->text);
    return 0;
}

int saker_format_text(saker_format *f, const saker_event *event, const char **text, size_t *length)
{
    int err = start(f, event, text);
    if (err)
        return err;
    const skr_template *t = f->ev->p->format;
    return give(f, skr_template_text(f->ev, &f->text, t, t->star, SKR_BYTES_DOTS), text, length);
}

int saker_format_json(saker_format *f, const saker_event *event, const char **text, size_t *length)
{
    int err = start(f, event, text);
    if (err)
        return err;
    const skr_template *t = f->ev->p->format;
    return give(f, skr_template_json(f->ev, &f->text, t, true, t->star), text, length);
}
