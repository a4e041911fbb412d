/* SPDX-License-Identifier: Apache-2.0 */
/* saker watch: rules on the events of the running kernel. Alerts go to standard output, all else to standard error. */
#include "alertargs.h"
#include "drops.h"
#include "livesrc.h"
#include "metrics.h"
#include "reload.h"

#include <stdlib.h>
#include <unistd.h>
#include <string.h>

enum { OPT_ALL = OPT_OWN, OPT_NO_RELOAD };
enum { TICK_EVERY_MS = 1000, CLOSE_MS = 3000 };
enum { CMD_HELP = 100 }; /* a status: help was asked for and given */

static const struct option long_options[] = {
    RULE_OPTIONS,
    APPEND_OPTIONS,
    ALERT_OPTIONS,
    LIVE_OPTIONS,
    CONFIG_OPTIONS,
    { "all", no_argument, NULL, OPT_ALL },
    { "no-reload", no_argument, NULL, OPT_NO_RELOAD },
    { "verbose", no_argument, NULL, 'v' },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker watch -r RULES [OPTION]...\n"
    "       saker watch -c CONFIG [OPTION]...\n\n"
    "Runs rules on the events of the running kernel and prints an alert when a rule matches, as Falco prints it. Ends "
    "on\n"
    "SIGINT or SIGTERM with a summary per rule on standard error.\n\n"
    "Rule files are read again on SIGHUP and when they have changed. If they are at fault that is said, and the rules\n"
    "stay as they were. SIGHUP also opens files of alerts anew. The configuration is read once.\n\n"
    "Rules:\n" RULE_HELP "      --all              report every rule that matches an event, not only the first\n"
    "      --no-reload        read changed files again only on SIGHUP\n\n"
    "Alerts:\n" ALERT_HELP APPEND_HELP "\n"
    "Outputs:\n" CONFIG_HELP "\n"
    "Events:\n" LIVE_HELP "\n"
    "Other:\n"
    "  -v, --verbose          print warnings about the rules, and notes about this machine\n"
    "  -q, --quiet            no summary, and nothing said when all is well\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 ended by a signal, 1 the rules are at fault, 2 wrong usage, 3 the kernel cannot be watched\n"
    "(`saker doctor` tells why) or loses events (syscall_event_drops), 4 the output could not be written.\n";

typedef struct watch {
    config config;
    char hostname[256];
    rule_args rules;
    live_args live_args;
    alert_form form;
    bool quiet, no_reload;
    saker_ruleset *set;
    saker_eval *eval;
    uint64_t *counts; /* alerts per rule of `set` */
    tally past;       /* of sets before */
    uint64_t alerts;
    outputs *outputs;
    metrics *metrics;
    metrics_facts facts;
    drops drops;
    reload *reload;
    live *live;
    int64_t next_tick;
    int failed; /* status that ended the run */
} watch;

static int take_option(watch *w, int option)
{
    int status = rule_args_take(&w->rules, "watch", option, optarg);
    if (status < 0)
        status = append_take(&w->rules, "watch", option, optarg);
    if (status < 0)
        status = alert_form_take(&w->form, option, optarg);
    if (status < 0)
        status = live_args_take(&w->live_args, "watch", option, optarg);
    if (status < 0)
        status = config_take(&w->config, option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_ALL:
        w->rules.all = true;
        return CMD_OK;
    case OPT_NO_RELOAD:
        w->no_reload = true;
        return CMD_OK;
    case 'h':
        return CMD_HELP;
    case 'v':
        w->rules.verbose = w->live_args.verbose = true;
        return CMD_OK;
    case 'q':
        w->quiet = true;
        return CMD_OK;
    default:
        return usage_hint("watch");
    }
}

/* ---- Events -------------------------------------------------------------------- */

static int on_event(void *ctx, const saker_event *event)
{
    watch *w = ctx;
    const int n = saker_eval_run(w->eval, event);
    for (int i = 0; i < n && w->failed == CMD_OK; i++) {
        w->failed = outputs_emit(w->outputs, w->eval, i);
        w->counts[saker_match_index(w->eval, i)]++;
        w->alerts++;
    }
    if (n < 0)
        w->failed = no_memory();
    return w->failed != CMD_OK || out_failed() ? CAPTURE_STOP : 0;
}

/* ---- Rules ----------------------------------------------------------------------- */

/* Makes `set` the rules of the run; takes it over. On failure all is as before. */
static int use_rules(watch *w, saker_ruleset *set)
{
    saker_eval *eval = saker_eval_new(set);
    uint64_t *counts = calloc(saker_ruleset_count(set) + 1, sizeof(*counts));
    int status = eval && counts ? CMD_OK : no_memory();
    if (status == CMD_OK && w->live)
        status = live_change(w->live, set);
    if (status == CMD_OK && w->set)
        tally_add(&w->past, w->set, w->counts);
    if (status != CMD_OK) {
        saker_eval_free(eval);
        free(counts);
        saker_ruleset_unref(set);
        return status;
    }
    saker_eval_free(w->eval);
    free(w->counts);
    saker_ruleset_unref(w->set);
    w->eval = eval;
    w->counts = counts;
    w->set = set;
    live_warn_io(&w->live_args, set);
    return CMD_OK;
}

static void say_rules(const watch *w, const char *what)
{
    const size_t count = saker_ruleset_count(w->set);
    if (!w->quiet)
        say("%s: %zu rule%s", what, count, count == 1 ? "" : "s");
    if (!count) /* an empty folder, or all are disabled: it looks like peace */
        say("%sno rule is active%s: nothing will be reported", term_on(stderr, TONE_RED), term_off(stderr));
}

static void swap_rules(watch *w, saker_ruleset *set)
{
    if (use_rules(w, set) == CMD_OK) {
        metrics_rules(w->metrics, &w->rules);
        say_rules(w, "rules read again");
    } else {
        say("the rules stay as they were");
    }
}

static const metrics_facts *facts(watch *w)
{
    w->facts = (metrics_facts){ .rules = w->set,
                                .counts = w->counts,
                                .past = &w->past,
                                .capture = w->live ? live_capture(w->live) : NULL,
                                .live = true,
                                .outputs = w->outputs };
    return &w->facts;
}

static int between(void *ctx)
{
    watch *w = ctx;
    const bool hangup = live_hangup();
    if (hangup)
        outputs_reopen(w->outputs);
    saker_ruleset *set = reload_poll(w->reload, hangup);
    if (set)
        swap_rules(w, set);
    const int64_t now = now_ms();
    if (now >= w->next_tick) {
        outputs_tick(w->outputs);
        metrics_update(w->metrics, facts(w));
        w->next_tick = now + TICK_EVERY_MS;
        saker_live_stats stats = { .size = sizeof(stats) };
        if (live_stats(w->live, &stats) && drops_check(&w->drops, &stats, w->outputs, &w->form))
            w->failed = CMD_INPUT;
    }
    return w->failed;
}

/* ---- The run ---------------------------------------------------------------------- */

static void summary(watch *w)
{
    saker_capture_stats stats = { .size = sizeof(stats) };
    saker_capture_get_stats(live_capture(w->live), &stats);
    tally_add(&w->past, w->set, w->counts);
    out_flush();
    fprintf(stderr, "%llu event%s, %zu rule%s, %llu alert%s%s\n", (unsigned long long)stats.events,
            stats.events == 1 ? "" : "s", saker_ruleset_count(w->set), saker_ruleset_count(w->set) == 1 ? "" : "s",
            (unsigned long long)w->alerts, w->alerts == 1 ? "" : "s", w->past.count ? ":" : "");
    tally_print(&w->past);
    live_summary(w->live);
}

static int set_up(watch *w)
{
    saker_ruleset *set = NULL;
    w->reload = reload_new(&w->rules, !w->no_reload);
    if (!w->reload)
        return no_memory();
    int status = rules_build(&w->rules, &set);
    if (status == CMD_OK)
        status = use_rules(w, set);
    if (status == CMD_OK)
        status = config_outputs(&w->config, &w->form, false, &w->outputs);
    if (status == CMD_OK)
        status = metrics_open(&w->metrics, &w->config, true);
    metrics_rules(w->metrics, &w->rules);
    return status;
}

static int close_outputs(watch *w, int status)
{
    const uint32_t ms = w->config.drain ? w->config.drain : CLOSE_MS;
    outputs_drain(w->outputs, ms);
    status = metrics_close(w->metrics, facts(w), status);
    status = outputs_close(w->outputs, ms, status);
    w->metrics = NULL;
    w->outputs = NULL;
    return status;
}

static int run(watch *w)
{
    const live_hooks hooks = { on_event, between, w, true };
    int status = set_up(w);
    if (status == CMD_OK)
        status = live_open(&w->live, &w->live_args, w->set, &hooks);
    if (status == CMD_OK)
        status = live_start(w->live);
    if (status == CMD_OK) {
        say_rules(w, "watching");
        status = close_outputs(w, live_run(w->live));
        if (!w->quiet && !out_failed())
            summary(w);
    }
    return w->failed != CMD_OK ? w->failed : status;
}

static void release(watch *w)
{
    live_close(w->live);
    reload_free(w->reload);
    saker_eval_free(w->eval);
    free(w->counts);
    saker_ruleset_unref(w->set);
    tally_free(&w->past);
    rule_args_free(&w->rules);
    config_free(&w->config);
}

/* Alerts of many machines come together somewhere: unlike a replay, this says whose they are. */
static void name_host(watch *w)
{
    const char *name = getenv("FALCO_HOSTNAME");
    if (w->form.options.hostname)
        return;
    if (!name && gethostname(w->hostname, sizeof(w->hostname) - 1) == 0)
        name = w->hostname;
    w->form.options.hostname = name;
}

static int take_options(watch *w, int argc, char **argv)
{
    static const char letters[] = "r:p:c:o:Avqh";
    int option, status = config_open(&w->config, "watch", argc, argv, letters, long_options);
    const int other = rule_args_init(&w->rules, argc + config_rows(&w->config));
    status = status == CMD_OK ? other : status;
    if (status == CMD_OK)
        status = config_rules(&w->config, &w->rules);
    config_form(&w->config, &w->form);
    name_host(w);
    config_live(&w->config, &w->live_args);
    drops_init(&w->drops, &w->config);
    w->live_args.silent_losses = !(w->drops.actions & DROPS_LOG);
    w->form.show = term_is(stdout);
    w->no_reload = !w->config.watch_files;
    while (status == CMD_OK && (option = getopt_long(argc, argv, letters, long_options, NULL)) != -1)
        status = take_option(w, option);
    if (status == CMD_HELP)
        put_cstr(help_text);
    if (status == CMD_OK && optind < argc)
        status = usage_error("watch", "there is nothing to name: '%s'", argv[optind]);
    if (status == CMD_OK && w->rules.file_count == 0)
        status = usage_error("watch", "no rules: name a rule file with -r");
    return status;
}

int verb_watch(int argc, char **argv)
{
    watch w = { .quiet = false };
    int status = take_options(&w, argc, argv);
    if (status == CMD_OK)
        status = run(&w);
    status = close_outputs(&w, status);
    release(&w);
    return status == CMD_HELP ? CMD_OK : status;
}
