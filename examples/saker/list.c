/* SPDX-License-Identifier: Apache-2.0 */
/* saker list: what there is. Fields and events come from the schema, the rest from rule files. */
#include "cmd.h"
#include "definitions.h"
#include "wrap.h"

#include <string.h>
#include <strings.h>

enum { OPT_JSON = OPT_OWN };

static const struct option long_options[] = {
    RULE_OPTIONS,
    { "json", no_argument, NULL, OPT_JSON },
    { "verbose", no_argument, NULL, 'v' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker list fields [WORD] [--json]\n"
    "       saker list events [WORD] [--json]\n"
    "       saker list rules|macros|lists -r RULES [--json] [WORD]\n\n"
    "Lists the fields that conditions and outputs may use, the events that they are about, or what rule files define, "
    "after\n"
    "all appending and overriding. With WORD, only what has it in its name.\n\n"
    "      --json             as JSON: rules, macros and lists in the shape of `falco -L`\n"
    "  -v, --verbose          conditions and outputs of rules too; macros and lists expanded\n" RULE_HELP
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine, 1 the rules are at fault, 2 wrong usage, 3 a file could not be read.\n";

typedef struct list {
    rule_args rules;
    bool json, verbose;
    const char *word; /* NULL: everything */
} list;

static bool named(const list *l, const char *name)
{
    return !l->word || strstr(name, l->word);
}

/* ---- Fields ------------------------------------------------------------------- */

static const char *type_name(saker_type t)
{
    switch (t) {
    case SAKER_BOOL:
        return "bool";
    case SAKER_FLOAT:
        return "decimal";
    case SAKER_STR:
        return "text";
    case SAKER_PATH:
    case SAKER_RELPATH:
        return "path";
    case SAKER_BYTES:
    case SAKER_SOCKADDR:
    case SAKER_SOCKTUPLE:
    case SAKER_FDLIST:
        return "bytes";
    case SAKER_IP:
    case SAKER_IP4:
    case SAKER_IP6:
        return "address";
    case SAKER_NET:
    case SAKER_NET4:
    case SAKER_NET6:
        return "network";
    case SAKER_TIME:
        return "time";
    case SAKER_SPAN:
        return "duration";
    case SAKER_PORT:
        return "port";
    case SAKER_DYN:
        return "any";
    default:
        return "number";
    }
}

static bool is_listed(const saker_field *f)
{
    return !(f->flags & (SAKER_HIDDEN | SAKER_REMOVED));
}

static void put_field_json(const saker_field *f, const char *before)
{
    put_cstr(before);
    put_cstr("{\"name\": ");
    put_json_cstr(f->name);
    printf(", \"type\": \"%s\", \"list\": %s, \"argument\": \"%s\", \"index\": %s, \"key\": %s", type_name(f->type),
           f->flags & SAKER_LIST ? "true" : "false",
           f->flags & SAKER_ARG_REQUIRED   ? "required"
           : f->flags & SAKER_ARG_OPTIONAL ? "allowed"
                                           : "none",
           f->flags & SAKER_ARG_INDEX ? "true" : "false", f->flags & SAKER_ARG_KEY ? "true" : "false");
    printf(", \"deprecated\": %s, \"filter_only\": %s, \"desc\": ", f->flags & SAKER_DEPRECATED ? "true" : "false",
           f->flags & SAKER_FILTER_ONLY ? "true" : "false");
    put_json_cstr(f->doc ? f->doc : "");
    put_cstr("}");
}

static void put_field(const saker_field *f)
{
    const char *required = f->flags & SAKER_ARG_REQUIRED ? "[...]" : "", *on = term_on(stdout, TONE_DIM);
    printf("%s%s%s%s  %s%s%s%s", term_on(stdout, TONE_BOLD), f->name, required, term_off(stdout), on,
           f->flags & SAKER_LIST ? "list of " : "", type_name(f->type), f->flags & SAKER_LIST ? "s" : "");
    if (f->flags & SAKER_ARG_OPTIONAL)
        printf(", also %s[...]", f->name);
    if (f->flags & SAKER_FILTER_ONLY)
        put_cstr(", in conditions only");
    if (f->flags & SAKER_DEPRECATED)
        put_cstr(", deprecated");
    printf("%s\n", term_off(stdout));
    wrap w = wrap_begin(4);
    wrap_text(&w, f->doc ? f->doc : "");
    wrap_end(&w);
}

static int list_fields(const list *l)
{
    const saker_schema *s = saker_syscall_schema();
    const char *before = "[\n";
    bool any = false;
    for (size_t i = 0; i < s->field_count; i++) {
        const saker_field *f = &s->fields[i];
        if (!is_listed(f) || !named(l, f->name))
            continue;
        any = true;
        if (l->json)
            put_field_json(f, before);
        else
            put_field(f);
        before = ",\n";
    }
    if (l->json)
        put_cstr(any ? "\n]\n" : "[]\n");
    return CMD_OK;
}

/* ---- Events ------------------------------------------------------------------- */

static bool seen_before(const saker_schema *s, size_t kind)
{
    for (size_t i = 0; i < kind; i++)
        if (s->kinds[i] && strcmp(s->kinds[i], s->kinds[kind]) == 0)
            return true;
    return false;
}

enum { MAX_PARAMS = 64 };

static void put_event(const char *name, const saker_param *params, size_t count)
{
    printf("%s%s%s", term_on(stdout, TONE_BOLD), name, term_off(stdout));
    for (size_t i = 0; i < count; i++)
        printf("%s%s%s%s %s", i ? ", " : "  ", term_on(stdout, TONE_DIM), params[i].type, term_off(stdout),
               params[i].name);
    put_cstr("\n");
}

static void put_event_json(const char *name, const saker_param *params, size_t count)
{
    put_cstr("{\"name\": ");
    put_json_cstr(name);
    put_cstr(", \"params\": [");
    for (size_t i = 0; i < count; i++)
        printf("%s{\"name\": \"%s\", \"type\": \"%s\"}", i ? ", " : "", params[i].name, params[i].type);
    put_cstr("]}");
}

/* The events of one name, as current systems write them. */
static void put_events_named(const list *l, const char *name, const char *before)
{
    saker_param params[MAX_PARAMS];
    const int kind = saker_syscall_kind(name);
    size_t count = kind < 0 ? 0 : saker_syscall_params((uint32_t)kind, params, MAX_PARAMS);
    if (count > MAX_PARAMS)
        count = MAX_PARAMS;
    if (l->json) {
        put_cstr(before);
        put_event_json(name, params, count);
    } else {
        put_event(name, params, count);
    }
}

static int list_events(const list *l)
{
    const saker_schema *s = saker_syscall_schema();
    const char *before = "[\n";
    bool any = false;
    for (size_t i = 0; i < s->kind_count; i++) {
        if (!s->kinds[i] || !named(l, s->kinds[i]) || seen_before(s, i))
            continue;
        put_events_named(l, s->kinds[i], before);
        before = ",\n";
        any = true;
    }
    if (l->json)
        put_cstr(any ? "\n]\n" : "[]\n");
    return CMD_OK;
}

/* ---- The verb ------------------------------------------------------------------ */

static int take_option(list *l, int option)
{
    const int status = rule_args_take(&l->rules, "list", option, optarg);
    if (status >= 0)
        return status;
    if (option != OPT_JSON && option != 'v')
        return usage_hint("list");
    l->json |= option == OPT_JSON;
    l->verbose |= option == 'v';
    return CMD_OK;
}

static int run(list *l, char **words, int count)
{
    if (count == 0)
        return usage_error("list", "list what? fields, events, rules, macros or lists");
    if (count > 2)
        return usage_error("list", "more than one word to look for");
    l->word = count == 2 ? words[1] : NULL;
    if (strcmp(words[0], "fields") == 0)
        return list_fields(l);
    if (strcmp(words[0], "events") == 0)
        return list_events(l);
    static const char *const kinds[] = { "rules", "macros", "lists" };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(words[0], kinds[i]) != 0)
            continue;
        if (l->rules.file_count == 0)
            return usage_error("list", "no rules: name a rule file with -r");
        const definitions d = { kinds[i], l->word, l->json, l->verbose };
        return definitions_list(&d, &l->rules);
    }
    return usage_error("list", "'%s' is not a sort of things: fields, events, rules, macros and lists are", words[0]);
}

int verb_list(int argc, char **argv)
{
    list l = { .json = false };
    int option, status = rule_args_init(&l.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:vh", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&l.rules);
            return CMD_OK;
        }
        status = take_option(&l, option);
    }
    if (status == CMD_OK)
        status = run(&l, argv + optind, argc - optind);
    rule_args_free(&l.rules);
    return status;
}
