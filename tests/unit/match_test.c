/* SPDX-License-Identifier: Apache-2.0 */
/* lib/match: globs, path prefixes, sets, networks, substring search, regular expressions. Where a row says what a
 * pattern takes or how it is refused, that was seen at fnmatch(3) of glibc and at RE2 in its POSIX mode. */
#include "glob.h"
#include "grams.h"
#include "netset.h"
#include "num.h"
#include "paths.h"
#include "radix.h"
#include "regex.h"
#include "search.h"
#include "strset.h"

#include <check.h>
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

static skr_str str(const char *s)
{
    return skr_str_of(s);
}

/* ---- Globs ---- */

typedef struct glob_row {
    const char *pattern, *text;
    bool matches, matches_folded;
} glob_row;

static const glob_row globs[] = {
    { "", "", true, true },
    { "", "a", false, false },
    { "a", "", false, false },
    { "abc", "abc", true, true },
    { "abc", "ABC", false, true },
    { "ABC", "abc", false, true },
    { "a?c", "abc", true, true },
    { "a?c", "a/c", true, true },
    { "?", "", false, false },
    { "?", "\xC3\xA9", false, false },
    { "??", "\xC3\xA9", true, true },
    { "*", "", true, true },
    { "*", ".hidden/x", true, true },
    { "/etc/*", "/etc/ssh/sshd_config", true, true },
    { "/etc/*.conf", "/etc/a/b.conf", true, true },
    { "/etc/*.conf", "/etc/a/b.conf2", false, false },
    { "*a*b*", "xxaxxbxx", true, true },
    { "*a*b*", "xxbxxaxx", false, false },
    { "a**b", "ab", true, true },
    { "[abc]", "b", true, true },
    { "[abc]", "B", false, true },
    { "[!abc]", "b", false, false },
    { "[!abc]", "d", true, true },
    { "[^abc]", "d", true, true },
    { "[a-c]x", "bx", true, true },
    { "[a-c]", "C", false, true },
    { "[A-Z]*", "bash", false, true },
    { "[!0-9]", "5", false, false },
    { "[c-a]", "b", false, false },
    { "[]a]", "]", true, true },
    { "[]a]", "a", true, true },
    { "[!]a]", "]", false, false },
    { "[a-]", "-", true, true },
    { "[-a]", "-", true, true },
    { "[[:alpha:]]", "x", true, true },
    { "[[:alpha:]]", "1", false, false },
    { "[![:alpha:]]", "1", true, true },
    { "[[:digit:]x]", "x", true, true },
    { "[[:upper:]]", "a", false, false },
    { "[[:space:]]", "\t", true, true },
    { "[[:punct:]]", "_", true, true },
    { "[[:xdigit:]][[:cntrl:]][[:blank:]]", "f\x01 ", true, true },
    { "[[:nonsense:]]", "n", false, false },
    { "[[:alpha]", "[", true, true },
    { "[[.a.]-c]", "b", true, true },
    { "[[=a=]]", "a", true, true },
    { "[a\\]b]", "]", true, true },
    { "[\\a]", "a", true, true },
    { "\\*", "*", true, true },
    { "\\*", "x", false, false },
    { "\\a", "a", true, true },
    { "\\a", "A", false, true },
    { "a\\", "a\\", false, false },
    { "a\\", "a", false, false },
    { "[", "[", true, true },
    { "[abc", "[abc", true, true },
    { "[abc", "a", false, false },
    { "x[", "x[", true, true },
    { "*[abc", "zz[abc", true, true },
    { "a]", "a]", true, true },
    { "[/]", "/", true, true },
};

START_TEST(glob_rows)
{
    for (const glob_row *r = globs; r < globs + COUNT(globs); r++) {
        ck_assert_msg(skr_glob(str(r->pattern), str(r->text), false) == r->matches, "%s on %s", r->pattern, r->text);
        ck_assert_msg(skr_glob(str(r->pattern), str(r->text), true) == r->matches_folded, "%s on %s, any case",
                      r->pattern, r->text);
    }
}
END_TEST

/* Exponential in a matcher that tries every star anew. */
START_TEST(glob_many_stars)
{
    char pattern[256], text[65536];
    for (size_t i = 0; i < 250; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[250] = 'b';
    memset(text, 'a', sizeof text);
    ck_assert(!skr_glob((skr_str){ pattern, 251 }, (skr_str){ text, sizeof text }, false));
    text[sizeof text - 1] = 'b';
    ck_assert(skr_glob((skr_str){ pattern, 251 }, (skr_str){ text, sizeof text }, false));
}
END_TEST

/* Each '[' is a literal, which takes a look at all that is behind it. */
START_TEST(glob_open_brackets)
{
    enum { LONG = 1 << 18 };
    char pattern[251], *text = malloc(LONG);
    ck_assert_ptr_nonnull(text);
    memset(pattern, '[', sizeof pattern);
    memset(text, '[', LONG);
    pattern[0] = '*';
    ck_assert(skr_glob((skr_str){ pattern, sizeof pattern }, (skr_str){ text, LONG }, false));
    ck_assert(skr_glob((skr_str){ pattern, sizeof pattern }, (skr_str){ text, sizeof pattern - 1 }, false));
    ck_assert(!skr_glob((skr_str){ pattern, sizeof pattern }, (skr_str){ text, sizeof pattern - 2 }, false));
    pattern[sizeof pattern - 1] = 'x';
    ck_assert(!skr_glob((skr_str){ pattern, sizeof pattern }, (skr_str){ text, LONG }, true));
    free(text);
}
END_TEST

START_TEST(glob_prefixes)
{
    static const struct {
        const char *pattern, *prefix;
        bool whole, special;
    } rows[] = { { "", "", true, false },          { "/etc/*", "/etc/", false, true }, { "abc", "abc", true, false },
                 { "a\\*b", "a*b", true, true },   { "*x", "", false, true },          { "a[b]", "a", false, true },
                 { "a\\bc?", "abc", false, true }, { "a\\", "a", false, false } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[16];
        bool whole;
        size_t n = skr_glob_prefix(str(rows[i].pattern), out, &whole);
        ck_assert(skr_str_is((skr_str){ out, n }, rows[i].prefix));
        ck_assert_int_eq(whole, rows[i].whole);
        ck_assert_int_eq(skr_glob_special(str(rows[i].pattern)), rows[i].special);
    }
}
END_TEST

/* ---- Path prefixes ---- */

typedef struct path_row {
    const char *prefixes; /* blanks between them */
    const char *path;
    bool matches;
} path_row;

static const path_row paths[] = {
    { "/var/run", "/var/run/docker", true },
    { "/var/run/", "/var/run", true },
    { "/var/run", "/var/runner", false },
    { "/var/run", "/var", false },
    { "/var/run", "var//run///x", true },
    { "/", "/anything", true },
    { "/", "", true },
    { "/a", "", false },
    { "/opt/*/b", "/opt/a/b", true },
    { "/opt/*/b", "/opt/a/c/b", false },
    { "/opt/?", "/opt/ab", false },
    { "/opt/[ab]", "/opt/b/x", true },
    { "/a/b/c /a", "/a/x", true },
    { "/a/b/c /a/b", "/a/b", true },
    { "/a/b/c /a/d", "/a/b", false },
    { "/usr/l*/zzz /usr/*/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu/libc.so", true },
    { "/usr/l*/zzz /usr/*/x86_64-linux-gnu /usr/li?/a", "/usr/lib/a", true },
    { "/usr/l*/zzz /usr/*/yyy", "/usr/lib/xxx", false },
    { "/usr/lib/q/r /usr/*/q/s", "/usr/lib/q/s", true },
    { "/*/a/*/c /x/*/b/d /x/a/b/e", "/x/a/b/c", true },
    { "/*/a/*/c /x/*/b/d /x/a/b/e", "/x/a/b/d", true },
    { "/*/a/*/c /x/*/b/d /x/a/b/e", "/x/a/b/e", true },
    { "/*/a/*/c /x/*/b/d /x/a/b/e", "/x/a/b/f", false },
    { "/a\\*", "/a\\*/b", false },
    { "/a\\*", "/a*/b", true },
    { "a/b", "/a/b", true },
};

/* The words of a text with blanks between. */
static size_t words(const char *text, skr_str *out)
{
    size_t n = 0;
    while (*text) {
        size_t len = strcspn(text, " ");
        out[n++] = (skr_str){ text, len };
        text += len + (text[len] == ' ');
    }
    return n;
}

START_TEST(path_rows)
{
    for (const path_row *r = paths; r < paths + COUNT(paths); r++) {
        skr_str prefixes[8];
        size_t n = words(r->prefixes, prefixes);
        const skr_paths *p = skr_paths_new(&arena, prefixes, n);
        ck_assert_ptr_nonnull(p);
        ck_assert_msg(skr_paths_match(p, str(r->path)) == r->matches, "%s in %s", r->path, r->prefixes);
    }
}
END_TEST

START_TEST(path_no_prefix)
{
    const skr_paths *p = skr_paths_new(&arena, NULL, 0);
    ck_assert_ptr_nonnull(p);
    ck_assert(!skr_paths_match(p, str("/a")));
    ck_assert(!skr_paths_match(p, str("")));
}
END_TEST

/* As many globs at each of many levels: a matcher that tries all ways would not come back. */
START_TEST(path_many_globs)
{
    static const char letters[] = "abcdefghij";
    skr_str prefixes[100];
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        char *p = skr_arena_alloc(&arena, 256);
        for (size_t level = 0; level < 60; level++)
            memcpy(p + level * 4, (char[]){ '/', '*', level < 59 ? '*' : letters[i % 10], level < 59 ? '*' : 'x' }, 4);
        prefixes[i] = (skr_str){ p, 240 };
    }
    const skr_paths *p = skr_paths_new(&arena, prefixes, COUNT(prefixes));
    char path[240];
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i % 4 ? 'a' : '/';
    ck_assert(!skr_paths_match(p, (skr_str){ path, sizeof path }));
    path[sizeof path - 2] = 'j';
    path[sizeof path - 1] = 'x';
    ck_assert(skr_paths_match(p, (skr_str){ path, sizeof path }));
}
END_TEST

/* ---- Sets ---- */

START_TEST(strset_members)
{
    static const char *const in[] = { "bash", "", "sh", "zsh", "bash", "a-much-longer-name-than-the-others" };
    skr_str items[COUNT(in)];
    skr_strset s;
    for (size_t i = 0; i < COUNT(in); i++)
        items[i] = str(in[i]);
    ck_assert(skr_strset_init(&s, &arena, items, COUNT(in)));
    ck_assert_uint_eq(s.count, 5);
    for (size_t i = 0; i < COUNT(in); i++)
        ck_assert(skr_strset_has(&s, str(in[i])));
    ck_assert(!skr_strset_has(&s, str("bas")));
    ck_assert(!skr_strset_has(&s, str("bash ")));
    ck_assert(!skr_strset_has(&s, (skr_str){ "bash\0x", 6 }));
    ck_assert(!skr_strset_has(&s, str("hsab")));
    ck_assert_str_eq(s.items[0].ptr, "");
    ck_assert(skr_strset_init(&s, &arena, NULL, 0));
    ck_assert(!skr_strset_has(&s, str("")));
}
END_TEST

START_TEST(strset_many)
{
    enum { MANY = 20000 };
    skr_str *items = skr_arena_array(&arena, MANY, sizeof *items);
    skr_strset s;
    for (int i = 0; i < MANY; i++)
        items[i] = str(skr_arena_printf(&arena, "item-%d", i * 2));
    ck_assert(skr_strset_init(&s, &arena, items, MANY));
    int wrong = 0;
    for (int i = 0; i < MANY * 2; i++)
        wrong += skr_strset_has(&s, str(skr_arena_printf(&arena, "item-%d", i))) != (i % 2 == 0);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Two words that come to the same hash, whatever the first of them is: by how skr_hash() takes words in. */
static void collide(uint64_t words[2], uint64_t first, uint64_t seed)
{
    const unsigned __int128 r =
        (unsigned __int128)(seed ^ 16 * UINT64_C(0x9E3779B97F4A7C15) ^ first) * UINT64_C(0xA0761D6478BD642F);
    words[0] = first;
    words[1] = (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* Strings that are chosen to collide, many under the first seed and some under each other, make no long chains. */
START_TEST(strset_collisions)
{
    enum { MANY = 20000, FEW = 20, SEEDS = 64 };
    uint64_t(*words)[2] = skr_arena_array(&arena, MANY + SEEDS * FEW, sizeof *words);
    skr_str *items = skr_arena_array(&arena, MANY + SEEDS * FEW, sizeof *items);
    skr_strset s;
    size_t wrong = 0;
    for (size_t i = 0; i < MANY + SEEDS * FEW; i++) {
        collide(words[i], i, i < MANY ? 1 : 1 + (i - MANY) / FEW);
        items[i] = (skr_str){ (const char *)words[i], sizeof words[i] };
    }
    ck_assert_uint_eq(skr_hash(words[0], 16, 1), skr_hash(words[MANY - 1], 16, 1));
    ck_assert(skr_strset_init(&s, &arena, items, MANY + SEEDS * FEW));
    ck_assert_ptr_null(s.slots);
    for (size_t i = 0; i < MANY + SEEDS * FEW; i++) {
        const size_t at = skr_strset_find(&s, items[i]);
        wrong += at >= s.count || !skr_str_eq(s.items[at], items[i]);
        words[i][1] ^= 1; /* the set borrows them: look for a copy of what is not there */
        const uint64_t other[2] = { words[i][0], words[i][1] };
        words[i][1] ^= 1;
        wrong += skr_strset_has(&s, (skr_str){ (const char *)other, sizeof other });
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(strset_equality)
{
    skr_str one[] = { SKR_STR("a"), SKR_STR("b"), SKR_STR("a") }, two[] = { SKR_STR("b"), SKR_STR("a") },
            three[] = { SKR_STR("ab") }, four[] = { SKR_STR("a"), SKR_STR("c") };
    skr_strset a, b, c, d;
    ck_assert(skr_strset_init(&a, &arena, one, 3) && skr_strset_init(&b, &arena, two, 2));
    ck_assert(skr_strset_init(&c, &arena, three, 1) && skr_strset_init(&d, &arena, four, 2));
    ck_assert_uint_eq(a.content, b.content);
    ck_assert(skr_strset_eq(&a, &b));
    ck_assert(!skr_strset_eq(&a, &c));
    ck_assert(!skr_strset_eq(&a, &d));
    ck_assert_uint_ne(a.content, c.content);
}
END_TEST

/* ---- Networks ---- */

static skr_net net(const char *text)
{
    skr_net n = { 0 };
    unsigned len = 0;
    const char *slash = strchr(text, '/');
    size_t end = slash ? (size_t)(slash - text) : strlen(text);
    ck_assert(skr_parse_ip((skr_str){ text, end }, n.ip, &len));
    n.len = (uint8_t)len;
    n.bits = (uint8_t)(slash ? (unsigned)atoi(slash + 1) : len * 8);
    return n;
}

static skr_netset netset(const char *list)
{
    skr_str texts[16];
    skr_net nets[16];
    skr_netset s;
    size_t n = words(list, texts);
    for (size_t i = 0; i < n; i++)
        nets[i] = net(skr_arena_dup(&arena, texts[i].ptr, texts[i].len));
    ck_assert(skr_netset_init(&s, &arena, nets, n));
    return s;
}

static bool has(const skr_netset *s, const char *ip)
{
    skr_net n = net(ip);
    return skr_netset_has(s, n.ip, n.len);
}

START_TEST(netset_members)
{
    skr_netset s = netset("10.0.0.0/8 192.168.1.77/24 1.2.3.4 fe80::/10 2001:db8::1 10.1.0.0/16 11.0.0.0/8");
    ck_assert_uint_eq(s.v4_count, 3); /* 10/8 and 11/8 touch */
    ck_assert(has(&s, "10.0.0.0") && has(&s, "11.255.255.255") && !has(&s, "12.0.0.0") && !has(&s, "9.255.255.255"));
    ck_assert(has(&s, "192.168.1.0") && has(&s, "192.168.1.255") && !has(&s, "192.168.2.0"));
    ck_assert(has(&s, "1.2.3.4") && !has(&s, "1.2.3.5") && !has(&s, "1.2.3.3"));
    ck_assert(has(&s, "fe80::1") && has(&s, "febf:ffff::") && !has(&s, "fec0::"));
    ck_assert(has(&s, "2001:db8::1") && !has(&s, "2001:db8::2"));
}
END_TEST

START_TEST(netset_edges)
{
    skr_netset all = netset("0.0.0.0/0"), last = netset("255.255.255.255 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    ck_assert(has(&all, "0.0.0.0") && has(&all, "255.255.255.255") && !has(&all, "::"));
    ck_assert(has(&last, "255.255.255.255") && !has(&last, "255.255.255.254"));
    ck_assert(has(&last, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") && !has(&last, "::"));
    skr_netset none = netset("");
    ck_assert(!has(&none, "0.0.0.0") && !has(&none, "::"));
    ck_assert(!skr_netset_has(&all, (const uint8_t *)"abc", 3));
    skr_netset one = netset("10.0.0.0/9 10.128.0.0/9 ::/1 8000::/1"), two = netset("8000::/1 ::/1 10.3.2.1/8");
    ck_assert(skr_netset_eq(&one, &two));
    ck_assert(!skr_netset_eq(&one, &all));
    skr_net bad[] = { { { 0 }, 5, 0 }, { { 0 }, 4, 33 }, { { 0 }, 16, 129 } };
    ck_assert(skr_netset_init(&none, &arena, bad, 3));
    ck_assert_uint_eq(none.v4_count + none.v6_count, 0);
}
END_TEST

/* ---- Search ---- */

static bool slow_icontains(skr_str text, skr_str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (skr_ieq(skr_str_cut(text, i, i + part.len), part))
            return true;
    return false;
}

START_TEST(search_all_small_texts)
{
    static const char letters[] = "aAbB";
    char text[6], part[3];
    size_t wrong = 0;
    for (unsigned t = 0; t < 4096; t++) {
        for (unsigned i = 0; i < 6; i++)
            text[i] = letters[t >> 2 * i & 3];
        for (unsigned p = 0; p < 64; p++) {
            for (unsigned i = 0; i < 3; i++)
                part[i] = letters[p >> 2 * i & 3];
            for (size_t len = 0; len <= 3; len++) {
                skr_str whole = { text, 6 }, sought = { part, len };
                skr_ipart ip;
                skr_arena_reset(&arena);
                size_t at;
                wrong += !skr_ipart_init(&ip, &arena, sought);
                wrong += skr_icontains(whole, &ip) != slow_icontains(whole, sought);
                wrong += skr_contains(whole, sought) != skr_str_find(whole, sought, &at);
            }
        }
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* ---- Many substrings, many prefixes ---- */

typedef struct finds {
    bool found[16];
} finds;

static void note(void *ctx, uint32_t value)
{
    ((finds *)ctx)->found[value] = true;
}

/* Each pattern at each place of texts of several lengths, in both cases; and nothing that is not there. */
START_TEST(grams_at_every_place)
{
    static const char *const sets[][5] = { { "../" },
                                           { "/.ssh/", "id_rsa" },
                                           { "nc", "abc", "-e /bin/sh", "liblzma.so.5.6.0", "liblzma.so.5.6.1" },
                                           { "abcd", "abcdefghijklmnop", "bcd", "xabcd", "ABCDx" } };
    for (size_t s = 0; s < sizeof sets / sizeof sets[0]; s++) {
        skr_gram_pattern patterns[5];
        uint32_t count = 0;
        for (; count < 5 && sets[s][count]; count++)
            patterns[count] = (skr_gram_pattern){ str(sets[s][count]), count };
        const skr_grams *g = skr_grams_new(&arena, patterns, count);
        ck_assert_ptr_nonnull(g);
        for (uint32_t p = 0; p < count; p++) {
            for (size_t at = 0; at < 24; at++) {
                char text[64];
                memset(text, '~', sizeof text);
                for (size_t i = 0; i < patterns[p].text.len; i++)
                    text[at + i] = at % 2 ? skr_upper(patterns[p].text.ptr[i]) : patterns[p].text.ptr[i];
                for (size_t len = at + patterns[p].text.len - 1; len < 48; len++) {
                    finds f = { { false } };
                    skr_grams_scan(g, (skr_str){ text, len }, note, &f);
                    for (uint32_t q = 0; q < count; q++) {
                        skr_ipart part;
                        ck_assert(skr_ipart_init(&part, &arena, patterns[q].text));
                        ck_assert_int_eq(f.found[q], skr_icontains((skr_str){ text, len }, &part));
                    }
                }
            }
        }
    }
}
END_TEST

START_TEST(radix_walks)
{
    static const struct {
        const char *text, *found; /* letters of the keys */
        size_t in;
    } rows[] = {
        { "", "", 0 },          { "/etc", "ab", 4 },      { "/etc/passwd", "abc", 11 }, { "/etcx", "a", 4 },
        { "/etc//x", "ab", 5 }, { "/etc/pass", "ab", 9 }, { "//etc", "", 1 },           { "/usr/lib/x", "d", 9 },
        { "/usr/lib", "", 8 },  { "/usr/lob", "", 6 },    { "/etc/passwdx", "ab", 11 }, { "x", "", 0 },
        { "/", "", 1 },         { "/usr/lib/", "d", 9 },
    };
    skr_radix_key keys[] = { { str("/etc"), SKR_RADIX_PREFIX, 0 },
                             { str("/etc"), SKR_RADIX_BELOW, 1 },
                             { str("/etc/passwd"), SKR_RADIX_WHOLE, 2 },
                             { str("/usr/lib/"), SKR_RADIX_PREFIX, 3 } };
    const skr_radix *r = skr_radix_new(&arena, keys, 4, false);
    ck_assert_ptr_nonnull(r);
    ck_assert(!r->doubled);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t found[8];
        size_t in, n = skr_radix_walk(r, str(rows[i].text), found, &in);
        ck_assert_uint_eq(n, strlen(rows[i].found));
        for (size_t k = 0; k < n; k++)
            ck_assert_ptr_nonnull(strchr(rows[i].found, 'a' + (int)found[k]));
        ck_assert_uint_eq(in, rows[i].in); /* of "/etc//x" up to the second slash */
    }
}
END_TEST

START_TEST(search_edges)
{
    skr_ipart p;
    ck_assert(skr_ipart_init(&p, &arena, SKR_STR("Zig\xC3\x89")));
    ck_assert(skr_icontains(SKR_STR("a zIG\xC3\x89"), &p));
    ck_assert(!skr_icontains(SKR_STR("a zIG\xC3\xA9"), &p)); /* only ASCII letters have two cases */
    ck_assert(!skr_icontains(SKR_STR("zig"), &p));
    ck_assert(skr_ipart_init(&p, &arena, SKR_STR("[@`{")));
    ck_assert(!skr_icontains(SKR_STR("{`@["), &p));
    ck_assert(skr_icontains(SKR_STR("x[@`{"), &p));
    ck_assert(skr_contains(SKR_STR(""), SKR_STR("")) && !skr_contains(SKR_STR(""), SKR_STR("a")));
    ck_assert(skr_contains((skr_str){ "a\0b", 3 }, (skr_str){ "\0b", 2 }));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("match");
    TCase *t = tcase_create("match");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, glob_rows);
    tcase_add_test(t, glob_many_stars);
    tcase_add_test(t, glob_prefixes);
    tcase_add_test(t, path_rows);
    tcase_add_test(t, path_no_prefix);
    tcase_add_test(t, path_many_globs);
    tcase_add_test(t, strset_members);
    tcase_add_test(t, strset_many);
    tcase_add_test(t, strset_collisions);
    tcase_add_test(t, strset_equality);
    tcase_add_test(t, netset_members);
    tcase_add_test(t, netset_edges);
    tcase_add_test(t, search_all_small_texts);
    tcase_add_test(t, search_edges);
    tcase_add_test(t, grams_at_every_place);
    tcase_add_test(t, radix_walks);
    tcase_add_test(t, glob_open_brackets);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
