/* SPDX-License-Identifier: Apache-2.0 */
/* saker profile: which rules and which comparisons cost most on a capture. Counts are exact and come out the same every
 * time; times are of events taken by chance. */
#include "cmd.h"

#include <saker/profile.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPT_JSON = OPT_OWN, OPT_TOP, OPT_BY, TOP = 10, MOST_TOP = 1000000 };

static const struct option long_options[] = {
    RULE_OPTIONS,
    { "json", no_argument, NULL, OPT_JSON },
    { "top", required_argument, NULL, OPT_TOP },
    { "by", required_argument, NULL, OPT_BY },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker profile -r RULES [OPTION]... CAPTURE\n\n"
    "Tells which rules cost most on a capture: how often each got a full look (most are ruled out before that by "
    "what\nthey look up), the comparisons made for it, its matches; which comparisons cost most; and which rules "
    "never got a\nlook. Counts are exact; times are estimated from some of the events.\n\n" RULE_HELP
    "      --top N            rules and comparisons that are shown; default 10\n"
    "      --by count|time    what they are ordered by; default count\n"
    "      --json             one JSON object\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine, 1 the rules are at fault, 2 wrong usage, 3 the capture could not be read (to its end).\n";

/* A rule or comparison with what orders it. */
typedef struct row {
    size_t index;
    uint64_t cost, more;
} row;

typedef struct profile {
    rule_args rules;
    bool json, by_time;
    size_t top;
    const char *path;
    saker_ruleset *set;
    saker_eval *eval;
    saker_eval_stats stats;
    saker_profile_total total;
    row *rule_rows, *check_rows; /* those with a cost, dearest first */
    size_t rule_count, check_count, rules_reached;
} profile;

/* ---- Running ------------------------------------------------------------------ */

static uint64_t now(void *ctx)
{
    struct timespec t;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int evaluate(void *ctx, const saker_event *event)
{
    profile *p = ctx;
    return saker_eval_run(p->eval, event) < 0 ? SAKER_ENOMEM : 0;
}

static int run(profile *p)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    saker_capture *c = saker_capture_open_file(p->path, &options);
    int n;
    do
        n = saker_capture_poll(c, 0, evaluate, p);
    while (n >= 0);
    if (n != SAKER_EEND)
        say("%s: %s", p->path, saker_capture_error(c));
    saker_capture_free(c);
    return n == SAKER_EEND ? CMD_OK : n == SAKER_ENOMEM ? CMD_OUTPUT : CMD_INPUT;
}

/* ---- Order -------------------------------------------------------------------- */

static int by_cost(const void *a, const void *b)
{
    const row *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? 1 : -1;
    if (x->more != y->more)
        return x->more < y->more ? 1 : -1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static saker_profile_rule rule_cost(const profile *p, size_t i)
{
    saker_profile_rule r = { .size = sizeof(r) };
    saker_eval_profile_rule(p->eval, i, &r);
    return r;
}

static saker_profile_check check_cost(const profile *p, size_t i)
{
    saker_profile_check c = { .size = sizeof(c) };
    saker_eval_profile_check(p->eval, i, &c);
    return c;
}

static int order(profile *p)
{
    const size_t rules = saker_ruleset_count(p->set);
    p->rule_rows = calloc(rules + 1, sizeof(*p->rule_rows));
    p->check_rows = calloc(p->total.checks + 1, sizeof(*p->check_rows));
    if (!p->rule_rows || !p->check_rows)
        return no_memory();
    for (size_t i = 0; i < rules; i++) {
        const saker_profile_rule r = rule_cost(p, i);
        if (r.candidates)
            p->rule_rows[p->rule_count++] = (row){ i, p->by_time ? r.ns : r.candidates, r.checks };
    }
    for (size_t i = 0; i < p->total.checks; i++) {
        const saker_profile_check c = check_cost(p, i);
        if (c.runs)
            p->check_rows[p->check_count++] = (row){ i, p->by_time ? c.ns : c.runs, c.asked };
    }
    p->rules_reached = p->rule_count;
    qsort(p->rule_rows, p->rule_count, sizeof(*p->rule_rows), by_cost);
    qsort(p->check_rows, p->check_count, sizeof(*p->check_rows), by_cost);
    p->rule_count = p->rule_count < p->top ? p->rule_count : p->top;
    p->check_count = p->check_count < p->top ? p->check_count : p->top;
    return CMD_OK;
}

/* The comparison's text, to be freed. */
static char *check_text(const profile *p, size_t i)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return NULL;
    saker_eval_profile_print(p->eval, i, f);
    fclose(f);
    return text;
}

/* ---- Text --------------------------------------------------------------------- */

static void show_rule_name(const profile *p, size_t i)
{
    const saker_rule *r = saker_ruleset_rule(p->set, i);
    put_shown(r->name, strlen(r->name));
    if (r->file) {
        put_cstr("  ");
        put_shown(r->file, strlen(r->file));
        printf(":%" PRIu32, r->line);
    }
    put_cstr("\n");
}

static void show_rules(const profile *p)
{
    printf("%s  candidates      checks     matches     time us  rule%s\n", term_on(stdout, TONE_BOLD),
           term_off(stdout));
    for (size_t i = 0; i < p->rule_count; i++) {
        const saker_profile_rule r = rule_cost(p, p->rule_rows[i].index);
        printf("%12" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11.1f  ", r.candidates, r.checks, r.matches,
               (double)r.ns / 1000);
        show_rule_name(p, p->rule_rows[i].index);
    }
}

static int show_checks(const profile *p)
{
    printf("\n%s        made        true       asked     time us   rules  comparison%s\n", term_on(stdout, TONE_BOLD),
           term_off(stdout));
    for (size_t i = 0; i < p->check_count; i++) {
        const saker_profile_check c = check_cost(p, p->check_rows[i].index);
        char *text = check_text(p, p->check_rows[i].index);
        if (!text)
            return no_memory();
        printf("%12" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11.1f %7zu  ", c.runs, c.yes, c.asked, (double)c.ns / 1000,
               c.rules);
        put_shown(text, strlen(text));
        put_cstr("\n");
        free(text);
    }
    return CMD_OK;
}

static void show_unreached(const profile *p)
{
    const size_t rules = saker_ruleset_count(p->set), unreached = rules - p->rules_reached;
    size_t shown = 0;
    printf("\n%s%zu of %zu rules never got a look%s\n", term_on(stdout, TONE_BOLD), unreached, rules, term_off(stdout));
    for (size_t i = 0; i < rules && shown < p->top; i++) {
        if (rule_cost(p, i).candidates)
            continue;
        put_cstr("  ");
        show_rule_name(p, i);
        shown++;
    }
    if (shown < unreached)
        printf("  ... and %zu more\n", unreached - shown);
}

static int show(const profile *p)
{
    printf("%" PRIu64 " events, %" PRIu64 " of kinds that rules are about (%" PRIu64 " timed); %" PRIu64
           " candidates, %" PRIu64 " matches\n",
           p->stats.events, p->total.events, p->total.timed, p->stats.candidates, p->stats.matches);
    printf("finding the candidates: %" PRIu64 " checks, %" PRIu64 " look-ups, %.1f us; looking at them: %" PRIu64
           " checks, %.1f us\n\n",
           p->stats.gates, p->stats.probes, (double)p->total.index_ns / 1000, p->stats.checks,
           (double)p->total.rules_ns / 1000);
    show_rules(p);
    const int status = show_checks(p);
    if (status == CMD_OK)
        show_unreached(p);
    return status;
}

/* ---- JSON --------------------------------------------------------------------- */

static void put_rule_keys(const profile *p, size_t i)
{
    const saker_rule *r = saker_ruleset_rule(p->set, i);
    put_cstr("\"rule\":");
    put_json_cstr(r->name);
    if (r->file) {
        put_cstr(",\"file\":");
        put_json_cstr(r->file);
        printf(",\"line\":%" PRIu32, r->line);
    }
}

static void put_rules(const profile *p)
{
    put_cstr(",\"rules\":[");
    for (size_t i = 0; i < p->rule_count; i++) {
        const saker_profile_rule r = rule_cost(p, p->rule_rows[i].index);
        put_cstr(i ? ",{" : "{");
        put_rule_keys(p, p->rule_rows[i].index);
        printf(",\"candidates\":%" PRIu64 ",\"checks\":%" PRIu64 ",\"matches\":%" PRIu64 ",\"ns\":%" PRIu64 "}",
               r.candidates, r.checks, r.matches, r.ns);
    }
    put_cstr("]");
}

static int put_checks(const profile *p)
{
    put_cstr(",\"checks\":[");
    for (size_t i = 0; i < p->check_count; i++) {
        const saker_profile_check c = check_cost(p, p->check_rows[i].index);
        char *text = check_text(p, p->check_rows[i].index);
        if (!text)
            return no_memory();
        put_cstr(i ? ",{\"check\":" : "{\"check\":");
        put_json_cstr(text);
        free(text);
        printf(",\"runs\":%" PRIu64 ",\"true\":%" PRIu64 ",\"asked\":%" PRIu64 ",\"ns\":%" PRIu64 ",\"rules\":%zu",
               c.runs, c.yes, c.asked, c.ns, c.rules);
        if (c.rules) {
            put_cstr(",");
            put_rule_keys(p, c.rule);
        }
        put_cstr("}");
    }
    put_cstr("]");
    return CMD_OK;
}

static void put_unreached(const profile *p)
{
    bool first = true;
    put_cstr(",\"never\":[");
    for (size_t i = 0; i < saker_ruleset_count(p->set); i++) {
        if (rule_cost(p, i).candidates)
            continue;
        put_cstr(first ? "{" : ",{");
        put_rule_keys(p, i);
        put_cstr("}");
        first = false;
    }
    put_cstr("]}\n");
}

static int put_profile(const profile *p)
{
    printf("{\"events\":%" PRIu64 ",\"asked\":%" PRIu64 ",\"timed\":%" PRIu64 ",\"candidates\":%" PRIu64
           ",\"matches\":%" PRIu64 ",\"gates\":%" PRIu64 ",\"probes\":%" PRIu64 ",\"index_ns\":%" PRIu64
           ",\"rules_ns\":%" PRIu64,
           p->stats.events, p->total.events, p->total.timed, p->stats.candidates, p->stats.matches, p->stats.gates,
           p->stats.probes, p->total.index_ns, p->total.rules_ns);
    put_rules(p);
    const int status = put_checks(p);
    put_unreached(p);
    return status;
}

/* ---- The verb ------------------------------------------------------------------- */

static int measure(profile *p)
{
    p->rules.all = true;
    int status = rules_build(&p->rules, &p->set);
    if (status != CMD_OK)
        return status;
    p->eval = saker_eval_new(p->set);
    const int err = p->eval ? saker_eval_profile(p->eval, now, NULL) : SAKER_ENOMEM;
    if (err)
        return err == SAKER_EINVAL ? usage_error("profile", "--naive rules have no plan that could be profiled")
                                   : no_memory();
    status = run(p);
    p->stats.size = sizeof(p->stats);
    p->total.size = sizeof(p->total);
    saker_eval_get_stats(p->eval, &p->stats);
    saker_eval_profile_total(p->eval, &p->total);
    if (status == CMD_OK)
        status = order(p);
    if (status == CMD_OK)
        status = p->json ? put_profile(p) : show(p);
    return status;
}

static int take_option(profile *p, int option)
{
    uint64_t n = p->top;
    int status = rule_args_take(&p->rules, "profile", option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_TOP:
        status = take_number("profile", "a number of lines", optarg, MOST_TOP, &n);
        p->top = (size_t)n;
        return status;
    case OPT_BY:
        p->by_time = strcmp(optarg, "time") == 0;
        if (!p->by_time && strcmp(optarg, "count") != 0)
            return usage_error("profile", "--by takes `count` or `time`");
        return CMD_OK;
    case OPT_JSON:
        p->json = true;
        return CMD_OK;
    default:
        return usage_hint("profile");
    }
}

int verb_profile(int argc, char **argv)
{
    profile p = { .top = TOP };
    int option, status = rule_args_init(&p.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:h", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&p.rules);
            return CMD_OK;
        }
        status = take_option(&p, option);
    }
    if (status == CMD_OK && p.rules.file_count == 0)
        status = usage_error("profile", "no rules: name a rule file with -r");
    if (status == CMD_OK && optind + 1 != argc)
        status = usage_error("profile", "name one capture");
    if (status == CMD_OK) {
        p.path = argv[optind];
        status = measure(&p);
    }
    free(p.rule_rows);
    free(p.check_rows);
    saker_eval_free(p.eval);
    saker_ruleset_unref(p.set);
    rule_args_free(&p.rules);
    return status;
}
