/* SPDX-License-Identifier: Apache-2.0 */
/* The worst rules of up to a megabyte that come to mind: a status, at most 256 MB, and nothing left behind. */
#include "worst.h"

#include <saker/syscall.h>

#include <string.h>

#define RULE "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: "

static void repeat(FILE *f, const char *text, size_t n)
{
    while (n--)
        fputs(text, f);
}

static void write_parens(FILE *f)
{
    fputs(RULE, f);
    repeat(f, "(", 100000);
}

static void write_macros(FILE *f)
{
    fputs("- macro: m0\n  condition: proc.name = a\n", f);
    for (int i = 1; i <= 60; i++)
        fprintf(f, "- macro: m%d\n  condition: m%d and m%d\n", i, i - 1, i - 1);
    fputs(RULE "m60\n", f);
}

static void write_aliases(FILE *f)
{
    fputs("- &a0 [x, x]\n", f);
    for (int i = 1; i < 10; i++) {
        fprintf(f, "- &a%d [", i);
        for (int k = 0; k < 10; k++)
            fprintf(f, "*a%d, ", i - 1);
        fputs("x]\n", f);
    }
}

static void write_own_list(FILE *f)
{
    fputs("- list: l\n  items: [l, a]\n" RULE "proc.name in (l)\n", f);
}

static void write_exceptions(FILE *f)
{
    fputs(RULE "evt.num = 1\n  exceptions:\n    - name: e\n      fields: proc.name\n      comps: in\n      values: [",
          f);
    repeat(f, "a,", 500000);
    fputs("b]\n", f);
}

/* A long field is repeated for each tuple. */
static void write_fields(FILE *f)
{
    fputs(RULE "evt.num = 1\n  exceptions:\n    - name: e\n      fields: [\"", f);
    repeat(f, "tolower(", 60);
    fputs("proc.name", f);
    repeat(f, ")", 60);
    fputs("\"]\n      values: [", f);
    repeat(f, "[a],", 240000);
    fputs("[b]]\n", f);
}

static void write_stars(FILE *f)
{
    fputs(RULE "proc.name regex '", f);
    repeat(f, "(", 200);
    repeat(f, "a*)*", 200);
    fputs("'\n", f);
}

static void write_garbage(FILE *f)
{
    for (unsigned i = 0; i < 1u << 20; i++)
        fputc((int)(i * 7919 % 251 + 1), f);
}

static void write_brackets(FILE *f)
{
    repeat(f, "[", 1u << 20);
}

/* All that can be said of the list is said once, and is not thought of for every rule. */
static void write_wrapped(FILE *f)
{
    fputs("- list: l\n  items: [65536", f);
    for (int i = 1; i < 70000; i++)
        fprintf(f, ",%d", 65536 + i % 30000);
    fputs("]\n", f);
    for (int i = 0; i < 5000; i++)
        fprintf(f, "- rule: r%d\n  desc: d\n  output: o\n  priority: INFO\n  condition: fd.sport in (l)\n", i);
}

static void write_rules(FILE *f, const char *condition, int times)
{
    for (int i = 0; i < times; i++) {
        fprintf(f, "- {rule: r%d,desc: d,output: o,priority: INFO,condition: ", i);
        for (const char *c = condition; *c; c++)
            *c == '#' ? fprintf(f, "%d", i) : fputc(*c, f);
        fputs("}\n", f);
    }
}

static void write_list(FILE *f, const char *item, int times)
{
    fputs("- list: l\n  items: [x", f);
    for (int i = 0; i < times; i++)
        fprintf(f, ",%s%d", item, i);
    fputs("]\n", f);
}

/* The canonical text of each rule has all of the list in it. */
static void write_texts(FILE *f)
{
    char item[240];
    memset(item, 'x', sizeof item);
    item[sizeof item - 1] = '\0';
    write_list(f, item, 254);
    write_rules(f, "evt.type=open and proc.name in (l) and evt.num > #", 8000);
}

/* Each rule could be looked up by each item. */
static void write_items(FILE *f)
{
    write_list(f, "abcdefghijkl", 480);
    write_rules(f, "evt.type=open and proc.name in (l) and evt.num > #", 8000);
}

static void write_choices(FILE *f)
{
    write_list(f, "", 1000);
    write_rules(f, "evt.type=open and (proc.name in (l) or fd.num = #)", 8000);
}

/* Each network ends within a byte. */
static void write_networks(FILE *f)
{
    for (int i = 0; i < 16; i++) {
        fprintf(f, "- {rule: r%d,desc: d,output: o,priority: INFO,condition: \"evt.type=connect and fd.snet in (", i);
        for (int k = 0; k < 4000; k++)
            fprintf(f, "%s%d.%d.0.0/17", k ? "," : "", 16 * i + k / 256, k % 256);
        fputs(")\"}\n", f);
    }
}

/* No two kinds of events have the same rules. */
static void write_kinds(FILE *f)
{
    const saker_schema *s = saker_syscall_schema();
    for (size_t i = 0; i < s->kind_count; i++)
        if (s->kinds[i])
            fprintf(f, "- {rule: k%zu,desc: d,output: o,priority: INFO,condition: evt.type=%s and proc.name=y%zu}\n", i,
                    s->kinds[i], i);
    write_rules(f, "proc.name=x#", 11000);
}

/* What is left of the macro is different for each kind of event. */
static void write_seen(FILE *f)
{
    const saker_schema *s = saker_syscall_schema();
    fputs("- macro: m0\n  condition: evt.num=0", f);
    for (size_t i = 0; i < s->kind_count; i++)
        if (s->kinds[i])
            fprintf(f, " or (evt.type=%s and fd.num=%zu)", s->kinds[i], i);
    fputs("\n", f);
}

static void write_chain(FILE *f)
{
    write_seen(f);
    for (int i = 1; i < 980; i++)
        fprintf(f, "- macro: m%d\n  condition: m%d or proc.name=x%d\n", i, i - 1, i);
    fputs(RULE "m979\n", f);
}

static void write_large(FILE *f)
{
    write_seen(f);
    fputs(RULE "m0", f);
    for (int i = 0; i < 40000; i++)
        fprintf(f, " or proc.name=x%d", i);
    fputs("\n", f);
}

static void write_large_ones(FILE *f)
{
    write_seen(f);
    write_rules(f, "m0 and evt.num > #", 4000);
}

/* A macro that names all kinds, in as many rules as there is room for. */
static void write_all_kinds(FILE *f)
{
    const saker_schema *s = saker_syscall_schema();
    fputs("- macro: m0\n  condition: evt.type=open", f);
    for (size_t i = 0; i < s->kind_count; i++)
        if (s->kinds[i])
            fprintf(f, " or evt.type=%s", s->kinds[i]);
    fputs("\n", f);
    write_rules(f, "m0 and evt.num > #", 11000);
}

/* A list that many rules have besides an item of their own. */
static void write_beside(FILE *f, const char *op, const char *item, int items, int rules)
{
    fputs("- list: l\n  items: [x", f);
    for (int i = 0; i < items; i++)
        fprintf(f, ",a%d%s", i, item);
    fputs("]\n", f);
    for (int i = 0; i < rules; i++)
        fprintf(f, "- rule: r%d\n  desc: d\n  output: o\n  priority: INFO\n  condition: fd.name %s oneof (l,y%d)\n", i,
                op, i);
}

static void write_regex_beside(FILE *f)
{
    write_beside(f, "regex", ".*b", 2000, 700);
}

static void write_parts_beside(FILE *f)
{
    write_beside(f, "contains", "", 2000, 7000);
}

static const worst_file files[] = {
    { "parentheses", write_parens, true, 10 },
    { "macros 2^60", write_macros, true, 860 },
    { "aliases 10^9", write_aliases, true, 30 },
    { "list of itself", write_own_list, false, 10 },
    { "exceptions", write_exceptions, false, 660 },
    { "fields", write_fields, true, 360 },
    { "wrapped numbers", write_wrapped, false, 2100 },
    { "long texts", write_texts, false, 4600 },
    { "items", write_items, false, 1600 },
    { "choices", write_choices, false, 1200 },
    { "networks", write_networks, false, 69 },
    { "kinds", write_kinds, false, 2100 },
    { "chain", write_chain, false, 1900 },
    { "large", write_large, false, 460 },
    { "large ones", write_large_ones, false, 7500 },
    { "all kinds", write_all_kinds, false, 6600 },
    { "regex and a list", write_regex_beside, false, 1200 },
    { "parts and a list", write_parts_beside, true, 1300 },
    { "nested stars", write_stars, true, 10 },
    { "garbage", write_garbage, true, 12 },
    { "brackets", write_brackets, true, 14 },
};

int main(int argc, char **argv)
{
    return worst_run(files, sizeof files / sizeof files[0], argc, argv);
}
