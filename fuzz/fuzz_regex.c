/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions against a slow matcher that is written straight from the grammar: the first line is the pattern,
 * the rest the value. A position set goes through the tree of the pattern; nothing is ever tried twice. */
#include "regex.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* nested stars take the slow matcher twice the time for each level */
enum { LONGEST_PATTERN = 80, MOST_GROUPS = 12, LONGEST_VALUE = 60, INVALID = 0xFFFD };

typedef enum kind { CHAR, ANY, CLASS, BEGIN, END, EMPTY, CAT, ALT, REPEAT } kind;

typedef struct node node;
struct node {
    kind kind;
    uint32_t rune;
    const char *text; /* CLASS: behind the '[' */
    node *a, *b;
    int least, most; /* REPEAT; most -1: any number */
    int copies;      /* product of nested repetitions */
};

typedef struct parser {
    const char *at, *end;
    node nodes[4 * LONGEST_PATTERN + 8];
    size_t count;
    bool refused;
} parser;

static node *refuse(parser *p)
{
    p->refused = true;
    return &p->nodes[0];
}

static node *make(parser *p, kind k, node *a, node *b)
{
    node *n = &p->nodes[p->count++];
    *n = (node){ .kind = k, .a = a, .b = b, .copies = 1 };
    if (a && a->copies > n->copies)
        n->copies = a->copies;
    if (b && b->copies > n->copies)
        n->copies = b->copies;
    return n;
}

/* ---- Characters; NULL: refused ---- */

static const char *rune_at(const char *s, const char *end, uint32_t *rune)
{
    size_t bad, n = s < end ? skr_utf8_next(s, (size_t)(end - s), &bad) : 0;
    if (!n)
        return NULL;
    *rune = (unsigned char)*s;
    if (n > 1)
        *rune &= 0xFFu >> (n + 1);
    for (size_t i = 1; i < n; i++)
        *rune = *rune << 6 | (s[i] & 0x3F);
    return s + n;
}

static bool octal(const char *s, const char *end)
{
    return s < end && *s >= '0' && *s <= '7';
}

/* Behind a backslash. */
static const char *escape_at(const char *s, const char *end, uint32_t *rune)
{
    static const char names[] = "aftnrv", values[] = "\a\f\t\n\r\v";
    if (s >= end || (unsigned char)*s >= 0x80)
        return NULL;
    const char *name = *s ? strchr(names, *s) : NULL;
    if (name) {
        *rune = (uint32_t)values[name - names];
        return s + 1;
    }
    if (octal(s, end)) {
        if (*s != '0' && !octal(s + 1, end))
            return NULL;
        *rune = 0;
        for (int i = 0; i < 3 && octal(s, end); i++)
            *rune = *rune * 8 + (uint32_t)(*s++ - '0');
        return s;
    }
    if (*s == 'x') {
        bool braces = s + 1 < end && s[1] == '{';
        size_t digits = 0;
        *rune = 0;
        for (s += braces ? 2 : 1; s < end && skr_hex_digit(*s) >= 0 && (braces || digits < 2); s++, digits++) {
            *rune = *rune * 16 + (uint32_t)skr_hex_digit(*s);
            if (*rune > 0x10FFFF)
                return NULL;
        }
        if (braces)
            return digits && s < end && *s == '}' ? s + 1 : NULL;
        return digits == 2 ? s : NULL;
    }
    if (skr_is_alpha(*s) || skr_is_digit(*s))
        return NULL;
    *rune = (unsigned char)*s;
    return s + 1;
}

static const char *member_at(const char *s, const char *end, uint32_t *rune)
{
    if (s < end && *s == '\\')
        return escape_at(s + 1, end, rune);
    return rune_at(s, end, rune);
}

static bool named_class_has(const char *name, size_t len, uint32_t r, bool *known)
{
    static const char *const classes[] = { "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph",
                                           "lower", "print", "punct", "space", "upper", "word",  "xdigit" };
    size_t i = 0;
    bool upper = r >= 'A' && r <= 'Z', lower = r >= 'a' && r <= 'z', digit = r >= '0' && r <= '9';
    bool print = r >= ' ' && r <= '~', alnum = upper || lower || digit;
    bool in[] = { alnum,
                  upper || lower,
                  r < 0x80,
                  r == ' ' || r == '\t',
                  r < ' ' || r == 0x7F,
                  digit,
                  print && r != ' ',
                  lower,
                  print,
                  print && r != ' ' && !alnum,
                  r == ' ' || (r >= 9 && r <= 13),
                  upper,
                  alnum || r == '_',
                  digit || (r >= 'a' && r <= 'f') || (r >= 'A' && r <= 'F') };
    while (i < sizeof in && !(strlen(classes[i]) == len && memcmp(classes[i], name, len) == 0))
        i++;
    *known = i < sizeof in;
    return *known && in[i];
}

/* A class from behind its '[' on: where it ends, and whether it has the character. */
static const char *class_at(const char *s, const char *end, uint32_t r, bool *has)
{
    bool negated = s < end && *s == '^', hit = false;
    s += negated;
    for (bool first = true; s < end && (*s != ']' || first); first = false) {
        uint32_t low, high;
        const char *close;
        if (*s == '-' && !first && (s + 1 >= end || s[1] != ']'))
            return NULL;
        for (close = s + 2; *s == '[' && close + 1 < end && !(close[0] == ':' && close[1] == ']');)
            close++;
        if (*s == '[' && s + 2 < end && s[1] == ':' && close + 1 < end) {
            bool known, not = s[2] == '^', in = named_class_has(s + 2 + not, (size_t)(close - s) - 2 - not, r, &known);
            if (!known)
                return NULL;
            hit = hit || in != not ;
            s = close + 2;
            continue;
        }
        s = member_at(s, end, &low);
        high = low;
        if (s && s + 1 < end && s[0] == '-' && s[1] != ']')
            s = member_at(s + 1, end, &high);
        if (!s || high < low)
            return NULL;
        hit = hit || (r >= low && r <= high);
    }
    *has = hit != negated;
    return s < end ? s + 1 : NULL;
}

/* ---- Grammar ---- */

static node *alternatives(parser *p);

static node *atom(parser *p)
{
    node *n;
    bool has;
    switch (*p->at) {
    case '(':
        p->at++;
        n = alternatives(p);
        if (p->refused || p->at >= p->end)
            return refuse(p);
        p->at++; /* ')' */
        return n;
    case '.':
    case '^':
    case '$':
        n = make(p, *p->at == '.' ? ANY : *p->at == '^' ? BEGIN : END, NULL, NULL);
        p->at++;
        return n;
    case '[':
        n = make(p, CLASS, NULL, NULL);
        n->text = p->at + 1;
        p->at = class_at(n->text, p->end, 0, &has);
        return p->at ? n : refuse(p);
    case '*':
    case '+':
    case '?':
        return refuse(p);
    default:
        n = make(p, CHAR, NULL, NULL);
        p->at = member_at(p->at, p->end, &n->rune);
        return p->at ? n : refuse(p);
    }
}

static int number(const char **s, const char *end)
{
    int n = 0;
    if (*s >= end || !skr_is_digit(**s) || (**s == '0' && *s + 1 < end && skr_is_digit((*s)[1])))
        return -1;
    while (*s < end && skr_is_digit(**s) && n < 100000000)
        n = n * 10 + (*(*s)++ - '0');
    return n;
}

/* {n}, {n,}, {n,m} at `s`; NULL: a literal brace. */
static const char *counts(const char *s, const char *end, int *least, int *most)
{
    s++;
    if ((*least = *most = number(&s, end)) < 0)
        return NULL;
    if (s < end && *s == ',') {
        s++;
        *most = s < end && *s == '}' ? -1 : number(&s, end);
        if (*most < 0 && (s >= end || *s != '}'))
            return NULL;
    }
    return s < end && *s == '}' ? s + 1 : NULL;
}

static node *repeated(parser *p)
{
    int least, most;
    node *n = p->at < p->end && *p->at == '{' && counts(p->at, p->end, &least, &most) ? refuse(p) : atom(p);
    while (!p->refused && p->at < p->end) {
        const char *next = p->at + 1;
        bool braces = *p->at == '{';
        least = *p->at == '+';
        most = *p->at == '?' ? 1 : -1;
        if (braces)
            next = counts(p->at, p->end, &least, &most);
        else if (!strchr("*+?", *p->at) || !*p->at)
            break;
        if (!next)
            break;
        p->at = next;
        n = make(p, REPEAT, n, NULL);
        n->least = least;
        n->most = most;
        int times = most < 0 ? least : most;
        if (braces && times)
            n->copies *= times;
        if (braces && (least > 1000 || most > 1000 || (most >= 0 && most < least)))
            return refuse(p);
        if (braces && n->copies > 1000 && (least >= 2 || most >= 2))
            return refuse(p);
    }
    return n;
}

static node *sequence(parser *p)
{
    node *n = make(p, EMPTY, NULL, NULL);
    while (!p->refused && p->at < p->end && *p->at != '|' && *p->at != ')')
        n = make(p, CAT, n, repeated(p));
    return n;
}

static node *alternatives(parser *p)
{
    node *n = sequence(p);
    while (!p->refused && p->at < p->end && *p->at == '|') {
        p->at++;
        n = make(p, ALT, n, sequence(p));
    }
    return n;
}

/* ---- Matching: sets of positions, one bit each ---- */

typedef struct text {
    uint32_t runes[LONGEST_VALUE];
    size_t len;
    const char *pattern_end;
    unsigned long left; /* steps: repetitions of repetitions take too many */
} text;

static bool takes(const text *t, const node *n, uint32_t r)
{
    bool has = false;
    if (n->kind == CLASS)
        class_at(n->text, t->pattern_end, r, &has);
    return n->kind == CLASS ? has : n->kind == ANY ? r != '\n' : n->rune == r;
}

static uint64_t go(text *t, const node *n, uint64_t from);

static uint64_t go_repeat(text *t, const node *n, uint64_t from)
{
    for (int i = 0; i < n->least; i++)
        from = go(t, n->a, from);
    uint64_t all = from;
    for (int i = n->least; n->most < 0 || i < n->most; i++) {
        from = go(t, n->a, from);
        if ((all | from) == all)
            break;
        all |= from;
    }
    return all;
}

static bool gives_up(text *t)
{
    return !t->left || !--t->left;
}

static uint64_t go(text *t, const node *n, uint64_t from)
{
    uint64_t to = 0;
    if (gives_up(t))
        return from;
    switch (n->kind) {
    case EMPTY:
        return from;
    case CAT:
        return go(t, n->b, go(t, n->a, from));
    case ALT:
        return go(t, n->a, from) | go(t, n->b, from);
    case REPEAT:
        return go_repeat(t, n, from);
    default:
        break;
    }
    for (size_t i = 0; i <= t->len; i++) {
        if (!(from >> i & 1))
            continue;
        if (gives_up(t))
            return from;
        if (n->kind == BEGIN)
            to |= i == 0 || t->runes[i - 1] == '\n' ? UINT64_C(1) << i : 0;
        else if (n->kind == END)
            to |= i == t->len || t->runes[i] == '\n' ? UINT64_C(1) << i : 0;
        else if (i < t->len && takes(t, n, t->runes[i]))
            to |= UINT64_C(2) << i;
    }
    return to;
}

/* Of a value that is not valid, control characters count as U+FFFD, too. */
static bool decode(text *t, skr_str value)
{
    const bool valid = skr_utf8_valid(value);
    for (size_t i = 0, bad; i < value.len;) {
        uint32_t r = INVALID;
        size_t n = skr_utf8_next(value.ptr + i, value.len - i, &bad);
        if (n)
            rune_at(value.ptr + i, value.ptr + value.len, &r);
        if (!valid && (r < 0x20 || r == 0x7F))
            r = INVALID;
        if (t->len == LONGEST_VALUE)
            return false;
        t->runes[t->len++] = r;
        i += n ? n : bad;
    }
    return true;
}

static void compare(skr_str pattern, skr_str value, const skr_regex *r, const char *error, skr_regex_result is)
{
    parser p = { .at = pattern.ptr, .end = pattern.ptr + pattern.len };
    text t = { .len = 0, .pattern_end = p.end, .left = 200000 };
    size_t groups = 0;
    for (size_t i = 0; i < pattern.len; i++)
        groups += pattern.ptr[i] == '(';
    if (pattern.len > LONGEST_PATTERN || groups > MOST_GROUPS || !decode(&t, value) ||
        (error && strstr(error, "too large")))
        return;
    const node *n = alternatives(&p);
    bool refused = p.refused || p.at < p.end; /* a ')' is left */
    if (refused != (r == NULL))
        abort();
    if (refused || is == SKR_REGEX_LIMIT)
        return;
    bool matches = go(&t, n, 1) >> t.len & 1;
    if (!t.left)
        return;
    if (matches != (is == SKR_REGEX_YES) || (matches && !skr_str_starts(value, skr_regex_prefix(r))))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_arena a;
    skr_regex *r = NULL;
    const char *error = NULL;
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    size_t n = newline ? (size_t)(newline - data) : size;
    skr_str all = { size ? (const char *)data : "", size };
    skr_str pattern = skr_str_cut(all, 0, n), value = skr_str_cut(all, newline ? n + 1 : n, size);
    skr_regex_result is = SKR_REGEX_NO;
    if (pattern.len > 255)
        return 0;
    skr_mem_init(&mem, NULL, 0);
    skr_arena_init(&a, &mem);
    int status = skr_regex_new(&mem, &a, pattern, &r, &error);
    if (status == SAKER_OK) {
        skr_regex_scratch *s = skr_regex_scratch_new(&mem);
        if (!s)
            abort();
        is = skr_regex_match(r, s, value);
        skr_regex_scratch_free(s);
    } else if (status != SAKER_ERULES || !error || !*error) {
        abort();
    }
    compare(pattern, value, r, error, is);
    skr_regex_free(r);
    skr_arena_free(&a);
    if (mem.used)
        abort();
    return 0;
}
