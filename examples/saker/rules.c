/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files: the options that name and select rules, and the way from there to a ruleset. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int rule_args_init(rule_args *a, int argc)
{
    const size_t n = (size_t)argc + 1;
    *a = (rule_args){ .options = SAKER_OPTIONS_INIT };
    a->options.utc_offset = utc_offset();
    a->files = calloc(n, sizeof(*a->files));
    a->selections = calloc(n, sizeof(*a->selections));
    a->extra = calloc(n, sizeof(*a->extra));
    a->strings = calloc(2 * n, sizeof(*a->strings));
    return a->files && a->selections && a->extra && a->strings ? CMD_OK : no_memory();
}

void rule_args_free(rule_args *a)
{
    free(a->files);
    free(a->selections);
    free(a->extra);
    free(a->strings);
}

int rule_args_file(rule_args *a, const char *path)
{
    if (a->given_files)
        a->file_count = a->given_files = 0;
    a->files[a->file_count++] = path;
    return CMD_OK;
}

static int add_selection(rule_args *a, saker_select by, const char *pattern, bool enabled)
{
    a->selections[a->selection_count++] = (selection){ by, pattern, enabled };
    return CMD_OK;
}

int take_number(const char *verb, const char *what, const char *text, uint64_t most, uint64_t *n)
{
    char *end;
    errno = 0;
    const unsigned long long v = strtoull(text, &end, 10);
    if (errno || *end || end == text || text[0] == '-' || v == 0 || v > most)
        return usage_error(verb, "'%s' is not %s", text, what);
    *n = v;
    return CMD_OK;
}

saker_priority priority_named(const char *name)
{
    if (strcasecmp(name, "info") == 0)
        return SAKER_PRI_INFO;
    for (int p = SAKER_PRI_EMERGENCY; p <= SAKER_PRI_DEBUG; p++)
        if (strcasecmp(name, saker_priority_name((saker_priority)p)) == 0)
            return (saker_priority)p;
    return (saker_priority)0;
}

static int take_priority(rule_args *a, const char *verb, const char *name)
{
    a->options.min_priority = priority_named(name);
    return a->options.min_priority ? CMD_OK : usage_error(verb, "'%s' is not a priority", name);
}

static int set_flag(rule_args *a, uint32_t flag)
{
    a->options.flags |= flag;
    return CMD_OK;
}

int rule_args_take(rule_args *a, const char *verb, int option, const char *value)
{
    switch (option) {
    case 'r':
        return rule_args_file(a, value);
    case OPT_ENABLE:
    case OPT_DISABLE:
        return add_selection(a, SAKER_BY_NAME, value, option == OPT_ENABLE);
    case OPT_ENABLE_TAG:
    case OPT_DISABLE_TAG:
        return add_selection(a, SAKER_BY_TAG, value, option == OPT_ENABLE_TAG);
    case OPT_PRIORITY:
        return take_priority(a, verb, value);
    case OPT_SKIP:
        return set_flag(a, SAKER_SKIP_UNKNOWN);
    case OPT_NAIVE:
        return set_flag(a, SAKER_NAIVE);
    default:
        return -1;
    }
}

/* ---- Diagnostics ---------------------------------------------------------- */

static tone severity_tone(saker_severity s)
{
    return s == SAKER_DIAG_ERROR ? TONE_RED : s == SAKER_DIAG_WARNING ? TONE_YELLOW : TONE_CYAN;
}

/* The severity's word in the first line, and what follows the first line's end: the places to colour. */
static void print_coloured(const char *text, tone t, FILE *stream)
{
    static const char *const words[] = { "error:", "warning:", "note:" };
    const char *end = strchr(text, '\n'), *word = NULL;
    size_t len = 0;
    for (size_t i = 0; !word && i < sizeof(words) / sizeof(words[0]); i++) {
        len = strlen(words[i]);
        word = strstr(text, words[i]);
        if (word && end && word > end)
            word = NULL;
    }
    if (!word || !end) {
        fputs(text, stream);
        return;
    }
    fprintf(stream, "%s%.*s%s", term_on(stream, TONE_BOLD), (int)(word - text), text, term_off(stream));
    fprintf(stream, "%s%.*s%s", term_on(stream, t), (int)len, word, term_off(stream));
    fputs(word + len, stream);
}

void diag_print(const saker_diag *d, FILE *stream)
{
    const size_t len = saker_diag_format(d, NULL, 0);
    char *text = malloc(len + 1);
    if (!text)
        return;
    saker_diag_format(d, text, len + 1);
    if (term_colours(stream))
        print_coloured(text, severity_tone(d->severity), stream);
    else
        fputs(text, stream);
    if (len && text[len - 1] != '\n')
        fputc('\n', stream);
    free(text);
}

/* Errors with their notes; warnings too, or just how many there are. */
static void print_diags(const saker_compiler *c, bool verbose)
{
    size_t warnings = 0;
    bool shown = false;
    out_flush();
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++) {
        const saker_diag *d = saker_compiler_diag(c, i);
        if (d->severity != SAKER_DIAG_NOTE)
            shown = d->severity == SAKER_DIAG_ERROR || verbose;
        warnings += d->severity == SAKER_DIAG_WARNING && !shown;
        if (shown)
            diag_print(d, stderr);
    }
    if (warnings)
        say("%zu warning%s about the rules: `saker check` shows them", warnings, warnings == 1 ? "" : "s");
}

/* ---- From files to a ruleset ---------------------------------------------- */

int rules_load(const rule_args *a, saker_compiler *c)
{
    int status = CMD_OK;
    for (size_t i = 0; i < a->file_count; i++) {
        errno = 0;
        const int r = saker_compiler_add_file(c, a->files[i]);
        if (r == SAKER_ENOMEM)
            return no_memory();
        if (r == SAKER_EIO) {
            say("%s: %s", a->files[i], errno ? strerror(errno) : saker_strerror(r));
            status = CMD_INPUT;
        }
    }
    for (size_t i = 0; i < a->selection_count; i++)
        saker_compiler_enable(c, a->selections[i].by, a->selections[i].pattern, a->selections[i].enabled);
    return status;
}

static int build(saker_compiler *c, bool verbose, saker_ruleset **rules)
{
    const int r = saker_compiler_build(c, rules);
    if (r == SAKER_ENOMEM)
        return no_memory();
    print_diags(c, verbose);
    if (r < 0 && r != SAKER_ERULES)
        say("%s", saker_strerror(r));
    return r < 0 ? CMD_RULES : CMD_OK;
}

int rules_compile(const rule_args *a, saker_compiler **c, saker_ruleset **rules)
{
    saker_options options = a->options;
    if (!a->all)
        options.flags |= SAKER_FIRST_MATCH;
    options.append = a->extra;
    options.append_count = a->extra_count;
    *c = saker_compiler_new(&options);
    if (!*c)
        return no_memory();
    saker_compiler_add_schema(*c, saker_syscall_schema());
    const int status = rules_load(a, *c);
    return status == CMD_OK ? build(*c, a->verbose, rules) : status;
}

int rules_build(const rule_args *a, saker_ruleset **rules)
{
    saker_compiler *c;
    const int status = rules_compile(a, &c, rules);
    saker_compiler_free(c);
    return status;
}

int condition_build(const char *text, bool naive, saker_ruleset **rules)
{
    saker_options options = SAKER_OPTIONS_INIT;
    const saker_rule rule = SAKER_RULE("condition", text, NULL);
    options.utc_offset = utc_offset();
    options.flags = naive ? SAKER_NAIVE : 0;
    saker_compiler *c = saker_compiler_new(&options);
    if (!c)
        return no_memory();
    saker_compiler_add_schema(c, saker_syscall_schema());
    saker_compiler_add_rule(c, &rule);
    const int status = build(c, false, rules);
    saker_compiler_free(c);
    return status;
}

int condition_join(char **words, int count, bool naive, saker_ruleset **rules)
{
    size_t len = 1;
    for (int i = 0; i < count; i++)
        len += strlen(words[i]) + 1;
    char *text = calloc(1, len);
    for (int i = 0; text && i < count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, words[i]);
    }
    const int status = text ? condition_build(text, naive, rules) : no_memory();
    free(text);
    return status;
}
