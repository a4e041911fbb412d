/* SPDX-License-Identifier: Apache-2.0 */
/* lib/match/regex: what is refused, with which words, and what matches. All rows were seen at RE2 in its POSIX mode. */
#include "regex.h"
#include "../pool.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static skr_mem mem;
static skr_arena arena;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
    skr_arena_init(&arena, &mem);
}

static void teardown(void)
{
    skr_arena_free(&arena);
    ck_assert_uint_eq(mem.used, 0);
}

/* ---- Refused ---- */

static const struct {
    const char *pattern, *error;
} refused[] = {
    { "\\d", "invalid escape sequence: \\d" },
    { "\\w+", "invalid escape sequence: \\w" },
    { "x\\b", "invalid escape sequence: \\b" },
    { "\\pL", "invalid escape sequence: \\p" },
    { "\\Qa\\E", "invalid escape sequence: \\Q" },
    { "\\1", "invalid escape sequence: \\1" },
    { "\\8", "invalid escape sequence: \\8" },
    { "\\\xC3\xA9", "invalid escape sequence: \\\xC3\xA9" },
    { "\\x", "invalid escape sequence: \\x" },
    { "\\x4", "invalid escape sequence: \\x4" },
    { "\\xzz", "invalid escape sequence: \\xzz" },
    { "\\x{}", "invalid escape sequence: \\x{}" },
    { "\\x{41", "invalid escape sequence: \\x{41" },
    { "\\x{4g}", "invalid escape sequence: \\x{4g" },
    { "\\x{110000}", "invalid escape sequence: \\x{110000" },
    { "[\\d]", "invalid escape sequence: \\d" },
    { "[a-\\d]", "invalid escape sequence: \\d" },
    { "a\\", "trailing \\" },
    { "[a", "missing ]: [a" },
    { "x[", "missing ]: [" },
    { "x[]", "missing ]: []" },
    { "[^]", "missing ]: [^]" },
    { "[a-", "invalid UTF-8" },
    { "(a", "missing ): (a" },
    { "a(b|(c)", "missing ): a(b|(c)" },
    { "a)", "unexpected ): a)" },
    { "()())", "unexpected ): ()())" },
    { "*", "no argument for repetition operator: *" },
    { "(?i)x", "no argument for repetition operator: ?" },
    { "(?:x)", "no argument for repetition operator: ?" },
    { "a|+", "no argument for repetition operator: +" },
    { "{2}", "no argument for repetition operator: {2}" },
    { "a{1001}", "invalid repetition size: {1001}" },
    { "a{1001,}", "invalid repetition size: {1001,}" },
    { "a{2,1}", "invalid repetition size: {2,1}" },
    { "(a{100}){100}", "invalid repetition size: {100}" },
    { "((a{2}|b{40}){5}){6}", "invalid repetition size: {6}" },
    { "[z-a]", "invalid character class range: z-a" },
    { "[a-c-e]", "invalid character class range: -e" },
    { "[a-b-", "invalid UTF-8" },
    { "[[:dgit:]]", "invalid character class range: [:dgit:]" },
    { "[[:^nope:]]", "invalid character class range: [:^nope:]" },
    { "a\xFFz", "invalid UTF-8" },
    { "[\xC3]", "invalid UTF-8" },
};

START_TEST(refused_rows)
{
    for (size_t i = 0; i < COUNT(refused); i++) {
        skr_regex *r = NULL;
        const char *error = NULL;
        int status = skr_regex_new(&mem, &arena, skr_str_of(refused[i].pattern), &r, &error);
        ck_assert_msg(status == SAKER_ERULES, "%s: %d", refused[i].pattern, status);
        ck_assert_str_eq(error, refused[i].error);
    }
}
END_TEST

/* ---- Matching ---- */

static const struct {
    const char *pattern, *value;
    bool matches;
} rows[] = {
    { "", "", true },
    { "", "a", false },
    { "yscal", "syscall", false },
    { "yscal", "yscal", true },
    { "syscall", "syscall\n", false },
    { "s.*l", "syscall", true },
    { "a.c", "a\nc", false },
    { "a[^b]c", "a\nc", true },
    { "a[^b]c", "abc", false },
    { ".", "\xC3\xA9", true },
    { "..", "\xC3\xA9", false },
    { "a.b", "a\nb", false },
    { "a.b\xEF\xBF\xBD", "a\nb\xFF", true }, /* a value to be repaired has no newlines */
    { ".", "\xFF", true },                   /* U+FFFD stands for it */
    { "..", "\xFF\xFE", true },              /* two sequences        */
    { ".", "\xE6\x97", true },               /* one, cut short       */
    { "..", "\xE6\x97", false },
    { "\\x{fffd}", "\xFF", true },
    { "\xEF\xBF\xBD", "\xFF", true },
    { "a\xEF\xBF\xBD.*", "a\xFFzz", true },
    { "[\xC3\xA0-\xC3\xBC]+", "\xC3\xA9\xC3\xA8", true },
    { "^a$", "a", true },
    { "^a\n^b$", "a\nb", true },
    { "a$\nb", "a\nb", true },
    { "a\n^", "a\n", true },
    { "a^b", "ab", false },
    { "a$b", "ab", false },
    { "(a|ab)(c|bcd)", "abcd", true },
    { "(a|ab)(c|bcd)", "abc", true },
    { "(|zz).*", "anything", true },
    { "(|a)+b", "aab", true },
    { "a|b|", "", true },
    { "()", "", true },
    { "()*x", "x", true },
    { "a*?", "", true },
    { "a*?", "aaa", true },
    { "a+?", "", true }, /* (a+)?, not the lazy a+ */
    { "a??", "a", true },
    { "a**", "aa", true },
    { "a++", "", false },
    { "a{2}{3}", "aaaaaa", true },
    { "a{2}{3}", "aaaaa", false },
    { "a{2,3}?", "", true },
    { "^*a", "a", true },
    { "x{2", "x{2", true },
    { "x{,2}", "x{,2}", true },
    { "x{02}", "x{02}", true },
    { "a{0}", "", true },
    { "a{2,}", "aaaa", true },
    { "a{2,}", "a", false },
    { "[[:alpha:]]+[[:digit:]]*", "abc12", true },
    { "[[:alpha:]]", "\xC3\xA9", false },
    { "[[:^alpha:]]", "\xC3\xA9", true },
    { "[[:^alpha:]]", "\n", true },
    { "[[:word:]]+", "a_1", true },
    { "[[:space:]]+", " \t\v\f\r\n", true },
    { "[[:punct:]]+", "!@[`~_", true },
    { "[[:alpha:]-]+", "a-b", true },
    { "[]a]+", "]a", true },
    { "[^]a]", "]", false },
    { "[a\\]]+", "]a", true },
    { "[a-]+", "-a", true },
    { "[[:a]+", ":[a", true },
    { "a]", "a]", true },
    { "\\x41\\101\\0", "AA", false },
    { "\\x41\\101", "AA", true },
    { "\\x{1F600}", "\xF0\x9F\x98\x80", true },
    { "\\.\\/\\_\\-\\\"", "./_-\"", true },
    { "\\n\\t", "\n\t", true },
    { "#x", "#x", true },
    { "[#x y]+", "# y", true },
    { "[\\x{D800}-\\x{DFFF}]", "a", false },
    { "[^\\x{D800}-\\x{DFFF}]", "a", true },
    { "\\x{D800}*a", "a", true },
    { "A", "a", false },
};

START_TEST(match_rows)
{
    skr_regex_scratch *s = skr_regex_scratch_new(&mem);
    ck_assert_ptr_nonnull(s);
    for (size_t i = 0; i < COUNT(rows); i++) {
        skr_regex *r = NULL;
        const char *error = "";
        int status = skr_regex_new(&mem, &arena, skr_str_of(rows[i].pattern), &r, &error);
        ck_assert_msg(status == SAKER_OK, "%s: %s", rows[i].pattern, error);
        skr_regex_result is = skr_regex_match(r, s, skr_str_of(rows[i].value));
        ck_assert_msg(is == (rows[i].matches ? SKR_REGEX_YES : SKR_REGEX_NO), "%s on %s: %d", rows[i].pattern,
                      rows[i].value, is);
        skr_regex_free(r);
    }
    skr_regex_scratch_free(s);
}
END_TEST

static skr_regex *make(const char *pattern)
{
    skr_regex *r = NULL;
    const char *error;
    ck_assert_int_eq(skr_regex_new(&mem, &arena, skr_str_of(pattern), &r, &error), SAKER_OK);
    return r;
}

static bool matches(const char *pattern, skr_str value)
{
    skr_regex_scratch *s = skr_regex_scratch_new(&mem);
    skr_regex *r = make(pattern);
    const skr_regex_result is = skr_regex_match(r, s, value);
    skr_regex_free(r);
    skr_regex_scratch_free(s);
    return is == SKR_REGEX_YES;
}

START_TEST(each_character_is_in_a_class_or_in_its_complement)
{
    static const char *const names[] = {
#define SKR_REGEX_CLASS(name, ranges) name,
#include "regex_classes.def"
#undef SKR_REGEX_CLASS
    };
    for (size_t i = 0; i < COUNT(names); i++)
        for (int c = 0; c < 128; c++) {
            char in[32], out[32];
            const char byte = (char)c;
            snprintf(in, sizeof in, "[[:%s:]]", names[i]);
            snprintf(out, sizeof out, "[[:^%s:]]", names[i]);
            ck_assert_msg(matches(in, (skr_str){ &byte, 1 }) != matches(out, (skr_str){ &byte, 1 }), "%s %d", names[i],
                          c);
        }
}
END_TEST

/* Values on which backtracking takes more steps than there is time for. */
START_TEST(no_value_takes_long)
{
    static const char *const patterns[] = { "(x+x+)+y",          "(a*)*b",        "(a|a)*b", "(a|aa)+b",
                                            ".*.*.*.*.*.*=.*.*", "(x?){30}x{30}y" };
    char value[3000];
    skr_regex_scratch *s = skr_regex_scratch_new(&mem);
    for (size_t i = 0; i < COUNT(patterns); i++) {
        skr_regex *r = make(patterns[i]);
        memset(value, patterns[i][0] == '(' ? patterns[i][1] : '-', sizeof value);
        ck_assert_int_eq(skr_regex_match(r, s, (skr_str){ value, sizeof value }), SKR_REGEX_NO);
        skr_regex_free(r);
    }
    skr_regex *r = make("(x+x+)+y");
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = 'y';
    ck_assert_int_eq(skr_regex_match(r, s, (skr_str){ value, sizeof value }), SKR_REGEX_YES);
    skr_regex_free(r);
    skr_regex_scratch_free(s);
}
END_TEST

/* Of the matches of one event that take long only the first are brought to an end; of another event the next ones. */
START_TEST(many_values_do_not_take_long)
{
    skr_regex_scratch *s = skr_regex_scratch_new(&mem);
    skr_regex *r = make("(a|aa)+b");
    const skr_str value = SKR_STR("aaaaaaaaaaaaaaaaaaaaaaaabc"); /* some 100,000 steps */
    for (uint32_t event = 0; event < 3; event++) {
        unsigned ended = 0;
        for (unsigned i = 0; i < 200; i++) {
            skr_regex_event(s, event);
            const skr_regex_result is = skr_regex_match(r, s, value);
            ck_assert_int_ne(is, SKR_REGEX_YES);
            ended += is == SKR_REGEX_NO;
        }
        ck_assert_uint_eq(ended, event ? 64 : 200);
        ck_assert_int_eq(skr_regex_match(r, s, SKR_STR("aaaaaaaaaaaaaaaaaaaaaaaab")), SKR_REGEX_YES);
    }
    skr_regex_free(r);
    skr_regex_scratch_free(s);
}
END_TEST

START_TEST(prefixes)
{
    static const struct {
        const char *pattern, *prefix;
    } prefix_rows[] = { { "abc", "abc" },       { "^/etc/.*", "/etc/" },
                        { "abc*", "ab" },       { "ab{2}", "a" },
                        { "ab|cd", "" },        { "ab(c|d)", "ab" },
                        { "a|b", "" },          { "\\x41\\.b[c]", "A.b" },
                        { "(ab)c", "" },        { "\xC3\xA9.", "\xC3\xA9" },
                        { "a\\x{fffd}b", "a" }, { "x?y", "" },
                        { "a$", "a" },          { "^*a", "" } };
    for (size_t i = 0; i < COUNT(prefix_rows); i++) {
        skr_regex *r = make(prefix_rows[i].pattern);
        ck_assert_msg(skr_str_is(skr_regex_prefix(r), prefix_rows[i].prefix), "%s", prefix_rows[i].pattern);
        ck_assert_uint_gt(skr_regex_size(r), 0);
        skr_regex_free(r);
    }
}
END_TEST

/* Patterns with the texts that a match must have, joined by '|'. */
START_TEST(literals)
{
    static const struct {
        const char *pattern, *texts;
    } literal_rows[] = { { "abc", "abc" },
                         { ".*abcd[0-9]+ +--xy=.*", "--xy=" },
                         { ".*abc|def.*", "abc|def" },
                         { "a(bc|d)e", "abce|ade" },
                         { "colou?r", "colour|color" },
                         { "ab+cd", "cd" },
                         { "(ab)+c", "ab" },
                         { "abx*cde", "cde" },
                         { "(abc){2}", "abc" },
                         { "(abc){0,2}", "" },
                         { "ab{x", "ab{x" },
                         { "(abc|.*)", "" },
                         { "(abc)?", "" },
                         { "[]|]abc", "abc" },
                         { "[[:alpha:]|]abc", "abc" },
                         { "[[:a]|x]yy", "" },
                         { "^/etc/.*\\.conf$", "/etc/" },
                         { "\\x{41}bcd", "" },
                         { "\xC3\xA9tat", "tat" },
                         { "", "" } };
    for (size_t i = 0; i < COUNT(literal_rows); i++) {
        skr_str found[SKR_REGEX_LITERALS];
        skr_buf b;
        skr_regex_free(make(literal_rows[i].pattern));
        const size_t n = skr_regex_literals(&arena, skr_str_of(literal_rows[i].pattern), found);
        skr_buf_init(&b, &mem);
        for (size_t k = 0; k < n; k++) {
            skr_buf_cstr(&b, k ? "|" : "");
            skr_buf_str(&b, found[k]);
        }
        ck_assert_msg(skr_str_is((skr_str){ b.ptr ? b.ptr : "", b.len }, literal_rows[i].texts), "%s: %.*s",
                      literal_rows[i].pattern, (int)b.len, b.ptr ? b.ptr : "");
        skr_buf_free(&b);
    }
}
END_TEST

static uint32_t numbers = 1;

static uint32_t below(uint32_t n)
{
    numbers = numbers * 1664525 + 1013904223;
    return (numbers >> 8) % n;
}

static void add_random(skr_buf *b, unsigned depth)
{
    static const char *const atoms[] = { "a",   "b", "c", "ab", "bca", ".", "[ab]", "[^a]", "[[:digit:]b]",
                                         "\\.", "^", "$" };
    static const char *const repeats[] = { "", "", "", "*", "+", "?", "{2}", "{0,1}", "{1,}", "+?" };
    const uint32_t count = below(4);
    for (uint32_t i = 0; i < count; i++) {
        if (depth && below(3) == 0) {
            skr_buf_cstr(b, "(");
            add_random(b, depth - 1);
            skr_buf_cstr(b, below(2) ? "|" : "");
            add_random(b, depth - 1);
            skr_buf_cstr(b, ")");
        } else {
            skr_buf_cstr(b, atoms[below(COUNT(atoms))]);
        }
        skr_buf_cstr(b, repeats[below(COUNT(repeats))]);
    }
}

static bool has_one(const skr_str *texts, size_t count, skr_str value)
{
    for (size_t i = 0; i < count; i++)
        for (size_t at = 0; at + texts[i].len <= value.len; at++)
            if (memcmp(value.ptr + at, texts[i].ptr, texts[i].len) == 0)
                return true;
    return false;
}

/* Random patterns on random values: where one matches, one of its texts is there. */
START_TEST(literals_are_there)
{
    skr_buf b;
    skr_regex_scratch *s = skr_regex_scratch_new(&mem);
    unsigned matches = 0;
    skr_buf_init(&b, &mem);
    for (unsigned i = 0; i < 3000; i++) {
        skr_str found[SKR_REGEX_LITERALS];
        skr_regex *r = NULL;
        const char *error;
        skr_buf_clear(&b);
        add_random(&b, 2);
        const skr_str pattern = { b.ptr ? b.ptr : "", b.len };
        if (skr_regex_new(&mem, &arena, pattern, &r, &error))
            continue;
        const size_t n = skr_regex_literals(&arena, pattern, found);
        for (unsigned k = 0; n && k < 40; k++) {
            char value[8];
            const size_t len = below(sizeof value);
            for (size_t c = 0; c < len; c++)
                value[c] = "abc."[below(4)];
            if (skr_regex_match(r, s, (skr_str){ value, len }) != SKR_REGEX_YES)
                continue;
            matches++;
            ck_assert_msg(has_one(found, n, (skr_str){ value, len }), "%.*s on %.*s", (int)pattern.len, pattern.ptr,
                          (int)len, value);
        }
        skr_regex_free(r);
    }
    ck_assert_uint_gt(matches, 1000);
    skr_buf_free(&b);
    skr_regex_scratch_free(s);
}
END_TEST

START_TEST(too_large)
{
    skr_regex *r = NULL;
    const char *error = NULL;
    char parens[20001];
    memset(parens, '(', 10000);
    memset(parens + 10000, ')', 10000);
    parens[20000] = '\0';
    ck_assert_int_eq(skr_regex_new(&mem, &arena, skr_str_of(parens), &r, &error), SAKER_ERULES);
    ck_assert_str_eq(error, "pattern too large - compile failed");
    ck_assert_int_eq(skr_regex_new(&mem, &arena, SKR_STR("([a-z][A-Z]){1000}"), &r, &error), SAKER_ERULES);
    ck_assert_str_eq(error, "pattern too large - compile failed");
}
END_TEST

/* ---- Threads ---- */

static void *match_many(void *regex)
{
    skr_mem own;
    skr_mem_init(&own, NULL, 0);
    skr_regex_scratch *s = skr_regex_scratch_new(&own);
    size_t right = 0;
    for (int i = 0; s && i < 2000; i++) {
        right += skr_regex_match(regex, s, SKR_STR("/usr/bin/bash")) == SKR_REGEX_YES;
        right += skr_regex_match(regex, s, SKR_STR("/usr/bin/zsh\xFF")) == SKR_REGEX_NO;
    }
    skr_regex_scratch_free(s);
    return right == 4000 && own.used == 0 ? regex : NULL;
}

START_TEST(one_pattern_in_many_threads)
{
    pthread_t threads[4];
    skr_regex *r = make("/usr/(s?bin|local/.*)/[a-z]*sh");
    for (size_t i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, match_many, r), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        ck_assert_ptr_eq(result, r);
    }
    skr_regex_free(r);
}
END_TEST

/* ---- Memory ---- */

/* true: it went through. */
static bool compile_and_match(skr_mem *m)
{
    skr_arena a;
    skr_regex *r = NULL;
    const char *error = NULL;
    skr_arena_init(&a, m);
    int status = skr_regex_new(m, &a, SKR_STR("(a[[:digit:]]+|b){2,3}.*\\x{e9}"), &r, &error);
    ck_assert(status == SAKER_OK || status == SAKER_ENOMEM);
    skr_regex_scratch *s = skr_regex_scratch_new(m);
    bool done = status == SAKER_OK && s;
    if (done) {
        skr_regex_result is = skr_regex_match(r, s, SKR_STR("a1b\xFF\xC3\xA9"));
        ck_assert(is == SKR_REGEX_YES || is == SKR_REGEX_LIMIT);
        done = is == SKR_REGEX_YES;
    }
    skr_regex_scratch_free(s);
    skr_regex_free(r);
    skr_arena_free(&a);
    return done;
}

START_TEST(every_allocation_may_fail)
{
    bool done = false;
    for (size_t n = 0; !done; n++) {
        pool p = pool_of(n);
        skr_mem m;
        saker_alloc hook = pool_alloc(&p);
        ck_assert_uint_lt(n, 1000);
        skr_mem_init(&m, &hook, 0);
        done = compile_and_match(&m);
        ck_assert_uint_eq(m.used, 0);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("regex");
    TCase *t = tcase_create("regex");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, refused_rows);
    tcase_add_test(t, match_rows);
    tcase_add_test(t, no_value_takes_long);
    tcase_add_test(t, many_values_do_not_take_long);
    tcase_add_test(t, prefixes);
    tcase_add_test(t, literals);
    tcase_add_test(t, literals_are_there);
    tcase_add_test(t, too_large);
    tcase_add_test(t, each_character_is_in_a_class_or_in_its_complement);
    tcase_add_test(t, one_pattern_in_many_threads);
    tcase_add_test(t, every_allocation_may_fail);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
