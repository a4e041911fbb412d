/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever allocation fails, alone or with all after it: every call gives a status, what is there can be used and
 * freed, and nothing is left behind.
 *
 *      nomem CAPTURE [RULES]
 *
 * All of the first requests are refused in turn, then ever fewer: each 1/64 behind the one before. */
#include <saker/rules.h>
#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- An allocator that refuses, and checks what it is told ---- */

typedef struct pool {
    size_t count, from, until; /* requests so far; those refused */
    size_t held, wrong;
} pool;

enum { HEAD = 16 };

static void *take(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    pool *p = ctx;
    char *block = ptr ? (char *)ptr - HEAD : NULL;
    if (block ? memcmp(block, &old_size, sizeof old_size) != 0 : old_size != 0)
        p->wrong++;
    if (new_size == 0) {
        free(block);
        p->held -= old_size;
        return NULL;
    }
    p->count++;
    if (p->count >= p->from && p->count < p->until)
        return NULL;
    block = realloc(block, HEAD + new_size);
    if (!block)
        return NULL;
    memcpy(block, &new_size, sizeof new_size);
    p->held = p->held - old_size + new_size;
    return block + HEAD;
}

/* ---- What is tried ---- */

typedef struct trial {
    saker_alloc alloc;
    const char *capture, *rules;
    FILE *sink;
    const char *dump;
    int bad; /* an answer that is neither right nor "out of memory" */
} trial;

static bool expect(trial *t, const char *what, int status)
{
    if (status < 0 && status != SAKER_ENOMEM && status != SAKER_EEND && t->bad++ == 0)
        printf("  %s: %s\n", what, saker_strerror(status));
    return status >= 0;
}

static const char small_rules[] =
    "- list: shells\n"
    "  items: [sh, bash, nc]\n"
    "- list: more\n"
    "  items: [shells, 'a b', 7]\n"
    "- macro: spawned\n"
    "  condition: evt.type in (execve, execveat) and evt.dir = <\n"
    "- rule: Started\n"
    "  desc: >\n"
    "    several lines\n"
    "    of text\n"
    "  condition: spawned and proc.name in (more) or proc.cmdline regex '.*10[.][0-9]+.*'\n"
    "  output: \"%proc.name\\t%proc.cmdline %container.id %evt.args\"\n"
    "  priority: WARNING\n"
    "  tags: [a, b]\n"
    "  exceptions:\n"
    "    - name: quiet\n"
    "      fields: [proc.name, fd.name]\n"
    "      comps: [in, startswith]\n"
    "      values:\n"
    "        - [[zsh, ksh], /nowhere]\n"
    "- rule: Started\n"
    "  condition: and not proc.pname pmatch (/a, /b)\n"
    "  override:\n"
    "    condition: append\n";

static void look_at_rules(trial *t, saker_compiler *c, saker_ruleset *rules)
{
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++) {
        const saker_diag *d = saker_compiler_diag(c, i);
        if (d && d->severity == SAKER_DIAG_ERROR && t->bad++ == 0)
            printf("  said: %s\n", d->message);
    }
    saker_compiler_print_diags(c, t->sink);
    saker_compiler_falco_results(c);
    saker_compiler_describe(c, 0, NULL);
    for (size_t i = 0; i < saker_ruleset_count(rules); i++)
        expect(t, "dump of a rule", saker_ruleset_dump(rules, i, t->sink));
}

static saker_ruleset *build(trial *t, const char *file, uint32_t flags)
{
    static const char *const items[] = { "x", "y z" };
    const saker_rule rule = SAKER_RULE("Own", "evt.type = openat and fd.name glob /etc/* and not own", "%fd.name");
    saker_options options = SAKER_OPTIONS_INIT;
    options.alloc = t->alloc;
    options.flags = flags;
    saker_compiler *c = saker_compiler_new(&options);
    saker_ruleset *rules = NULL;
    expect(t, "schema", saker_compiler_add_schema(c, saker_syscall_schema()));
    if (file) {
        expect(t, "file", saker_compiler_add_file(c, file));
    } else {
        expect(t, "text", saker_compiler_add_yaml(c, "small.yaml", small_rules, sizeof small_rules - 1));
        expect(t, "list", saker_compiler_add_list(c, "own_list", items, 2));
        expect(t, "macro", saker_compiler_add_macro(c, "own", "proc.name in (own_list)"));
        expect(t, "rule", saker_compiler_add_rule(c, &rule));
        expect(t, "enable", saker_compiler_enable(c, SAKER_BY_NAME, "O*", true));
    }
    if (!expect(t, "build", saker_compiler_build(c, &rules)))
        rules = NULL;
    look_at_rules(t, c, rules);
    saker_compiler_free(c);
    return rules;
}

static void try_small(trial *t)
{
    saker_ruleset_unref(build(t, NULL, 0));
}

static void try_file(trial *t)
{
    saker_ruleset_unref(build(t, t->rules, 0));
}

typedef struct player {
    trial *t;
    saker_eval *eval;
    saker_format *format;
    saker_dump *dump;
    unsigned events;
} player;

static int on_event(void *ctx, const saker_event *event)
{
    player *p = ctx;
    const char *text;
    size_t length, count;
    int n = saker_eval_run(p->eval, event);
    expect(p->t, "run", n);
    for (int i = 0; i < n; i++) {
        saker_match_output(p->eval, i);
        saker_match_alert(p->eval, i, NULL);
        saker_match_json(p->eval, i, NULL);
        saker_match_fields(p->eval, i, &count);
    }
    if (p->format && p->events++ % 16 == 0) {
        expect(p->t, "text", saker_format_text(p->format, event, &text, &length));
        expect(p->t, "JSON", saker_format_json(p->format, event, &text, &length));
    }
    if (p->dump)
        expect(p->t, "recorded event", saker_dump_event(p->dump, event));
    return 0;
}

static void replay(trial *t, saker_ruleset *rules, bool record)
{
    static const char text[] =
        "*%evt.time %proc.name %proc.aname[2] %fd.name %toupper(evt.type) %evt.args %container.name";
    saker_options options = SAKER_OPTIONS_INIT;
    saker_capture_options capture_options = SAKER_CAPTURE_OPTIONS_INIT;
    player p = { .t = t, .eval = saker_eval_new(rules) };
    char error[128];
    options.alloc = capture_options.alloc = t->alloc;
    if (!expect(t, "format",
                saker_format_compile(&options, saker_syscall_schema(), text, sizeof text - 1, &p.format, error,
                                     sizeof error)))
        p.format = NULL;
    saker_capture *c = saker_capture_open_file(t->capture, &capture_options);
    p.dump = record && c ? saker_dump_open(c, t->dump, true) : NULL;
    int n;
    do
        n = saker_capture_poll(c, 0, on_event, &p);
    while (n >= 0);
    if (n != SAKER_EEND && n != SAKER_ENOMEM && t->bad++ == 0)
        printf("  poll: %s: %s\n", saker_strerror(n), saker_capture_error(c));
    expect(t, "end of the recording", saker_dump_close(p.dump));
    saker_capture_stats stats = { .size = sizeof stats };
    saker_capture_get_stats(c, &stats);
    saker_capture_free(c);
    saker_format_free(p.format);
    saker_eval_free(p.eval);
}

static void try_replay(trial *t)
{
    saker_ruleset *rules = build(t, NULL, 0);
    replay(t, rules, true);
    saker_ruleset_unref(rules);
}

/* ---- Every request, refused ---- */

static int run(trial *t, void (*what)(trial *), pool *p)
{
    t->alloc = (saker_alloc){ take, p };
    t->bad = 0;
    what(t);
    if (p->held)
        printf("  %zu bytes left\n", p->held);
    if (p->wrong)
        printf("  %zu blocks with another size than they have\n", p->wrong);
    return t->bad || p->held || p->wrong;
}

/* The requests refused are those up to `all`, then every one `step`-th part behind the last. */
static int refuse_each(const char *name, trial *t, void (*what)(trial *), size_t all, size_t step)
{
    pool whole = { 0, SIZE_MAX, SIZE_MAX, 0, 0 };
    int wrong = run(t, what, &whole), tried = 0;
    for (size_t n = 1; n <= whole.count; n += n < all ? 1 : 1 + n / step) {
        for (int rest = 0; rest < 2; rest++) {
            pool p = { 0, n, rest ? SIZE_MAX : n + 1, 0, 0 };
            if (run(t, what, &p)) {
                printf("%s: request %zu%s refused\n", name, n, rest ? " and all behind it" : "");
                wrong++;
            }
            tried++;
        }
    }
    printf("%s: %zu requests, %d trials, %d wrong\n", name, whole.count, tried, wrong);
    return wrong;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    char dump[] = "nomem-XXXXXX";
    int fd = mkstemp(dump);
    trial t = { .capture = argv[1], .rules = argc > 2 ? argv[2] : NULL, .sink = fopen("/dev/null", "w"), .dump = dump };
    if (fd < 0 || !t.sink)
        return 1;
    FILE *rules = t.rules ? fopen(t.rules, "rb") : NULL;
    int wrong = refuse_each("small rules", &t, try_small, 100000, 1);
    wrong += refuse_each("replay", &t, try_replay, 64, 32);
    if (rules) {
        fclose(rules);
        wrong += refuse_each("rule file", &t, try_file, 32, 12);
    }
    fclose(t.sink);
    remove(dump);
    return wrong != 0;
}
