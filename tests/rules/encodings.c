/* SPDX-License-Identifier: Apache-2.0 */
/* Rule files of UTF-16 and UTF-32, with a mark and without: they say what they say in UTF-8. What a pair without its
 * other half becomes is what yaml-cpp makes of it, and so is the byte that it has for the end of a stream. Every
 * request for memory is refused in turn. */
#include "../pool.h"

#include <saker/rules.h>
#include <saker/syscall.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uchar.h>

enum { UTF16 = 2, UTF32 = 4, LONGEST = 256 };

static int wrong;

/* ---- Encoding ---- */

typedef struct form {
    unsigned width;
    bool big, mark;
} form;

static size_t put_unit(char *to, const form *f, uint32_t unit)
{
    for (unsigned i = 0; i < f->width; i++)
        to[f->big ? f->width - 1 - i : i] = (char)(unit >> 8 * i);
    return f->width;
}

static size_t encode(char *to, const form *f, const char32_t *text)
{
    size_t n = f->mark ? put_unit(to, f, 0xFEFF) : 0;
    for (; *text; text++) {
        if (f->width == UTF16 && *text > 0xFFFF) {
            n += put_unit(to + n, f, 0xD800 + ((*text - 0x10000) >> 10));
            n += put_unit(to + n, f, 0xDC00 + ((*text - 0x10000) & 0x3FF));
        } else {
            n += put_unit(to + n, f, *text);
        }
    }
    return n;
}

/* ---- Loading ---- */

/* The first rule must have this name. */
static int load(pool *p, const char *text, size_t len, const char *expected)
{
    saker_options options = SAKER_OPTIONS_INIT;
    saker_ruleset *rules = NULL;
    options.alloc = pool_alloc(p);
    saker_compiler *c = saker_compiler_new(&options);
    saker_compiler_add_schema(c, saker_syscall_schema());
    saker_compiler_add_yaml(c, "rules", text, len);
    const int status = c ? saker_compiler_build(c, &rules) : SAKER_ENOMEM;
    const saker_rule *r = rules ? saker_ruleset_rule(rules, 0) : NULL;
    if (status == SAKER_OK ? !r || strcmp(r->name, expected) != 0 : status != SAKER_ENOMEM) {
        printf("%s: %s instead of %s\n", saker_strerror(status), r ? r->name : "no rule", expected);
        for (size_t i = 0; i < saker_compiler_diag_count(c); i++)
            printf("  %s\n", saker_compiler_diag(c, i)->message);
        wrong++;
    }
    saker_compiler_free(c);
    saker_ruleset_unref(rules);
    wrong += !pool_is_clean(p);
    return status;
}

static void look(const form *f, const char32_t *text, size_t more, const char *expected)
{
    char bytes[4 * LONGEST];
    const size_t len = encode(bytes, f, text) + more; /* more: bytes of half a unit */
    pool p = { 0 };
    memset(bytes + len - more, 'x', more);
    if (load(&p, bytes, len, expected) != SAKER_OK)
        wrong++;
    for (size_t n = p.requests; n; n--) {
        pool again = pool_without(n);
        load(&again, bytes, len, expected);
    }
}

#define RULE(name) U"- rule: " name U"\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: INFO\n"

int main(void)
{
    for (unsigned i = 0; i < 8; i++) {
        const form f = { i & 1 ? UTF32 : UTF16, i & 2, i & 4 };
        look(&f, RULE(U"r\u00e9\u20ac\U0001F600x"), 0, "r\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x");
        look(&f, RULE(U"r\x04x"), f.width - 1, "r\xEF\xBF\xBDx");
    }
    const form f = { UTF16, false, true };
    look(&f, RULE(U"r\xDC00x"), 1, "r\xEF\xBF\xBDx");
    look(&f, RULE(U"r\xD83Dyx"), 0, "r\xEF\xBF\xBD\xED\xA0\xBDx");
    static const char end_of_stream[] =
        "- rule: r\x04x\n  desc:\x04\n  condition: evt.type = open\n  output: o\n  priority: INFO\n";
    pool p = { 0 };
    wrong += load(&p, end_of_stream, sizeof end_of_stream - 1, "r\x04x") != SAKER_OK;
    look(&f, RULE(U"r\xD83D\xD83D\xDE00x"), 0, "r\xEF\xBF\xBD\xF0\x9F\x98\x80x");
    return wrong != 0;
}
