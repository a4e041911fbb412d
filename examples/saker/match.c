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
    saker_eval *alone;
    range *ranges;
    size_t count, room;
} condition;

typedef struct match {
    saker_options options;
    condition *conditions;
    size_t count, room;
    size_t *by_rule; /* index of the rule in the ruleset -> condition */
    size_t alone;    /* how many conditions are evaluated alone */
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

/* One condition as a ruleset, or `k->error`. */
static int compile_alone(const match *m, condition *k, saker_ruleset **rules)
{
    const size_t room = k->len + ERROR_ROOM;
    char *error = calloc(1, room);
    if (!error)
        return no_memory();
    const int r = saker_filter_compile(&m->options, saker_syscall_schema(), k->text, k->len, NULL, rules, error, room);
    if (r >= 0 || r == SAKER_ENOMEM)
        free(error);
    else
        k->error = error;
    return r == SAKER_ENOMEM ? no_memory() : CMD_OK;
}

static int set_alone(match *m, condition *k)
{
    saker_ruleset *rules = NULL;
    int status = compile_alone(m, k, &rules);
    if (status == CMD_OK) {
        k->alone = saker_eval_new(rules);
        m->alone++;
        status = k->alone ? CMD_OK : no_memory();
    }
    saker_ruleset_unref(rules);
    return status;
}

static int find_errors(match *m)
{
    int status = CMD_OK;
    for (size_t i = 0; i < m->count && status == CMD_OK; i++) {
        saker_ruleset *rules = NULL;
        status = compile_alone(m, &m->conditions[i], &rules);
        saker_ruleset_unref(rules);
    }
    return status;
}

static int add_conditions(match *m, saker_compiler *c)
{
    size_t rules = 0;
    saker_compiler_add_schema(c, saker_syscall_schema());
    for (size_t i = 0; i < m->count; i++) {
        char name[32];
        const condition *k = &m->conditions[i];
        if (k->error || k->alone)
            continue;
        snprintf(name, sizeof(name), "%zu", i);
        saker_rule rule = SAKER_RULE(name, k->text, "-");
        if (saker_compiler_add_rule(c, &rule) == SAKER_ENOMEM)
            return no_memory();
        m->by_rule[rules++] = i;
    }
    return CMD_OK;
}

/* The conditions that are sound as filters but not as rules: rules must tell which events they are about. */
static int split_off(match *m, const saker_compiler *c)
{
    int status = CMD_OK;
    for (size_t i = 0; i < saker_compiler_diag_count(c) && status == CMD_OK; i++) {
        const saker_diag *d = saker_compiler_diag(c, i);
        if (d->severity != SAKER_DIAG_ERROR || !d->item)
            continue;
        condition *k = &m->conditions[strtoull(d->item, NULL, 10)];
        if (!k->alone)
            status = set_alone(m, k);
    }
    return status;
}

/* Compiles the sound conditions as rules of one set. CMD_RULES: some must be split off. */
static int compile_together(match *m, saker_ruleset **rules)
{
    saker_compiler *c = saker_compiler_new(&m->options);
    if (!c)
        return no_memory();
    int status = add_conditions(m, c);
    if (status == CMD_OK) {
        const int r = saker_compiler_build(c, rules);
        status = r == SAKER_ENOMEM ? no_memory() : r < 0 ? CMD_RULES : CMD_OK;
    }
    const size_t before = m->alone;
    if (status == CMD_RULES) {
        const int split = split_off(m, c);
        status = split != CMD_OK ? split : CMD_RULES;
        if (split == CMD_OK && m->alone == before) {
            saker_compiler_print_diags(c, stderr);
            say("the conditions compile one by one, but not together");
            status = CMD_OUTPUT;
        }
    }
    saker_compiler_free(c);
    return status;
}

static int build(match *m, saker_ruleset **rules)
{
    m->by_rule = calloc(m->count + 1, sizeof(*m->by_rule));
    int status = m->by_rule ? find_errors(m) : no_memory();
    if (status != CMD_OK)
        return status;
    do
        status = compile_together(m, rules);
    while (status == CMD_RULES);
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

static void run_together(match *m, const saker_event *event)
{
    const int n = saker_eval_run(m->eval, event);
    m->no_memory |= n < 0;
    for (int i = 0; i < n; i++)
        m->no_memory |= !add_event(&m->conditions[m->by_rule[saker_match_index(m->eval, i)]], event->num);
}

static void run_alone(match *m, const saker_event *event)
{
    size_t left = m->alone;
    for (condition *k = m->conditions; left > 0; k++) {
        if (!k->alone)
            continue;
        const int n = saker_eval_run(k->alone, event);
        m->no_memory |= n < 0 || (n > 0 && !add_event(k, event->num));
        left--;
    }
}

static int on_event(void *ctx, const saker_event *event)
{
    match *m = ctx;
    run_together(m, event);
    run_alone(m, event);
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
    const bool show = term_is(stdout);
    (show ? put_shown : put)(k->text, k->len);
    put("\t", 1);
    if (k->error) {
        put_cstr("error: ");
        (show ? put_shown : put)(k->error, strlen(k->error));
    }
    for (size_t i = 0; i < k->count; i++) {
        const range r = k->ranges[i];
        printf("%s%llu", i ? "," : "", (unsigned long long)r.first);
        if (r.last > r.first)
            printf("-%llu", (unsigned long long)r.last);
    }
    put("\n", 1);
}

static int run(match *m, const char *conditions, const char *capture)
{
    saker_ruleset *rules = NULL;
    int status = read_conditions(m, conditions);
    if (status == CMD_OK)
        status = build(m, &rules);
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
        saker_eval_free(m->conditions[i].alone);
        free(m->conditions[i].ranges);
    }
    free(m->conditions);
    free(m->by_rule);
}

int verb_match(int argc, char **argv)
{
    match m = { .options = SAKER_OPTIONS_INIT };
    const char *conditions = NULL;
    int option;
    m.options.utc_offset = utc_offset();
    while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            return CMD_OK;
        } else if (option == 'c') {
            conditions = optarg;
        } else if (option == OPT_NAIVE_MATCH) {
            m.options.flags |= SAKER_NAIVE;
        } else {
            return usage_hint("match");
        }
    }
    if (!conditions)
        return usage_error("match", "no conditions: name their file with -c");
    if (argc - optind != 1)
        return usage_error("match", argc == optind ? "no capture given" : "more than one capture given");
    const int status = run(&m, conditions, argv[optind]);
    match_free(&m);
    return status;
}
