/* SPDX-License-Identifier: Apache-2.0 */
/* Writes doc/fields.md from the compiled field table. */
#include <saker/syscall.h>

#include <string.h>

static const char *type_name(saker_type type)
{
    switch (type) {
    case SAKER_BOOL:
        return "bool";
    case SAKER_INT:
    case SAKER_INT16:
    case SAKER_INT32:
        return "integer";
    case SAKER_UINT:
    case SAKER_UINT32:
        return "unsigned";
    case SAKER_FLOAT:
        return "float";
    case SAKER_BYTES:
        return "bytes";
    case SAKER_IP:
        return "address";
    case SAKER_NET:
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
        return "text";
    }
}

static bool takes_text(const saker_field *f)
{
    saker_arg arg = { .field = f, .key = "text", .index = -1 };
    return f->flags & SAKER_ARG_KEY && (!f->bind || !f->bind(&arg));
}

/* The name with what may follow it. */
static void write_name(const saker_field *f)
{
    bool optional = f->flags & SAKER_ARG_OPTIONAL, dot = f->flags & SAKER_ARG_DOT;
    printf("`%s", f->name);
    if (f->flags & (SAKER_ARG_OPTIONAL | SAKER_ARG_REQUIRED)) {
        const char *what = strcmp(f->name, "evt.arg") == 0       ? ".name/[n]"
                           : strcmp(f->name, "evt.abspath") == 0 ? ".src/.dst"
                           : dot                                 ? ".name"
                           : !takes_text(f)                      ? "[n]"
                           : f->flags & SAKER_ARG_INDEX          ? "[n]/[text]"
                                                                 : "[text]";
        printf(optional ? "(%s)" : "%s", what);
    }
    putchar('`');
}

static void write_notes(const saker_field *f)
{
    static const struct {
        uint32_t flag;
        const char *text;
    } notes[] = {
        { SAKER_LIST, "A list." },
        { SAKER_ANY, "Without an argument any of the values may match." },
        { SAKER_PAIR, "Either value may match; for `!=` both must." },
        { SAKER_FILTER_ONLY, "For conditions only." },
        { SAKER_HEX, "Prints in hexadecimal." },
        { SAKER_DEC9, "Prints with nine digits." },
        { SAKER_DEPRECATED, "Deprecated." },
        { SAKER_HIDDEN, "Not listed by tools." },
    };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
        if (f->flags & notes[i].flag)
            printf(" %s", notes[i].text);
}

static size_t class_length(const char *name)
{
    return strcspn(name, ".");
}

static bool same_class(const saker_field *a, const saker_field *b)
{
    size_t len = class_length(a->name);
    return len == class_length(b->name) && strncmp(a->name, b->name, len) == 0;
}

static bool is_first_of_class(const saker_schema *s, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_class(&s->fields[k], &s->fields[i]))
            return false;
    return true;
}

static void write_class(const saker_schema *s, size_t first)
{
    const saker_field *f = &s->fields[first];
    printf("\n## %.*s\n\n| Field | Type | Meaning |\n| --- | --- | --- |\n", (int)class_length(f->name), f->name);
    for (size_t i = first; i < s->field_count; i++) {
        if (s->fields[i].flags & SAKER_REMOVED || !same_class(f, &s->fields[i]))
            continue;
        printf("| ");
        write_name(&s->fields[i]);
        printf(" | %s | %s", type_name(s->fields[i].type), s->fields[i].doc);
        write_notes(&s->fields[i]);
        puts(" |");
    }
}

static void write_removed(const saker_schema *s)
{
    puts("\n## Names that are gone\n\nA rule that uses one of these does not compile.\n\n| Field | |\n| --- | --- |");
    for (size_t i = 0; i < s->field_count; i++)
        if (s->fields[i].flags & SAKER_REMOVED)
            printf("| `%s` | %s |\n", s->fields[i].name, s->fields[i].doc);
}

int main(void)
{
    const saker_schema *s = saker_syscall_schema();
    puts("# Fields of system-call events\n\n"
         "Written by tests/fields/write_doc.c from the table that the library is compiled from: do not edit.\n\n"
         "What stands in brackets or behind a dot is an argument; in parentheses, one that may be left out. A field "
         "that\n"
         "an event does not have makes every comparison false, `!=` too.");
    for (size_t i = 0; i < s->field_count; i++)
        if (!(s->fields[i].flags & SAKER_REMOVED) && is_first_of_class(s, i))
            write_class(s, i);
    write_removed(s);
    return 0;
}
