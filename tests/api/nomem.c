/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever allocation fails, alone or with all after it: every call gives a status, what is there can be used and
 * freed, and nothing is left behind.
 *
 *      nomem CAPTURE [RULES [every]]
 *
 * Every request is refused in turn; of a large rule file the first ones, then ever fewer, each 1/64 behind the one
 * before, unless `every` is said. */
#include "../pool.h"

#include <saker/profile.h>
#include <saker/rules.h>
#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { A_PROCESS = 11817 /* of the capture */ };

/* ---- What is tried ---- */

typedef struct trial {
    saker_alloc alloc;
    const char *capture, *rules;
    FILE *sink;
    const char *dump;
    int bad; /* an answer that is neither right nor "out of memory" */
} trial;

/* The answer that is wanted, or that memory ran out. */
static void is(trial *t, const char *what, int status, int wanted)
{
    if (status != wanted && status != SAKER_ENOMEM && t->bad++ == 0)
        printf("  %s: %s\n", what, saker_strerror(status));
}

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

/* ---- Rules with faults of every sort ---- */

static const char faults[] = "- required_engine_version: 9999.0.0\n"
                             "- list: a\n"
                             "  items: [sh, bash, sh]\n"
                             "- macro: spawned\n"
                             "  condition: evt.type in (execve, execvat)\n"
                             "- macro: round\n"
                             "  condition: round and evt.num = 1\n"
                             "- rule: One\n"
                             "  desc: d\n"
                             "  condition: spawnd and proc.nam = x and fd.num = many\n"
                             "  output: \"%proc.nam %fd.name\"\n"
                             "  priority: LOUD\n"
                             "- rule: Two\n"
                             "  desc: d\n"
                             "  condition: spawned and (proc.name regex 'a(b' or proc.name in (a, b\n"
                             "  output: \"%proc.aname[x]\"\n"
                             "  priority: INFO\n"
                             "  colour: red\n"
                             "  exceptions:\n"
                             "    - name: e\n"
                             "      fields: [proc.name, fd.nam]\n"
                             "      comps: [in, resembles]\n"
                             "      values: [[x]]\n"
                             "- rule: Three\n"
                             "  enabled: false\n"
                             "- ruel: Four\n";
static const char no_yaml[] = "- list: x\n  items: [a, b\n- macro: &a *b\n";

static void look_at_faults(trial *t, saker_compiler *c)
{
    const size_t n = saker_compiler_diag_count(c);
    for (size_t i = 0; i < n; i++) {
        char text[64];
        const saker_diag *d = saker_compiler_diag(c, i);
        if (d && !saker_diag_format(d, text, sizeof text))
            t->bad++;
    }
    saker_compiler_print_diags(c, t->sink);
    saker_compiler_falco_results(c);
    saker_compiler_describe(c, SAKER_DESCRIBE_RULES, "One");
    saker_compiler_active_rules(c);
}

static void try_faults(trial *t)
{
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    options.alloc = t->alloc;
    saker_compiler *c = saker_compiler_new(&options);
    expect(t, "schema", saker_compiler_add_schema(c, saker_syscall_schema()));
    expect(t, "plugin", saker_compiler_add_plugin(c, "mine", "1.2.3"));
    is(t, "a file that is not there", saker_compiler_add_file(c, "/nowhere/at/all.yaml"), SAKER_EIO);
    is(t, "no YAML", saker_compiler_add_yaml(c, "no.yaml", no_yaml, sizeof no_yaml - 1), SAKER_ERULES);
    saker_compiler_add_yaml(c, "faults.yaml", faults, sizeof faults - 1);
    const int status = saker_compiler_build(c, &rules);
    if (status != SAKER_EIO)
        is(t, "build of faults", status, SAKER_ERULES);
    look_at_faults(t, c);
    saker_compiler_free(c);
}

/* ---- Events of one's own, and what is left of the calls ---- */

typedef struct thing {
    const char *name;
    char word[8];
    uint8_t ip4[4], ip6[16];
    int32_t i32;
    int64_t i64;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    bool yes;
} thing;

static void get_all(saker_out *out, const void *event, const saker_arg *arg)
{
    const thing *x = event;
    const size_t len = strlen(x->name) + strlen(arg->key) + 100;
    char *text = saker_out_alloc(out, len);
    if (!text)
        return;
    memset(text, 'x', len);
    saker_put_str(out, text, len);
    saker_put_cstr(out, saker_out_event(out)->num && saker_out_utc_offset(out) == 0 ? arg->key : NULL);
}

static void get_nets(saker_out *out, const void *event, const saker_arg *arg)
{
    const thing *x = event;
    (void)arg;
    saker_put_present(out);
    for (unsigned i = 0; i < 33; i++)
        saker_put_net(out, x->ip4, 4, i);
}

static const char *bind(saker_arg *arg)
{
    return *arg->key == 'z' ? "no such thing as " : NULL;
}

#define MEMBER(name, type, get) SAKER_MEMBER("t." #name, type, get, thing, name, NULL)
static const saker_field fields[] = {
    MEMBER(name, SAKER_STR, saker_get_cstr),
    MEMBER(word, SAKER_PATH, saker_get_chars),
    MEMBER(ip4, SAKER_IP, saker_get_ip4),
    MEMBER(ip6, SAKER_IP, saker_get_ip6),
    MEMBER(i32, SAKER_INT, saker_get_i32),
    MEMBER(i64, SAKER_INT, saker_get_i64),
    MEMBER(u16, SAKER_UINT, saker_get_u16),
    MEMBER(u32, SAKER_UINT, saker_get_u32),
    MEMBER(u64, SAKER_TIME, saker_get_u64),
    MEMBER(yes, SAKER_BOOL, saker_get_bool),
    { "t.all", SAKER_STR, get_all, NULL, 0, SAKER_LIST | SAKER_ARG_REQUIRED | SAKER_ARG_KEY, bind },
    { "t.nets", SAKER_NET, get_nets, NULL, 0, SAKER_LIST, NULL },
};
static const char *const kinds[] = { "come", "go" };
static const saker_schema schema = SAKER_SCHEMA_KINDS("things", fields, kinds);

static const char condition[] =
    "evt.type in (come, go) and toupper(t.name) contains ABC and t.name regex 'a.*c+' and t.word pmatch (/a, /b) and "
    "t.ip4 in (127.0.0.1, 127.0.0.2) and t.i32 < 0 and t.u16 >= 80 and t.all[k] intersects (k, l) and t.yes = true and "
    "concat(t.name, t.name) = val(t.name) or t.name glob *a*b* or t.name icontains oneof (abc, bcd)";
static const char output[] =
    "%t.name %t.word %t.ip4 %t.ip6 %t.i32 %t.i64 %t.u16 %t.u32 %t.u64 %t.yes %t.all[k] %t.nets %toupper(t.name)";

static uint64_t tick(void *ctx)
{
    return ++*(uint64_t *)ctx;
}

static void look_at_profile(trial *t, const saker_eval *eval)
{
    saker_profile_total total = { .size = sizeof total };
    saker_profile_rule rule = { .size = sizeof rule };
    saker_profile_check check = { .size = sizeof check };
    if (saker_eval_profile_total(eval, &total) < 0)
        return; /* there was no memory for one */
    expect(t, "profile of a rule", saker_eval_profile_rule(eval, 0, &rule));
    for (size_t i = 0; i < total.checks; i++) {
        expect(t, "profile of a check", saker_eval_profile_check(eval, i, &check));
        expect(t, "a check as text", saker_eval_profile_print(eval, i, t->sink));
    }
}

static void look_at_matches(saker_eval *eval, int n)
{
    const saker_alert_options o = { sizeof o, SAKER_ALERT_BASE64 | SAKER_ALERT_MESSAGE, "host" };
    size_t count;
    for (int i = 0; i < n; i++) {
        saker_match_json(eval, i, &o);
        saker_match_alert(eval, i, &o);
        saker_match_output(eval, i);
        saker_match_fields(eval, i, &count);
        saker_eval_rule_matches(eval, saker_match_index(eval, i));
    }
}

static void run_things(trial *t, saker_ruleset *rules, bool profile)
{
    static const char long_text[] =
        "abc abcabc abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabcc";
    thing x = { long_text, "/a/b", { 127, 0, 0, 1 }, { 0xfe, 0x80 }, -1, -2, 80, 3, 4, true };
    saker_event event = { &schema, &x, 1, 1, 0 };
    saker_eval *eval = saker_eval_new(rules);
    saker_eval_stats stats = { .size = sizeof stats };
    uint64_t now = 0;
    if (profile)
        expect(t, "profile", saker_eval_profile(eval, tick, &now));
    for (unsigned i = 0; i < 4; i++, event.num++) {
        event.kind = i % 2;
        expect(t, "enable", saker_eval_enable(eval, 0, i != 2));
        const int n = saker_eval_run(eval, &event);
        expect(t, "run", n);
        look_at_matches(eval, n);
    }
    if (profile)
        look_at_profile(t, eval);
    expect(t, "statistics", saker_eval_get_stats(eval, &stats));
    saker_eval_free(eval);
}

static void try_calls(trial *t)
{
    static const char *const more[] = { "more", "%t.all[m] %evt.type", "t.name", NULL };
    static const saker_append append = { sizeof append, NULL, NULL, NULL, 0, "%t.u32", more, 2 };
    for (unsigned naive = 0; naive < 2; naive++) {
        char error[80];
        saker_options options = SAKER_OPTIONS_INIT;
        saker_ruleset *rules = NULL;
        options.alloc = t->alloc;
        options.flags = naive ? SAKER_NAIVE : 0;
        options.append = &append;
        options.append_count = 1;
        if (!expect(t, "filter",
                    saker_filter_compile(&options, &schema, condition, sizeof condition - 1, output, &rules, error,
                                         sizeof error)))
            continue;
        is(t, "a filter with a fault",
           saker_filter_compile(&options, &schema, "t.nome = 1", 10, NULL, &rules, error, sizeof error), SAKER_ERULES);
        saker_ruleset_unref(saker_ruleset_ref(rules));
        saker_ruleset_wants(rules, &schema, 0);
        run_things(t, rules, !naive);
        saker_ruleset_unref(rules);
    }
}

/* ---- Captures ---- */

typedef struct player {
    trial *t;
    saker_eval *eval;
    saker_format *format;
    saker_dump *dump, *tree;
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
    if (p->tree)
        expect(p->t, "event of a process", saker_dump_event(p->tree, event));
    if (p->tree && p->events % 64 == 0)
        expect(p->t, "flush", saker_dump_flush(p->tree));
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
    p.tree = record && c ? saker_dump_open(c, "/dev/null", false) : NULL;
    if (p.tree)
        expect(t, "one process", saker_dump_only_tree(p.tree, A_PROCESS));
    int n;
    do
        n = saker_capture_poll(c, 0, on_event, &p);
    while (n >= 0);
    if (n != SAKER_EEND && n != SAKER_ENOMEM && t->bad++ == 0)
        printf("  poll: %s: %s\n", saker_strerror(n), saker_capture_error(c));
    expect(t, "end of the recording", saker_dump_close(p.dump));
    expect(t, "end of the other", saker_dump_close(p.tree));
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
    t->alloc = pool_alloc(p);
    t->bad = 0;
    what(t);
    if (p->held)
        printf("  %zu bytes left\n", p->held);
    if (p->wrong)
        printf("  %zu blocks with another size than they have\n", p->wrong);
    return t->bad || !pool_is_clean(p);
}

/* The requests refused are those up to `all`, then every one `step`-th part behind the last. */
static int refuse_each(const char *name, trial *t, void (*what)(trial *), size_t all, size_t step)
{
    pool whole = { 0 };
    int wrong = run(t, what, &whole), tried = 0;
    for (size_t n = 1; n <= whole.requests; n += n < all ? 1 : 1 + n / step) {
        for (int rest = 0; rest < 2; rest++) {
            pool p = rest ? pool_of(n - 1) : pool_without(n);
            if (run(t, what, &p)) {
                printf("%s: request %zu%s refused\n", name, n, rest ? " and all behind it" : "");
                wrong++;
            }
            tried++;
        }
    }
    printf("%s: %zu requests, %d trials, %d wrong\n", name, whole.requests, tried, wrong);
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
    int wrong = refuse_each("small rules", &t, try_small, SIZE_MAX, 1);
    wrong += refuse_each("faults", &t, try_faults, SIZE_MAX, 1);
    wrong += refuse_each("other calls", &t, try_calls, SIZE_MAX, 1);
    wrong += refuse_each("replay", &t, try_replay, SIZE_MAX, 1);
    if (rules) {
        fclose(rules);
        wrong += refuse_each("rule file", &t, try_file, argc > 3 ? SIZE_MAX : 64, 64);
    }
    fclose(t.sink);
    remove(dump);
    return wrong != 0;
}
