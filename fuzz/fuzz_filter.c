/* SPDX-License-Identifier: Apache-2.0 */
/* A condition and, on the lines behind it, an output: compiled for the program and for the naive evaluator. Both must
 * be refused in the same words, or match the same events and print the same. */
#include "odd_schema.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int compile(const char *condition, size_t len, const char *output, uint32_t flags, saker_eval **ev,
                   char error[256])
{
    saker_ruleset *rules = NULL;
    saker_options options = SAKER_OPTIONS_INIT;
    options.flags = flags;
    int err = saker_filter_compile(&options, &odd_schema, condition, len, output, &rules, error, 256);
    *ev = err ? NULL : saker_eval_new(rules);
    saker_ruleset_unref(rules);
    if ((err && err != SAKER_ERULES) || (!err && !*ev) || (err && !*error))
        abort();
    return err;
}

static void same(const char *a, const char *b)
{
    if (!a || !b || strcmp(a, b) != 0)
        abort();
}

static void run(saker_eval *fast, saker_eval *naive)
{
    for (uint64_t seed = 0; seed < 8; seed++)
        for (uint32_t kind = 0; kind <= ODD_KINDS; kind++) {
            const saker_event e = { &odd_schema, &seed, seed, seed, kind };
            const int n = saker_eval_run(fast, &e);
            if (n < 0 || n != saker_eval_run(naive, &e))
                abort();
            if (!n)
                continue;
            same(saker_match_output(fast, 0), saker_match_output(naive, 0));
            same(saker_match_json(fast, 0, NULL), saker_match_json(naive, 0, NULL));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), error[2][256] = { "", "" };
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    char *line = memchr(text, '\n', size);
    const size_t len = line ? (size_t)(line - text) : size;
    saker_eval *fast, *naive;
    int a = compile(text, len, line ? line + 1 : NULL, 0, &fast, error[0]);
    int b = compile(text, len, line ? line + 1 : NULL, SAKER_NAIVE, &naive, error[1]);
    if (a != b)
        abort();
    same(error[0], error[1]);
    if (!a)
        run(fast, naive);
    saker_eval_free(fast);
    saker_eval_free(naive);
    free(text);
    return 0;
}
