/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files against what the reference's tests assert and what the reference printed: conformance/rules/. */
#include "data.h"

#include <saker/syscall.h>

#include <stdlib.h>
#include <string.h>

typedef struct run {
    score expect, warnings, messages, contexts, schemas, lines;
    const char *dir; /* conformance/rules */
} run;

typedef struct loaded {
    saker_compiler *c;
    cJSON *results; /* falco_load_results */
    cJSON *items;   /* description */
    bool ok;
} loaded;

enum { MAX_EXTRAS = 8, MAX_WORDS = 8 };

typedef struct extra {
    char line[256];
    const char *words[MAX_WORDS]; /* what stands in quotes */
    saker_append append;
} extra;

/* add_extra_output_format("text", "source", {"tag", ...}, "rule") as a call of the reference's test writes it. */
static bool read_extra(const char *call, extra *x)
{
    size_t n = 0;
    snprintf(x->line, sizeof x->line, "%s", call);
    if (!strstr(call, "add_extra_output_format("))
        return false;
    for (char *p = x->line; (p = strchr(p, '"')) != NULL && n < MAX_WORDS; p++) {
        char *end = strchr(p + 1, '"');
        if (!end)
            return false;
        *end = '\0';
        x->words[n++] = p + 1;
        p = end;
    }
    x->append = (saker_append){ .size = sizeof x->append, .output = x->words[0], .tags = x->words + 2 };
    x->append.tag_count = n - 3;
    x->append.source = *x->words[1] ? x->words[1] : NULL;
    x->append.rule = *x->words[n - 1] ? x->words[n - 1] : NULL;
    return n >= 3;
}

static void compiler_for(const cJSON *expect, loaded *l)
{
    saker_options options = SAKER_OPTIONS_INIT;
    extra extras[MAX_EXTRAS];
    saker_append append[MAX_EXTRAS];
    const cJSON *call;
    cJSON_ArrayForEach(call, get(expect, "engine_setup_upstream"))
    {
        if (options.append_count < MAX_EXTRAS && read_extra(call->valuestring, &extras[options.append_count])) {
            append[options.append_count] = extras[options.append_count].append;
            options.append_count++;
        }
    }
    options.append = append;
    const cJSON *min = get(get(expect, "options"), "min_priority");
    const char *name = min ? cJSON_GetStringValue(cJSON_GetArrayItem(min, 0)) : NULL;
    if (name && strcmp(name, "WARNING") == 0)
        options.min_priority = SAKER_PRI_WARNING;
    if (name && strcmp(name, "ERROR") == 0)
        options.min_priority = SAKER_PRI_ERROR;
    l->c = saker_compiler_new(&options);
    saker_compiler_add_schema(l->c, saker_syscall_schema());
}

/* The files under their bare names, as in reference.json. */
static void load(run *r, const char *name, const cJSON *expect, loaded *l)
{
    const cJSON *file;
    saker_ruleset *rules = NULL;
    compiler_for(expect, l);
    cJSON_ArrayForEach(file, get(expect, "files"))
    {
        char path[4096];
        size_t len;
        snprintf(path, sizeof path, "%s/%s/%s", r->dir, name, file->valuestring);
        char *text = read_file(path, &len);
        if (text)
            saker_compiler_add_yaml(l->c, file->valuestring, text, len);
        else
            printf("%s: cannot read\n", path);
        free(text);
    }
    l->ok = saker_compiler_build(l->c, &rules) == 0;
    saker_ruleset_unref(rules);
    cJSON *report = cJSON_Parse(saker_compiler_falco_results(l->c));
    l->results = cJSON_DetachItemFromObject(report, "falco_load_results");
    cJSON_Delete(report);
    l->items = cJSON_Parse(saker_compiler_describe(l->c, 0, NULL));
}

static void unload(loaded *l)
{
    cJSON_Delete(l->results);
    cJSON_Delete(l->items);
    saker_compiler_free(l->c);
}

/* ---- expect.json ---- */

static const cJSON *first_error(const loaded *l)
{
    const cJSON *file;
    cJSON_ArrayForEach(file, l->results)
    {
        const cJSON *e = cJSON_GetArrayItem(get(file, "errors"), 0);
        if (e)
            return e;
    }
    return NULL;
}

/* Of the innermost location that has one. */
static const char *item_of(const cJSON *finding)
{
    const cJSON *where, *locations = get(get(finding, "context"), "locations");
    const char *item = "";
    cJSON_ArrayForEach(where, locations)
    {
        if (*text_of(where, "item_name"))
            item = text_of(where, "item_name");
    }
    return item;
}

static bool has_warning(const loaded *l, const char *code, const char *part)
{
    const cJSON *file, *w;
    cJSON_ArrayForEach(file, l->results)
    {
        cJSON_ArrayForEach(w, get(file, "warnings"))
        {
            if ((!code || strcmp(text_of(w, "code"), code) == 0) && (!part || strstr(text_of(w, "message"), part)))
                return true;
        }
    }
    return false;
}

static bool check_error(const cJSON *expect, const loaded *l, const char **why)
{
    const cJSON *e = first_error(l), *part;
    *why = "load";
    if (strcmp(text_of(expect, "load"), e ? "error" : "ok") != 0)
        return false;
    *why = "error_code";
    if (e && strcmp(text_of(expect, "error_code"), text_of(e, "code")) != 0)
        return false;
    *why = "error_message_contains";
    cJSON_ArrayForEach(part, get(expect, "error_message_contains"))
    {
        if (!e || !strstr(text_of(e, "message"), part->valuestring))
            return false;
    }
    return true;
}

static bool check_warnings(const cJSON *expect, const loaded *l, const char **why)
{
    const cJSON *w;
    *why = "warnings";
    cJSON_ArrayForEach(w, get(expect, "warnings"))
    {
        if (!has_warning(l, w->valuestring, NULL))
            return false;
    }
    cJSON_ArrayForEach(w, get(expect, "warning_message_contains"))
    {
        if (!has_warning(l, NULL, w->valuestring))
            return false;
    }
    cJSON_ArrayForEach(w, get(expect, "warning_message_absent"))
    {
        if (has_warning(l, NULL, w->valuestring))
            return false;
    }
    *why = "has_warnings";
    if (get(expect, "has_warnings"))
        return cJSON_IsTrue(get(expect, "has_warnings")) == has_warning(l, NULL, NULL);
    return true;
}

static int compare_tags(const cJSON *a, const cJSON *b)
{
    return cJSON_Compare(a, b, true);
}

static bool check_rule(const cJSON *want, const cJSON *have, const char **why)
{
    const cJSON *info = get(have, "info"), *asserted = get(want, "asserted_info"), *v;
    *why = "rule name";
    if (strcmp(text_of(want, "name"), text_of(info, "name")) != 0)
        return false;
    *why = "enabled";
    if (cJSON_IsTrue(get(want, "enabled")) != cJSON_IsTrue(get(info, "enabled")))
        return false;
    *why = "priority, source or tags";
    if (strcmp(text_of(want, "priority"), text_of(info, "priority")) != 0 ||
        strcmp(text_of(want, "source"), text_of(info, "source")) != 0 ||
        !compare_tags(get(want, "tags"), get(info, "tags")))
        return false;
    *why = "condition_expanded";
    if (strcmp(text_of(want, "condition_expanded"), text_of(get(have, "details"), "condition_compiled")) != 0)
        return false;
    *why = "asserted_info";
    cJSON_ArrayForEach(v, asserted)
    {
        const cJSON *found = get(info, v->string) ? get(info, v->string) : get(get(have, "details"), v->string);
        if (!cJSON_Compare(v, found, true))
            return false;
    }
    return true;
}

static bool check_rules(const cJSON *expect, const loaded *l, const char **why)
{
    const cJSON *want = cJSON_GetArrayItem(get(expect, "rules"), 0), *have;
    int enabled = 0;
    if (strcmp(text_of(expect, "load"), "ok") != 0)
        return true;
    cJSON_ArrayForEach(have, get(l->items, "rules"))
    {
        enabled += cJSON_IsTrue(get(get(have, "info"), "enabled"));
        *why = "a rule too many";
        if (!want || !check_rule(want, have, why))
            return false;
        want = want->next;
    }
    *why = "a rule is missing";
    if (want)
        return false;
    *why = "enabled_rule_count";
    return !get(expect, "enabled_rule_count") || get(expect, "enabled_rule_count")->valueint == enabled;
}

static bool check_derived(const cJSON *expect, const loaded *l)
{
    const cJSON *want = cJSON_GetArrayItem(get(expect, "warnings_derived"), 0), *file, *w;
    cJSON_ArrayForEach(file, l->results)
    {
        cJSON_ArrayForEach(w, get(file, "warnings"))
        {
            if (!want || strcmp(text_of(want, "code"), text_of(w, "code")) != 0 ||
                strcmp(text_of(want, "item"), item_of(w)) != 0)
                return false;
            want = want->next;
        }
    }
    return !want;
}

/* ---- reference.json ---- */

static bool same_findings(const cJSON *want, const cJSON *have, bool contexts)
{
    const cJSON *a = cJSON_GetArrayItem(want, 0), *b = cJSON_GetArrayItem(have, 0);
    for (; a && b; a = a->next, b = b->next) {
        if (contexts ? !cJSON_Compare(get(a, "context"), get(b, "context"), true)
                     : strcmp(text_of(a, "code"), text_of(b, "code")) != 0 ||
                           strcmp(text_of(a, "codedesc"), text_of(b, "codedesc")) != 0 ||
                           strcmp(text_of(a, "message"), text_of(b, "message")) != 0)
            return false;
    }
    return !a && !b;
}

/* Warnings that the reference did not give any more after its release, by rule. */
static bool is_newer(const char *name)
{
    return strstr(name, "no-evttype-warning") != NULL;
}

/* The release says 0.62.0 where we say 0.63.0. */
static void set_engine_version(cJSON *results)
{
    cJSON *file, *e;
    cJSON_ArrayForEach(file, results)
    {
        cJSON_ArrayForEach(e, cJSON_GetObjectItem(file, "errors"))
        {
            cJSON *m = cJSON_GetObjectItem(e, "message");
            char *v = m ? strstr(m->valuestring, "engine version is 0.62.0") : NULL;
            if (v)
                v[strlen("engine version is 0.6")] = '3';
        }
    }
}

/* In both and alike, or in neither. */
static bool same_member(const cJSON *want, const cJSON *have, const char *key)
{
    const cJSON *a = get(want, key), *b = get(have, key);
    return a && b ? cJSON_Compare(a, b, true) : a == b;
}

static void check_reference(run *r, const char *name, const loaded *l)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/reference.json", r->dir, name);
    cJSON *reference = read_json(path);
    cJSON *results = cJSON_GetObjectItem(reference, "falco_load_results");
    set_engine_version(results);
    const cJSON *want = cJSON_GetArrayItem(results, 0), *have = cJSON_GetArrayItem(l->results, 0);
    bool messages = true, contexts = true, schema = true;
    for (; want && have; want = want->next, have = have->next) {
        bool newer = is_newer(name);
        messages = messages && strcmp(text_of(want, "name"), text_of(have, "name")) == 0 &&
                   cJSON_Compare(get(want, "successful"), get(have, "successful"), true) &&
                   same_findings(get(want, "errors"), get(have, "errors"), false) &&
                   (newer || same_findings(get(want, "warnings"), get(have, "warnings"), false));
        contexts = contexts && same_findings(get(want, "errors"), get(have, "errors"), true) &&
                   (newer || same_findings(get(want, "warnings"), get(have, "warnings"), true));
        schema = schema && same_member(want, have, "schema_valid") && same_member(want, have, "schema_warnings");
    }
    messages = messages && !want && !have;
    char *a = r->messages.verbose || r->contexts.verbose || r->schemas.verbose ? cJSON_Print(results) : NULL;
    char *b = a ? cJSON_Print(l->results) : NULL;
    count(&r->messages, messages, name, "expected %s\nfound %s", a ? a : "", b ? b : "");
    count(&r->contexts, contexts, name, "expected %s\nfound %s", a ? a : "", b ? b : "");
    count(&r->schemas, schema, name, "expected %s\nfound %s", a ? a : "", b ? b : "");
    free(a);
    free(b);
    cJSON_Delete(reference);
}

/* ---- Our own first error: is it on the line to edit? ---- */

static const struct {
    const char *name, *file;
    uint32_t line;
} places[] = {
#define PLACE(name, file, line) { name, file, line },
#include "places.def"
#undef PLACE
};

static bool is_line_to_edit(const char *name, const saker_diag *d)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *base = strrchr(d->file, '/');
        if (strcmp(places[i].name, name) == 0)
            return strcmp(base ? base + 1 : d->file, places[i].file) == 0 && d->line == places[i].line;
    }
    return true; /* a case that is not in the table: it has a place */
}

static void check_span(run *r, const char *name, const cJSON *expect, const loaded *l)
{
    const saker_diag *d = NULL;
    if (strcmp(text_of(expect, "load"), "error") != 0)
        return;
    for (size_t i = 0; i < saker_compiler_diag_count(l->c) && !d; i++)
        if (saker_compiler_diag(l->c, i)->severity == SAKER_DIAG_ERROR)
            d = saker_compiler_diag(l->c, i);
    bool ok = d && d->file && d->line && d->column && d->length && d->snippet && d->message;
    count(&r->lines, ok && is_line_to_edit(name, d), name, "%s:%u", d && d->file ? d->file : "nowhere",
          d ? (unsigned)d->line : 0);
}

static void run_case(run *r, const char *name)
{
    char path[4096];
    loaded l;
    const char *why = "";
    snprintf(path, sizeof path, "%s/%s/expect.json", r->dir, name);
    cJSON *expect = read_json(path);
    if (!expect)
        return;
    load(r, name, expect, &l);
    bool ok = check_error(expect, &l, &why) && check_warnings(expect, &l, &why) && check_rules(expect, &l, &why);
    ok = ok && l.ok == (strcmp(text_of(expect, "load"), "ok") == 0);
    char *found = r->expect.verbose && !ok ? cJSON_Print(l.results) : NULL;
    char *items = r->expect.verbose && !ok ? cJSON_Print(l.items) : NULL;
    count(&r->expect, ok, name, "%s\nfound %s\n%s", why, found ? found : "", items ? items : "");
    free(found);
    free(items);
    bool derived = check_derived(expect, &l);
    found = r->warnings.verbose && !derived ? cJSON_Print(l.results) : NULL;
    items = r->warnings.verbose && !derived ? cJSON_Print(get(expect, "warnings_derived")) : NULL;
    count(&r->warnings, derived, name, "expected %s\nfound %s", items ? items : "", found ? found : "");
    free(found);
    free(items);
    check_reference(r, name, &l);
    check_span(r, name, expect, &l);
    unload(&l);
    cJSON_Delete(expect);
}

int main(int argc, char **argv)
{
    char dir[2048];
    bool v = argc > 2 && strcmp(argv[2], "-v") == 0;
    snprintf(dir, sizeof dir, "%s/conformance/rules", argc > 1 ? argv[1] : ".");
    char **names = list_dir(dir);
    if (!names || !names[0]) {
        free_names(names);
        return 77;
    }
    run r = { { "rules", 0, 0, v },
              { "rules:warnings_derived", 0, 0, v },
              { "rules:messages", 0, 0, v },
              { "rules:contexts", 0, 0, v },
              { "rules:schema", 0, 0, v },
              { "rules:places", 0, 0, v },
              dir };
    for (size_t i = 0; names[i]; i++)
        if (argc < 4 || strcmp(names[i], argv[3]) == 0)
            run_case(&r, names[i]);
    free_names(names);
    bool ok = print_score(&r.expect);
    ok = print_score(&r.warnings) && ok;
    ok = print_score(&r.messages) && ok;
    ok = print_score(&r.contexts) && ok;
    ok = print_score(&r.schemas) && ok;
    ok = print_score(&r.lines) && ok;
    return ok ? 0 : 1;
}
