/* SPDX-License-Identifier: Apache-2.0 */
/* Many definitions that are wrong, or have to do with each other, in a megabyte: a status, at most 256 MB, and nothing
 * left behind. What grows with the square of their number takes hours here, or more memory than there is. */
#include "worst.h"

enum { MEGABYTE = 1000000 };

#define RULE "- rule: r\n  desc: d\n  output: o\n  priority: INFO\n  condition: evt.num = 0\n"

/* ---- Names that are looked for ---- */

static void write_lists(FILE *f)
{
    for (int i = 0; ftell(f) < MEGABYTE / 2; i++)
        fprintf(f, "- {list: aabbaa%06d, items: []}\n", i);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {list: ccdd%06d, items: [], append: true}\n", i);
}

static void write_macros(FILE *f)
{
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {macro: aabbaa%06d, condition: ccdd%06d}\n", i, i);
}

/* Macros that refer to each other in a row, each defined twice so that it sees all that stand behind it. */
static void write_row(FILE *f, const char *last)
{
    enum { COUNT = 12000 };
    for (int i = 0; i < COUNT; i++)
        fprintf(f, "- {macro: m%d, condition: a}\n", i);
    for (int i = 0; i < COUNT - 1; i++)
        fprintf(f, "- {macro: m%d, condition: m%d}\n", i, i + 1);
    fprintf(f, "- {macro: m%d, condition: %s}\n", COUNT - 1, last);
}

static void write_row_to_nothing(FILE *f)
{
    write_row(f, "nothing");
}

static void write_row_to_a_fault(FILE *f)
{
    write_row(f, "evt.num =");
}

static void write_rules(FILE *f)
{
    for (int i = 0; ftell(f) < MEGABYTE / 2; i++)
        fprintf(f, "- {rule: aabbaa%06d, condition: evt.num=0, output: o, desc: d, priority: info}\n", i);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {rule: ccdd%06d, enabled: true}\n", i);
}

static void write_exceptions(FILE *f)
{
    fputs(RULE "  exceptions: [", f);
    for (int i = 0; ftell(f) < MEGABYTE / 2; i++)
        fprintf(f, "{name: a%06d, fields: fd.num},", i);
    fputs("]\n- {rule: r, override: {exceptions: append}, exceptions: [", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "{name: a%06d, values: [1]},", i % 15000);
    fputs("]}\n", f);
}

static void write_tags(FILE *f)
{
    fputs(RULE "  tags: [", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "%05x,", (unsigned)i);
    fputs("]\n", f);
}

static void write_plugins(FILE *f)
{
    fputs("- required_plugin_versions:\n  - name: a\n    version: 1.0.0\n    alternatives: [", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "{name: a%06d, version: 1.0.0},", i);
    fputs("]\n", f);
}

/* ---- Texts that are made anew ---- */

static void repeat(FILE *f, const char *text, long to)
{
    while (ftell(f) < to)
        fputs(text, f);
}

/* Lists with blanks in their names: each is looked for in all of the text. */
static void write_odd(FILE *f)
{
    for (int i = 0; i < 1000; i++)
        fprintf(f, "- {list: \"x a%d\", items: [b]}\n", i);
    fputs("- {macro: a, condition: \"x ", f);
    repeat(f, "bbbbbbbb", MEGABYTE);
    fputs("\"}\n- {macro: a, condition: c, append: true}\n", f);
}

static void write_short_odd(FILE *f)
{
    for (int i = 0; i < 1000; i++)
        fprintf(f, "- {list: \"x a%d\", items: [b]}\n", i);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {macro: m%d, condition: proc.name=x}\n", i);
}

/* Each of many rules has a quarter of a million comparisons. */
static void write_doubled(FILE *f)
{
    fputs("- {macro: m0, condition: evt.num=0}\n", f);
    for (int i = 1; i < 19; i++)
        fprintf(f, "- {macro: m%d, condition: m%d and m%d}\n", i, i - 1, i - 1);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {rule: a%06d, condition: m18, output: o, desc: d, priority: info}\n", i);
}

static void write_tuples(FILE *f)
{
    fputs(RULE "  exceptions:\n    - name: e\n      fields: [fd.num, fd.num, fd.num, fd.num]\n      values: [", f);
    repeat(f, "[1,1,1,1],", MEGABYTE);
    fputs("]\n", f);
}

/* The items of nested lists, which cannot be shared, and a long text by an alias. */
static void write_nested(FILE *f)
{
    for (int i = 0; i < 10000; i++)
        fprintf(f, "- {list: k%d, items: [a, b]}\n", i);
    fputs("- {list: l, items: [a", f);
    for (int i = 0; i < 10000; i++)
        fprintf(f, ", k%d", i);
    fputs("]}\n", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {macro: m%d, condition: proc.name in (l)}\n", i);
}

static void write_aliases(FILE *f)
{
    fputs("- {macro: m, condition: &c '", f);
    repeat(f, "evt.num=0 or ", MEGABYTE / 4);
    fputs("evt.num=1'}\n", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {macro: m%d, condition: *c}\n", i);
}

/* A fault at each of many places where reading can go on. */
static void write_faults(FILE *f)
{
    for (int i = 0; i < 64; i++)
        fputs("- a:\n  [!x !y x\n", f);
    repeat(f, ",x\n", MEGABYTE);
    fputs("]\n", f);
}

static void write_map(FILE *f)
{
    fputs("- a:\n  {", f);
    repeat(f, "a,", MEGABYTE);
}

/* ---- What is said often, of a long line, or of a long name ---- */

static void write_regexes(FILE *f)
{
    fputs("- {macro: m, condition: evt.num=0", f);
    for (int i = 0; ftell(f) < MEGABYTE / 2; i++)
        fprintf(f, " or proc.name regex abc%d", i);
    fputs("}\n", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "- {rule: r%d, condition: m, output: o, desc: d, priority: info}\n", i);
}

static void write_keys(FILE *f)
{
    fputs("- {list: x, items: [], ", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "a%d, ", i);
    fputs("}\n", f);
}

static void write_long_name(FILE *f)
{
    fputs("- list: ", f);
    repeat(f, "x", MEGABYTE / 2);
    fputs("\n  items: []\n", f);
    for (int i = 0; ftell(f) < MEGABYTE; i++)
        fprintf(f, "  a%d:\n", i);
}

/* ---- The test ---- */

static const worst_file files[] = {
    { "lists", write_lists, true, 290 },
    { "macros", write_macros, true, 980 },
    { "row", write_row_to_nothing, true, 1100 },
    { "row to a fault", write_row_to_a_fault, true, 960 },
    { "rules", write_rules, true, 330 },
    { "exceptions", write_exceptions, false, 730 },
    { "tags", write_tags, false, 190 },
    { "plugins", write_plugins, true, 180 },
    { "odd names", write_odd, true, 140 },
    { "short odd names", write_short_odd, true, 1100 },
    { "doubled", write_doubled, true, 6500 },
    { "tuples", write_tuples, true, 390 },
    { "nested lists", write_nested, true, 960 },
    { "aliases", write_aliases, true, 910 },
    { "regexes", write_regexes, true, 2600 },
    { "faults", write_faults, true, 400 },
    { "map", write_map, true, 960 },
    { "keys", write_keys, false, 570 },
    { "long name", write_long_name, false, 980 },
};

int main(int argc, char **argv)
{
    return worst_run(files, sizeof files / sizeof files[0], argc, argv);
}
