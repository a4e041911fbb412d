/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the public functions in any order, on objects that may be missing, with memory that may run out. The input
 * is a program of bytes; behind a byte 0xff texts for it, with 0xfe between them, the last of which is a capture. Every
 * call answers with a status that its header names, memory runs out only if it was refused, and nothing is left behind.
 */
#include "events.h"
#include "must.h"
#include "odd_schema.h"

#include <saker/rules.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EACH = 3, TEXTS = 8, MOST_CALLS = 200 };

typedef struct text {
    const char *ptr;
    size_t len;
} text;

typedef struct host {
    const uint8_t *at, *end;
    text capture;
    char *ctext[TEXTS];
    size_t text_count;
    /* memory */
    size_t held, requests, from, until;
    bool refused; /* ever */
    /* objects */
    saker_compiler *compilers[EACH];
    saker_ruleset *rulesets[EACH];
    saker_eval *evals[EACH];
    saker_format *formats[EACH];
    saker_capture *captures[EACH];
    saker_dump *dump; /* of captures[0] */
    uint64_t seed;
    saker_event odd;
    FILE *sink;
} host;

/* ---- Memory ---- */

enum { HEAD = 16 };

static void *take(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    host *h = ctx;
    char *block = ptr ? (char *)ptr - HEAD : NULL;
    must(block ? memcmp(block, &old_size, sizeof old_size) == 0 : old_size == 0);
    if (new_size == 0) {
        free(block);
        h->held -= old_size;
        return NULL;
    }
    h->requests++;
    if ((h->requests >= h->from && h->requests < h->until) || new_size > SIZE_MAX / 2 ||
        h->held + new_size > 256u << 20) {
        h->refused = true;
        return NULL;
    }
    block = realloc(block, HEAD + new_size);
    must(block != NULL);
    memcpy(block, &new_size, sizeof new_size);
    h->held = h->held - old_size + new_size;
    return block + HEAD;
}

/* ---- The program ---- */

static uint8_t byte(host *h)
{
    return h->at < h->end ? *h->at++ : 0;
}

static unsigned which(host *h)
{
    return byte(h) % EACH;
}

static const char rules_text[] = "- list: shells\n  items: [sh, bash]\n"
                                 "- macro: spawned\n  condition: evt.type = execve and proc.name in (shells)\n"
                                 "- rule: A\n  desc: d\n  priority: INFO\n  tags: [t]\n  condition: spawned\n"
                                 "  output: \"%proc.name %proc.cmdline\"\n"
                                 "- rule: B\n  desc: d\n  priority: ERROR\n  source: syscall\n"
                                 "  condition: evt.type = openat or fd.name contains passwd\n  output: \"%fd.name\"\n";

/* A text of the input or a ready one; now and then none. */
static const char *some_text(host *h)
{
    static const char *const ready[] = { "",          "A",       "B*",          "shells",      "t",
                                         rules_text,  "spawned", "syscall",     "test",        "evt.num > 0",
                                         "proc.name", "t.name",  "%evt.type|%", "t.name = sh", "t.int > 1 and not B" };
    const uint8_t n = byte(h);
    if (n == 255)
        return NULL;
    return n % 2 && h->text_count ? h->ctext[n / 2 % h->text_count] : ready[n / 2 % (sizeof ready / sizeof ready[0])];
}

static const saker_schema *some_schema(host *h)
{
    const uint8_t n = byte(h);
    return n == 255 ? NULL : n % 2 ? &odd_schema : saker_syscall_schema();
}

static const saker_event *some_event(host *h)
{
    const uint8_t n = byte(h);
    if (n == 255)
        return NULL;
    if (n % 2)
        return &some_events()[n / 2 % SOME_EVENTS];
    return &h->odd; /* has to stay as it is while an eval looks at it */
}

/* The answer of a call that may be negative for these reasons only. */
static void answer(host *h, int status, unsigned reasons)
{
    must(status >= 0 || (status >= SAKER_EEND && (reasons >> -status & 1)));
    must(status != SAKER_ENOMEM || h->refused);
    must(*saker_strerror(status));
}

enum {
    NOMEM = 1u << -SAKER_ENOMEM,
    INVAL = 1u << -SAKER_EINVAL,
    RULES = 1u << -SAKER_ERULES,
    IO = 1u << -SAKER_EIO,
    END = 1u << -SAKER_EEND
};

static saker_options some_options(host *h)
{
    static const char *const fields[] = { "more", "%evt.num", "proc.name", NULL };
    static const saker_append append = { sizeof append, NULL, NULL, NULL, 0, "%evt.type", fields, 2 };
    saker_options o = SAKER_OPTIONS_INIT;
    const uint8_t n = byte(h);
    o.alloc = (saker_alloc){ take, h };
    o.flags = n & 15;
    o.max_diags = n & 16 ? 2 : 0;
    o.min_priority = n & 32 ? SAKER_PRI_WARNING : (saker_priority)0;
    o.append = n & 64 ? &append : NULL;
    o.append_count = n & 64 ? 1 : 0;
    o.max_memory = n & 128 ? 100000 : 0;
    h->refused = h->refused || o.max_memory; /* by the limit */
    return o;
}

/* ---- Compilers ---- */

static void new_compiler(host *h)
{
    const unsigned i = which(h);
    const saker_options o = some_options(h);
    saker_compiler_free(h->compilers[i]);
    h->compilers[i] = saker_compiler_new(&o);
    must(h->compilers[i] || h->refused);
}

static void free_compiler(host *h)
{
    const unsigned i = which(h);
    saker_compiler_free(h->compilers[i]);
    h->compilers[i] = NULL;
}

/* On no compiler every call answers that memory ran out. */
static void said(host *h, const saker_compiler *c, int status, unsigned reasons)
{
    if (c)
        answer(h, status, reasons);
    else
        must(status == SAKER_ENOMEM);
}

static void add_schema(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    said(h, c, saker_compiler_add_schema(c, some_schema(h)), NOMEM | INVAL);
}

static void add_yaml(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const char *name = some_text(h), *yaml = some_text(h);
    said(h, c, saker_compiler_add_yaml(c, name, yaml, yaml ? strlen(yaml) : 0), NOMEM | INVAL | RULES);
}

static void add_list(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const char *name = some_text(h);
    const char *const items[] = { some_text(h), some_text(h) };
    said(h, c, saker_compiler_add_list(c, name, items, byte(h) % 3), NOMEM | INVAL | RULES);
}

static void add_macro(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const char *name = some_text(h);
    said(h, c, saker_compiler_add_macro(c, name, some_text(h)), NOMEM | INVAL | RULES);
}

static void add_rule(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const char *tags[] = { some_text(h) };
    saker_rule r = SAKER_RULE(some_text(h), some_text(h), some_text(h));
    r.source = some_text(h);
    r.tags = tags[0] ? tags : NULL;
    r.tag_count = tags[0] ? 1 : 0;
    r.priority = (saker_priority)(byte(h) % 9);
    r.disabled = byte(h) & 1;
    said(h, c, saker_compiler_add_rule(c, &r), NOMEM | INVAL | RULES);
}

static void add_plugin(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const char *name = some_text(h);
    said(h, c, saker_compiler_add_plugin(c, name, some_text(h)), NOMEM | INVAL | RULES);
}

static void enable(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const saker_select by = (saker_select)(byte(h) % 4);
    const char *pattern = some_text(h);
    said(h, c, saker_compiler_enable(c, by, pattern, byte(h) & 1), NOMEM | INVAL);
}

static void build(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    const unsigned i = which(h);
    saker_ruleset *made = NULL;
    const int status = saker_compiler_build(c, byte(h) == 255 ? NULL : &made);
    said(h, c, status, NOMEM | INVAL | RULES);
    must(status == SAKER_OK || !made);
    if (made) {
        saker_ruleset_unref(h->rulesets[i]);
        h->rulesets[i] = made;
    }
}

static void look_at_compiler(host *h)
{
    saker_compiler *c = h->compilers[which(h)];
    char line[64];
    const size_t n = saker_compiler_diag_count(c);
    for (size_t i = 0; i < n; i++)
        if (saker_compiler_diag(c, i))
            saker_diag_format(saker_compiler_diag(c, i), line, byte(h) % sizeof line);
    must(!saker_compiler_diag(c, n) || h->refused); /* a count without memory is 0 */
    must(saker_compiler_falco_results(c) || !c || h->refused);
    const unsigned what = byte(h);
    must(saker_compiler_describe(c, what, some_text(h)) || !c || h->refused);
    saker_compiler_active_rules(c);
    saker_compiler_print_diags(c, h->sink);
}

/* ---- Rulesets and evals ---- */

static void share_ruleset(host *h)
{
    const unsigned from = which(h), to = which(h);
    saker_ruleset *r = saker_ruleset_ref(h->rulesets[from]);
    saker_ruleset_unref(h->rulesets[to]);
    h->rulesets[to] = r;
}

static void free_ruleset(host *h)
{
    const unsigned i = which(h);
    saker_ruleset_unref(h->rulesets[i]);
    h->rulesets[i] = NULL;
}

static void look_at_ruleset(host *h)
{
    saker_ruleset *r = h->rulesets[which(h)];
    const size_t n = saker_ruleset_count(r);
    for (size_t i = 0; i < n; i++) {
        must(saker_ruleset_rule(r, i) != NULL);
        answer(h, saker_ruleset_dump(r, i, h->sink), NOMEM | IO);
    }
    must(!saker_ruleset_rule(r, n) && (!r || saker_ruleset_dump(r, n, h->sink) == SAKER_EINVAL));
    saker_ruleset_wants(r, some_schema(h), byte(h));
}

static void compile_filter(host *h)
{
    const unsigned i = which(h);
    const saker_options o = some_options(h);
    const saker_schema *s = some_schema(h);
    const char *condition = some_text(h), *output = some_text(h);
    char error[80];
    saker_ruleset *made = NULL;
    const int status = saker_filter_compile(byte(h) & 1 ? &o : NULL, s, condition, condition ? strlen(condition) : 0,
                                            output, &made, error, byte(h) % sizeof error);
    answer(h, status, NOMEM | INVAL | RULES);
    if (status == SAKER_OK) {
        saker_ruleset_unref(h->rulesets[i]);
        h->rulesets[i] = made;
    }
}

static void new_eval(host *h)
{
    const unsigned i = which(h);
    saker_ruleset *r = h->rulesets[which(h)];
    saker_eval_free(h->evals[i]);
    h->evals[i] = saker_eval_new(r);
    must(h->evals[i] || !r || h->refused);
}

static void free_eval(host *h)
{
    const unsigned i = which(h);
    saker_eval_free(h->evals[i]);
    h->evals[i] = NULL;
}

static void run(host *h)
{
    const unsigned i = which(h);
    const int n = saker_eval_run(h->evals[i], some_event(h));
    if (h->evals[i])
        answer(h, n, NOMEM | INVAL);
    else
        must(n == SAKER_ENOMEM);
}

static void next_event(host *h)
{
    h->odd.kind = byte(h) % (ODD_KINDS + 2);
    h->seed = byte(h);
    h->odd.time = h->odd.num = h->seed;
    for (unsigned i = 0; i < EACH; i++) /* what they were given has changed */
        if (h->evals[i])
            answer(h, saker_eval_run(h->evals[i], &h->odd), NOMEM | INVAL);
}

static void look_at_matches(host *h)
{
    saker_eval *e = h->evals[which(h)];
    const int i = (int)(byte(h) % 8) - 1;
    const saker_alert_options o = { sizeof o, byte(h), byte(h) & 1 ? "host" : NULL };
    size_t count = 0;
    const bool there = saker_match_rule(e, i) != NULL;
    must(there || (!saker_match_output(e, i) && !saker_match_json(e, i, NULL) && !saker_match_alert(e, i, &o)));
    if (!there)
        return;
    must(saker_match_output(e, i) || h->refused);
    must(saker_match_json(e, i, byte(h) & 1 ? &o : NULL) || h->refused);
    must(saker_match_alert(e, i, byte(h) & 1 ? &o : NULL) || h->refused);
    const saker_named *fields = saker_match_fields(e, i, &count);
    must(fields || h->refused);
    for (size_t k = 0; fields && k < count; k++)
        must(fields[k].name != NULL);
    must(saker_eval_rule_matches(e, saker_match_index(e, i)) > 0);
}

static void look_at_eval(host *h)
{
    saker_eval *e = h->evals[which(h)];
    saker_eval_stats stats = { .size = byte(h) % 2 ? sizeof stats : byte(h) };
    if (stats.size <= sizeof stats)
        saker_eval_get_stats(e, &stats);
    const size_t rule = byte(h);
    const int status = saker_eval_enable(e, rule, byte(h) & 1);
    must(status == 0 || status == (e ? SAKER_EINVAL : SAKER_ENOMEM));
    saker_eval_rule_matches(e, rule);
}

/* ---- Formats ---- */

static void new_format(host *h)
{
    const unsigned i = which(h);
    const saker_options o = some_options(h);
    const saker_schema *s = some_schema(h);
    const char *t = some_text(h);
    char error[80];
    saker_format *made = NULL;
    const int status = saker_format_compile(&o, s, t, t ? strlen(t) : 0, &made, error, sizeof error);
    answer(h, status, NOMEM | INVAL | RULES);
    must((status == SAKER_OK) == (made != NULL));
    saker_format_free(h->formats[i]);
    h->formats[i] = made;
}

static void print(host *h)
{
    saker_format *f = h->formats[which(h)];
    const saker_event *e = some_event(h);
    const char *t = NULL;
    size_t len;
    const int status =
        byte(h) & 1 ? saker_format_json(f, e, &t, &len) : saker_format_text(f, e, &t, byte(h) & 1 ? &len : NULL);
    if (f)
        answer(h, status, NOMEM | INVAL);
    else
        must(status == SAKER_ENOMEM);
    must(status < 0 || t);
}

/* ---- Captures ---- */

static void open_capture(host *h)
{
    const unsigned i = which(h);
    saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
    const uint8_t n = byte(h);
    FILE *f = tmpfile();
    char path[32];
    o.alloc = (saker_alloc){ take, h };
    o.max_threads = n & 1 ? 4 : 0;
    o.max_fds = n & 2 ? 2 : 0;
    o.max_memory = n & 4 ? 200000 : 0;
    o.flags = n & 8 ? SAKER_CAPTURE_COUNT : 0;
    h->refused = h->refused || o.max_memory;
    if (i == 0) {
        saker_dump_close(h->dump);
        h->dump = NULL;
    }
    saker_capture_free(h->captures[i]);
    must(f != NULL);
    fwrite(h->capture.ptr, 1, h->capture.len, f);
    fflush(f);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    h->captures[i] = saker_capture_open_file(n & 16 ? "/nowhere/at/all" : path, &o);
    must(h->captures[i] || h->refused);
    if (h->captures[i]) /* it may be opened at the first poll only */
        answer(h, saker_capture_poll(h->captures[i], 0, NULL, NULL), NOMEM | IO | END | INVAL);
    fclose(f);
}

static void close_capture(host *h)
{
    const unsigned i = which(h);
    if (i == 0 && byte(h) & 1) {
        saker_dump_close(h->dump); /* else behind its capture */
        h->dump = NULL;
    }
    saker_capture_free(h->captures[i]);
    h->captures[i] = NULL;
    if (i == 0) {
        saker_dump_close(h->dump);
        h->dump = NULL;
    }
}

typedef struct polling {
    host *h;
    uint8_t how;
    unsigned events;
} polling;

static int on_event(void *ctx, const saker_event *e)
{
    polling *p = ctx;
    host *h = p->h;
    const char *t;
    for (unsigned i = 0; i < EACH; i++) {
        if (h->evals[i] && (p->how >> i & 1)) {
            answer(h, saker_eval_run(h->evals[i], e), NOMEM | INVAL);
            saker_match_output(h->evals[i], 0);
        }
        if (h->formats[i])
            answer(h, saker_format_text(h->formats[i], e, &t, NULL), NOMEM | INVAL);
    }
    if (h->dump && (p->how & 8))
        answer(h, saker_dump_event(h->dump, e), NOMEM | INVAL | IO);
    return ++p->events == 40 ? 1 : 0;
}

static void poll_capture(host *h)
{
    saker_capture *c = h->captures[which(h)];
    polling p = { h, byte(h), 0 };
    const int n = saker_capture_poll(c, 0, on_event, &p);
    if (c)
        answer(h, n, NOMEM | IO | END);
    for (unsigned i = 0; i < EACH; i++) /* the events are gone */
        if (h->evals[i])
            answer(h, saker_eval_run(h->evals[i], &h->odd), NOMEM | INVAL);
    saker_capture_stats stats = { .size = sizeof stats };
    if (c) {
        must(saker_capture_get_stats(c, &stats) == 0 && saker_capture_error(c));
        must(stats.delivered <= stats.events);
        saker_capture_fd(c);
    }
}

static void record(host *h)
{
    saker_dump_close(h->dump);
    h->dump = h->captures[0] ? saker_dump_open(h->captures[0], "/dev/null", byte(h) & 1) : NULL;
}

/* ---- Memory that runs out, and names ---- */

static void refuse(host *h)
{
    h->from = h->requests + 1 + byte(h);
    h->until = byte(h) & 1 ? h->from + 1 : SIZE_MAX;
}

static void heal(host *h)
{
    h->from = h->until = SIZE_MAX;
}

static void ask_names(host *h)
{
    saker_param params[4];
    const char *name = some_text(h);
    const int kind = name ? saker_syscall_kind(name) : -1;
    must(saker_syscall_params(kind < 0 ? byte(h) * 5u : (uint32_t)kind, params, byte(h) % 4) < 64);
    saker_priority_name((saker_priority)byte(h));
    saker_rule_name_matches(name, some_text(h));
    must(*saker_strerror((int)byte(h) - 128) && *saker_version() && saker_version_number() > 0);
}

static void (*const calls[])(host *h) = {
    new_compiler,  free_compiler, add_schema,      add_yaml,        add_list,     add_macro,
    add_rule,      add_plugin,    enable,          build,           build,        look_at_compiler,
    share_ruleset, free_ruleset,  look_at_ruleset, compile_filter,  new_eval,     free_eval,
    run,           run,           next_event,      look_at_matches, look_at_eval, new_format,
    print,         open_capture,  close_capture,   poll_capture,    record,       refuse,
    heal,          ask_names,
};

/* ---- */

static void read_texts(host *h, const uint8_t *data, size_t size)
{
    const uint8_t *mark = size ? memchr(data, 0xff, size) : NULL, *end = data + size;
    h->at = data;
    h->end = mark ? mark : end;
    for (const uint8_t *p = mark ? mark + 1 : end; p < end && h->text_count < TEXTS;) {
        const uint8_t *stop = memchr(p, 0xfe, (size_t)(end - p));
        if (!stop || h->text_count == TEXTS - 1) {
            h->capture = (text){ (const char *)p, (size_t)(end - p) };
            return;
        }
        const size_t len = (size_t)(stop - p);
        char *copy = malloc(len + 1);
        must(copy != NULL);
        memcpy(copy, p, len);
        copy[len] = '\0';
        h->ctext[h->text_count++] = copy;
        p = stop + 1;
    }
}

static void free_all(host *h)
{
    saker_dump_close(h->dump);
    for (unsigned i = 0; i < EACH; i++) {
        saker_ruleset_unref(h->rulesets[i]);
        saker_compiler_free(h->compilers[i]);
        saker_format_free(h->formats[i]);
        saker_eval_free(h->evals[i]);
        saker_capture_free(h->captures[i]);
    }
    for (size_t i = 0; i < h->text_count; i++)
        free(h->ctext[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *sink;
    host h = { .from = SIZE_MAX, .until = SIZE_MAX, .capture = { "", 0 } };
    some_events(); /* made with other memory */
    if (!sink)
        sink = fopen("/dev/null", "w");
    h.sink = sink;
    h.odd = (saker_event){ &odd_schema, &h.seed, 1, 1, 0 };
    read_texts(&h, data, size);
    for (unsigned n = 0; h.at < h.end && n < MOST_CALLS; n++)
        calls[byte(&h) % (sizeof calls / sizeof calls[0])](&h);
    free_all(&h);
    must(h.held == 0);
    return 0;
}
