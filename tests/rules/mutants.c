/* SPDX-License-Identifier: Apache-2.0 */
/* Small rule files with the slips that people make, and what the reference says: load, code and message of the error,
 * codes of the warnings. argv[3]: rows where we differ on purpose, by row number. */
#include "data.h"

#include <saker/syscall.h>

#include <stdlib.h>
#include <string.h>

static cJSON *check(const char *yaml)
{
    saker_ruleset *rules = NULL;
    saker_compiler *c = saker_compiler_new(NULL);
    saker_compiler_add_schema(c, saker_syscall_schema());
    saker_compiler_add_yaml(c, "rules.yaml", yaml, strlen(yaml));
    saker_compiler_build(c, &rules);
    saker_ruleset_unref(rules);
    cJSON *report = cJSON_Parse(saker_compiler_falco_results(c));
    cJSON *result = cJSON_DetachItemFromArray(cJSON_GetObjectItem(report, "falco_load_results"), 0);
    cJSON_Delete(report);
    saker_compiler_free(c);
    return result;
}

/* The engine's version is another one by now, and words of the condition language have changed once. */
static bool same_message(const char *want, const char *have)
{
    static const char version[] = "engine version is 0.6";
    const char *at = strstr(want, version);
    if (!at)
        return strcmp(want, have) == 0;
    size_t n = (size_t)(at - want) + strlen(version);
    return strlen(have) > n && strncmp(want, have, n) == 0;
}

static bool same(const cJSON *row, const cJSON *result)
{
    const cJSON *want = cJSON_GetArrayItem(get(row, "errors"), 0), *have = cJSON_GetArrayItem(get(result, "errors"), 0);
    if (!want || !have)
        return !want && !have;
    return strcmp(text_of(want, "code"), text_of(have, "code")) == 0 &&
           same_message(text_of(want, "message"), text_of(have, "message"));
}

static bool same_warnings(const cJSON *row, const cJSON *result)
{
    const cJSON *want = cJSON_GetArrayItem(get(row, "warnings"), 0);
    const cJSON *have = cJSON_GetArrayItem(get(result, "warnings"), 0);
    for (; want && have; want = want->next, have = have->next)
        if (strcmp(want->valuestring, text_of(have, "code")) != 0)
            return false;
    return !want && !have;
}

int main(int argc, char **argv)
{
    char path[4096], name[16];
    bool v = argc > 3 && strcmp(argv[3], "-v") == 0;
    score s = { "mutants.jsonl.gz", 0, 0, v }, w = { "mutants:warnings", 0, 0, v };
    snprintf(path, sizeof path, "%s/conformance/mutants.jsonl.gz", argc > 1 ? argv[1] : ".");
    char *rows = read_gzip(path), *list = argc > 2 ? read_file(argv[2], NULL) : NULL;
    int number = 0, unlisted = 0;
    for (char *line = rows ? strtok(rows, "\n") : NULL; line; line = strtok(NULL, "\n"), number++) {
        cJSON *row = cJSON_Parse(line), *result = check(text_of(row, "yaml"));
        snprintf(name, sizeof name, "%d", number);
        bool ok = same(row, result);
        char *found = v ? cJSON_Print(result) : NULL, *wanted = v ? cJSON_Print(get(row, "errors")) : NULL;
        count(&s, ok, name, "\n%s\nexpected %s\nfound %s", text_of(row, "yaml"), wanted, found);
        bool warned = same_warnings(row, result);
        count(&w, warned, name, "\n%s\nfound %s", text_of(row, "yaml"), found);
        unlisted += !(ok && warned) && !is_listed(list, name);
        free(found);
        free(wanted);
        cJSON_Delete(row);
        cJSON_Delete(result);
    }
    free(list);
    if (!rows || !number) {
        free(rows);
        return 77;
    }
    free(rows);
    print_score(&s);
    print_score(&w);
    return unlisted ? 1 : 0;
}
