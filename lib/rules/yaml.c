/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens -> nodes. */
#include "yaml.h"

#include "map.h"
#include "yaml_scan.h"

enum { SPARE_NODES = 1 << 20 }; /* what aliases may repeat, whatever the size of the file */

typedef struct reader {
    skr_yaml *y;
    skr_yscan scan;
    SKR_VEC(skr_ynode *) stack;   /* children of the collections being read */
    SKR_VEC(skr_ynode *) anchors; /* of this document                       */
    skr_map names;                /* anchor -> index into anchors           */
    bool in_flow_seq;             /* of the innermost collection            */
    size_t budget;                /* nodes that aliases may still stand for */
    size_t versions;              /* %YAML lines of this document           */
} reader;

static bool fail(reader *r, size_t at, const char *error)
{
    r->y->at_end = !r->y->error && r->scan.ended && at == r->y->source.len;
    return skr_yscan_fail(&r->scan, at, error);
}

static bool stopped(const reader *r)
{
    return r->scan.nomem || r->y->error;
}

static bool is(const skr_ytok *t, skr_ytok_kind kind)
{
    return t && t->kind == kind;
}

static size_t here(const reader *r)
{
    return r->scan.pos;
}

static skr_ynode *new_node(reader *r, skr_ykind kind, size_t at)
{
    skr_ynode *n = skr_arena_raw(r->y->nodes, sizeof *n, _Alignof(skr_ynode));
    if (!n) {
        r->scan.nomem = true;
        return NULL;
    }
    *n = (skr_ynode){ .kind = (uint8_t)kind, .at = (uint32_t)at, .end = (uint32_t)at };
    return n;
}

/* ---- Children are gathered on one stack and then copied to their place ---- */

static bool keep(reader *r, skr_ynode *n)
{
    if (!n)
        return false;
    if (skr_vec_push(r->y->mem, &r->stack, n))
        return true;
    r->scan.nomem = true;
    return false;
}

static bool keep_null(reader *r, size_t at)
{
    return keep(r, new_node(r, SKR_YNULL, at));
}

static bool take_children(reader *r, skr_ynode *n, size_t from)
{
    size_t count = r->stack.n - from;
    if (n->kind == SKR_YMAP)
        count &= ~(size_t)1; /* cut short by an error: a key without value */
    n->as.items = skr_arena_raw(r->y->nodes, count * sizeof *n->as.items, _Alignof(skr_ynode *));
    if (!n->as.items) {
        r->scan.nomem = true;
        return false;
    }
    if (count)
        memcpy(n->as.items, r->stack.v + from, count * sizeof *n->as.items);
    n->count = (uint32_t)(n->kind == SKR_YMAP ? count / 2 : count);
    n->open = false;
    r->stack.n = from;
    return true;
}

/* ---- Anchors ---- */

static bool declare(reader *r, skr_str name, skr_ynode *n)
{
    if (skr_vec_push(r->y->mem, &r->anchors, n) && skr_map_put(&r->names, name, r->anchors.n - 1))
        return true;
    r->scan.nomem = true;
    return false;
}

/* Charges what an alias repeats: the cost of looking is what is charged. */
static bool charge(reader *r, const skr_ynode *n, unsigned depth)
{
    size_t cost = 1 + (n->kind == SKR_YSCALAR ? skr_ytext(n).len / 4 : 0);
    if (cost > r->budget || depth > SKR_YAML_DEPTH)
        return false;
    r->budget -= cost;
    if (n->open || (n->kind != SKR_YSEQ && n->kind != SKR_YMAP))
        return true;
    size_t count = n->kind == SKR_YMAP ? (size_t)n->count * 2 : n->count;
    for (size_t i = 0; i < count; i++)
        if (!charge(r, n->as.items[i], depth + 1))
            return false;
    return true;
}

static skr_ynode *read_alias(reader *r, const skr_ytok *t)
{
    size_t at = t->at, i = skr_map_get(&r->names, t->name);
    if (i == SIZE_MAX) {
        const char *text =
            skr_arena_printf(r->y->texts, "the referenced anchor is not defined: %.*s", (int)t->name.len, t->name.ptr);
        if (!text)
            r->scan.nomem = true;
        else
            fail(r, at, text);
        r->y->alias = text != NULL;
        return NULL;
    }
    skr_ynode *n = r->anchors.v[i];
    if (!charge(r, n, 0)) {
        r->y->limit = true;
        fail(r, at, "bad file");
        return NULL;
    }
    skr_yscan_pop(&r->scan);
    return n;
}

/* ---- Nodes ---- */

static skr_ynode *read_node(reader *r, unsigned depth);

static bool read_into(reader *r, unsigned depth)
{
    return keep(r, read_node(r, depth));
}

/* What comes next; NULL: nothing does, which is the error, or reading has stopped. */
static skr_ytok *next(reader *r, const char *error)
{
    skr_ytok *t = skr_yscan_peek(&r->scan);
    if (stopped(r))
        return NULL;
    if (!t)
        fail(r, here(r), error);
    return t;
}

/* Behind an element of a flow collection: a comma, or its end, which stays. */
static bool between(reader *r, skr_ytok_kind end, const char *error)
{
    const skr_ytok *t = next(r, error);
    if (!t)
        return false;
    if (t->kind != SKR_YT_FLOW_ENTRY)
        return t->kind == end || fail(r, t->at, error);
    skr_yscan_pop(&r->scan);
    return true;
}

static bool read_block_seq(reader *r, unsigned depth)
{
    static const char error[] = "end of sequence not found";
    skr_yscan_pop(&r->scan);
    for (;;) {
        skr_ytok *t = next(r, error);
        if (!t)
            return false;
        if (t->kind != SKR_YT_ENTRY && t->kind != SKR_YT_SEQ_END)
            return fail(r, t->at, error);
        bool end = t->kind == SKR_YT_SEQ_END;
        skr_yscan_pop(&r->scan);
        if (end)
            return true;
        t = skr_yscan_peek(&r->scan);
        bool empty = is(t, SKR_YT_ENTRY) || is(t, SKR_YT_SEQ_END);
        if (!(empty ? keep_null(r, t->at) : read_into(r, depth)))
            return false;
    }
}

static bool read_flow_seq(reader *r, unsigned depth)
{
    static const char error[] = "end of sequence flow not found";
    skr_yscan_pop(&r->scan);
    for (;;) {
        skr_ytok *t = next(r, error);
        if (!t)
            return false;
        if (t->kind == SKR_YT_FLOW_SEQ_END)
            break;
        r->in_flow_seq = true;
        if (!read_into(r, depth) || !between(r, SKR_YT_FLOW_SEQ_END, error))
            return false;
    }
    skr_yscan_pop(&r->scan);
    return true;
}

/* The node behind the token `kind` if that comes next, else a null at `at`. */
static bool read_behind(reader *r, skr_ytok_kind kind, size_t at, unsigned depth)
{
    if (!is(skr_yscan_peek(&r->scan), kind))
        return stopped(r) ? false : keep_null(r, at);
    skr_yscan_pop(&r->scan);
    return read_into(r, depth);
}

static bool read_block_map(reader *r, unsigned depth)
{
    static const char error[] = "end of map not found";
    skr_yscan_pop(&r->scan);
    for (;;) {
        skr_ytok *t = next(r, error);
        if (!t)
            return false;
        if (t->kind != SKR_YT_KEY && t->kind != SKR_YT_VALUE && t->kind != SKR_YT_MAP_END)
            return fail(r, t->at, error);
        if (t->kind == SKR_YT_MAP_END)
            break;
        size_t at = t->at;
        if (!read_behind(r, SKR_YT_KEY, at, depth) || !read_behind(r, SKR_YT_VALUE, at, depth))
            return false;
    }
    skr_yscan_pop(&r->scan);
    return true;
}

static bool read_flow_map(reader *r, unsigned depth)
{
    static const char error[] = "end of map flow not found";
    skr_yscan_pop(&r->scan);
    for (;;) {
        skr_ytok *t = next(r, error);
        if (!t)
            return false;
        if (t->kind == SKR_YT_FLOW_MAP_END)
            break;
        size_t at = t->at;
        if (!read_behind(r, SKR_YT_KEY, at, depth) || !read_behind(r, SKR_YT_VALUE, at, depth) ||
            !between(r, SKR_YT_FLOW_MAP_END, error))
            return false;
    }
    skr_yscan_pop(&r->scan);
    return true;
}

/* `[a: b]`, and a map that begins with ':'. */
static bool read_compact_map(reader *r, unsigned depth)
{
    size_t at = skr_yscan_peek(&r->scan)->at;
    return read_behind(r, SKR_YT_KEY, at, depth) && read_behind(r, SKR_YT_VALUE, at, depth);
}

static bool read_collection(reader *r, skr_ytok_kind kind, unsigned depth)
{
    switch (kind) {
    case SKR_YT_SEQ_START:
        return read_block_seq(r, depth);
    case SKR_YT_FLOW_SEQ_START:
        return read_flow_seq(r, depth);
    case SKR_YT_MAP_START:
        return read_block_map(r, depth);
    case SKR_YT_FLOW_MAP_START:
        return read_flow_map(r, depth);
    default:
        return read_compact_map(r, depth);
    }
}

static bool read_properties(reader *r, skr_str *anchor, bool *tagged)
{
    for (;;) {
        skr_ytok *t = skr_yscan_peek(&r->scan);
        if (stopped(r))
            return false;
        if (is(t, SKR_YT_TAG)) {
            if (*tagged)
                return fail(r, t->at, "cannot assign multiple tags to the same node");
            *tagged = true;
        } else if (is(t, SKR_YT_ANCHOR)) {
            if (anchor->ptr)
                return fail(r, t->at, "cannot assign multiple anchors to the same node");
            *anchor = t->name;
        } else {
            return true;
        }
        skr_yscan_pop(&r->scan);
    }
}

static bool is_null_text(skr_str s)
{
    if (s.len != 4)
        return s.len == 0 || (s.len == 1 && s.ptr[0] == '~');
    return memcmp(s.ptr, "null", 4) == 0 || memcmp(s.ptr, "Null", 4) == 0 || memcmp(s.ptr, "NULL", 4) == 0;
}

static skr_ynode *finish_scalar(reader *r, skr_ynode *n, const skr_ytok *t, bool tagged)
{
    n->plain = t->kind == SKR_YT_PLAIN;
    n->end = t->end;
    if (!(n->plain && !tagged && is_null_text(t->scalar->text))) {
        n->kind = SKR_YSCALAR;
        n->as.scalar = t->scalar;
    }
    skr_yscan_pop(&r->scan);
    return n;
}

/* A tag without content: an empty text. */
static skr_ynode *finish_empty(reader *r, skr_ynode *n, bool tagged)
{
    if (tagged) {
        skr_scalar *v = skr_arena_alloc(r->y->nodes, sizeof *v);
        if (!v) {
            r->scan.nomem = true;
            return NULL;
        }
        *v = (skr_scalar){ SKR_STR(""), NULL, 0, n->at };
        n->kind = SKR_YSCALAR;
        n->as.scalar = v;
    }
    return n;
}

static skr_ynode *finish_collection(reader *r, skr_ynode *n, skr_ytok_kind kind, unsigned depth)
{
    size_t from = r->stack.n;
    bool outer = r->in_flow_seq;
    n->kind = kind == SKR_YT_SEQ_START || kind == SKR_YT_FLOW_SEQ_START ? SKR_YSEQ : SKR_YMAP;
    n->open = true;
    r->in_flow_seq = kind == SKR_YT_FLOW_SEQ_START;
    bool ok = read_collection(r, kind, depth + 1);
    r->in_flow_seq = outer;
    bool is_flow = kind == SKR_YT_FLOW_SEQ_START || kind == SKR_YT_FLOW_MAP_START;
    if (!ok && is_flow && !r->y->open) {
        r->y->open = n->kind == SKR_YSEQ ? '[' : '{';
        r->y->open_at = n->at;
    }
    /* What stands before an error is kept for the outermost sequence, so that its items can be looked at, too. */
    if (!ok && (depth > 0 || r->scan.nomem)) {
        r->stack.n = from;
        return NULL;
    }
    return take_children(r, n, from) ? n : NULL;
}

static skr_ynode *read_node(reader *r, unsigned depth)
{
    bool in_flow_seq = r->in_flow_seq;
    if (depth >= SKR_YAML_DEPTH) {
        r->y->limit = true;
        fail(r, here(r), "bad file");
        return NULL;
    }
    skr_ytok *t = skr_yscan_peek(&r->scan);
    if (stopped(r))
        return NULL;
    if (!t)
        return new_node(r, SKR_YNULL, here(r));
    if (t->kind == SKR_YT_ALIAS)
        return read_alias(r, t);
    skr_ynode *n = new_node(r, SKR_YNULL, t->at);
    if (!n)
        return NULL;
    if (t->kind == SKR_YT_VALUE)
        return finish_collection(r, n, SKR_YT_VALUE, depth);
    skr_str anchor = { NULL, 0 };
    bool tagged = false;
    if (!read_properties(r, &anchor, &tagged) || (anchor.ptr && !declare(r, anchor, n)))
        return NULL;
    t = skr_yscan_peek(&r->scan);
    if (stopped(r))
        return NULL;
    if (!t)
        return n;
    switch ((skr_ytok_kind)t->kind) {
    case SKR_YT_PLAIN:
    case SKR_YT_QUOTED:
        return finish_scalar(r, n, t, tagged);
    case SKR_YT_SEQ_START:
    case SKR_YT_MAP_START:
    case SKR_YT_FLOW_SEQ_START:
    case SKR_YT_FLOW_MAP_START:
        return finish_collection(r, n, (skr_ytok_kind)t->kind, depth);
    case SKR_YT_KEY:
        if (in_flow_seq)
            return finish_collection(r, n, SKR_YT_KEY, depth);
        return finish_empty(r, n, tagged);
    default:
        return finish_empty(r, n, tagged);
    }
}

/* ---- Documents ---- */

/* "%YAML 1.2": only its form is looked at. Other directives are passed over. */
static bool check_directive(reader *r, const skr_ytok *t)
{
    skr_str s = skr_str_trim(t->name, " \t");
    if (!skr_str_starts(s, SKR_STR("YAML")) || (s.len > 4 && !skr_y_blank(s.ptr[4])))
        return true;
    skr_str v = skr_str_trim(skr_str_cut(s, 4, s.len), " \t");
    if (v.len == 0 || memchr(v.ptr, ' ', v.len) || memchr(v.ptr, '\t', v.len))
        return fail(r, t->at, "YAML directives must have exactly one argument");
    if (r->versions++)
        return fail(r, t->at, "repeated YAML directive");
    size_t dot = 0;
    while (dot < v.len && skr_is_digit(v.ptr[dot]))
        dot++;
    size_t end = dot + 1;
    while (end < v.len && skr_is_digit(v.ptr[end]))
        end++;
    if (dot == 0 || dot >= v.len || end != v.len || end == dot + 1) {
        const char *text = skr_arena_printf(r->y->texts, "bad YAML version: %.*s", (int)v.len, v.ptr);
        return text ? fail(r, t->at, text) : (r->scan.nomem = true, false);
    }
    return dot == 1 && v.ptr[0] <= '1' ? true : fail(r, t->at, "YAML major version too large");
}

static bool read_directives(reader *r)
{
    r->versions = 0;
    for (skr_ytok *t; is(t = skr_yscan_peek(&r->scan), SKR_YT_DIRECTIVE);) {
        if (!check_directive(r, t))
            return false;
        skr_yscan_pop(&r->scan);
    }
    return !stopped(r);
}

static bool read_document(reader *r)
{
    skr_map_free(&r->names);
    r->anchors.n = 0;
    r->stack.n = 0;
    r->in_flow_seq = false;
    if (is(skr_yscan_peek(&r->scan), SKR_YT_DOC_START))
        skr_yscan_pop(&r->scan);
    if (!stopped(r) && is(skr_yscan_peek(&r->scan), SKR_YT_FLOW_ENTRY))
        return fail(r, skr_yscan_peek(&r->scan)->at, "plain value cannot start with flow indicator character");
    skr_ynode *root = stopped(r) ? NULL : read_node(r, 0);
    if (root && !skr_vec_push(r->y->mem, &r->y->docs, root))
        r->scan.nomem = true;
    while (!stopped(r) && is(skr_yscan_peek(&r->scan), SKR_YT_DOC_END))
        skr_yscan_pop(&r->scan);
    return !stopped(r);
}

static int read_all(skr_yaml *y, size_t from, bool patient, bool *gave_up)
{
    y->error = y->hint = NULL;
    y->limit = y->alias = y->at_end = false;
    y->open = '\0';
    reader r = { .y = y, .budget = SPARE_NODES + y->source.len };
    skr_yscan_init(&r.scan, y, from);
    r.scan.patient = patient;
    skr_map_init(&r.names, y->mem);
    while (read_directives(&r) && skr_yscan_peek(&r.scan) && read_document(&r))
        ;
    bool nomem = r.scan.nomem;
    *gave_up = r.scan.gave_up;
    skr_map_free(&r.names);
    skr_vec_free(y->mem, &r.anchors);
    skr_vec_free(y->mem, &r.stack);
    skr_yscan_free(&r.scan);
    return nomem ? SAKER_ENOMEM : y->error ? SAKER_ERULES : SAKER_OK;
}

int skr_yaml_read(skr_yaml *y, size_t from)
{
    size_t docs = y->docs.n;
    bool gave_up, first = from == 0; /* the only error that the reference gives */
    if (from == 0 && skr_str_starts(y->source, SKR_STR("\xEF\xBB\xBF")))
        from = 3;
    int status = read_all(y, from, false, &gave_up);
    if (status == SAKER_ERULES && gave_up && first) { /* once more, for the reference's words */
        y->docs.n = docs;
        if (!docs)
            skr_arena_reset(y->nodes);
        status = read_all(y, from, true, &gave_up);
    }
    return status;
}

const skr_ynode *skr_yget(const skr_ynode *map, skr_str key)
{
    for (size_t i = 0; i < map->count; i++) {
        const skr_ynode *k = map->as.items[2 * i];
        if (k->kind == SKR_YSCALAR && skr_str_eq(skr_ytext(k), key))
            return map->as.items[2 * i + 1];
    }
    return NULL;
}
