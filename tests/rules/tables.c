/* SPDX-License-Identifier: Apache-2.0 */
/* The small tables: patterns of rule names, requirements of plugins. */
#include "data.h"

#include <stdlib.h>
#include <string.h>

/* The first four fields of a line of a TSV file; false: fewer. */
static bool split(char *line, char *fields[4])
{
    for (int i = 0; i < 4; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if (!tab)
            return i == 3;
        *tab = '\0';
        line = tab + 1;
    }
    return true;
}

static bool check_wildcards(const char *path, bool v, bool *missing)
{
    score s = { "rulename-wildcards.tsv", 0, 0, v };
    char *text = read_file(path, NULL), *fields[4];
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (*line == '#' || !split(line, fields))
            continue;
        bool got = saker_rule_name_matches(fields[0], fields[1]);
        count(&s, got == (strcmp(fields[2], "true") == 0), fields[0], "'%s': %d", fields[1], got);
    }
    free(text);
    *missing = !text;
    return print_score(&s);
}

/* Besides an error in the rules themselves: all requirements met? */
static bool is_met(const cJSON *row)
{
    const cJSON *p;
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    const char *yaml = text_of(row, "rules");
    cJSON_ArrayForEach(p, get(row, "plugins"))
    {
        saker_compiler_add_plugin(c, text_of(p, "name"), text_of(p, "version"));
    }
    saker_compiler_add_yaml(c, "rules.yaml", yaml, strlen(yaml));
    bool ok = saker_compiler_build(c, &rules) == 0;
    saker_ruleset_unref(rules);
    saker_compiler_free(c);
    return ok;
}

static bool check_plugins(const char *path, bool v)
{
    score s = { "plugin-requirements.json", 0, 0, v };
    const cJSON *row;
    cJSON *rows = read_json(path);
    cJSON_ArrayForEach(row, rows)
    {
        bool met = is_met(row);
        count(&s, met == cJSON_IsTrue(get(row, "satisfied")), text_of(row, "source"), "%d", met);
    }
    cJSON_Delete(rows);
    return print_score(&s) && s.total;
}

int main(int argc, char **argv)
{
    char path[4096];
    bool v = argc > 2 && strcmp(argv[2], "-v") == 0, missing;
    const char *shared = argc > 1 ? argv[1] : ".";
    snprintf(path, sizeof path, "%s/conformance/rulename-wildcards.tsv", shared);
    bool ok = check_wildcards(path, v, &missing);
    if (missing)
        return 77;
    snprintf(path, sizeof path, "%s/conformance/plugin-requirements.json", shared);
    return check_plugins(path, v) && ok ? 0 : 1;
}
