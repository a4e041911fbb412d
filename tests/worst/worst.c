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

static void *count(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    pool *p = ctx;
    void *block = NULL;
    p->requests++;
    if (new_size == 0)
        free(ptr);
    else if (p->held - old_size + new_size > (size_t)1 << 30 || !(block = realloc(ptr, new_size)))
        return NULL;
    p->held = p->held - old_size + new_size;
    p->peak = p->held > p->peak ? p->held : p->peak;
    return block;
}

saker_alloc worst_alloc(pool *p)
{
    *p = (pool){ .began = steps };
    return (saker_alloc){ count, p };
}

unsigned worst_steps(const pool *p)
{
    return (unsigned)((steps - p->began) / 1000000);
}

bool worst_is_fine(const pool *p, unsigned most_steps)
{
    return p->held == 0 && p->peak <= MOST_MEMORY && worst_steps(p) <= most_steps;
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
    pool p;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (!f)
        return 1;
    x->write(f);
    fclose(f);
    saker_options options = SAKER_OPTIONS_INIT;
    options.alloc = worst_alloc(&p);
    saker_compiler *c = saker_compiler_new(&options);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(c, saker_syscall_schema());
    saker_compiler_add_yaml(c, x->name, text, len);
    const int status = saker_compiler_build(c, &rules);
    const unsigned built = worst_steps(&p);
    bool ok = is_short(c) && status == (x->refused ? SAKER_ERULES : SAKER_OK);
    saker_compiler_free(c);
    saker_ruleset_unref(rules);
    free(text);
    ok = worst_is_fine(&p, x->steps) && ok;
    printf("%-16s %8zu bytes, %3zu MB, %4u million steps, %4u in all: %s%s\n", x->name, len, p.peak >> 20, built,
           worst_steps(&p), saker_strerror(status), ok ? "" : " (wrong)");
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
