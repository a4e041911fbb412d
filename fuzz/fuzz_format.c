/* SPDX-License-Identifier: Apache-2.0 */
/* Output templates on any bytes: what two lines print, they print together; a template says on its own what it says as
 * the output of a rule; and its JSON is JSON. */
#include "must.h"
#include "odd_schema.h"

#include <cJSON.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static saker_format *compile(const char *text, size_t len)
{
    saker_format *f = NULL;
    char error[256] = "";
    const int err = saker_format_compile(NULL, &odd_schema, text, len, &f, error, sizeof error);
    must(err == 0 || (err == SAKER_ERULES && *error));
    must((err == 0) == (f != NULL));
    return f;
}

/* Its text, which the caller frees. */
static char *print(saker_format *f, const saker_event *e, size_t *len, bool *complete)
{
    const char *text;
    const int n = saker_format_text(f, e, &text, len);
    must(n >= 0 && text[*len] == '\0');
    *complete = n;
    char *copy = malloc(*len + 1);
    must(copy != NULL);
    return memcpy(copy, text, *len + 1);
}

static void check_json(saker_format *f, const saker_event *e)
{
    const char *text;
    size_t len;
    must(saker_format_json(f, e, &text, &len) >= 0 && strlen(text) == len);
    cJSON *parsed = cJSON_ParseWithOpts(text, NULL, true);
    must(parsed != NULL);
    cJSON_Delete(parsed);
}

/* A template and the same with a star, the first two of `f`. */
static void check_star(saker_format *const *f, const saker_event *e)
{
    size_t n[2];
    bool complete[2];
    char *plain = print(f[0], e, &n[0], &complete[0]), *star = print(f[1], e, &n[1], &complete[1]);
    must(complete[1] && n[0] <= n[1] && memcmp(plain, star, n[0]) == 0 && (!complete[0] || n[0] == n[1]));
    free(plain);
    free(star);
}

/* Two templates, and both with a line feed between them. */
static void check_joint(saker_format *const *f, const saker_event *e)
{
    char *part[3];
    size_t n[3];
    bool complete;
    for (int i = 0; i < 3; i++)
        part[i] = print(f[i], e, &n[i], &complete);
    must(n[2] == n[0] + 1 + n[1] && memcmp(part[2], part[0], n[0]) == 0 && part[2][n[0]] == '\n' &&
         memcmp(part[2] + n[0] + 1, part[1], n[1]) == 0);
    for (int i = 0; i < 3; i++)
        free(part[i]);
}

static void each_event(void (*check)(saker_format *const *, const saker_event *), saker_format *const *f)
{
    for (uint64_t seed = 0; seed < 6; seed++) {
        const saker_event e = { &odd_schema, &seed, seed * 1000000007, seed, (uint32_t)seed };
        check(f, &e);
        check_json(f[0], &e);
    }
}

/* As the output of a rule that always matches. */
static void check_rule(const char *star, const char *output)
{
    static const char always[] = "not t.name = nobody";
    saker_ruleset *rules;
    saker_format *f = compile(star, strlen(star));
    if (!f)
        return;
    must(saker_filter_compile(NULL, &odd_schema, always, sizeof always - 1, output, &rules, NULL, 0) == 0);
    saker_eval *ev = saker_eval_new(rules);
    for (uint64_t seed = 0; seed < 6; seed++) {
        const saker_event e = { &odd_schema, &seed, seed, seed, (uint32_t)seed };
        size_t len;
        bool complete;
        char *text = print(f, &e, &len, &complete);
        must(saker_eval_run(ev, &e) == 1);
        must_same(saker_match_output(ev, 0), text);
        free(text);
    }
    saker_eval_free(ev);
    saker_ruleset_unref(rules);
    saker_format_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 2);
    must(text != NULL);
    text[0] = '*'; /* then the input: with this byte, or without */
    if (size)
        memcpy(text + 1, data, size);
    text[size + 1] = '\0';
    saker_format *pair[2] = { compile(text + 1, size), compile(text, size + 1) };
    if (size && data[0] != '*') {
        must((pair[0] != NULL) == (pair[1] != NULL));
        if (pair[0])
            each_event(check_star, pair);
        if (!memchr(data, '\0', size))
            check_rule(text, text + 1);
    }
    const char *line = memchr(text + 1, '\n', size);
    if (line) {
        const size_t n = (size_t)(line - text);
        saker_format *joint[3] = { compile(text, n), NULL, compile(text, size + 1) };
        char *rest = malloc(size - n + 2); /* the second part, with a star of its own */
        must(rest != NULL);
        rest[0] = '*';
        memcpy(rest + 1, line + 1, size - n);
        joint[1] = compile(rest, size - n + 1);
        if (joint[0] && joint[1]) {
            must(joint[2] != NULL);
            each_event(check_joint, joint);
        }
        for (int i = 0; i < 3; i++)
            saker_format_free(joint[i]);
        free(rest);
    }
    saker_format_free(pair[0]);
    saker_format_free(pair[1]);
    free(text);
    return 0;
}
