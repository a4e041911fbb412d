/* SPDX-License-Identifier: Apache-2.0 */
#include "worst.h"

#include <saker/syscall.h>

#include <stdlib.h>
#include <string.h>

#if defined __has_attribute
#if __has_attribute(no_sanitize_coverage)
#define UNCOUNTED __attribute__((no_sanitize_coverage))
#endif
#endif
#ifndef UNCOUNTED
#define UNCOUNTED
#endif

static uint64_t steps;

/* The compiler calls it in each basic block. */
void __sanitizer_cov_trace_pc(void);
UNCOUNTED void __sanitizer_cov_trace_pc(void)
{
    steps++;
}

saker_alloc worst_alloc(meter *m)
{
    *m = (meter){ { .most = (size_t)1 << 30 }, steps };
    return pool_alloc(&m->memory);
}

unsigned worst_steps(const meter *m)
{
    return (unsigned)((steps - m->began) / 1000000);
}

bool worst_is_fine(const meter *m, unsigned most_steps)
{
    return pool_is_clean(&m->memory) && m->memory.peak <= MOST_MEMORY && worst_steps(m) <= most_steps;
}

/* ---- Files of rules ---- */

/* What is shown of it all, as text and as JSON, is no more than a few times as long as the file; a description, as long
 * as it may be. */
static bool is_short(saker_compiler *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return false;
    saker_compiler_print_diags(c, f);
    fclose(f);
    free(text);
    const char *json = saker_compiler_falco_results(c);
    if (!json || strlen(json) > 128u << 20 || len > 64u << 20)
        return false;
    json = saker_compiler_describe(c, 0, NULL);
    return !json || strlen(json) <= SAKER_DESCRIBE_LONGEST;
}

static int load(const worst_file *x)
{
    meter m;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return 1;
    x->write(f);
    fclose(f);
    saker_options options = SAKER_OPTIONS_INIT;
    options.alloc = worst_alloc(&m);
    saker_compiler *c = saker_compiler_new(&options);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(c, saker_syscall_schema());
    saker_compiler_add_yaml(c, x->name, text, len);
    const int status = saker_compiler_build(c, &rules);
    const unsigned built = worst_steps(&m);
    bool ok = is_short(c) && status == (x->refused ? SAKER_ERULES : SAKER_OK);
    saker_compiler_free(c);
    saker_ruleset_unref(rules);
    free(text);
    ok = worst_is_fine(&m, x->steps) && ok;
    printf("%-16s %8zu bytes, %3zu MB, %4u million steps, %4u in all: %s%s\n", x->name, len, m.memory.peak >> 20, built,
           worst_steps(&m), saker_strerror(status), ok ? "" : " (wrong)");
    return !ok;
}

int worst_run(const worst_file *files, size_t n, int argc, char **argv)
{
    int wrong = 0, tried = 0;
    for (size_t i = 0; i < n; i++)
        if (argc < 2 || strcmp(argv[1], files[i].name) == 0) {
            wrong += load(&files[i]);
            tried++;
        }
    return wrong || !tried;
}
