/* SPDX-License-Identifier: Apache-2.0 */
/* The library describes definitions as JSON; here they become text for people. */
#include "definitions.h"
#include "wrap.h"

#include <string.h>

#include <saker/rules.h>

static int not_described(void)
{
    say("out of memory, or the text would be longer than %d MiB", SAKER_DESCRIBE_LONGEST >> 20);
    return CMD_OUTPUT;
}

#if CMD_HAVE_CJSON

#include <cjson/cJSON.h>

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

static bool is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* file:line of the definition and of what was appended, after the name. */
static void put_origins(const cJSON *info)
{
    const cJSON *origin;
    cJSON_ArrayForEach(origin, cJSON_GetObjectItemCaseSensitive(info, "origin"))
    {
        const cJSON *line = cJSON_GetObjectItemCaseSensitive(origin, "line");
        printf("  %s:%d", text_of(origin, "file"), cJSON_IsNumber(line) ? line->valueint : 0);
    }
}

static void put_name(const cJSON *info)
{
    put_cstr(term_on(stdout, TONE_BOLD));
    put_shown(text_of(info, "name"), strlen(text_of(info, "name")));
    put_cstr(term_off(stdout));
}

/* A line of `title` and the strings of an array, if there are any. */
static void put_array(const char *title, const cJSON *object, const char *key)
{
    const cJSON *item, *array = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_GetArraySize(array) == 0)
        return;
    wrap w = wrap_begin(4);
    wrap_text(&w, title);
    size_t left = (size_t)cJSON_GetArraySize(array);
    cJSON_ArrayForEach(item, array)
    {
        const char *text = cJSON_GetStringValue(item);
        wrap_word(&w, text ? text : "", --left ? "," : "");
    }
    wrap_end(&w);
}

static void put_text(const char *title, const char *text)
{
    wrap w = wrap_begin(4);
    wrap_text(&w, title);
    wrap_text(&w, text);
    wrap_end(&w);
}

static void put_rule(const cJSON *info, const cJSON *details, bool verbose)
{
    const char *priority = text_of(info, "priority");
    put_name(info);
    printf("  %s%s%s%s%s", term_on(stdout, term_priority(priority_named(priority))), priority, term_off(stdout),
           is_true(info, "enabled") ? "" : "  (switched off)", term_on(stdout, TONE_DIM));
    put_origins(info);
    printf("%s\n", term_off(stdout));
    put_text("", text_of(info, "description"));
    if (!verbose)
        return;
    put_text("condition:", text_of(info, "condition"));
    put_text("compiled:", text_of(details, "condition_compiled"));
    put_text("output:", text_of(info, "output"));
    put_array("tags:", info, "tags");
    put_array("events:", details, "events");
    put_array("exceptions:", details, "exception_names");
    put_array("macros:", details, "macros");
    put_array("lists:", details, "lists");
}

static void put_macro_or_list(const cJSON *info, const cJSON *details, bool verbose)
{
    put_name(info);
    put_cstr(is_true(details, "used") ? "" : "  (not used)");
    put_cstr(term_on(stdout, TONE_DIM));
    put_origins(info);
    printf("%s\n", term_off(stdout));
    if (cJSON_GetObjectItemCaseSensitive(info, "items"))
        put_array("", verbose ? details : info, verbose ? "items_compiled" : "items");
    else
        put_text("", text_of(verbose ? details : info, verbose ? "condition_compiled" : "condition"));
}

static bool wanted(const definitions *d, const cJSON *item)
{
    return !d->word || strstr(text_of(cJSON_GetObjectItemCaseSensitive(item, "info"), "name"), d->word);
}

static void put_items(const definitions *d, const cJSON *items)
{
    const cJSON *item;
    const bool rules = strcmp(d->kind, "rules") == 0;
    cJSON_ArrayForEach(item, items)
    {
        const cJSON *info = cJSON_GetObjectItemCaseSensitive(item, "info");
        const cJSON *details = cJSON_GetObjectItemCaseSensitive(item, "details");
        if (!wanted(d, item))
            continue;
        if (rules)
            put_rule(info, details, d->verbose);
        else
            put_macro_or_list(info, details, d->verbose);
    }
}

static int put_json_of(cJSON *root, const cJSON *items, const definitions *d)
{
    cJSON *next, *item = items ? items->child : NULL;
    for (; item; item = next) {
        next = item->next;
        if (!wanted(d, item))
            cJSON_Delete(cJSON_DetachItemViaPointer((cJSON *)cJSON_GetObjectItemCaseSensitive(root, d->kind), item));
    }
    char *text = cJSON_PrintUnformatted(root);
    if (!text)
        return no_memory();
    put_made_json(text, strlen(text));
    put("\n", 1);
    cJSON_free(text);
    return CMD_OK;
}

static int put_described(const definitions *d, const char *described)
{
    if (!described)
        return not_described();
    if (d->json && !d->word) {
        put_made_json(described, strlen(described));
        put("\n", 1);
        return CMD_OK;
    }
    cJSON *root = cJSON_Parse(described);
    if (!root)
        return no_memory();
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(root, d->kind);
    int status = CMD_OK;
    if (d->json)
        status = put_json_of(root, items, d);
    else
        put_items(d, items);
    cJSON_Delete(root);
    return status;
}

#else

static int put_described(const definitions *d, const char *described)
{
    if (!described)
        return not_described();
    if (!d->json || d->word) {
        say("this build has no cJSON: only `saker list %s --json` without a word works", d->kind);
        return CMD_USAGE;
    }
    put_made_json(described, strlen(described));
    put("\n", 1);
    return CMD_OK;
}

#endif

int definitions_list(const definitions *d, const rule_args *rules)
{
    const unsigned what = strcmp(d->kind, "rules") == 0    ? SAKER_DESCRIBE_RULES
                          : strcmp(d->kind, "macros") == 0 ? SAKER_DESCRIBE_MACROS
                                                           : SAKER_DESCRIBE_LISTS;
    saker_ruleset *set = NULL;
    saker_compiler *c = NULL;
    int status = rules_compile(rules, &c, &set);
    if (status == CMD_OK)
        status = put_described(d, saker_compiler_describe(c, what, NULL));
    saker_ruleset_unref(set);
    saker_compiler_free(c);
    return status;
}
