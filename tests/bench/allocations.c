/* SPDX-License-Identifier: Apache-2.0 */
/* allocations SHARED: once warm, evaluating an event takes no memory. The stock rules run over busy.scap twice, and in
 * the second pass the evaluator must not allocate at all. The capture has state to keep, so it may allocate for what
 * really appears; for calls that make nothing it may only where a new process takes its own copy of the table of
 * descriptors that it began with: once for each process. */
#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct counter {
    unsigned long allocations;
} counter;

typedef struct run {
    counter eval_memory, capture_memory;
    saker_eval *eval;
    unsigned long events, eval_allocations, state_allocations, idle_events, idle_allocations, processes, before;
    bool failed;
} run;

static void *count(void *ctx, void *p, size_t old_size, size_t new_size)
{
    counter *c = ctx;
    if (new_size == 0) {
        free(p);
        return NULL;
    }
    c->allocations += new_size > old_size;
    return realloc(p, new_size);
}

static bool is_kind(const saker_event *event, const char *const *names)
{
    const char *kind = saker_syscall_schema()->kinds[event->kind];
    while (kind && *names && strcmp(*names, kind) != 0)
        names++;
    return kind && *names;
}

static int evaluate(void *ctx, const saker_event *event)
{
    static const char *const idle[] = { "close", "prlimit", "connect", NULL };
    static const char *const forks[] = { "clone", "clone3", "fork", "vfork", NULL };
    run *r = ctx;
    const unsigned long state = r->capture_memory.allocations - r->before, eval = r->eval_memory.allocations;
    r->events++;
    r->state_allocations += state;
    r->processes += is_kind(event, forks);
    if (is_kind(event, idle)) {
        r->idle_events++;
        r->idle_allocations += state;
    }
    r->failed |= saker_eval_run(r->eval, event) < 0;
    r->eval_allocations += r->eval_memory.allocations - eval;
    r->before = r->capture_memory.allocations;
    return 0;
}

static void pass(run *r, const char *path)
{
    saker_capture_options options = SAKER_CAPTURE_OPTIONS_INIT;
    options.alloc = (saker_alloc){ count, &r->capture_memory };
    saker_capture *c = saker_capture_open_file(path, &options);
    int n;
    r->events = r->eval_allocations = r->state_allocations = r->idle_events = r->idle_allocations = r->processes = 0;
    do
        n = saker_capture_poll(c, 0, evaluate, r);
    while (n >= 0);
    r->failed |= n != SAKER_EEND;
    saker_capture_free(c);
}

static saker_ruleset *compile(const char *shared, counter *memory)
{
    static const char *const files[] = { "falco_rules.yaml", "falco-incubating_rules.yaml",
                                         "falco-sandbox_rules.yaml" };
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    char path[4096];
    options.alloc = (saker_alloc){ count, memory };
    saker_compiler *c = saker_compiler_new(&options);
    saker_compiler_add_schema(c, saker_syscall_schema());
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/rules/%s", shared, files[i]);
        saker_compiler_add_file(c, path);
    }
    if (saker_compiler_build(c, &rules) < 0)
        saker_compiler_print_diags(c, stderr);
    saker_compiler_free(c);
    return rules;
}

int main(int argc, char **argv)
{
    char path[4096];
    run r = { 0 };
    if (argc < 2)
        return 2;
    snprintf(path, sizeof path, "%s/captures/busy.scap.gz", argv[1]);
    FILE *f = fopen(path, "rb");
    if (!f)
        return 77;
    fclose(f);
    saker_ruleset *rules = compile(argv[1], &r.eval_memory);
    r.eval = saker_eval_new(rules);
    if (!r.eval)
        return 1;
    pass(&r, path);
    const unsigned long warming = r.eval_allocations;
    pass(&r, path);
    printf("%lu events: evaluation took memory %lu times while warming up, %lu times when warm\n", r.events, warming,
           r.eval_allocations);
    printf("state took memory %lu times; for the %lu events that make nothing, %lu times; %lu new processes\n",
           r.state_allocations, r.idle_events, r.idle_allocations, r.processes);
    const bool fine = !r.failed && r.events > 40000 && r.idle_events > 1000 && warming > 0 && r.eval_allocations == 0 &&
                      r.idle_allocations <= r.processes;
    saker_eval_free(r.eval);
    saker_ruleset_unref(rules);
    return !fine;
}
