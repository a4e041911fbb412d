/* SPDX-License-Identifier: Apache-2.0 */
/* Whole rule files. The input is one file or, with form feeds between them, several; a last byte below 8 sets flags.
 *
 *   - What is said of them has a place inside them, and can be printed.
 *   - The same files give the same answers, word for word.
 *   - Results and descriptions are JSON.
 *   - A ruleset and one that is evaluated as it is written match the same events and print the same.
 *   - The canonical text of a condition, compiled alone, is the same condition.
 */
#include "events.h"
#include "must.h"
#include "str.h"

#include <saker/rules.h>

#include <cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_FILES = 8, ENOUGH = 128u << 20 };

typedef struct input {
    skr_str files[MOST_FILES];
    char names[MOST_FILES][16];
    size_t count;
    unsigned flags;
} input;

static void split(input *in, const char *p, size_t size)
{
    in->count = 0;
    in->flags = 0;
    if (size && (unsigned char)p[size - 1] < 8)
        in->flags = (unsigned char)p[--size];
    for (bool more = true; more; in->count++) {
        const char *end = in->count + 1 < MOST_FILES && size ? memchr(p, '\f', size) : NULL;
        const size_t len = end ? (size_t)(end - p) : size;
        more = end != NULL;
        in->files[in->count] = (skr_str){ p, len };
        snprintf(in->names[in->count], sizeof in->names[0], "%zu.yaml", in->count);
        p += len + more;
        size -= len + more;
    }
}

/* ---- Diagnostics ---- */

/* The line of a text, from 1; false: it has fewer. */
static bool line_at(skr_str text, uint32_t number, skr_str *line)
{
    for (size_t at = 0;; number--) {
        const char *end = at < text.len ? memchr(text.ptr + at, '\n', text.len - at) : NULL;
        const size_t to = end ? (size_t)(end - text.ptr) : text.len;
        *line = skr_str_cut(text, at, to);
        if (number == 1)
            return true;
        if (!end)
            return false;
        at = to + 1;
    }
}

static size_t count_chars(skr_str s)
{
    size_t n = 0, bad;
    for (size_t i = 0, len; i < s.len; i += len ? len : 1, n++)
        len = skr_utf8_next(s.ptr + i, s.len - i, &bad);
    return n;
}

/* UTF-16 and UTF-32: places are those of the text in UTF-8. */
static bool is_wide(skr_str file)
{
    return file.len > 1 && (!file.ptr[0] || !file.ptr[1] || (unsigned char)file.ptr[0] >= 0xFE);
}

static void check_place(const input *in, const saker_diag *d)
{
    skr_str line;
    size_t i = 0;
    if (!d->file || !d->line)
        return;
    while (i < in->count && strcmp(in->names[i], d->file) != 0)
        i++;
    must(i < in->count);
    if (is_wide(in->files[i]))
        return;
    must(line_at(in->files[i], d->line, &line));
    must(d->column >= 1 && d->length >= 1 && d->column <= count_chars(line) + 1);
}

static void check_text(const saker_diag *d)
{
    char small[100], large[4096];
    const size_t len = saker_diag_format(d, large, sizeof large);
    must(saker_diag_format(d, NULL, 0) == len && saker_diag_format(d, small, sizeof small) == len);
    if (len < sizeof large)
        must(strlen(large) == len && large[len - 1] == '\n');
    if (len >= sizeof small)
        must(strlen(small) == sizeof small - 1 && memcmp(small, large, sizeof small - 1) == 0);
}

static void check_diags(const input *in, const saker_compiler *c, int status, uint32_t flags)
{
    size_t errors = 0, warnings = 0;
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++) {
        const saker_diag *d = saker_compiler_diag(c, i);
        must(d && d->severity <= SAKER_DIAG_NOTE && d->message && *d->message && d->name && *d->name && d->code);
        must(i || d->severity != SAKER_DIAG_NOTE);
        errors += d->severity == SAKER_DIAG_ERROR;
        warnings += d->severity == SAKER_DIAG_WARNING;
        check_place(in, d);
        check_text(d);
    }
    must(status == (errors || ((flags & SAKER_WARN_IS_ERR) && warnings) ? SAKER_ERULES : SAKER_OK));
}

/* ---- Loading ---- */

static int load(const input *in, uint32_t flags, saker_compiler **made, saker_ruleset **rules)
{
    saker_options options = SAKER_OPTIONS_INIT;
    options.flags = flags;
    options.max_memory = ENOUGH;
    options.max_nodes = 4096;
    saker_compiler *c = *made = saker_compiler_new(&options);
    *rules = NULL;
    saker_compiler_add_schema(c, saker_syscall_schema());
    for (size_t i = 0; i < in->count; i++)
        saker_compiler_add_yaml(c, in->names[i], in->files[i].ptr, in->files[i].len);
    if (in->flags & 1)
        saker_compiler_enable(c, SAKER_BY_NAME, "*", true);
    const int status = saker_compiler_build(c, rules);
    must(status == SAKER_OK || status == SAKER_ERULES || status == SAKER_ENOMEM);
    must((status == SAKER_OK) == (*rules != NULL));
    return status;
}

static void compare(saker_compiler *a, saker_compiler *b)
{
    must(saker_compiler_diag_count(a) == saker_compiler_diag_count(b));
    for (size_t i = 0; i < saker_compiler_diag_count(a); i++) {
        const saker_diag *x = saker_compiler_diag(a, i), *y = saker_compiler_diag(b, i);
        must(x->code == y->code && x->line == y->line && x->column == y->column && x->length == y->length);
        must_same(x->file, y->file);
        must_same(x->item, y->item);
        must_same(x->message, y->message);
        must_same(x->hint, y->hint);
        must_same(x->falco_message, y->falco_message);
    }
    must_same(saker_compiler_falco_results(a), saker_compiler_falco_results(b));
    must_same(saker_compiler_describe(a, 0, NULL), saker_compiler_describe(b, 0, NULL));
    must(saker_compiler_active_rules(a) == saker_compiler_active_rules(b));
}

static void check_json(const char *text)
{
    cJSON *parsed = text ? cJSON_ParseWithOpts(text, NULL, true) : NULL;
    must(parsed != NULL);
    cJSON_Delete(parsed);
}

/* ---- Rules at work ---- */

static void run(saker_ruleset *rules, saker_ruleset *naive)
{
    saker_eval *a = saker_eval_new(rules), *b = saker_eval_new(naive);
    const saker_event *events = some_events();
    must(a && b && saker_ruleset_count(rules) == saker_ruleset_count(naive));
    for (int i = 0; i < SOME_EVENTS; i++) {
        const int n = saker_eval_run(a, &events[i]);
        must(n >= 0 && n == saker_eval_run(b, &events[i]));
        must(!n || saker_ruleset_wants(rules, saker_syscall_schema(), events[i].kind));
        for (int k = 0; k < n; k++) {
            const char *json = saker_match_json(a, k, NULL);
            must(saker_match_index(a, k) == saker_match_index(b, k));
            must_same(saker_match_output(a, k), saker_match_output(b, k));
            must_same(json, saker_match_json(b, k, NULL));
            must_same(saker_match_alert(a, k, NULL), saker_match_alert(b, k, NULL));
            check_json(json);
        }
    }
    saker_eval_free(a);
    saker_eval_free(b);
}

/* May the text be read in two ways? Canonical text does not put quotes around parentheses and commas. */
static bool is_unsure(const char *text)
{
    static const char *const doubtful[] = { "val(", "tolower(", "toupper(", "b64(",    "basename(",
                                            "len(", "join(",    "concat(",  "getopt(", "," };
    for (size_t i = 0; i < sizeof doubtful / sizeof doubtful[0]; i++)
        if (strstr(text, doubtful[i]))
            return true;
    return false;
}

static void check_rule(saker_ruleset *rules, size_t i)
{
    const saker_rule *r = saker_ruleset_rule(rules, i);
    saker_ruleset *alone;
    saker_options options = SAKER_OPTIONS_INIT;
    options.max_depth = 2000;
    must(r && r->name && r->compiled && r->output && r->source);
    if (is_unsure(r->compiled) ||
        saker_filter_compile(&options, saker_syscall_schema(), r->compiled, strlen(r->compiled), NULL, &alone, NULL, 0))
        return;
    must_same(saker_ruleset_rule(alone, 0)->compiled, r->compiled);
    saker_eval *all = saker_eval_new(rules), *one = saker_eval_new(alone);
    const saker_event *events = some_events();
    for (int e = 0; e < SOME_EVENTS; e++) {
        const uint64_t before = saker_eval_rule_matches(all, i);
        must(saker_eval_run(all, &events[e]) >= 0);
        must(saker_eval_run(one, &events[e]) == (int)(saker_eval_rule_matches(all, i) - before));
    }
    saker_eval_free(all);
    saker_eval_free(one);
    saker_ruleset_unref(alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input in;
    saker_compiler *c, *again;
    saker_ruleset *rules, *naive;
    split(&in, (const char *)data, size);
    const uint32_t flags = (in.flags & 2 ? SAKER_WARN_IS_ERR : 0) | (in.flags & 4 ? SAKER_SKIP_UNKNOWN : 0);
    const int status = load(&in, flags, &c, &rules);
    const int other = load(&in, flags | SAKER_NAIVE, &again, &naive);
    if (status != SAKER_ENOMEM && other != SAKER_ENOMEM) {
        must(status == other);
        check_diags(&in, c, status, flags);
        check_json(saker_compiler_falco_results(c));
        check_json(saker_compiler_describe(c, 0, NULL));
        compare(c, again);
    }
    if (rules && naive)
        run(rules, naive);
    for (size_t i = 0; i < saker_ruleset_count(rules) && i < 16; i++)
        check_rule(rules, i);
    saker_compiler_free(c);
    saker_compiler_free(again);
    saker_ruleset_unref(rules);
    saker_ruleset_unref(naive);
    return 0;
}
