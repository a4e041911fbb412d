/* SPDX-License-Identifier: Apache-2.0 */
#include "encoding.h"
#include "loader.h"

enum { MAX_FILE_FAULTS = 64 }; /* of YAML in one file: then it is no rule file */

int skr_loader_init(skr_loader *l, skr_mem *mem, const saker_options *options)
{
    memset(l, 0, sizeof *l);
    l->mem = mem;
    l->options = options;
    skr_arena_init(&l->keep, mem);
    skr_arena_init(&l->trees, mem);
    skr_arena_init(&l->work, mem);
    skr_diags_init(&l->diags, mem, &l->keep, options->max_diags);
    skr_map *maps[] = { &l->list_names,    &l->macro_names,  &l->rule_names, &l->broken_lists,
                        &l->broken_macros, &l->broken_rules, &l->odd_words };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        skr_map_init(maps[i], mem);
    skr_textb_init(&l->scratch, mem);
    skr_textb_init(&l->shown, mem);
    l->engine_version = SKR_STR("");
    return SAKER_OK;
}

static void free_definitions(skr_loader *l)
{
    for (size_t i = 0; i < l->lists.n; i++)
        skr_list_free(l, &l->lists.v[i]);
    for (size_t i = 0; i < l->macros.n; i++)
        skr_macro_free(l, &l->macros.v[i]);
    for (size_t i = 0; i < l->rules.n; i++)
        skr_rule_free(l, &l->rules.v[i]);
    for (size_t i = 0; i < l->requirements.n; i++)
        skr_vec_free(l->mem, &l->requirements.v[i].alternatives);
    for (size_t i = 0; i < l->results.n; i++)
        skr_vec_free(l->mem, &l->results.v[i].warnings);
    skr_vec_free(l->mem, &l->lists);
    skr_vec_free(l->mem, &l->macros);
    skr_vec_free(l->mem, &l->rules);
    skr_vec_free(l->mem, &l->requirements);
    skr_vec_free(l->mem, &l->results);
}

void skr_loader_free(skr_loader *l)
{
    free_definitions(l);
    skr_vec_free(l->mem, &l->plugins);
    for (size_t i = 0; i < l->sources.n; i++)
        if (l->sources.v[i]->owned)
            skr_free(l->mem, (void *)(uintptr_t)l->sources.v[i]->text.ptr, l->sources.v[i]->text.len + 1);
    skr_vec_free(l->mem, &l->sources);
    skr_builder_free(l->checker);
    for (size_t i = 0; i < l->schemas.n; i++) {
        skr_schema_free(l->schemas.v[i]);
        skr_free(l->mem, l->schemas.v[i], sizeof *l->schemas.v[i]);
    }
    skr_vec_free(l->mem, &l->schemas);
    skr_map *maps[] = { &l->list_names,    &l->macro_names,  &l->rule_names, &l->broken_lists,
                        &l->broken_macros, &l->broken_rules, &l->odd_words };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        skr_map_free(maps[i]);
    skr_textb_free(&l->scratch);
    skr_textb_free(&l->shown);
    skr_diags_free(&l->diags);
    skr_arena_free(&l->work);
    skr_arena_free(&l->trees);
    skr_arena_free(&l->keep);
}

int skr_loader_add_schema(skr_loader *l, const saker_schema *schema)
{
    skr_schema *s = skr_zalloc(l->mem, sizeof *s);
    if (!s)
        return SAKER_ENOMEM;
    int status = skr_schema_init(s, l->mem, schema);
    if (!status && skr_loader_schema(l, skr_str_of(schema->name)))
        status = SAKER_EINVAL;
    if (!status && !skr_vec_push(l->mem, &l->schemas, s))
        status = SAKER_ENOMEM;
    else if (!status && l->checker && (status = skr_builder_add_schema(l->checker, s)) != SAKER_OK)
        l->schemas.n--; /* the builder keeps only what stays */
    if (!status)
        return SAKER_OK;
    skr_schema_free(s);
    skr_free(l->mem, s, sizeof *s);
    return status;
}

const char *skr_loader_name(skr_loader *l, skr_str s)
{
    const char *copy = skr_arena_dup(&l->keep, s.ptr, s.len);
    if (!copy)
        skr_loader_lost(l);
    return copy;
}

skr_context skr_head_context(const skr_head *h)
{
    skr_context c = skr_context_of(h->place.src);
    return skr_context_add(&c, (skr_loc_type)h->type, h->name, h->place);
}

void skr_fit(skr_mem *m, void **v, size_t n, size_t *cap, size_t item)
{
    if (n == *cap)
        return;
    if (n == 0) {
        skr_free(m, *v, *cap * item);
        *v = NULL;
    } else {
        void *p = skr_realloc(m, *v, *cap * item, n * item);
        if (!p)
            return; /* it stays as it is */
        *v = p;
    }
    *cap = n;
}

bool skr_parts_push(skr_loader *l, skr_parts *v, skr_part p)
{
    if (!v->cap && (v->v = skr_alloc(l->mem, sizeof *v->v)) != NULL)
        v->cap = 1;
    return skr_vec_push(l->mem, v, p) ? true : skr_loader_lost(l);
}

/* ---- Reports ---- */

static void record(skr_loader *l, const skr_diag *d, size_t index)
{
    if (!l->result || index == SIZE_MAX || !d->falco || !d->falco_code || !d->context)
        return;
    if (d->severity == SAKER_DIAG_WARNING) {
        if (l->result->first_error == SIZE_MAX && !skr_vec_push(l->mem, &l->result->warnings, index))
            skr_loader_lost(l);
    } else if (l->result->first_error == SIZE_MAX) {
        l->result->first_error = index;
    }
}

size_t skr_loader_report_noted(skr_loader *l, skr_diag *d)
{
    bool fresh, error = d->severity == SAKER_DIAG_ERROR;
    if (d->falco && !d->falco_code)
        d->falco_code = skr_codes[d->code].falco;
    if (!d->falco)
        d->falco_code = NULL;
    d->serial = l->compiling ? l->serial : 0;
    d->first = error && !(l->compiling ? l->failed_compile : l->failed_here);
    l->failed_here = l->failed_here || (error && !l->compiling);
    l->failed_compile = l->failed_compile || (error && l->compiling);
    size_t index = skr_diags_add(&l->diags, d, &fresh);
    if (l->unit && index != SIZE_MAX) {
        if (!skr_vec_push(l->mem, &l->unit->findings, ((skr_finding){ index, l->parsing })))
            skr_loader_lost(l);
    } else {
        record(l, d, index);
    }
    return fresh ? index : SIZE_MAX;
}

void skr_loader_report(skr_loader *l, skr_diag *d)
{
    skr_loader_report_noted(l, d);
}

void skr_loader_repeat(skr_loader *l, size_t index)
{
    skr_diag *d = &l->diags.v.v[index];
    d->serial = l->serial;
    l->failed_compile = l->failed_compile || d->severity == SAKER_DIAG_ERROR;
    record(l, d, index);
}

/* ---- Files ---- */

static bool begin_result(skr_loader *l, const skr_source *src)
{
    skr_result r = { .src = src, .first_error = SIZE_MAX };
    l->failed_here = l->failed_compile = false;
    if (!skr_vec_push(l->mem, &l->results, r))
        return skr_loader_lost(l);
    l->result = &l->results.v[l->results.n - 1];
    return true;
}

static const char *yaml_hint(const skr_yaml *y)
{
    static const struct {
        const char *error, *hint;
    } rows[] = {
        { "illegal map value", "a value that has ': ' inside must be quoted; look at the indentation, too" },
        { "end of map not found", "this line is indented like a key but is none: look at ':' and indentation" },
        { "end of sequence not found", "this line is outdented, but no item: items begin with '- '" },
        { "illegal block entry", "'- ' cannot begin a sequence here" },
        { "unknown token", "a value cannot begin with this character: put it in quotes" },
        { "illegal flow end", "a bracket is closed that was not opened" },
        { "end of sequence flow not found", "a '[' is not closed, or a ',' is missing" },
        { "end of map flow not found", "a '{' is not closed, or a ',' is missing" },
        { "unexpected scalar",
          "text behind a quoted value: escape quotes inside as \\\" or '', or use the other kind" },
        { "illegal EOF in scalar", "a quote is not closed" },
        { "illegal tab when looking for indentation", "indent with blanks, not with tabs" },
        { "unexpected character in block scalar", "nothing may follow '|' or '>' on the line but '+', '-' or a digit" },
        { "plain value cannot start with flow indicator character", "a value cannot begin with ','" },
    };
    if (y->limit)
        return "it is nested deeper, or repeats more by aliases, than a rule file may";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].error, y->error) == 0)
            return rows[i].hint;
    return NULL;
}

static void report_yaml(skr_loader *l, const skr_source *src, const skr_yaml *y)
{
    uint32_t start;
    size_t line = skr_source_line(src, y->error_at, &start);
    size_t column = y->at_end ? 0 : y->error_at - start - (line == 0 ? src->shift : 0);
    skr_diag d = { .code = y->limit ? SKR_D_YAML_LIMIT : SKR_D_YAML_SYNTAX, .severity = SAKER_DIAG_ERROR };
    d.span = (skr_span){ src, y->error_at, y->error_at + 1 };
    d.message = skr_say(&l->diags, "YAML: %s", y->error);
    d.hint = yaml_hint(y);
    bool unclosed = y->open && skr_source_line(src, y->open_at, &start) != line;
    if (unclosed) { /* a reader notices much later: that is not the line to edit */
        d.span = (skr_span){ src, y->open_at, y->open_at + 1 };
        bool quote = y->open != '[' && y->open != '{';
        d.message =
            quote ? "YAML: this quote is never closed" : skr_say(&l->diags, "YAML: this '%c' is never closed", y->open);
        d.hint = NULL;
    }
    d.falco = skr_say(&l->diags, "yaml-cpp: error at line %zu, column %zu: %s", line + 1, column + 1, y->error);
    skr_context c = skr_context_of(src);
    c = skr_context_add(&c, SKR_LOC_VALUE_FOR, (skr_str){ "", 0 }, (skr_place){ src, y->error_at });
    c.at_line_start = y->at_end;
    d.context = &c;
    size_t index = skr_loader_report_noted(l, &d);
    if (unclosed && index != SIZE_MAX) {
        skr_diag note = { .code = SKR_D_UNCLOSED, .span = { src, y->error_at, y->error_at + 1 } };
        note.message = skr_say(&l->diags, "it was missed here: %s", y->error);
        skr_diags_note(&l->diags, index, &note);
    }
}

/* Where to go on behind a fault: the next line that begins an item. */
static size_t next_item(const skr_source *src, size_t from)
{
    uint32_t start;
    for (size_t line = skr_source_line(src, (uint32_t)from, &start) + 1; line < src->line_count; line++) {
        skr_str t = skr_source_line_text(src, line);
        if (t.len > 2 && t.ptr[0] == '-' && t.ptr[1] == ' ' && skr_is_alpha(t.ptr[2]))
            return src->lines[line];
    }
    return SIZE_MAX;
}

static void read_yaml(skr_loader *l, const skr_source *src)
{
    skr_arena nodes;
    skr_arena_init(&nodes, l->mem);
    skr_yaml y = { .mem = l->mem, .nodes = &nodes, .texts = &l->keep, .source = src->text };
    size_t from = 0;
    for (int faults = 0; from != SIZE_MAX; faults++) {
        int status = skr_yaml_read(&y, from);
        if (status == SAKER_ENOMEM)
            skr_loader_lost(l);
        from = SIZE_MAX;
        if (status == SAKER_ERULES) {
            if (!faults || !y.alias) /* its anchor may stand before a fault */
                report_yaml(l, src, &y);
            l->unsure = true; /* what is behind the fault may be lost */
            if (faults < MAX_FILE_FAULTS)
                from = next_item(src, y.open ? y.open_at : y.error_at);
        }
        for (size_t i = 0; i < y.docs.n && !skr_loader_nomem(l); i++)
            skr_read_document(l, src, y.docs.v[i]);
        y.docs.n = 0;
        if (from != SIZE_MAX)
            skr_arena_reset(&nodes);
    }
    skr_vec_free(l->mem, &y.docs);
    skr_arena_free(&nodes);
}

static void compile(skr_loader *l)
{
    l->compiling = true;
    skr_compile(l);
    l->compiling = false;
}

static skr_source *add_source(skr_loader *l, const char *name, skr_str text)
{
    skr_source *src = skr_source_new(&l->keep, name, text, (uint32_t)l->sources.n);
    if (!src || !skr_vec_push(l->mem, &l->sources, src)) {
        skr_loader_lost(l);
        return NULL;
    }
    return src;
}

int skr_loader_add_text(skr_loader *l, const char *name, skr_str text)
{
    const size_t size = text.len;
    const char *copy = skr_loader_name(l, skr_str_of(name));
    if (!skr_to_utf8(l->mem, &text))
        skr_loader_lost(l);
    skr_source *src = copy && !skr_loader_nomem(l) ? add_source(l, copy, text) : NULL;
    if (!src) {
        skr_free(l->mem, (void *)(uintptr_t)text.ptr, text.len + 1);
        return SAKER_ENOMEM;
    }
    src->owned = true;
    l->read += size;
    if (!begin_result(l, src))
        return SAKER_ENOMEM;
    read_yaml(l, src);
    if (l->failed_here) {
        /* Falco stops here. We look at the rest, too. */
        skr_result *r = l->result;
        l->result = NULL;
        if (!skr_loader_nomem(l))
            compile(l);
        l->result = r;
    } else if (!skr_loader_nomem(l)) {
        compile(l);
    }
    l->result = NULL;
    if (skr_loader_nomem(l))
        return SAKER_ENOMEM;
    return l->failed_here || l->failed_compile ? SAKER_ERULES : SAKER_OK;
}

int skr_loader_add_failure(skr_loader *l, const char *name, const char *message)
{
    const char *copy = skr_loader_name(l, skr_str_of(name));
    skr_source *src = copy ? add_source(l, copy, SKR_STR("")) : NULL;
    if (!src || !begin_result(l, src))
        return SAKER_ENOMEM;
    skr_context c = skr_context_of(src);
    skr_diag d = { .code = SKR_D_FILE_READ, .severity = SAKER_DIAG_ERROR, .span = { src, 0, 0 }, .context = &c };
    d.message = d.falco = skr_loader_name(l, skr_str_of(message));
    skr_loader_report(l, &d);
    l->unsure = true;
    l->result = NULL;
    return skr_loader_nomem(l) ? SAKER_ENOMEM : SAKER_ERULES;
}

/* ---- Calls instead of files ---- */

/* A text that a call gave, as a source of its own. */
static bool take_text(skr_loader *l, const char *text, skr_part *part)
{
    const char *copy = skr_loader_name(l, skr_str_of(text));
    skr_source *src = copy ? add_source(l, NULL, skr_str_of(copy)) : NULL;
    if (!src)
        return false;
    *part = (skr_part){ src, NULL, 0, (uint32_t)src->text.len };
    return true;
}

static bool take_head(skr_loader *l, const char *name, skr_loc_type type, skr_head *h)
{
    skr_part p;
    if (!take_text(l, name, &p))
        return false;
    h->name = skr_part_text(p);
    h->type = (uint8_t)type;
    h->place = (skr_place){ p.src, 0 };
    h->span = skr_part_span(p);
    return true;
}

static bool push_text(skr_loader *l, const char *text, skr_parts *v)
{
    skr_part p;
    return take_text(l, text, &p) && skr_parts_push(l, v, p);
}

static int end_call(skr_loader *l)
{
    l->stale = true;
    return skr_loader_nomem(l) ? SAKER_ENOMEM : SAKER_OK;
}

int skr_loader_add_list(skr_loader *l, const char *name, const char *const *items, size_t count)
{
    skr_list x = { 0 };
    bool ok = take_head(l, name, SKR_LOC_LIST, &x.head);
    for (size_t i = 0; ok && i < count; i++)
        ok = push_text(l, items[i], &x.items);
    if (ok)
        skr_collect_list(l, &x, false);
    else
        skr_list_free(l, &x);
    return end_call(l);
}

int skr_loader_add_macro(skr_loader *l, const char *name, const char *condition)
{
    skr_macro x = { 0 };
    if (take_head(l, name, SKR_LOC_MACRO, &x.head) && push_text(l, condition, &x.condition)) {
        x.condition_place = (skr_place){ x.condition.v[0].src, 0 };
        skr_collect_macro(l, &x, false);
    } else {
        skr_macro_free(l, &x);
    }
    return end_call(l);
}

static bool take_tags(skr_loader *l, const saker_rule *from, skr_rule *r)
{
    for (size_t i = 0; i < from->tag_count; i++) {
        skr_str tag = skr_str_of(from->tags[i]);
        tag.ptr = skr_loader_name(l, tag);
        if (!tag.ptr || !skr_vec_push(l->mem, &r->tags, tag))
            return skr_loader_lost(l);
    }
    return true;
}

static bool take_rule(skr_loader *l, const saker_rule *from, skr_rule *r)
{
    const char *source = from->source ? from->source : l->schemas.n ? l->schemas.v[0]->pub->name : "syscall";
    if (!take_head(l, from->name, SKR_LOC_RULE, &r->head) || !push_text(l, from->condition, &r->condition) ||
        (from->output && !push_text(l, from->output, &r->output)) ||
        (from->desc && !push_text(l, from->desc, &r->desc)) || !take_tags(l, from, r))
        return false;
    r->source = skr_str_of(source);
    r->source.ptr = skr_loader_name(l, r->source);
    r->priority = from->priority ? from->priority : SAKER_PRI_NOTICE;
    r->enabled = !from->disabled;
    r->warn_evttypes = false;
    r->capture = from->capture;
    r->capture_duration = from->capture_duration;
    r->condition_place = (skr_place){ r->condition.v[0].src, 0 };
    r->output_place = r->output.n ? (skr_place){ r->output.v[0].src, 0 } : r->condition_place;
    return r->source.ptr != NULL;
}

int skr_loader_add_rule(skr_loader *l, const saker_rule *rule)
{
    skr_rule x = { 0 };
    if (!rule->name || !*rule->name || !rule->condition || (unsigned)rule->priority > SAKER_PRI_DEBUG)
        return SAKER_EINVAL;
    if (take_rule(l, rule, &x))
        skr_collect_rule(l, &x);
    else
        skr_rule_free(l, &x);
    return end_call(l);
}

int skr_loader_finish(skr_loader *l)
{
    l->result = NULL;
    if (!skr_loader_nomem(l) && (l->stale || !l->serial))
        compile(l);
    skr_check_requirements(l);
    if (skr_loader_nomem(l))
        return SAKER_ENOMEM;
    return l->diags.errors ? SAKER_ERULES : SAKER_OK;
}
