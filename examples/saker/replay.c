/* SPDX-License-Identifier: Apache-2.0 */
/* saker replay: rules over captures. Alerts go to standard output, the summary to standard error. */
#include "alertargs.h"
#include "metrics.h"

#include <signal.h>
#include <stdlib.h>

enum { OPT_ALL = OPT_OWN };

enum { CMD_HELP = 100 }; /* a status: help was asked for and given */

static const struct option long_options[] = {
    RULE_OPTIONS,
    APPEND_OPTIONS,
    ALERT_OPTIONS,
    CONFIG_OPTIONS,
    { "all", no_argument, NULL, OPT_ALL },
    { "verbose", no_argument, NULL, 'v' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker replay -r RULES [OPTION]... CAPTURE...\n"
    "       saker replay -c CONFIG [OPTION]... CAPTURE...\n\n"
    "Runs rules over captures (.scap files, gzip or not; - is standard input) and prints an alert for every event "
    "that\n"
    "a rule matches, as Falco prints it. A summary per rule goes to standard error.\n\n"
    "Rules:\n" RULE_HELP "      --all              report every rule that matches an event, not only the first\n\n"
    "Alerts:\n" ALERT_HELP APPEND_HELP "\n"
    "Outputs:\n" CONFIG_HELP "\n"
    "Other:\n"
    "  -v, --verbose          print warnings about the rules\n"
    "  -q, --quiet            no summary\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine (alerts or not), 1 the rules are at fault, 2 wrong usage, 3 a file could not be read (to its\n"
    "end; what came before was used), 4 an alert could not be written.\n";

/* How long outputs may take after the last event, and how often the counters are looked at before that. */
enum { CLOSE_MS = 30000, EVENTS_BETWEEN = 1024 };

typedef struct replay {
    config config;
    rule_args rules;
    alert_form form;
    bool quiet;
    saker_ruleset *set;
    saker_eval *eval;
    uint64_t *counts; /* alerts per rule, over all captures */
    uint64_t alerts, events;
    unsigned to_go; /* events, to the next look at the counters */
    outputs *outputs;
    metrics *metrics;
    metrics_facts facts;
    progress progress;
    bool no_memory;
} replay;

static int take_option(replay *r, int option)
{
    int status = rule_args_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = append_take(&r->rules, "replay", option, optarg);
    if (status < 0)
        status = alert_form_take(&r->form, option, optarg);
    if (status < 0)
        status = config_take(&r->config, option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_ALL:
        r->rules.all = true;
        return CMD_OK;
    case 'h':
        return CMD_HELP;
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

static outputs *hung_up; /* whose files SIGHUP opens anew */

static void on_hangup(int signal)
{
    (void)signal;
    outputs_reopen(hung_up);
}

static void look_around(replay *r)
{
    r->to_go = EVENTS_BETWEEN;
    outputs_tick(r->outputs);
    metrics_update(r->metrics, &r->facts);
}

static int on_event(void *ctx, const saker_event *event)
{
    replay *r = ctx;
    const int n = saker_eval_run(r->eval, event);
    if (n > 0)
        progress_clear(&r->progress);
    for (int i = 0; i < n; i++) {
        r->no_memory |= outputs_emit(r->outputs, r->eval, i) != CMD_OK;
        r->counts[saker_match_index(r->eval, i)]++;
    }
    r->alerts += n > 0 ? (uint64_t)n : 0;
    r->no_memory |= n < 0;
    if (r->to_go-- == 0)
        look_around(r);
    return r->no_memory || out_failed() ? CAPTURE_STOP : 0;
}

/* ---- Summary -------------------------------------------------------------- */

static void summary(replay *r)
{
    const size_t count = saker_ruleset_count(r->set);
    tally rows = { .rows = NULL };
    tally_add(&rows, r->set, r->counts);
    out_flush();
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
    r->facts.capture = c;
    int status = c && r->eval ? capture_each(c, path, &r->progress, on_event, r) : no_memory();
    if (r->no_memory)
        status = no_memory();
    if (c && saker_capture_get_stats(c, &stats) == 0)
        r->events += stats.events;
    metrics_capture_ends(&r->facts, &stats);
    saker_eval_free(r->eval);
    saker_capture_free(c);
    return status;
}

static int open_outputs(replay *r)
{
    r->form.show = term_is(stdout);
    r->form.flush = false;
    int status = config_outputs(&r->config, &r->form, true, &r->outputs);
    if (status == CMD_OK)
        status = metrics_open(&r->metrics, &r->config, false);
    if (status != CMD_OK)
        return status;
    r->facts = (metrics_facts){ .rules = r->set, .counts = r->counts, .outputs = r->outputs };
    metrics_rules(r->metrics, &r->rules);
    hung_up = r->outputs;
    if (r->config.file_on) {
        const struct sigaction action = { .sa_handler = on_hangup, .sa_flags = SA_RESTART };
        sigaction(SIGHUP, &action, NULL);
    }
    return CMD_OK;
}

static int close_outputs(replay *r, int status)
{
    const uint32_t ms = r->config.drain ? r->config.drain : CLOSE_MS;
    outputs_drain(r->outputs, ms);
    status = metrics_close(r->metrics, &r->facts, status);
    if (hung_up)
        signal(SIGHUP, SIG_DFL);
    return outputs_close(r->outputs, ms, status);
}

static int run(replay *r, char **captures, int count)
{
    int status = rules_build(&r->rules, &r->set);
    if (status != CMD_OK)
        return status;
    r->counts = calloc(saker_ruleset_count(r->set) + 1, sizeof(*r->counts));
    status = r->counts ? open_outputs(r) : no_memory();
    const bool opened = status == CMD_OK;
    for (int i = 0; opened && i < count && !out_failed() && !r->no_memory; i++) {
        const int one = replay_capture(r, captures[i]);
        status = one > status ? one : status;
    }
    if (opened && !r->quiet && !out_failed())
        summary(r);
    return status;
}

static int take_options(replay *r, int argc, char **argv)
{
    static const char letters[] = "r:p:c:o:vqh";
    int option, status = config_open(&r->config, "replay", argc, argv, letters, long_options);
    const int other = rule_args_init(&r->rules, argc + config_rows(&r->config));
    status = status == CMD_OK ? other : status;
    if (status == CMD_OK)
        status = config_rules(&r->config, &r->rules);
    config_form(&r->config, &r->form);
    while (status == CMD_OK && (option = getopt_long(argc, argv, letters, long_options, NULL)) != -1)
        status = take_option(r, option);
    if (status == CMD_HELP)
        put_cstr(help_text);
    if (status == CMD_OK && r->rules.file_count == 0)
        status = usage_error("replay", "no rules: name a rule file with -r");
    if (status == CMD_OK && optind == argc)
        status = usage_error("replay", "no capture given");
    return status;
}

int verb_replay(int argc, char **argv)
{
    replay r = { .quiet = false };
    int status = take_options(&r, argc, argv);
    if (status == CMD_OK)
        status = run(&r, argv + optind, argc - optind);
    status = close_outputs(&r, status);
    free(r.counts);
    saker_ruleset_unref(r.set);
    rule_args_free(&r.rules);
    config_free(&r.config);
    return status == CMD_HELP ? CMD_OK : status;
}
