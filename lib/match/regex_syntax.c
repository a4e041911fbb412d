/* SPDX-License-Identifier: Apache-2.0 */
#include "regex_syntax.h"

enum {
    LAST_RUNE = 0x10FFFF,
    FIRST_SURROGATE = 0xD800,
    LAST_SURROGATE = 0xDFFF,
    REPLACEMENT = 0xFFFD,
    MOST_REPEATS = 1000, /* of one operator, and of nested ones multiplied */
    LARGEST_NUMBER = 100000000
};

typedef struct group {
    size_t start;     /* of its text in the output               */
    uint32_t repeats; /* largest product of nested repetitions   */
} group;

typedef struct translator {
    skr_str in;
    size_t at;
    skr_buf *out;
    skr_arena *arena;
    const char *error;
    bool no_memory;
    SKR_VEC(group) groups; /* open ones; the first is the whole pattern */
    /* the last item, to which a repetition belongs */
    bool has_item;
    bool is_plain; /* a repetition may be put behind it as it is */
    char repeat;   /* '*', '+' or '?' if the item ends in that   */
    size_t item;   /* start of its text in the output            */
    uint32_t repeats;
    /* the prefix: grows while only literals have been seen */
    skr_buf *prefix;
    bool prefix_open;
    size_t before_last; /* length of the prefix without the last literal */
} translator;

/* ---- Faults ---- */

static bool fault(translator *t, const char *what, size_t from, size_t to)
{
    skr_str arg = skr_str_cut(t->in, from, to);
    t->error = arg.len ? skr_arena_printf(t->arena, "%s: %.*s", what, (int)arg.len, arg.ptr) : what;
    t->no_memory = t->error == NULL;
    return false;
}

static bool whole_fault(translator *t, const char *what)
{
    return fault(t, what, 0, t->in.len);
}

static bool left(const translator *t, size_t n)
{
    return t->in.len - t->at >= n;
}

static char peek(const translator *t, size_t ahead)
{
    return left(t, ahead + 1) ? t->in.ptr[t->at + ahead] : '\0';
}

/* ---- Characters ---- */

/* The next character; false: the text is not UTF-8, or at its end. */
static bool next_rune(translator *t, uint32_t *rune)
{
    static const unsigned char first_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    size_t bad, n = left(t, 1) ? skr_utf8_next(t->in.ptr + t->at, t->in.len - t->at, &bad) : 0;
    if (!n)
        return fault(t, "invalid UTF-8", 0, 0);
    uint32_t r = (unsigned char)peek(t, 0) & first_bits[n];
    for (size_t i = 1; i < n; i++)
        r = r << 6 | ((unsigned char)peek(t, i) & 0x3F);
    t->at += n;
    *rune = r;
    return true;
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool bad_escape(translator *t, size_t start)
{
    return fault(t, "invalid escape sequence", start, t->at);
}

/* Up to three octal digits, the first of which is read. A single one but 0 would be a back reference. */
static bool octal(translator *t, uint32_t first, size_t start, uint32_t *rune)
{
    if (first && !is_octal(peek(t, 0)))
        return bad_escape(t, start);
    *rune = first;
    for (int i = 0; i < 2 && is_octal(peek(t, 0)); i++)
        *rune = *rune * 8 + (uint32_t)(t->in.ptr[t->at++] - '0');
    return true;
}

/* Behind "\x{": digits up to the closing brace. */
static bool braced_hex(translator *t, size_t start, uint32_t *rune)
{
    uint32_t c, code = 0;
    size_t digits = 0;
    if (!next_rune(t, &c))
        return false;
    for (; c < 0x80 && skr_hex_digit((char)c) >= 0; digits++) {
        code = code * 16 + (uint32_t)skr_hex_digit((char)c);
        if (code > LAST_RUNE || !left(t, 1))
            return bad_escape(t, start);
        if (!next_rune(t, &c))
            return false;
    }
    *rune = code;
    return (c == '}' && digits) || bad_escape(t, start);
}

static bool hex(translator *t, size_t start, uint32_t *rune)
{
    uint32_t high, low;
    if (!left(t, 1))
        return bad_escape(t, start);
    if (!next_rune(t, &high))
        return false;
    if (high == '{')
        return braced_hex(t, start, rune);
    if (!left(t, 1))
        return bad_escape(t, start);
    if (!next_rune(t, &low))
        return false;
    int h = high < 0x80 ? skr_hex_digit((char)high) : -1, l = low < 0x80 ? skr_hex_digit((char)low) : -1;
    if (h < 0 || l < 0)
        return bad_escape(t, start);
    *rune = (uint32_t)(h * 16 + l);
    return true;
}

/* A backslash and what belongs to it. Only a character can come of it: there are no Perl classes. */
static bool escape(translator *t, uint32_t *rune)
{
    static const char letters[] = "nrtafv", values[] = "\n\r\t\a\f\v";
    size_t start = t->at;
    uint32_t c;
    if (!left(t, 2))
        return fault(t, "trailing \\", 0, 0);
    t->at++;
    if (!next_rune(t, &c))
        return false;
    if (c >= 0x80)
        return bad_escape(t, start);
    if (is_octal((char)c))
        return octal(t, c - '0', start, rune);
    if (c == 'x')
        return hex(t, start, rune);
    const char *known = c ? strchr(letters, (char)c) : NULL;
    if (!known && (skr_is_alpha((char)c) || skr_is_digit((char)c)))
        return bad_escape(t, start);
    *rune = known ? (uint32_t)values[known - letters] : c;
    return true;
}

/* ---- Items ---- */

static void begin_item(translator *t, bool is_plain)
{
    t->has_item = true;
    t->is_plain = is_plain;
    t->repeat = 0;
    t->item = t->out->len;
    t->repeats = 1;
}

static void close_prefix(translator *t)
{
    t->prefix_open = false;
}

static void emit_rune(translator *t, uint32_t r)
{
    if (r < 0x80 && (skr_is_alpha((char)r) || skr_is_digit((char)r)))
        skr_buf_char(t->out, (char)r);
    else
        skr_buf_printf(t->out, "\\x{%x}", r);
}

static void add_utf8(skr_buf *b, uint32_t r)
{
    char bytes[4];
    skr_buf_add(b, bytes, skr_utf8_put(bytes, r));
}

static bool is_surrogate(uint32_t r)
{
    return r >= FIRST_SURROGATE && r <= LAST_SURROGATE;
}

static const char no_character[] = "[^\\x{0}-\\x{10ffff}]", any_character[] = "[\\x{0}-\\x{10ffff}]";

static bool literal(translator *t, uint32_t r)
{
    begin_item(t, true);
    if (is_surrogate(r))
        skr_buf_cstr(t->out, no_character);
    else
        emit_rune(t, r);
    /* U+FFFD also stands for what is no UTF-8 in a value: no bytes can be told from it */
    if (is_surrogate(r) || r == REPLACEMENT)
        close_prefix(t);
    if (t->prefix_open) {
        t->before_last = t->prefix->len;
        add_utf8(t->prefix, r);
    }
    return true;
}

/* ---- Classes ---- */

typedef struct class_writer {
    bool is_empty;
} class_writer;

static void add_range(translator *t, class_writer *w, uint32_t low, uint32_t high)
{
    if (is_surrogate(low))
        low = LAST_SURROGATE + 1;
    if (is_surrogate(high))
        high = FIRST_SURROGATE - 1;
    if (low > high)
        return;
    w->is_empty = false;
    skr_buf_printf(t->out, low == high ? "\\x{%x}" : "\\x{%x}-\\x{%x}", low, high);
}

static const struct {
    const char *name, *ranges;
    size_t len;
} classes[] = {
#define SKR_REGEX_CLASS(name, ranges) { name, ranges, sizeof(ranges) - 1 },
#include "regex_classes.def"
#undef SKR_REGEX_CLASS
};

static void add_class(translator *t, class_writer *w, size_t i, bool negated)
{
    uint32_t next = 0;
    for (size_t k = 0; k < classes[i].len; k += 2) {
        uint32_t low = (unsigned char)classes[i].ranges[k], high = (unsigned char)classes[i].ranges[k + 1];
        if (!negated)
            add_range(t, w, low, high);
        else if (next < low)
            add_range(t, w, next, low - 1);
        next = high + 1;
    }
    if (negated)
        add_range(t, w, next, LAST_RUNE);
}

/* "[:name:]" or "[:^name:]" at the cursor. 1: read; 0: not one; -1: no class has that name. */
static int named_class(translator *t, class_writer *w)
{
    size_t from = t->at + 2, end;
    skr_str text = skr_str_cut(t->in, t->at, t->in.len);
    if (text.len < 3 || text.ptr[1] != ':' || !skr_str_find(skr_str_cut(t->in, from, t->in.len), SKR_STR(":]"), &end))
        return 0;
    bool negated = peek(t, 2) == '^';
    skr_str name = skr_str_cut(t->in, from + negated, from + end);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (skr_str_is(name, classes[i].name)) {
            add_class(t, w, i, negated);
            t->at = from + end + 2;
            return 1;
        }
    }
    fault(t, "invalid character class range", t->at, from + end + 2);
    return -1;
}

static bool class_rune(translator *t, size_t start, uint32_t *rune)
{
    if (!left(t, 1))
        return fault(t, "missing ]", start, t->in.len);
    return peek(t, 0) == '\\' ? escape(t, rune) : next_rune(t, rune);
}

/* One character or a range. `start` is where the class begins. */
static bool class_range(translator *t, class_writer *w, size_t start)
{
    uint32_t low, high;
    size_t from = t->at;
    if (!class_rune(t, start, &low))
        return false;
    high = low;
    if (left(t, 2) && peek(t, 0) == '-' && peek(t, 1) != ']') {
        t->at++;
        if (!class_rune(t, start, &high))
            return false;
        if (high < low)
            return fault(t, "invalid character class range", from, t->at);
    }
    add_range(t, w, low, high);
    return true;
}

/* A '-' may stand first or last in a class only. */
static bool misplaced_dash(translator *t)
{
    uint32_t rune;
    size_t from = t->at++;
    if (!next_rune(t, &rune))
        return false;
    return fault(t, "invalid character class range", from, t->at);
}

static bool class_members(translator *t, class_writer *w, size_t start)
{
    for (bool first = true; left(t, 1) && (peek(t, 0) != ']' || first); first = false) {
        if (peek(t, 0) == '-' && !first && peek(t, 1) != ']')
            return misplaced_dash(t);
        int named = peek(t, 0) == '[' ? named_class(t, w) : 0;
        if (named < 0 || (!named && !class_range(t, w, start)))
            return false;
    }
    return left(t, 1) || fault(t, "missing ]", start, t->in.len);
}

static bool bracket(translator *t)
{
    size_t start = t->at++;
    class_writer w = { true };
    close_prefix(t);
    begin_item(t, true);
    bool negated = peek(t, 0) == '^';
    t->at += negated;
    skr_buf_cstr(t->out, negated ? "[^" : "[");
    if (!class_members(t, &w, start))
        return false;
    t->at++;
    if (w.is_empty) { /* nothing but surrogates */
        t->out->len = t->item;
        skr_buf_cstr(t->out, negated ? any_character : no_character);
    } else {
        skr_buf_char(t->out, ']');
    }
    return true;
}

/* ---- Repetition ---- */

static void insert(skr_buf *b, size_t at, const char *text)
{
    size_t n = strlen(text), behind = b->len - at;
    if (!skr_buf_room(b, n))
        return;
    memmove(b->ptr + at + n, b->ptr + at, behind);
    memcpy(b->ptr + at, text, n);
    b->len += n;
}

/* Puts the item into a group, if a repetition cannot be put behind it as it is. */
static void wrap(translator *t)
{
    if (t->is_plain)
        return;
    insert(t->out, t->item, "(?:");
    skr_buf_char(t->out, ')');
}

static group *innermost(translator *t)
{
    return &t->groups.v[t->groups.n - 1];
}

/* Before anything but a repetition: the last item is complete. */
static void end_item(translator *t)
{
    if (t->has_item && t->repeats > innermost(t)->repeats)
        innermost(t)->repeats = t->repeats;
}

static void shorten_prefix(translator *t)
{
    if (t->prefix_open)
        t->prefix->len = t->before_last; /* the last literal is repeated */
    close_prefix(t);
}

static bool simple_repeat(translator *t, char op)
{
    if (!t->has_item)
        return fault(t, "no argument for repetition operator", t->at, t->at + 1);
    t->at++;
    shorten_prefix(t);
    if (t->repeat && !t->out->failed) { /* of two in a row: the same is once, others are '*' */
        t->repeat = t->repeat == op ? op : '*';
        t->out->ptr[t->out->len - 1] = t->repeat;
        return true;
    }
    wrap(t);
    skr_buf_char(t->out, op);
    t->repeat = op;
    t->is_plain = false;
    return true;
}

/* Decimal without leading zeros; -1: none. */
static int number(translator *t, size_t *at)
{
    size_t i = *at;
    int n = 0;
    skr_str s = t->in;
    if (i >= s.len || !skr_is_digit(s.ptr[i]) || (s.ptr[i] == '0' && i + 1 < s.len && skr_is_digit(s.ptr[i + 1])))
        return -1;
    for (; i < s.len && skr_is_digit(s.ptr[i]); i++) {
        if (n >= LARGEST_NUMBER)
            return -1;
        n = n * 10 + (s.ptr[i] - '0');
    }
    *at = i;
    return n;
}

/* {n}, {n,} or {n,m} at the cursor; *end: behind it. Anything else is a literal brace. */
static bool braces(translator *t, int *least, int *most, size_t *end)
{
    size_t at = t->at + 1;
    *least = *most = number(t, &at);
    if (*least < 0)
        return false;
    if (at < t->in.len && t->in.ptr[at] == ',') {
        at++;
        *most = at < t->in.len && t->in.ptr[at] == '}' ? -1 : number(t, &at);
        if (*most < 0 && (at >= t->in.len || t->in.ptr[at] != '}'))
            return false;
    }
    *end = at + 1;
    return at < t->in.len && t->in.ptr[at] == '}';
}

static bool counted_repeat(translator *t)
{
    int least, most;
    size_t end;
    if (!braces(t, &least, &most, &end)) {
        end_item(t);
        t->at++;
        return literal(t, '{');
    }
    if ((most >= 0 && most < least) || least > MOST_REPEATS || most > MOST_REPEATS)
        return fault(t, "invalid repetition size", t->at, end);
    if (!t->has_item)
        return fault(t, "no argument for repetition operator", t->at, end);
    uint32_t times = (uint32_t)(most < 0 ? least : most);
    t->repeats *= times ? times : 1;
    if (t->repeats > MOST_REPEATS && (least >= 2 || most >= 2))
        return fault(t, "invalid repetition size", t->at, end);
    shorten_prefix(t);
    wrap(t);
    skr_buf_str(t->out, skr_str_cut(t->in, t->at, end));
    t->at = end;
    t->repeat = 0;
    t->is_plain = false;
    return true;
}

/* ---- Groups ---- */

static bool open_group(translator *t)
{
    close_prefix(t);
    t->at++;
    if (!skr_vec_push(t->arena->mem, &t->groups, ((group){ t->out->len, 1 }))) {
        t->no_memory = true;
        return false;
    }
    skr_buf_cstr(t->out, "(?:");
    t->has_item = false;
    return true;
}

static bool close_group(translator *t)
{
    if (t->groups.n == 1)
        return whole_fault(t, "unexpected )");
    group g = *innermost(t);
    t->groups.n--;
    t->at++;
    skr_buf_char(t->out, ')');
    begin_item(t, true);
    t->item = g.start;
    t->repeats = g.repeats;
    return true;
}

static bool alternative(translator *t)
{
    close_prefix(t);
    if (t->groups.n == 1)
        t->prefix->len = 0;
    t->at++;
    skr_buf_char(t->out, '|');
    t->has_item = false;
    return true;
}

static bool assertion(translator *t, char c)
{
    if (c == '$' || t->prefix->len)
        close_prefix(t);
    begin_item(t, false);
    t->before_last = t->prefix->len;
    skr_buf_char(t->out, c);
    t->at++;
    return true;
}

/* One item, operator or parenthesis. */
static bool step(translator *t)
{
    uint32_t rune;
    char c = peek(t, 0);
    if (c == '*' || c == '+' || c == '?')
        return simple_repeat(t, c);
    if (c == '{')
        return counted_repeat(t);
    end_item(t);
    switch (c) {
    case '(':
        return open_group(t);
    case ')':
        return close_group(t);
    case '|':
        return alternative(t);
    case '^':
    case '$':
        return assertion(t, c);
    case '.':
        close_prefix(t);
        begin_item(t, true);
        skr_buf_char(t->out, '.');
        t->at++;
        return true;
    case '[':
        return bracket(t);
    case '\\':
        return escape(t, &rune) && literal(t, rune);
    default:
        return next_rune(t, &rune) && literal(t, rune);
    }
}

int skr_regex_translate(skr_arena *a, skr_str pattern, skr_buf *out, skr_buf *prefix, const char **error)
{
    translator t = { .in = pattern, .out = out, .arena = a, .prefix = prefix, .prefix_open = true };
    bool ok = skr_vec_push(a->mem, &t.groups, ((group){ 0, 1 }));
    t.no_memory = !ok;
    while (ok && left(&t, 1))
        ok = step(&t);
    if (ok && t.groups.n > 1)
        ok = whole_fault(&t, "missing )");
    skr_vec_free(a->mem, &t.groups);
    if (t.no_memory || out->failed || prefix->failed)
        return SAKER_ENOMEM;
    if (!ok)
        *error = t.error;
    return ok ? SAKER_OK : SAKER_ERULES;
}
