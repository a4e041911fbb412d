/* SPDX-License-Identifier: Apache-2.0 */
/* saker bench: what a capture costs, step by step: reading it, keeping state, evaluating rules. Processor time of this
 * process; of several rounds the best counts, since everything that disturbs a round makes it longer. */
#include "cmd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { OPT_LOOPS = OPT_OWN, OPT_JSON, MOST_LOOPS = 1000, PASSED_KINDS = 3 };

static const struct option long_options[] = {
    RULE_OPTIONS,
    { "loops", required_argument, NULL, OPT_LOOPS },
    { "json", no_argument, NULL, OPT_JSON },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker bench -r RULES [OPTION]... CAPTURE\n\n"
    "Measures what a capture costs: reading it, keeping the state of processes and descriptors, evaluating the rules\n"
    "(all that match). Processor time per event, the best of several rounds, and counts, which do not "
    "vary.\n\n" RULE_HELP "      --loops N          rounds of each step; default 5\n"
    "      --json             one JSON object\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine, 1 the rules are at fault, 2 wrong usage, 3 the capture could not be read (to its end).\n";

typedef struct kind_cost {
    uint64_t events, ns;
} kind_cost;

typedef struct bench {
    rule_args rules;
    unsigned loops;
    bool json;
    const char *path;
    saker_ruleset *set;
    saker_eval *eval;
    uint64_t events, matches;
    double load_ms, read_ns, state_ns, rules_ns; /* per event but the first */
    saker_eval_stats stats;
    kind_cost *kinds;
    uint64_t clock_ns; /* what looking at the clock costs */
    uint32_t only;     /* kind whose events are evaluated */
} bench;

static uint64_t clock_of(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- Rounds ----------------------------------------------------------------- */

static int pass_by(void *ctx, const saker_event *event)
{
    (void)ctx;
    (void)event;
    return 0;
}

static int evaluate(void *ctx, const saker_event *event)
{
    bench *b = ctx;
    return saker_eval_run(b->eval, event) < 0 ? SAKER_ENOMEM : 0;
}

/* One kind alone. */
static int evaluate_only(void *ctx, const saker_event *event)
{
    bench *b = ctx;
    return event->kind == b->only ? evaluate(ctx, event) : 0;
}

static int evaluate_timed(void *ctx, const saker_event *event)
{
    bench *b = ctx;
    const uint64_t begun = clock_of(CLOCK_MONOTONIC);
    const int n = saker_eval_run(b->eval, event);
    const uint64_t spent = clock_of(CLOCK_MONOTONIC) - begun;
    kind_cost *k = &b->kinds[event->kind];
    k->events++;
    k->ns += spent > b->clock_ns ? spent - b->clock_ns : 0;
    return n < 0 ? SAKER_ENOMEM : 0;
}

/* Runs over the capture once. *ns: processor time. */
static int round_over(bench *b, uint32_t flags, saker_event_fn *fn, uint64_t *ns)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    saker_capture_stats stats = { .size = sizeof(stats) };
    options.flags = flags;
    const uint64_t begun = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    saker_capture *c = saker_capture_open_file(b->path, &options);
    int n;
    do
        n = saker_capture_poll(c, 0, fn, b);
    while (n >= 0);
    *ns = clock_of(CLOCK_PROCESS_CPUTIME_ID) - begun;
    if (n != SAKER_EEND)
        say("%s: %s", b->path, saker_capture_error(c));
    if (c && saker_capture_get_stats(c, &stats) == 0)
        b->events = stats.events;
    saker_capture_free(c);
    return n == SAKER_EEND ? CMD_OK : n == SAKER_ENOMEM ? CMD_OUTPUT : CMD_INPUT;
}

static int best_round(bench *b, uint32_t flags, saker_event_fn *fn, double *per_event)
{
    uint64_t best = UINT64_MAX, ns;
    for (unsigned i = 0; i < b->loops; i++) {
        if (fn == evaluate) { /* counts are those of one round */
            saker_eval_free(b->eval);
            b->eval = saker_eval_new(b->set);
            if (!b->eval)
                return no_memory();
        }
        int status = round_over(b, flags, fn, &ns);
        if (status != CMD_OK)
            return status;
        best = ns < best ? ns : best;
    }
    *per_event = b->events ? (double)best / (double)b->events : 0;
    return CMD_OK;
}

static void find_clock_cost(bench *b)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        const uint64_t begun = clock_of(CLOCK_MONOTONIC), spent = clock_of(CLOCK_MONOTONIC) - begun;
        least = spent < least ? spent : least;
    }
    b->clock_ns = least;
}

/* One round in which each event is timed; of several, the best of each kind counts. */
static int time_kinds(bench *b, bool first)
{
    const size_t count = saker_syscall_schema()->kind_count;
    kind_cost *before = malloc((count + 1) * sizeof(*before));
    uint64_t ns;
    if (!before)
        return no_memory();
    memcpy(before, b->kinds, (count + 1) * sizeof(*before));
    memset(b->kinds, 0, (count + 1) * sizeof(*before));
    int status = round_over(b, 0, evaluate_timed, &ns);
    for (size_t k = 0; k < count && !first; k++)
        if (before[k].ns < b->kinds[k].ns)
            b->kinds[k].ns = before[k].ns;
    free(before);
    return status;
}

/* The kind that costs most of those that are not `done`; SIZE_MAX: none is left. */
static size_t dearest(const bench *b, const bool *done, size_t count)
{
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < count; k++)
        if (!done[k] && b->kinds[k].ns && (best == SIZE_MAX || b->kinds[k].ns > b->kinds[best].ns))
            best = k;
    return best;
}

/* The dearest kinds once more, without looking at the clock: what a pass that evaluates them alone costs more than one
 * that evaluates nothing. The others share what is left, as they were timed. */
static int pass_kinds(bench *b, double state, bool *done)
{
    const size_t count = saker_syscall_schema()->kind_count;
    double left = b->rules_ns * (double)b->events, sum = 0;
    for (size_t k, n = 0; n < PASSED_KINDS && (k = dearest(b, done, count)) != SIZE_MAX; n++) {
        double with = 0;
        b->only = (uint32_t)k;
        int status = best_round(b, 0, evaluate_only, &with);
        if (status != CMD_OK)
            return status;
        const double ns = with > state ? (with - state) * (double)b->events : (double)b->kinds[k].ns; /* noise */
        b->kinds[k].ns = (uint64_t)ns;
        left = left > ns ? left - ns : 0;
        done[k] = true;
    }
    for (size_t k = 0; k < count; k++)
        sum += done[k] ? 0 : (double)b->kinds[k].ns;
    for (size_t k = 0; k < count; k++)
        if (!done[k] && sum > left) /* a clock adds to what it measures, it takes nothing away */
            b->kinds[k].ns = (uint64_t)((double)b->kinds[k].ns * left / sum);
    return CMD_OK;
}

/* Rules by kind of event. Each event is timed, which says little of those that cost less than a look at the clock. */
static int measure_kinds(bench *b, double state)
{
    const size_t count = saker_syscall_schema()->kind_count;
    bool *done = calloc(count + 1, sizeof(*done));
    b->kinds = calloc(count + 1, sizeof(*b->kinds));
    if (!b->kinds || !done) {
        free(done);
        return no_memory();
    }
    find_clock_cost(b);
    int status = CMD_OK;
    for (unsigned i = 0; i < b->loops && status == CMD_OK; i++)
        status = time_kinds(b, i == 0);
    if (status == CMD_OK)
        status = pass_kinds(b, state, done);
    free(done);
    return status;
}

static int measure(bench *b)
{
    double read = 0, state = 0, rules = 0;
    int status = best_round(b, SAKER_CAPTURE_COUNT, pass_by, &read);
    if (status == CMD_OK)
        status = best_round(b, 0, pass_by, &state);
    if (status == CMD_OK)
        status = best_round(b, 0, evaluate, &rules);
    if (status != CMD_OK)
        return status;
    b->read_ns = read;
    b->state_ns = state > read ? state - read : 0;
    b->rules_ns = rules > state ? rules - state : 0;
    b->stats.size = sizeof(b->stats);
    saker_eval_get_stats(b->eval, &b->stats);
    b->matches = b->stats.matches;
    return measure_kinds(b, state);
}

/* ---- Results ------------------------------------------------------------------ */

/* Resident now, not at most: compiling takes more for a moment. */
static long resident_kb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static double per_event(const bench *b, uint64_t count)
{
    return b->events ? (double)count / (double)b->events : 0;
}

/* Kinds of one name (versions, enter and exit) are one row. */
static void merge_kinds(bench *b)
{
    const saker_schema *s = saker_syscall_schema();
    for (size_t k = 0; k < s->kind_count; k++) {
        for (size_t i = 0; b->kinds[k].events && s->kinds[k] && i < k; i++) {
            if (!s->kinds[i] || !b->kinds[i].events || strcmp(s->kinds[i], s->kinds[k]) != 0)
                continue;
            b->kinds[i].events += b->kinds[k].events;
            b->kinds[i].ns += b->kinds[k].ns;
            b->kinds[k] = (kind_cost){ 0, 0 };
        }
    }
}

static const kind_cost *sorted; /* qsort has no context */

static int by_ns(const void *a, const void *b)
{
    const kind_cost *x = &sorted[*(const size_t *)a], *y = &sorted[*(const size_t *)b];
    return x->ns != y->ns ? (x->ns < y->ns ? 1 : -1) : 0;
}

static size_t order_kinds(const bench *b, size_t *order)
{
    const size_t count = saker_syscall_schema()->kind_count;
    size_t n = 0;
    for (size_t k = 0; k < count; k++)
        if (b->kinds[k].events)
            order[n++] = k;
    sorted = b->kinds;
    qsort(order, n, sizeof(*order), by_ns);
    return n;
}

static const char *kind_name(size_t k)
{
    const char *name = saker_syscall_schema()->kinds[k];
    return name ? name : "(varies)";
}

static double kind_ns(const kind_cost *k)
{
    return k->events ? (double)k->ns / (double)k->events : 0;
}

static void print_json(const bench *b, const size_t *order, size_t n)
{
    printf("{\"events\":%" PRIu64 ",\"matches\":%" PRIu64 ",\"read_ns\":%.1f,\"state_ns\":%.1f,\"rules_ns\":%.1f,"
           "\"load_ms\":%.2f,\"rss_kb\":%ld,\"candidates\":%.4f,\"checks\":%.4f,\"probes\":%.4f,\"gates\":%.4f,"
           "\"kinds\":{",
           b->events, b->matches, b->read_ns, b->state_ns, b->rules_ns, b->load_ms, resident_kb(),
           per_event(b, b->stats.candidates), per_event(b, b->stats.checks), per_event(b, b->stats.probes),
           per_event(b, b->stats.gates));
    for (size_t i = 0; i < n; i++) {
        const kind_cost *k = &b->kinds[order[i]];
        if (i)
            put(",", 1);
        put_json_cstr(kind_name(order[i]));
        printf(":{\"events\":%" PRIu64 ",\"rules_ns\":%.1f}", k->events, kind_ns(k));
    }
    put_cstr("}}\n");
}

static void print_text(const bench *b, const size_t *order, size_t n)
{
    printf("%" PRIu64 " events, %zu rules, %" PRIu64 " matches; best of %u\n\n", b->events, saker_ruleset_count(b->set),
           b->matches, b->loops);
    printf("  ns per event   read %8.1f\n               + state %8.1f\n               + rules %8.1f\n\n", b->read_ns,
           b->state_ns, b->rules_ns);
    printf("  per event      gates %.3f, look-ups %.3f, candidates %.4f, checks %.4f\n", per_event(b, b->stats.gates),
           per_event(b, b->stats.probes), per_event(b, b->stats.candidates), per_event(b, b->stats.checks));
    printf("  loading        %.2f ms, %ld KB resident\n\n", b->load_ms, resident_kb());
    printf("  %-24s %10s %12s %8s\n", "rules by kind of event", "events", "ns per event", "share");
    const double all = b->rules_ns * (double)b->events;
    for (size_t i = 0; i < n && i < 15; i++) {
        const kind_cost *k = &b->kinds[order[i]];
        printf("  %-24s %10" PRIu64 " %12.1f %7.1f%%\n", kind_name(order[i]), k->events, kind_ns(k),
               all > 0 ? 100 * (double)k->ns / all : 0);
    }
}

static int report(bench *b)
{
    size_t *order = calloc(saker_syscall_schema()->kind_count + 1, sizeof(*order));
    if (!order)
        return no_memory();
    merge_kinds(b);
    const size_t n = order_kinds(b, order);
    if (b->json)
        print_json(b, order, n);
    else
        print_text(b, order, n);
    free(order);
    return CMD_OK;
}

/* ---- The verb ------------------------------------------------------------------- */

static int load(bench *b)
{
    b->rules.all = true;
    const uint64_t begun = clock_of(CLOCK_PROCESS_CPUTIME_ID);
    int status = rules_build(&b->rules, &b->set);
    b->load_ms = (double)(clock_of(CLOCK_PROCESS_CPUTIME_ID) - begun) / 1e6;
    return status;
}

static int take_option(bench *b, int option)
{
    uint64_t n = b->loops;
    int status = rule_args_take(&b->rules, "bench", option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_LOOPS:
        status = take_number("bench", "a number of loops", optarg, MOST_LOOPS, &n);
        b->loops = (unsigned)n;
        return status;
    case OPT_JSON:
        b->json = true;
        return CMD_OK;
    default:
        return usage_hint("bench");
    }
}

int verb_bench(int argc, char **argv)
{
    bench b = { .loops = 5 };
    int option, status = rule_args_init(&b.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:h", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&b.rules);
            return CMD_OK;
        }
        status = take_option(&b, option);
    }
    if (status == CMD_OK && b.rules.file_count == 0)
        status = usage_error("bench", "no rules: name a rule file with -r");
    if (status == CMD_OK && optind + 1 != argc)
        status = usage_error("bench", "name one capture");
    if (status == CMD_OK) {
        b.path = argv[optind];
        status = load(&b);
    }
    if (status == CMD_OK)
        status = measure(&b);
    if (status == CMD_OK)
        status = report(&b);
    free(b.kinds);
    saker_eval_free(b.eval);
    saker_ruleset_unref(b.set);
    rule_args_free(&b.rules);
    return status;
}
