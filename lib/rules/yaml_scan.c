/* SPDX-License-Identifier: Apache-2.0 */
/* Which tokens stand where. The state kept between tokens (possible keys, indents pushed on suspicion, whether a key
 * or a scalar may come next) is the reference's, because it decides which files load; so are the odd cases, e.g. that
 * a possible key still in doubt at the end of the input counts as one. */
#include "yaml_scan.h"

enum { LONGEST_KEY = 1024, DEEPEST_FLOW = 4096 };

bool skr_yscan_fail(skr_yscan *s, size_t at, const char *error)
{
    if (!s->y->error) {
        s->y->error = error;
        s->y->error_at = (uint32_t)at;
    }
    return false;
}

static bool nomem(skr_yscan *s)
{
    s->nomem = true;
    return false;
}

void skr_yscan_init(skr_yscan *s, skr_yaml *y, size_t from)
{
    memset(s, 0, sizeof *s);
    s->y = y;
    s->pos = s->line_start = from;
    s->key_allowed = s->scalar_allowed = true;
    skr_buf_init(&s->out, y->mem);
}

void skr_yscan_free(skr_yscan *s)
{
    skr_vec_free(s->y->mem, &s->tokens);
    skr_vec_free(s->y->mem, &s->indents);
    skr_vec_free(s->y->mem, &s->keys);
    skr_vec_free(s->y->mem, &s->flows);
    skr_vec_free(s->y->mem, &s->pieces);
    skr_buf_free(&s->out);
}

/* ---- Characters ---- */

size_t skr_y_break(const skr_yscan *s, size_t ahead)
{
    char c = skr_y_char(s, ahead);
    if (c == '\n')
        return 1;
    if (c == '\r')
        return skr_y_char(s, ahead + 1) == '\n' ? 2 : 1;
    return 0;
}

bool skr_y_gap_not_end(const skr_yscan *s, size_t ahead)
{
    return s->pos + ahead < s->y->source.len && (skr_y_blank(skr_y_char(s, ahead)) || skr_y_break(s, ahead));
}

bool skr_y_gap(const skr_yscan *s, size_t ahead)
{
    enum { END_OF_STREAM = 4 };
    return s->pos + ahead >= s->y->source.len || skr_y_gap_not_end(s, ahead) || skr_y_char(s, ahead) == END_OF_STREAM;
}

void skr_y_eat(skr_yscan *s, size_t n)
{
    for (; n && !skr_y_at_end(s); n--) {
        if (s->y->source.ptr[s->pos++] == '\n') {
            s->line++;
            s->line_start = s->pos;
        }
    }
}

void skr_y_skip_line(skr_yscan *s)
{
    const skr_str t = s->y->source;
    while (s->pos < t.len && t.ptr[s->pos] != '\n' && t.ptr[s->pos] != '\r')
        s->pos++;
}

bool skr_y_doc_mark(const skr_yscan *s)
{
    if (skr_y_column(s) != 0 || s->y->source.len - s->pos < 3)
        return false;
    const char *p = s->y->source.ptr + s->pos;
    return (memcmp(p, "---", 3) == 0 || memcmp(p, "...", 3) == 0) && skr_y_gap(s, 3);
}

/* ---- The queue ---- */

static bool in_flow(const skr_yscan *s)
{
    return s->flows.n > 0;
}

/* Number of the new token, which stands at the scanner's position and has no length; SIZE_MAX: out of memory. */
static size_t push(skr_yscan *s, skr_ytok_kind kind)
{
    skr_ytok t = { .kind = (uint8_t)kind, .at = (uint32_t)s->pos, .end = (uint32_t)s->pos };
    if (!skr_vec_push(s->y->mem, &s->tokens, t)) {
        s->nomem = true;
        return SIZE_MAX;
    }
    return s->popped + s->tokens.n - 1;
}

static skr_ytok *token(skr_yscan *s, size_t number)
{
    return number >= s->popped + s->head && number < s->popped + s->tokens.n ? &s->tokens.v[number - s->popped] : NULL;
}

static void set_state(skr_yscan *s, size_t number_plus_1, skr_ytok_state state)
{
    skr_ytok *t = number_plus_1 ? token(s, number_plus_1 - 1) : NULL;
    if (t)
        t->state = (uint8_t)state;
}

/* One token of `len` bytes at the scanner's position. */
static bool push_here(skr_yscan *s, skr_ytok_kind kind, size_t len)
{
    if (push(s, kind) == SIZE_MAX)
        return false;
    skr_y_eat(s, len);
    s->tokens.v[s->tokens.n - 1].end = (uint32_t)s->pos;
    return true;
}

/* ---- Indents and possible keys ---- */

int64_t skr_y_indent(const skr_yscan *s)
{
    return s->indents.n ? s->indents.v[s->indents.n - 1].column : -1;
}

/* Opens a block collection here if it is one; false only without memory. *pushed: it was. */
static bool push_indent(skr_yscan *s, bool is_seq, bool *pushed)
{
    *pushed = false;
    int64_t column = (int64_t)skr_y_column(s);
    bool last_is_map = s->indents.n && s->indents.v[s->indents.n - 1].is_map;
    if (in_flow(s) || column < skr_y_indent(s) || (column == skr_y_indent(s) && !(is_seq && last_is_map)))
        return true;
    size_t start = push(s, is_seq ? SKR_YT_SEQ_START : SKR_YT_MAP_START);
    skr_yindent in = { column, is_seq, !is_seq, SKR_YT_SURE, start };
    if (start == SIZE_MAX || !skr_vec_push(s->y->mem, &s->indents, in))
        return nomem(s);
    *pushed = true;
    return true;
}

static void settle_key(skr_yscan *s, const skr_ykey *k, skr_ytok_state state)
{
    set_state(s, k->map_start, state);
    set_state(s, k->key, state);
    if (k->indent && k->indent <= s->indents.n && s->indents.v[k->indent - 1].start + 1 == k->map_start)
        s->indents.v[k->indent - 1].state = (uint8_t)state;
}

static bool has_key(const skr_yscan *s)
{
    return s->keys.n && s->keys.v[s->keys.n - 1].level == s->flows.n;
}

static void drop_key(skr_yscan *s)
{
    if (has_key(s)) {
        settle_key(s, &s->keys.v[s->keys.n - 1], SKR_YT_OFF);
        s->keys.n--;
    }
}

/* Is what stands before the position a key? Decides the doubt. */
static bool take_key(skr_yscan *s)
{
    if (!has_key(s))
        return false;
    skr_ykey k = s->keys.v[--s->keys.n];
    bool yes = k.line == s->line && s->pos - k.at <= LONGEST_KEY;
    settle_key(s, &k, yes ? SKR_YT_SURE : SKR_YT_OFF);
    return yes;
}

static bool maybe_key(skr_yscan *s)
{
    if (!s->key_allowed || has_key(s))
        return true;
    skr_ykey k = { .at = (uint32_t)s->pos, .line = s->line, .level = s->flows.n };
    bool pushed;
    if (!push_indent(s, false, &pushed))
        return false;
    if (pushed) {
        k.indent = s->indents.n;
        k.map_start = s->indents.v[s->indents.n - 1].start + 1;
        s->indents.v[s->indents.n - 1].state = SKR_YT_DOUBT;
        set_state(s, k.map_start, SKR_YT_DOUBT);
    }
    size_t key = push(s, SKR_YT_KEY);
    if (key == SIZE_MAX)
        return false;
    k.key = key + 1;
    set_state(s, k.key, SKR_YT_DOUBT);
    return skr_vec_push(s->y->mem, &s->keys, k) ? true : nomem(s);
}

static bool pop_indent(skr_yscan *s)
{
    skr_yindent in = s->indents.v[s->indents.n - 1];
    if (in.state != SKR_YT_SURE) {
        if (has_key(s))
            drop_key(s); /* before the pop: the key may be this indent's own */
        s->indents.n--;
        return true;
    }
    s->indents.n--;
    return push(s, in.is_seq ? SKR_YT_SEQ_END : SKR_YT_MAP_END) != SIZE_MAX;
}

static bool pop_all(skr_yscan *s)
{
    while (!in_flow(s) && s->indents.n)
        if (!pop_indent(s))
            return false;
    s->keys.n = 0;
    return true;
}

static bool at_entry(const skr_yscan *s)
{
    return skr_y_char(s, 0) == '-' && !skr_y_at_end(s) && skr_y_gap(s, 1);
}

/* Closes the block collections that a token in this column is outside of. */
static bool close_indents(skr_yscan *s)
{
    if (in_flow(s))
        return true;
    int64_t column = (int64_t)skr_y_column(s);
    while (s->indents.n) {
        const skr_yindent *in = &s->indents.v[s->indents.n - 1];
        if (in->column < column || (in->column == column && !(in->is_seq && !at_entry(s))))
            break;
        if (!pop_indent(s))
            return false;
    }
    while (s->indents.n && s->indents.v[s->indents.n - 1].state == SKR_YT_OFF)
        if (!pop_indent(s))
            return false;
    return true;
}

/* ---- Tokens ---- */

static void skip_gaps(skr_yscan *s)
{
    for (;;) {
        while (!skr_y_at_end(s) && skr_y_blank(skr_y_char(s, 0))) {
            if (!in_flow(s) && skr_y_char(s, 0) == '\t')
                s->key_allowed = false;
            skr_y_eat(s, 1);
        }
        if (skr_y_char(s, 0) == '#')
            skr_y_skip_line(s);
        size_t n = skr_y_break(s, 0);
        if (!n)
            return;
        skr_y_eat(s, n);
        drop_key(s);
        if (!in_flow(s))
            s->key_allowed = true;
        s->scalar_allowed = true;
    }
}

static bool end_stream(skr_yscan *s)
{
    s->key_allowed = false;
    s->ended = true;
    return pop_all(s);
}

static bool scan_directive(skr_yscan *s)
{
    size_t from = s->pos + 1;
    if (!pop_all(s) || !push_here(s, SKR_YT_DIRECTIVE, 1))
        return false;
    s->key_allowed = s->json_value = false;
    while (!skr_y_at_end(s) && !skr_y_break(s, 0) &&
           !(skr_y_char(s, 0) == '#' && skr_y_blank(skr_y_char(s, (size_t)-1))))
        skr_y_eat(s, 1);
    skr_ytok *t = &s->tokens.v[s->tokens.n - 1];
    t->name = skr_str_cut(s->y->source, from, s->pos);
    t->end = (uint32_t)s->pos;
    return true;
}

static bool scan_doc_mark(skr_yscan *s)
{
    if (!pop_all(s))
        return false;
    s->key_allowed = s->json_value = false;
    return push_here(s, skr_y_char(s, 0) == '-' ? SKR_YT_DOC_START : SKR_YT_DOC_END, 3);
}

static bool scan_flow_start(skr_yscan *s)
{
    char c = skr_y_char(s, 0);
    if (!maybe_key(s))
        return false;
    s->key_allowed = true;
    s->json_value = false;
    if (s->flows.n >= DEEPEST_FLOW) {
        s->y->limit = true;
        return skr_yscan_fail(s, s->pos, "bad file");
    }
    if (!skr_vec_push(s->y->mem, &s->flows, c))
        return nomem(s);
    return push_here(s, c == '[' ? SKR_YT_FLOW_SEQ_START : SKR_YT_FLOW_MAP_START, 1);
}

/* A lone entry before ',' or an end: `{a, b}` has keys without values. */
static bool lone_entry(skr_yscan *s)
{
    if (s->flows.v[s->flows.n - 1] == '{') {
        if (take_key(s) && push(s, SKR_YT_VALUE) == SIZE_MAX)
            return false;
    } else {
        drop_key(s);
    }
    return true;
}

static bool scan_flow_end(skr_yscan *s)
{
    static const char wrong[] = "illegal flow end";
    char c = skr_y_char(s, 0);
    if (!in_flow(s))
        return skr_yscan_fail(s, s->pos, wrong);
    if (!lone_entry(s))
        return false;
    s->key_allowed = false;
    s->json_value = true;
    if (s->flows.v[s->flows.n - 1] != (c == ']' ? '[' : '{'))
        return skr_yscan_fail(s, s->pos, wrong);
    s->flows.n--;
    return push_here(s, c == ']' ? SKR_YT_FLOW_SEQ_END : SKR_YT_FLOW_MAP_END, 1);
}

static bool scan_flow_entry(skr_yscan *s)
{
    if (in_flow(s) && !lone_entry(s))
        return false;
    s->key_allowed = true;
    s->json_value = false;
    return push_here(s, SKR_YT_FLOW_ENTRY, 1);
}

static bool scan_entry(skr_yscan *s)
{
    bool pushed;
    if (in_flow(s) || !s->key_allowed)
        return skr_yscan_fail(s, s->pos, "illegal block entry");
    if (!push_indent(s, true, &pushed))
        return false;
    s->key_allowed = true;
    s->json_value = false;
    return push_here(s, SKR_YT_ENTRY, 1);
}

static bool scan_key(skr_yscan *s)
{
    bool pushed;
    if (!in_flow(s)) {
        if (!s->key_allowed)
            return skr_yscan_fail(s, s->pos, "illegal map key");
        if (!push_indent(s, false, &pushed))
            return false;
    }
    s->key_allowed = !in_flow(s);
    return push_here(s, SKR_YT_KEY, 1);
}

static bool scan_value(skr_yscan *s)
{
    bool pushed;
    s->json_value = false;
    if (take_key(s)) {
        s->key_allowed = false;
    } else {
        if (!in_flow(s)) {
            if (!s->key_allowed)
                return skr_yscan_fail(s, s->pos, "illegal map value");
            if (!push_indent(s, false, &pushed))
                return false;
        }
        s->key_allowed = !in_flow(s);
    }
    s->scalar_allowed = true;
    return push_here(s, SKR_YT_VALUE, 1);
}

static bool anchor_char(const skr_yscan *s)
{
    return !skr_y_at_end(s) && !skr_y_gap_not_end(s, 0) && !memchr("[]{},", skr_y_char(s, 0), 5);
}

static bool scan_anchor(skr_yscan *s)
{
    bool alias = skr_y_char(s, 0) == '*';
    if (!maybe_key(s) || !push_here(s, alias ? SKR_YT_ALIAS : SKR_YT_ANCHOR, 1))
        return false;
    s->key_allowed = s->json_value = false;
    size_t from = s->pos;
    while (anchor_char(s))
        skr_y_eat(s, 1);
    if (s->pos == from)
        return skr_yscan_fail(s, s->pos, alias ? "alias not found after *" : "anchor not found after &");
    if (!skr_y_gap(s, 0) && !memchr("?:,]}%@`", skr_y_char(s, 0), 8))
        return skr_yscan_fail(s, s->pos,
                              alias ? "illegal character found while scanning alias"
                                    : "illegal character found while scanning anchor");
    skr_ytok *t = &s->tokens.v[s->tokens.n - 1];
    t->name = skr_str_cut(s->y->source, from, s->pos);
    t->end = (uint32_t)s->pos;
    return true;
}

static bool word_char(char c)
{
    return skr_is_alpha(c) || skr_is_digit(c) || c == '-';
}

/* Bytes of one character of a tag, 0: none. */
static size_t tag_char(const skr_yscan *s, const char *others)
{
    char c = skr_y_char(s, 0);
    if (skr_y_at_end(s) || c == '\0')
        return 0;
    if (word_char(c) || strchr(others, c))
        return 1;
    return c == '%' && skr_hex_digit(skr_y_char(s, 1)) >= 0 && skr_hex_digit(skr_y_char(s, 2)) >= 0 ? 3 : 0;
}

static const char tag_others[] = "#;/?:@&=+$_.~*'()";

static bool scan_tag_suffix(skr_yscan *s)
{
    size_t from = s->pos;
    for (size_t n; (n = tag_char(s, tag_others)) != 0;)
        skr_y_eat(s, n);
    return s->pos > from ? true : skr_yscan_fail(s, s->pos, "tag handle with no suffix");
}

static bool scan_verbatim_tag(skr_yscan *s)
{
    skr_y_eat(s, 1);
    while (skr_y_char(s, 0) != '>') {
        size_t n = tag_char(s, "#;/?:@&=+$,_.!~*'()[]");
        if (!n)
            return skr_yscan_fail(s, s->pos, "end of verbatim tag not found");
        skr_y_eat(s, n);
    }
    skr_y_eat(s, 1);
    return true;
}

static bool scan_tag_handle(skr_yscan *s)
{
    bool word = true;
    while (!skr_y_at_end(s)) {
        if (skr_y_char(s, 0) == '!') {
            if (!word)
                return skr_yscan_fail(s, s->pos, "illegal character found while scanning tag handle");
            skr_y_eat(s, 1);
            return scan_tag_suffix(s);
        }
        word = word && word_char(skr_y_char(s, 0));
        size_t n = tag_char(s, tag_others);
        if (!n)
            break;
        skr_y_eat(s, n);
    }
    return true;
}

static bool scan_tag(skr_yscan *s)
{
    size_t from = s->pos;
    if (!maybe_key(s) || !push_here(s, SKR_YT_TAG, 1))
        return false;
    s->key_allowed = s->json_value = false;
    if (!(skr_y_char(s, 0) == '<' ? scan_verbatim_tag(s) : scan_tag_handle(s)))
        return false;
    skr_ytok *t = &s->tokens.v[s->tokens.n - 1];
    t->name = skr_str_cut(s->y->source, from, s->pos);
    t->end = (uint32_t)s->pos;
    return true;
}

static bool push_scalar(skr_yscan *s, const skr_ytok *t)
{
    return skr_vec_push(s->y->mem, &s->tokens, *t) ? true : nomem(s);
}

static bool scan_block(skr_yscan *s)
{
    skr_ytok t = { .kind = SKR_YT_QUOTED, .at = (uint32_t)s->pos };
    if (!skr_y_scan_block(s, &t))
        return false;
    s->key_allowed = s->scalar_allowed = true;
    s->json_value = false;
    return push_scalar(s, &t);
}

static bool scan_quoted(skr_yscan *s)
{
    skr_ytok t = { .kind = SKR_YT_QUOTED, .at = (uint32_t)s->pos };
    if (!s->scalar_allowed)
        return skr_yscan_fail(s, s->pos, "unexpected scalar");
    if (!maybe_key(s) || !skr_y_scan_quoted(s, &t))
        return false;
    s->key_allowed = false;
    s->json_value = true;
    s->scalar_allowed = in_flow(s);
    return push_scalar(s, &t);
}

static bool scan_plain(skr_yscan *s)
{
    skr_ytok t = { .kind = SKR_YT_PLAIN, .at = (uint32_t)s->pos };
    int64_t indent = in_flow(s) ? 0 : skr_y_indent(s) + 1; /* before what maybe_key() pushes */
    bool ended_line;
    if (!s->scalar_allowed)
        return skr_yscan_fail(s, s->pos, "unexpected scalar");
    if (!maybe_key(s) || !skr_y_scan_plain(s, &t, indent, &ended_line))
        return false;
    s->key_allowed = ended_line;
    s->json_value = false;
    return push_scalar(s, &t);
}

static bool at_value(const skr_yscan *s)
{
    if (skr_y_char(s, 0) != ':')
        return false;
    if (!in_flow(s))
        return skr_y_gap(s, 1);
    char next = skr_y_char(s, 1);
    return s->json_value || skr_y_gap_not_end(s, 1) || next == ',' || next == ']' || next == '}';
}

static bool at_plain(const skr_yscan *s)
{
    char c = skr_y_char(s, 0);
    if (skr_y_at_end(s) || skr_y_gap_not_end(s, 0) || (c && strchr(",[]{}#&*!|>'\"%@`", c)))
        return false;
    if (in_flow(s))
        return c != '?' &&
               !((c == '-' || c == ':') && (s->pos + 1 >= s->y->source.len || skr_y_blank(skr_y_char(s, 1))));
    return !((c == '-' || c == '?' || c == ':') && skr_y_gap(s, 1));
}

static bool scan_content(skr_yscan *s)
{
    char c = skr_y_char(s, 0);
    if (at_entry(s))
        return scan_entry(s);
    if (c == '?' && skr_y_gap_not_end(s, 1))
        return scan_key(s);
    if (at_value(s))
        return scan_value(s);
    if (c == '*' || c == '&')
        return scan_anchor(s);
    if (c == '!')
        return scan_tag(s);
    if (!in_flow(s) && (c == '|' || c == '>'))
        return scan_block(s);
    if (c == '\'' || c == '"')
        return scan_quoted(s);
    if (at_plain(s))
        return scan_plain(s);
    return skr_yscan_fail(s, s->pos, "unknown token");
}

static bool scan_next(skr_yscan *s)
{
    skip_gaps(s);
    if (!close_indents(s))
        return false;
    if (skr_y_at_end(s))
        return end_stream(s);
    char c = skr_y_char(s, 0);
    if (c == '%' && skr_y_column(s) == 0)
        return scan_directive(s);
    if (skr_y_doc_mark(s))
        return scan_doc_mark(s);
    if (c == '[' || c == '{')
        return scan_flow_start(s);
    if (c == ']' || c == '}')
        return scan_flow_end(s);
    if (c == ',')
        return scan_flow_entry(s);
    return scan_content(s);
}

/* A flow collection that may be a key keeps its tokens waiting. Once it is too long to be one the doubt is over;
 * without this a list of a million items would be held as tokens. */
static void settle_long_key(skr_yscan *s)
{
    size_t number = s->popped + s->head + 1;
    size_t lo = 0, hi = s->keys.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (s->keys.v[mid].key < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    const skr_ykey *k = lo < s->keys.n ? &s->keys.v[lo] : NULL;
    if (!k || k->level >= s->flows.n || (k->line == s->line && s->pos - k->at <= LONGEST_KEY))
        return;
    set_state(s, k->map_start, SKR_YT_OFF);
    set_state(s, k->key, SKR_YT_OFF);
    s->gave_up = true;
}

skr_ytok *skr_yscan_peek(skr_yscan *s)
{
    for (;;) {
        if (s->nomem || s->y->error)
            return NULL;
        if (s->head < s->tokens.n) {
            skr_ytok *t = &s->tokens.v[s->head];
            if (t->state == SKR_YT_DOUBT && !s->ended && !s->patient)
                settle_long_key(s);
            if (t->state == SKR_YT_SURE || (t->state == SKR_YT_DOUBT && s->ended))
                return t;
            if (t->state == SKR_YT_OFF) {
                skr_yscan_pop(s);
                continue;
            }
        }
        if (s->ended || !scan_next(s))
            return NULL;
    }
}

void skr_yscan_pop(skr_yscan *s)
{
    s->head++;
    if (s->head >= s->tokens.n - s->head) { /* each token is moved once at most, on average */
        memmove(s->tokens.v, s->tokens.v + s->head, (s->tokens.n - s->head) * sizeof *s->tokens.v);
        s->tokens.n -= s->head;
        s->popped += s->head;
        s->head = 0;
    }
}
