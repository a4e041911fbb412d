/* SPDX-License-Identifier: Apache-2.0 */
/* The syscall schema against its specification: every row of spec/fields.tsv (type, argument, list, use, print format,
 * restrictions), and every name of spec/events.tsv and spec/syscalls.tsv as a literal of evt.type.
 *
 * Deliberately different: fd.cnet, snet, lnet and rnet are said to be for conditions only, but the recorded outputs of
 * the reference have a value for them. */
#include <saker/syscall.h>

#include <string.h>

enum { MAX_COLUMNS = 16, MAX_LINE = 8192 };

static bool verbose;
static size_t passed, total;

static void score_row(bool good, const char *row, const char *why)
{
    total++;
    passed += good;
    if (!good && verbose)
        printf("  %s: %s\n", row, why);
}

static bool summary(const char *file)
{
    bool good = passed == total && total > 0;
    printf("score: spec/%s %zu of %zu\n", file, passed, total);
    passed = total = 0;
    return good;
}

static FILE *open_table(const char *shared, const char *file)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/spec/%s", shared, file);
    return fopen(path, "r");
}

/* Next row that is no comment, cut at its tabs. */
static bool next_row(FILE *f, char *line, char *column[MAX_COLUMNS])
{
    do {
        if (!fgets(line, MAX_LINE, f))
            return false;
    } while (*line == '#');
    line[strcspn(line, "\n")] = 0;
    int n = 0;
    for (char *p = line; p && n < MAX_COLUMNS; n++) {
        column[n] = p;
        if ((p = strchr(p, '\t')) != NULL)
            *p++ = 0;
    }
    while (n < MAX_COLUMNS)
        column[n++] = NULL;
    return true;
}

static bool compiles(const char *condition)
{
    saker_ruleset *rs = NULL;
    int status = saker_filter_compile(NULL, saker_syscall_schema(), condition, strlen(condition), NULL, &rs, NULL, 0);
    saker_ruleset_unref(rs);
    return status == SAKER_OK;
}

/* ---- fields.tsv ---- */

static const struct {
    const char *name;
    saker_type type;
} types[] = {
    { "CHARBUF", SAKER_STR }, { "BYTEBUF", SAKER_BYTES }, { "BOOL", SAKER_BOOL },    { "DOUBLE", SAKER_FLOAT },
    { "UINT64", SAKER_UINT }, { "UINT32", SAKER_UINT32 }, { "INT64", SAKER_INT },    { "INT32", SAKER_INT32 },
    { "INT16", SAKER_INT16 }, { "ABSTIME", SAKER_TIME },  { "RELTIME", SAKER_SPAN }, { "PORT", SAKER_PORT },
    { "IPADDR", SAKER_IP },   { "IPNET", SAKER_NET },     { "DYN", SAKER_DYN },
};

/* What may stand behind the name: texts that must compile, and texts that must not. */
static const struct {
    const char *arg;
    const char *good[3], *bad[4];
} args[] = {
    { "none", { "" }, { "[0]", "[abc]", ".abc" } },
    { "required: .NAME or .CODE", { ".open" }, { "", "[0]", "[open]", ".nosuchevent" } },
    { "required: .NAME or [INDEX]", { ".flags", "[0]", "[3]" }, { "", "[flags]", ".flagsx", ".xnosuch" } },
    { "required: .NAME only", { ".flags" }, { "", "[0]", "[flags]", ".xnosuch" } },
    { "required: [TIMESTAMP_NS]", { "[1404996934793590564]" }, { "", "[abc]", ".abc" } },
    { "optional: .src or .dst", { "", ".src", ".dst" }, { ".abc", "[src]", "[0]" } },
    { "optional: [LEVEL]", { "", "[0]", "[12]" }, { "[abc]", ".abc", "[0x1]" } },
    { "optional: [INDEX]", { "", "[0]", "[12]" }, { "[abc]", ".abc", "[1.5]" } },
    { "optional: [FD]", { "", "[0]", "[12]" }, { "[abc]", ".abc" } },
    { "optional: [NAME]", { "", "[HOME]", "[0]" }, { ".HOME" } },
    { "optional: [LEVEL] or [NAME]", { "", "[HOME]", "[0]" }, { ".HOME" } },
    { "required: .SUBSYSTEM", { ".memory", ".net_cls" }, { "", "[memory]", ".memory2" } },
    { "required: [INDEX] or [KEY]", { "[0]", "[/var]" }, { "", ".var" } },
    { "required: [KEY]", { "[key]", "[0]" }, { "", ".key" } },
};

static bool compiles_with(const saker_field *f, const char *arg)
{
    char text[256];
    snprintf(text, sizeof text, "%s%s %s", f->name, arg, f->flags & SAKER_WITHIN ? "= 1" : "exists");
    return compiles(text);
}

static const char *wrong_argument(const saker_field *f, const char *arg)
{
    for (size_t i = 0; i < sizeof args / sizeof args[0]; i++) {
        if (strcmp(args[i].arg, arg))
            continue;
        for (size_t k = 0; k < 3 && args[i].good[k]; k++)
            if (!compiles_with(f, args[i].good[k]))
                return args[i].good[k][0] ? args[i].good[k] : "does not go without argument";
        for (size_t k = 0; k < 4 && args[i].bad[k]; k++)
            if (compiles_with(f, args[i].bad[k]))
                return args[i].bad[k][0] ? args[i].bad[k] : "goes without argument";
        return NULL;
    }
    return "no such form of argument";
}

static bool is(const saker_field *f, uint32_t flag)
{
    return (f->flags & flag) != 0;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static const char *wrong_type(const saker_field *f, const char *type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, type) == 0)
            return f->type == types[i].type ? NULL : "type";
    return "no such type";
}

static const char *wrong_use(const saker_field *f, const char *use)
{
    bool prints_net = f->type == SAKER_NET && strcmp(f->name, "fd.net");
    if (is(f, SAKER_FILTER_ONLY) != (strcmp(use, "filter-only") == 0 && !prints_net))
        return "use in outputs";
    return is(f, SAKER_HIDDEN) == (strcmp(use, "hidden") == 0) ? NULL : "listing";
}

static const char *wrong_restriction(const saker_field *f, const char *notes)
{
    if (is(f, SAKER_NO_RHS) != has(notes, "no-transformer"))
        return "below transformers";
    return is(f, SAKER_NO_RHS | SAKER_NO_VAL) == has(notes, "no-field-rhs") ? NULL : "as val()";
}

static const char *wrong_print(const saker_field *f, const char *print)
{
    if (is(f, SAKER_HEX) != (strcmp(print, "HEX") == 0))
        return "hexadecimal";
    return is(f, SAKER_DEC9) == (strcmp(print, "DEC9") == 0) ? NULL : "nine digits";
}

/* name type arg list use deprecated class print notes meaning */
static const char *wrong(const saker_field *f, char *const column[])
{
    const char *why;
    if (!f)
        return "unknown";
    if (!f->doc || !*f->doc || has(column[9], f->doc))
        return "no words of its own";
    if (strcmp(column[4], "removed") == 0)
        return !is(f, SAKER_REMOVED) ? "not removed" : compiles_with(f, "") ? "compiles" : NULL;
    if ((why = wrong_type(f, column[1])) != NULL || (why = wrong_argument(f, column[2])) != NULL ||
        (why = wrong_use(f, column[4])) != NULL || (why = wrong_print(f, column[7])) != NULL ||
        (why = wrong_restriction(f, column[8])) != NULL)
        return why;
    if (is(f, SAKER_LIST) != (strcmp(column[3], "list") == 0))
        return "list";
    return is(f, SAKER_DEPRECATED) == (strcmp(column[5], "deprecated") == 0) ? NULL : "deprecated";
}

static const saker_field *find(const char *name)
{
    const saker_schema *s = saker_syscall_schema();
    const saker_field *found = NULL;
    for (size_t i = 0; i < s->field_count; i++)
        if (strcmp(s->fields[i].name, name) == 0) {
            if (found)
                printf("  %s stands in the table twice\n", name);
            found = &s->fields[i];
        }
    return found;
}

static bool check_fields(FILE *f)
{
    char line[MAX_LINE], *column[MAX_COLUMNS];
    next_row(f, line, column); /* the heading */
    while (next_row(f, line, column)) {
        const char *why = wrong(find(column[0]), column);
        score_row(!why, column[0], why);
    }
    size_t rows = total;
    bool good = summary("fields.tsv");
    if (rows != saker_syscall_schema()->field_count)
        printf("  the schema has %zu fields\n", saker_syscall_schema()->field_count);
    return good && rows == saker_syscall_schema()->field_count;
}

/* ---- Names of events ---- */

static bool check_names(FILE *f, const char *file, int name_column, bool kind)
{
    char line[MAX_LINE], *column[MAX_COLUMNS], text[256];
    const saker_schema *s = saker_syscall_schema();
    next_row(f, line, column);
    while (next_row(f, line, column)) {
        const char *name = column[name_column];
        snprintf(text, sizeof text, "evt.type = %s", name);
        int k = saker_syscall_kind(name);
        bool good = compiles(text);
        if (kind) /* a system call has a kind, of its own name */
            good = good && k >= 0 && (size_t)k < s->kind_count && s->kinds[k] && strcmp(s->kinds[k], name) == 0;
        score_row(good, name, "is no kind of event");
    }
    score_row(!compiles("evt.type = nosuchcall"), "nosuchcall", "is a kind of event");
    score_row(saker_syscall_kind("nosuchcall") == -1, "nosuchcall", "has a kind");
    return summary(file);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    verbose = argc > 2 && strcmp(argv[2], "-v") == 0;
    FILE *fields = open_table(argv[1], "fields.tsv"), *events = open_table(argv[1], "events.tsv");
    FILE *syscalls = open_table(argv[1], "syscalls.tsv");
    bool there = fields && events && syscalls, good = there;
    if (there) {
        good = check_fields(fields);
        good = check_names(events, "events.tsv", 2, false) && good;
        good = check_names(syscalls, "syscalls.tsv", 1, true) && good;
    }
    if (fields)
        fclose(fields);
    if (events)
        fclose(events);
    if (syscalls)
        fclose(syscalls);
    return !there ? 77 : good ? 0 : 1;
}
