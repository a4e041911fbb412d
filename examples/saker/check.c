/* SPDX-License-Identifier: Apache-2.0 */
/* saker check: says everything that is wrong with rule files. */
#include "cmd.h"
#include "reports.h"

#include <errno.h>
#include <string.h>

#include <saker/rules.h>

enum { OPT_JSON = OPT_OWN, OPT_FORMAT, OPT_STRICT };

static const struct option long_options[] = {
    RULE_OPTIONS,
    { "json", no_argument, NULL, OPT_JSON },
    { "format", required_argument, NULL, OPT_FORMAT },
    { "strict", no_argument, NULL, OPT_STRICT },
    { "quiet", no_argument, NULL, 'q' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char help_text[] =
    "usage: saker check [OPTION]... FILE...\n\n"
    "Loads rule files, in this order as one collection (a folder stands for the .yaml and .yml files in it), and "
    "prints\n"
    "everything that is wrong with them: the place, what was found, and a hint.\n\n"
    "      --json             the result as one JSON object in the shape of `falco -V`; what Falco does not report is\n"
    "                         under keys of our own\n"
    "      --format FORM      text (as without this option), json, github (annotations of a workflow) or sarif\n"
    "      --strict           warnings fail too\n"
    "      --skip-unknown     rules with fields that do not exist are warnings, not errors\n"
    "  -q, --quiet            no summary\n"
    "  -h, --help             this text\n\n"
    "Exit status: 0 fine, 1 there are errors (with --strict: or warnings), 2 wrong usage, 3 a file could not be "
    "read.\n";

typedef enum form { FORM_TEXT, FORM_JSON, FORM_GITHUB, FORM_SARIF } form;

typedef struct check {
    rule_args rules;
    form form;
    bool strict, quiet;
} check;

static int take_form(check *k, const char *name)
{
    static const char *const names[] = { "text", "json", "github", "sarif" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            k->form = (form)i;
            return CMD_OK;
        }
    }
    return usage_error("check", "'%s' is not a form: text, json, github, sarif are", name);
}

static int take_option(check *k, int option)
{
    const int status = rule_args_take(&k->rules, "check", option, optarg);
    if (status >= 0)
        return status;
    switch (option) {
    case OPT_JSON:
        k->form = FORM_JSON;
        return CMD_OK;
    case OPT_FORMAT:
        return take_form(k, optarg);
    case OPT_STRICT:
        k->strict = true;
        return CMD_OK;
    case 'q':
        k->quiet = true;
        return CMD_OK;
    default:
        return usage_hint("check");
    }
}

static void count(const saker_compiler *c, size_t counts[3])
{
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++)
        counts[saker_compiler_diag(c, i)->severity]++;
}

static void put_number(size_t n, const char *noun)
{
    if (n)
        printf("%zu %s%s", n, noun, n == 1 ? "" : "s");
    else
        printf("no %ss", noun);
}

static void put_summary(const saker_compiler *c, const size_t counts[3])
{
    const size_t errors = counts[SAKER_DIAG_ERROR], warnings = counts[SAKER_DIAG_WARNING];
    const tone t = errors ? TONE_RED : warnings ? TONE_YELLOW : TONE_GREEN;
    put_cstr(term_on(stdout, t));
    put_number(errors, "error");
    put_cstr(", ");
    put_number(warnings, "warning");
    put_cstr(term_off(stdout));
    if (!errors) {
        put_cstr("; ");
        put_number(saker_compiler_active_rules(c), "active rule");
    }
    put_cstr("\n");
}

static void put_text(const check *k, const saker_compiler *c, const size_t counts[3])
{
    for (size_t i = 0; i < saker_compiler_diag_count(c); i++)
        diag_print(saker_compiler_diag(c, i), stdout);
    if (!k->quiet)
        put_summary(c, counts);
}

static void put_falco_results(saker_compiler *c)
{
    const char *text = saker_compiler_falco_results(c);
    if (text) {
        put_made_json(text, strlen(text));
        put("\n", 1);
    } else {
        no_memory();
    }
}

static int report(const check *k, saker_compiler *c)
{
    size_t counts[3] = { 0, 0, 0 };
    count(c, counts);
    if (k->form == FORM_GITHUB)
        report_github(c);
    else if (k->form == FORM_SARIF)
        report_sarif(c);
    else if (k->form == FORM_JSON)
        put_falco_results(c);
    else
        put_text(k, c, counts);
    return counts[SAKER_DIAG_ERROR] || (k->strict && counts[SAKER_DIAG_WARNING]) ? CMD_RULES : CMD_OK;
}

static int run(const check *k)
{
    saker_compiler *c = saker_compiler_new(&k->rules.options);
    if (!c)
        return no_memory();
    saker_compiler_add_schema(c, saker_syscall_schema());
    const int unread = rules_load(&k->rules, c);
    int status = unread;
    if (status != CMD_OUTPUT) {
        const int r = saker_compiler_build(c, NULL);
        status = r == SAKER_ENOMEM ? no_memory() : report(k, c);
    }
    saker_compiler_free(c);
    return unread ? unread : status;
}

int verb_check(int argc, char **argv)
{
    check k = { .form = FORM_TEXT };
    int option, status = rule_args_init(&k.rules, argc);
    while (status == CMD_OK && (option = getopt_long(argc, argv, "r:qh", long_options, NULL)) != -1) {
        if (option == 'h') {
            put_cstr(help_text);
            rule_args_free(&k.rules);
            return CMD_OK;
        }
        status = take_option(&k, option);
    }
    for (int i = optind; i < argc && status == CMD_OK; i++)
        status = rule_args_file(&k.rules, argv[i]);
    if (status == CMD_OK && k.rules.file_count == 0)
        status = usage_error("check", "no file given");
    if (status == CMD_OK)
        status = run(&k);
    rule_args_free(&k.rules);
    return status;
}
