/* SPDX-License-Identifier: Apache-2.0 */
#include "lasting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields that depend on which events there are, or (fd.types) show a set in any order. */
static bool is_relative(const char *name)
{
    static const char *const names[] = { "evt.num", "util.cnt", "evt.deltatime", "fd.types" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static bool compiles(const char *text)
{
    saker_format *f = NULL;
    char error[256];
    bool fine = !saker_format_compile(NULL, saker_syscall_schema(), text, strlen(text), &f, error, sizeof error);
    if (fine)
        saker_format_free(f);
    return fine;
}

saker_format *lasting_fields(size_t *count)
{
    static const char *const more[] = { "evt.arg[0]",       "evt.arg[1]",   "proc.aname[2]",
                                        "proc.acmdline[1]", "proc.aexe[3]", "proc.apid[2]" };
    const saker_schema *schema = saker_syscall_schema();
    size_t extra = sizeof more / sizeof *more, cap = (schema->field_count + extra) * 64 + 2;
    char *text = calloc(1, cap), one[128], error[256];
    saker_format *f = NULL;
    *count = 0;
    if (!text)
        return NULL;
    strcpy(text, "*");
    for (size_t i = 0; i < schema->field_count + extra; i++) {
        const char *name = i < schema->field_count ? schema->fields[i].name : more[i - schema->field_count];
        snprintf(one, sizeof one, "%s=%%%s\n", name, name);
        if (is_relative(name) || !compiles(one))
            continue;
        strcat(text, one);
        (*count)++;
    }
    if (saker_format_compile(NULL, schema, text, strlen(text), &f, error, sizeof error))
        fprintf(stderr, "%s\n", error);
    free(text);
    return f;
}
