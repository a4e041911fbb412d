/* SPDX-License-Identifier: Apache-2.0 */
/* saker replay: rules over captures. Alerts go to standard output, the summary to standard error. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPT_JSON = OPT_OWN,
    OPT_ALL,
    OPT_ISO,
    OPT_ESCAPE,
    OPT_NO_OUTPUT,
    OPT_NO_FIELDS,
    OPT_NO_TAGS,
    OPT_MESSAGE,
    OPT_BASE64,
    OPT_HOSTNAME
};

static const struct option long_options[] = {
    RULE_OPTIONS,
    APPEND_OPTIONS,
    { "json", no_argument, NULL, OPT_JSON },
    { "all", no_argument, NULL, OPT_ALL },
    { "iso-time", no_argument, NULL, OPT_ISO },
    { "escape", no_argument, NULL, OPT_ESCAPE },
    { "no-output", no_argument, NULL, OPT_NO_OUTPUT },
    { "no-output-fields", no_argument, NULL, OPT_NO_FIELDS },
    { "no-tags", no_argument, NULL, OPT_NO_TAGS },
    { "message", no_argument, NULL, OPT_MESSAGE },
    { "base64", no_argument, NULL, OPT_BASE64 },
    { "hostname", required_argument, NULL, OPT_HOSTNAME },
    { "verbose", no_argument, NULL, 'v' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker replay -r RULES [OPTION]... CAPTURE...\n\n"
    "Runs rules over captures (.scap files, gzip or not; - is standard input) and prints an alert for every event "
    "that\n"
    "a rule matches, as Falco prints it. A summary per rule goes to standard error.\n\n"
    "Rules:\n" RULE_HELP "      --all              report every rule that matches an event, not only the first\n\n"
    "Alerts:\n"
    "      --json             one JSON object per line instead of text\n"
    "      --iso-time         times as 2026-01-02T03:04:05.000000006+0000\n"
    "      --escape           escape the text as JSON does, as releases after 0.44.1 do\n"
    "      --base64           binary data in base64\n"
    "      --no-output, --no-output-fields, --no-tags\n"
    "                         leave out these keys of the JSON object\n"
    "      --message          add the key \"message\": the output without time and priority\n"
    "      --hostname NAME    add the key \"hostname\"\n" APPEND_HELP "\n"
    "Other:\n"
    "  -v, --verbose          print warnings about the rules\n"
    "  -q, --quiet            no summary\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine (alerts or not), 1 the rules are at fault, 2 wrong usage, 3 a file could not be read (to its\n"
    "end; what came before was used).\n";

typedef struct replay {
    rule_args rules;
    saker_alert_options alert;
    bool json, quiet;
    saker_ruleset *set;
    saker_eval *eval;
    uint64_t *counts; /* alerts per rule, over all captures */
    uint64_t alerts, events;
    progress progress;
    bool colours;
    bool no_memory;
} replay;

static int take_flag(replay *r, int option)
{
    static const struct {
        int option;
        uint32_t flag;
    } flags[] = {
        { OPT_ISO, SAKER_ALERT_ISO_TIME },        { OPT_ESCAPE, SAKER_ALERT_ESCAPE },
        { OPT_NO_OUTPUT, SAKER_ALERT_NO_OUTPUT }, { OPT_NO_FIELDS, SAKER_ALERT_NO_FIELDS },
        { OPT_NO_TAGS, SAKER_ALERT_NO_TAGS },     { OPT_MESSAGE, SAKER_ALERT_MESSAGE },
        { OPT_BASE64, SAKER_ALERT_BASE64 },
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (flags[i].option == option) {
            r->alert.flags |= flags[i].flag;
            return CMD_OK;
        }
    }
    return -1;
}

static int take_option(replay *r, int option)
{
    int status = rule_args_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = append_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = take_flag(r, option);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_JSON:
        r->json = true;
        return CMD_OK;
    case OPT_ALL:
        r->rules.all = true;
        return CMD_OK;
    case OPT_HOSTNAME:
        r->alert.hostname = optarg;
        return CMD_OK;
    case 'v':
        r->rules.verbose = true;
        return CMD_OK;
    case 'q':
        r->quiet = true;
        return CMD_OK;
    default:
        return usage_hint("replay");
    }
}

/* ---- Alerts --------------------------------------------------------------- */

/* "<time>: <Priority> <message>", the three parts in tones of their own, nothing in it that a terminal obeys. */
static void put_alert_coloured(const char *text, const saker_rule *rule)
{
    const char *priority = saker_priority_name(rule->priority), *colon = strstr(text, ": ");
    const size_t len = priority ? strlen(priority) : 0;
    if (!colon || strncmp(colon + 2, priority, len) != 0) {
        put_shown(text, strlen(text));
        return;
    }
    put_cstr(term_on(stdout, TONE_DIM));
    put_shown(text, (size_t)(colon + 1 - text));
    put_cstr(term_off(stdout));
    printf(" %s%s%s", term_on(stdout, term_priority(rule->priority)), priority, term_off(stdout));
    put_shown(colon + 2 + len, strlen(colon + 2 + len));
}

static bool put_alert(replay *r, int i)
{
    const char *text = r->json ? saker_match_json(r->eval, i, &r->alert) : saker_match_alert(r->eval, i, &r->alert);
    if (!text)
        return false;
    if (r->colours && !r->json)
        put_alert_coloured(text, saker_match_rule(r->eval, i));
    else
        put_cstr(text);
    put("\n", 1);
    return true;
}

static int on_event(void *ctx, const saker_event *event)
{
    replay *r = ctx;
    const int n = saker_eval_run(r->eval, event);
    if (n > 0)
        progress_clear(&r->progress);
    for (int i = 0; i < n; i++) {
        r->no_memory |= !put_alert(r, i);
        r->counts[saker_match_index(r->eval, i)]++;
    }
    r->alerts += n > 0 ? (uint64_t)n : 0;
    r->no_memory |= n < 0;
    if (n > 0 && r->colours)
        fflush(stdout);
    return r->no_memory || out_failed() ? CAPTURE_STOP : 0;
}

/* ---- Summary -------------------------------------------------------------- */

static const replay *sorted; /* qsort has no context */

static int by_count(const void *a, const void *b)
{
    const size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const uint64_t m = sorted->counts[i], n = sorted->counts[j];
    return m != n ? (m < n ? 1 : -1) : i < j ? -1 : i > j;
}

static void summary_row(const replay *r, size_t i)
{
    const saker_rule *rule = saker_ruleset_rule(r->set, i);
    const char *priority = saker_priority_name(rule->priority);
    fprintf(stderr, "%8llu  %s%-13s%s  %s\n", (unsigned long long)r->counts[i],
            term_on(stderr, term_priority(rule->priority)), priority ? priority : "", term_off(stderr), rule->name);
}

static void summary(replay *r)
{
    const size_t count = saker_ruleset_count(r->set);
    size_t *order = malloc((count + 1) * sizeof(*order)), used = 0;
    for (size_t i = 0; order && i < count; i++)
        if (r->counts[i])
            order[used++] = i;
    sorted = r;
    if (order)
        qsort(order, used, sizeof(*order), by_count);
    fflush(stdout);
    fprintf(stderr, "%llu event%s, %zu rule%s, %llu alert%s%s\n", (unsigned long long)r->events,
            r->events == 1 ? "" : "s", count, count == 1 ? "" : "s", (unsigned long long)r->alerts,
            r->alerts == 1 ? "" : "s", used ? ":" : "");
    for (size_t i = 0; order && i < used; i++)
        summary_row(r, order[i]);
    free(order);
}

/* ---- The run -------------------------------------------------------------- */

static int replay_capture(replay *r, const char *path)
{
    saker_capture_stats stats = { .size = sizeof(stats) };
    saker_capture *c = capture_open(path);
    r->eval = saker_eval_new(r->set);
    int status = c && r->eval ? capture_each(c, path, &r->progress, on_event, r) : no_memory();
    if (r->no_memory)
        status = no_memory();
    if (c && saker_capture_get_stats(c, &stats) == 0)
        r->events += stats.events;
    saker_eval_free(r->eval);
    saker_capture_free(c);
    return status;
}

static int run(replay *r, char **captures, int count)
{
    int status = rules_build(&r->rules, &r->set);
    if (status != CMD_OK)
        return status;
    r->counts = calloc(saker_ruleset_count(r->set) + 1, sizeof(*r->counts));
    if (!r->counts)
        return no_memory();
    for (int i = 0; i < count && !out_failed() && !r->no_memory; i++) {
        const int one = replay_capture(r, captures[i]);
        status = one > status ? one : status;
    }
    if (!r->quiet && !out_failed())
        summary(r);
    return status;
}

int verb_replay(int argc, char **argv)
{
    replay r = { .alert = { .size = sizeof(r.alert) }, .colours = term_colours(stdout) };
    int option, status = rule_args_init(&r.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:p:vqh", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&r.rules);
            return CMD_OK;
        }
        status = take_option(&r, option);
    }
    if (status == CMD_OK && r.rules.file_count == 0)
        status = usage_error("replay", "no rules: name a rule file with -r");
    if (status == CMD_OK && optind == argc)
        status = usage_error("replay", "no capture given");
    if (status == CMD_OK)
        status = run(&r, argv + optind, argc - optind);
    free(r.counts);
    saker_ruleset_unref(r.set);
    rule_args_free(&r.rules);
    return status;
}
