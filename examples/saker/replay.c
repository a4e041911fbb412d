/* SPDX-License-Identifier: Apache-2.0 */
/* saker replay: rules over captures. Alerts go to standard output, the summary to standard error. */
#include "alertargs.h"
#include "tally.h"

#include <stdlib.h>
#include <string.h>

enum { OPT_ALL = OPT_OWN };

static const struct option long_options[] = {
    RULE_OPTIONS,
    APPEND_OPTIONS,
    ALERT_OPTIONS,
    { "all", no_argument, NULL, OPT_ALL },
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
    "Alerts:\n" ALERT_HELP APPEND_HELP "\n"
    "Other:\n"
    "  -v, --verbose          print warnings about the rules\n"
    "  -q, --quiet            no summary\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine (alerts or not), 1 the rules are at fault, 2 wrong usage, 3 a file could not be read (to its\n"
    "end; what came before was used).\n";

typedef struct replay {
    rule_args rules;
    alert_form form;
    bool quiet;
    saker_ruleset *set;
    saker_eval *eval;
    uint64_t *counts; /* alerts per rule, over all captures */
    uint64_t alerts, events;
    progress progress;
    bool colours;
    bool no_memory;
} replay;

static int take_option(replay *r, int option)
{
    int status = rule_args_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = append_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = alert_form_take(&r->form, option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_ALL:
        r->rules.all = true;
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
    const char *text =
        r->form.json ? saker_match_json(r->eval, i, &r->form.options) : saker_match_alert(r->eval, i, &r->form.options);
    if (!text)
        return false;
    if (r->colours && !r->form.json)
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

static void summary(replay *r)
{
    const size_t count = saker_ruleset_count(r->set);
    tally rows = { .rows = NULL };
    tally_add(&rows, r->set, r->counts);
    fflush(stdout);
    fprintf(stderr, "%llu event%s, %zu rule%s, %llu alert%s%s\n", (unsigned long long)r->events,
            r->events == 1 ? "" : "s", count, count == 1 ? "" : "s", (unsigned long long)r->alerts,
            r->alerts == 1 ? "" : "s", rows.count ? ":" : "");
    tally_print(&rows);
    tally_free(&rows);
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
    replay r = { .colours = term_colours(stdout) };
    alert_form_init(&r.form);
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
