/* SPDX-License-Identifier: Apache-2.0 */
/* saker match: many conditions over one capture. Each condition is compiled alone, for the text of its error, and
 * those that are sound once more together, so that what they share is computed once per event. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_NAIVE_MATCH = OPT_OWN, ERROR_ROOM = 4096 };

static const struct option long_options[] = {
    { "conditions", required_argument, NULL, 'c' },
    { "naive", no_argument, NULL, OPT_NAIVE_MATCH },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker match -c FILE CAPTURE\n\n"
    "Tells for each line of FILE, a condition, which events of the capture it matches. Prints the line, a tab, and "
    "the\n"
    "numbers of the events as ranges (3,7-9; nothing: none), or `error: ` and what is wrong with the condition.\n\n"
    "  -c, --conditions FILE  one condition per line; - is standard input\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine (wrong conditions are a result), 2 wrong usage, 3 a file could not be read.\n";

typedef struct range {
    uint64_t first, last;
} range;

typedef struct condition {
    char *text;
    size_t len;
    char *error; /* NULL: it compiles */
    range *ranges;
    size_t count, room;
} condition;

typedef struct match {
    condition *conditions;
    size_t count, room;
    size_t *by_rule; /* index of the rule in the ruleset -> condition */
    saker_eval *eval;
    bool no_memory;
} match;

/* ---- The file of conditions ------------------------------------------------ */

static bool add_line(match *m, const char *text, size_t len)
{
    if (m->count == m->room) {
        const size_t room = m->room ? 2 * m->room : 64;
        condition *more = realloc(m->conditions, room * sizeof(*more));
        if (!more)
            return false;
        m->conditions = more;
        m->room = room;
    }
    char *copy = malloc(len + 1);
    if (!copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    m->conditions[m->count++] = (condition){ .text = copy, .len = len };
    return true;
}

static int read_lines(match *m, const char *path, FILE *f)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool fits = true;
    errno = 0;
    while (fits && (len = getline(&line, &room, f)) >= 0)
        fits = add_line(m, line, (size_t)len - (len > 0 && line[len - 1] == '\n'));
    const int why = errno;
    free(line);
    if (!fits)
        return no_memory();
    if (ferror(f)) {
        say("%s: %s", path, strerror(why));
        return CMD_INPUT;
    }
    return CMD_OK;
}

static int read_conditions(match *m, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!f) {
        say("%s: %s", path, strerror(errno));
        return CMD_INPUT;
    }
    const int status = read_lines(m, path, f);
    if (f != stdin)
        fclose(f);
    return status;
}

/* ---- Compiling -------------------------------------------------------------- */

/* Finds out whether a condition is sound; `error` is set if it is not. */
static int try_condition(const saker_options *options, condition *k)
{
    saker_ruleset *rules = NULL;
    const size_t room = k->len + ERROR_ROOM;
    char *error = calloc(1, room);
    if (!error)
        return no_memory();
    const int r = saker_filter_compile(options, saker_syscall_schema(), k->text, k->len, NULL, &rules, error, room);
    saker_ruleset_unref(rules);
    if (r == SAKER_ENOMEM) {
        free(error);
        return no_memory();
    }
    if (r < 0)
        k->error = error;
    else
        free(error);
    return CMD_OK;
}

static int add_condition(match *m, saker_compiler *c, const saker_options *options, size_t i, size_t *rules)
{
    condition *k = &m->conditions[i];
    char name[32];
    const int status = try_condition(options, k);
    if (status != CMD_OK || k->error)
        return status;
    snprintf(name, sizeof(name), "%zu", i);
    const saker_rule rule = SAKER_RULE(name, k->text, "-");
    if (saker_compiler_add_rule(c, &rule) == SAKER_ENOMEM)
        return no_memory();
    m->by_rule[(*rules)++] = i;
    return CMD_OK;
}

static int build_together(match *m, saker_compiler *c, const saker_options *options, saker_ruleset **rules)
{
    size_t count = 0;
    m->by_rule = calloc(m->count + 1, sizeof(*m->by_rule));
    if (!m->by_rule)
        return no_memory();
    for (size_t i = 0; i < m->count; i++) {
        const int status = add_condition(m, c, options, i, &count);
        if (status != CMD_OK)
            return status;
    }
    const int r = saker_compiler_build(c, rules);
    if (r == SAKER_ENOMEM)
        return no_memory();
    if (r < 0 || saker_ruleset_count(*rules) != count) {
        say("the conditions compile one by one, but not together");
        saker_compiler_print_diags(c, stderr);
        return CMD_RULES;
    }
    return CMD_OK;
}

static int build(match *m, bool naive, saker_ruleset **rules)
{
    saker_options options = SAKER_OPTIONS_INIT;
    options.utc_offset = utc_offset();
    options.flags = naive ? SAKER_NAIVE : 0;
    saker_compiler *c = saker_compiler_new(&options);
    if (!c)
        return no_memory();
    saker_compiler_add_schema(c, saker_syscall_schema());
    const int status = build_together(m, c, &options, rules);
    saker_compiler_free(c);
    return status;
}

/* ---- Running ---------------------------------------------------------------- */

static bool add_event(condition *k, uint64_t num)
{
    if (k->count && k->ranges[k->count - 1].last + 1 == num) {
        k->ranges[k->count - 1].last = num;
        return true;
    }
    if (k->count == k->room) {
        const size_t room = k->room ? 2 * k->room : 16;
        range *more = realloc(k->ranges, room * sizeof(*more));
        if (!more)
            return false;
        k->ranges = more;
        k->room = room;
    }
    k->ranges[k->count++] = (range){ num, num };
    return true;
}

static int on_event(void *ctx, const saker_event *event)
{
    match *m = ctx;
    const int n = saker_eval_run(m->eval, event);
    if (n < 0)
        m->no_memory = true;
    for (int i = 0; i < n; i++)
        if (!add_event(&m->conditions[m->by_rule[saker_match_index(m->eval, i)]], event->num))
            m->no_memory = true;
    return m->no_memory ? CAPTURE_STOP : 0;
}

static int run_capture(match *m, const char *path, saker_ruleset *rules)
{
    saker_capture *c = capture_open(path);
    m->eval = saker_eval_new(rules);
    int status = m->eval ? capture_each(c, path, NULL, on_event, m) : no_memory();
    if (m->no_memory)
        status = no_memory();
    saker_eval_free(m->eval);
    saker_capture_free(c);
    return status;
}

static void put_result(const condition *k)
{
    put(k->text, k->len);
    put("\t", 1);
    if (k->error)
        printf("error: %s", k->error);
    for (size_t i = 0; i < k->count; i++) {
        const range r = k->ranges[i];
        printf("%s%llu", i ? "," : "", (unsigned long long)r.first);
        if (r.last > r.first)
            printf("-%llu", (unsigned long long)r.last);
    }
    put("\n", 1);
}

static int run(match *m, const char *conditions, const char *capture, bool naive)
{
    saker_ruleset *rules = NULL;
    int status = read_conditions(m, conditions);
    if (status == CMD_OK)
        status = build(m, naive, &rules);
    if (status == CMD_OK) {
        /* What a broken capture gave before it broke is a result too. */
        status = run_capture(m, capture, rules);
        for (size_t i = 0; i < m->count; i++)
            put_result(&m->conditions[i]);
    }
    saker_ruleset_unref(rules);
    return status;
}

static void match_free(match *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->conditions[i].text);
        free(m->conditions[i].error);
        free(m->conditions[i].ranges);
    }
    free(m->conditions);
    free(m->by_rule);
}

int verb_match(int argc, char **argv)
{
    match m = { .conditions = NULL };
    const char *conditions = NULL;
    bool naive = false;
    int option;
    while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            return CMD_OK;
        } else if (option == 'c') {
            conditions = optarg;
        } else if (option == OPT_NAIVE_MATCH) {
            naive = true;
        } else {
            return usage_hint("match");
        }
    }
    if (!conditions)
        return usage_error("match", "no conditions: name their file with -c");
    if (argc - optind != 1)
        return usage_error("match", argc == optind ? "no capture given" : "more than one capture given");
    const int status = run(&m, conditions, argv[optind], naive);
    match_free(&m);
    return status;
}
