/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiler answers to calls that files cannot make: wrong arguments, folders that cannot be read, memory that
 * runs out while something is said. */
#include "../pool.h"

#include <saker/rules.h>
#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static int wrong;

static void must(bool ok, const char *what)
{
    if (!ok)
        printf("wrong: %s\n", what);
    wrong += !ok;
}

static saker_compiler *new_compiler(const saker_options *options)
{
    saker_compiler *c = saker_compiler_new(options);
    saker_compiler_add_schema(c, saker_syscall_schema());
    return c;
}

/* ---- A folder without a free descriptor to read it with ---- */

static void try_folder(void)
{
    saker_compiler *c = new_compiler(NULL);
    struct rlimit limit, none;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    none = limit;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    const int status = saker_compiler_add_file(c, ".");
    setrlimit(RLIMIT_NOFILE, &limit);
    const saker_diag *d = saker_compiler_diag(c, 0);
    must(status == SAKER_EIO, "a folder that cannot be read: status");
    must(d && d->file && strcmp(d->file, ".") == 0, "a folder that cannot be read: diagnostic");
    saker_compiler_free(c);
}

/* ---- A text that is too long ---- */

static void try_long(void)
{
    saker_compiler *c = new_compiler(NULL);
    must(saker_compiler_add_yaml(c, "long", "", ((size_t)1 << 29) + 1) == SAKER_ELIMIT, "a text that is too long");
    must(saker_compiler_diag_count(c) == 1, "a text that is too long: diagnostic");
    saker_compiler_free(c);
}

/* ---- Rules that are none ---- */

static int add(saker_rule rule)
{
    saker_compiler *c = new_compiler(NULL);
    const int status = saker_compiler_add_rule(c, &rule);
    must((status == SAKER_OK) == (saker_compiler_build(c, NULL) == SAKER_OK), "the build remembers");
    saker_compiler_free(c);
    return status;
}

static void try_rules(void)
{
    saker_rule fine = SAKER_RULE("r", "evt.num = 1", "o"), rule = fine;
    must(add(fine) == SAKER_OK, "a rule");
    rule.name = "";
    must(add(rule) == SAKER_EINVAL, "a rule without a name");
    rule = fine;
    rule.priority = (saker_priority)(SAKER_PRI_DEBUG + 1);
    must(add(rule) == SAKER_EINVAL, "a rule of no priority");
    rule.priority = (saker_priority)0;
    must(add(rule) == SAKER_OK, "a rule without a priority");
}

/* ---- One request for memory is refused ---- */

typedef void look_fn(saker_compiler *c, const saker_ruleset *rules, int status);

static void refuse_each(const char *text, size_t len, look_fn *look)
{
    for (size_t n = 1;; n++) {
        pool p = pool_without(n);
        saker_options options = SAKER_OPTIONS_INIT;
        options.alloc = pool_alloc(&p);
        saker_compiler *c = new_compiler(&options);
        saker_ruleset *rules = NULL;
        saker_compiler_add_yaml(c, "a.yaml", text, len);
        const int status = saker_compiler_build(c, &rules);
        look(c, rules, status);
        saker_compiler_free(c);
        saker_ruleset_unref(rules);
        must(pool_is_clean(&p), "nothing is left behind");
        if (p.requests < n)
            break;
    }
}

/* The same is wrong at one place for many rules, and much is said of it; some of it is not there. */
static void look_at_errors(saker_compiler *c, const saker_ruleset *rules, int status)
{
    must(!rules && (status == SAKER_ENOMEM || status == SAKER_ERULES), "errors without memory");
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++)
        must(saker_compiler_diag(c, i)->message != NULL, "a message");
}

static void try_errors(void)
{
    char text[8192];
    size_t len =
        (size_t)snprintf(text, sizeof text, "- {macro: m, condition: proc.name = a and fd.nothing = %0200d}\n", 0);
    for (int i = 0; i < 20; i++)
        len += (size_t)snprintf(text + len, sizeof text - len,
                                "- {rule: r%d, condition: m, output: o, desc: d, priority: info}\n", i);
    refuse_each(text, len, look_at_errors);
}

/* All rules are there, or none. */
static void look_at_rules(saker_compiler *c, const saker_ruleset *rules, int status)
{
    (void)c;
    must(status == SAKER_ENOMEM || (status == SAKER_OK && saker_ruleset_count(rules) == 3), "rules without memory");
}

static void try_fine(void)
{
    static const char text[] = "- {list: l, items: [a, b c]}\n"
                               "- {list: k, items: [l, d]}\n"
                               "- {list: o d, items: [l, d]}\n"
                               "- {macro: m, condition: proc.name in (l)}\n"
                               "- {rule: r, condition: m and fd.name in (k), output: o, desc: d, priority: info}\n"
                               "- {rule: q, condition: proc.name = a, output: o, desc: d, priority: info}\n"
                               "- {rule: s, condition: \"proc.name in (x, o d)\", output: o, desc: d, priority: info,\n"
                               "   exceptions: [{name: e, fields: fd.name, values: [l, k]}]}\n";
    refuse_each(text, sizeof text - 1, look_at_rules);
}

int main(void)
{
    try_folder();
    try_long();
    try_rules();
    try_errors();
    try_fine();
    return wrong != 0;
}
