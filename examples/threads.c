/* SPDX-License-Identifier: Apache-2.0 */
/* One ruleset, many threads: the ruleset is compiled once and shared; every thread has an eval of its own. */
#include <saker/saker.h>

#include <pthread.h>
#include <stdio.h>

struct request {
    const char *path;
    uint32_t status;
};

static const saker_field fields[] = {
    SAKER_MEMBER("http.path", SAKER_STR, saker_get_cstr, struct request, path, "Path asked for"),
    SAKER_MEMBER("http.status", SAKER_UINT, saker_get_u32, struct request, status, "Answer's status code"),
};
static const saker_schema schema = SAKER_SCHEMA("http", fields);

enum { THREADS = 4, REQUESTS = 10000 };

struct worker {
    pthread_t thread;
    saker_ruleset *rules;
    unsigned first, matches;
};

static void *work(void *arg)
{
    static const char *const paths[] = { "/", "/login", "/admin/users", "/static/logo.png" };
    struct worker *w = arg;
    saker_eval *eval = saker_eval_new(w->rules);
    for (unsigned i = 0; i < REQUESTS; i++) {
        struct request r = { paths[(w->first + i) % 4], i % 10 == 0 ? 500u : 200u };
        saker_event event = { &schema, &r, 0, i + 1, 0 };
        int n = saker_eval_run(eval, &event);
        if (n > 0)
            w->matches += (unsigned)n;
    }
    saker_eval_free(eval);
    return NULL;
}

int main(void)
{
    const saker_rule rule = SAKER_RULE("Admin error", "http.path startswith /admin and http.status >= 500",
                                       "%http.path answered %http.status");
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(c, &schema);
    saker_compiler_add_rule(c, &rule);
    int status = saker_compiler_build(c, &rules);
    if (status < 0)
        saker_compiler_print_diags(c, stderr);
    saker_compiler_free(c);
    if (status < 0)
        return 1;

    struct worker workers[THREADS];
    int started = 0;
    for (; started < THREADS; started++) {
        workers[started] = (struct worker){ .rules = rules, .first = (unsigned)started };
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
            break;
    }
    unsigned matches = 0;
    for (int i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        matches += workers[i].matches;
    }
    saker_ruleset_unref(rules);
    printf("%d threads, %u matches\n", started, matches);
    return started == THREADS ? 0 : 1;
}
