/* SPDX-License-Identifier: Apache-2.0 */
#include "parse.h"

#include "lex.h"
#include "syntax.h"

/* A caller may allow deeper nesting than the default, but never so deep that the C stack is at risk. */
enum { DEEPEST = 8000 };

typedef struct parser {
    skr_lexer lex;
    const skr_text *origin;
    uint32_t depth, max_depth;
    bool failed;
    skr_fault fault;
    bool has_ignored; /* a fault in the first element of a list, which the grammar forgives */
    skr_fault ignored;
    uint32_t gap;          /* the next one of the text */
    SKR_VEC(void *) stack; /* children of the nodes under construction, innermost last */
    /* what a message may want to know */
    skr_pos open;
    const skr_operand *left;
    const skr_node *check;
    skr_op op;
} parser;

static void *fail(parser *p, skr_syntax what)
{
    if (!p->failed) {
        p->failed = true;
        p->fault = (skr_fault){ what, p->lex, p->open, p->left, p->check, p->op, p->max_depth, NULL };
    }
    return NULL;
}

/* Each procedure of the reference's grammar counts one level, and so do ours (language.md 2.1). */
static bool enter(parser *p)
{
    if (++p->depth < p->max_depth)
        return true;
    fail(p, SKR_SYNTAX_DEPTH);
    return false;
}

static void *leave(parser *p, void *result)
{
    p->depth--;
    return result;
}

/* ---- Making nodes ---- */

static uint32_t length_from(const parser *p, skr_pos start)
{
    return p->lex.end > start.idx ? (uint32_t)(p->lex.end - start.idx) : 0;
}

/* `size`: of what the operand needs. */
static skr_operand *new_operand_of(parser *p, skr_operand_kind kind, skr_str text, skr_pos pos, size_t size)
{
    skr_operand *o = skr_arena_raw(p->lex.arena, size, _Alignof(skr_operand));
    if (!o)
        return fail(p, SKR_SYNTAX_NO_MEMORY);
    memset(o, 0, size);
    o->kind = kind;
    o->text = text;
    o->pos = pos;
    o->len = length_from(p, pos);
    return o;
}

static skr_operand *new_operand(parser *p, skr_operand_kind kind, skr_str text, skr_pos pos)
{
    return new_operand_of(p, kind, text, pos, sizeof(skr_operand));
}

static skr_node *new_node(parser *p, skr_node_kind kind, skr_pos pos)
{
    static const size_t sizes[] = { [SKR_AND] = offsetof(skr_node, name) + sizeof(skr_node **),
                                    [SKR_OR] = offsetof(skr_node, name) + sizeof(skr_node **),
                                    [SKR_NOT] = offsetof(skr_node, name) + sizeof(skr_node **),
                                    [SKR_MACRO] = offsetof(skr_node, op_pos),
                                    [SKR_EXISTS] = sizeof(skr_node),
                                    [SKR_CMP] = sizeof(skr_node) };
    skr_node *n = skr_arena_raw(p->lex.arena, sizes[kind], _Alignof(skr_node));
    if (!n)
        return fail(p, SKR_SYNTAX_NO_MEMORY);
    memset(n, 0, sizes[kind]);
    n->kind = kind;
    n->pos = pos;
    n->len = length_from(p, pos);
    n->origin = p->origin;
    return n;
}

static bool push(parser *p, void *child)
{
    if (child && !skr_vec_push(p->lex.arena->mem, &p->stack, child))
        child = fail(p, SKR_SYNTAX_NO_MEMORY);
    return child != NULL;
}

/* Moves what lies above `base` from the stack into an array of the arena. */
static bool pop_all(parser *p, size_t base, uint32_t *count, void ***items)
{
    *count = (uint32_t)(p->stack.n - base); /* a text has less than 2^32 bytes */
    *items = skr_arena_raw(p->lex.arena, *count * sizeof(void *), _Alignof(void *));
    p->stack.n = base;
    if (!*items) {
        fail(p, SKR_SYNTAX_NO_MEMORY);
        return false;
    }
    if (*count)
        memcpy(*items, p->stack.v + base, *count * sizeof(void *));
    return true;
}

static bool pop_operands(parser *p, size_t base, skr_operand *o)
{
    void **items;
    if (!o || !pop_all(p, base, &o->count, &items))
        return false;
    o->items = (skr_operand **)items;
    return true;
}

static bool pop_nodes(parser *p, size_t base, skr_node *n)
{
    void **items;
    if (!n || !pop_all(p, base, &n->count, &items))
        return false;
    n->items = (skr_node **)items;
    return true;
}

/* ---- Operands ---- */

/* A quoted string at the cursor: 1, 0 if there is none, -1 if it is wrong. */
static int quoted(parser *p)
{
    if (!skr_lex_quoted(&p->lex))
        return 0;
    if (p->lex.fault == SKR_ESCAPE_FINE)
        return 1;
    fail(p, p->lex.fault == SKR_ESCAPE_NO_MEMORY ? SKR_SYNTAX_NO_MEMORY : SKR_SYNTAX_ESCAPE);
    return -1;
}

static bool argument(parser *p, skr_operand *o)
{
    if (!skr_lex_text(&p->lex, "["))
        return true;
    o->arg_pos = p->lex.at;
    int q = quoted(p);
    if (q == 0 && !skr_lex_bare_arg(&p->lex))
        fail(p, SKR_SYNTAX_ARGUMENT);
    o->has_arg = true;
    o->arg = p->lex.last;
    if (!p->failed && !skr_lex_text(&p->lex, "]"))
        fail(p, SKR_SYNTAX_ARGUMENT_END);
    o->len = length_from(p, o->pos);
    return !p->failed;
}

/* The rest of a field whose name was the last token. */
static skr_operand *field_rest(parser *p, skr_pos pos)
{
    if (!enter(p))
        return NULL;
    const bool has_arg = skr_lex_peek(&p->lex, 0) == '[';
    skr_operand *o =
        new_operand_of(p, SKR_FIELD, p->lex.last, pos, has_arg ? sizeof(skr_operand) : offsetof(skr_operand, items));
    return leave(p, o && argument(p, o) ? o : NULL);
}

static skr_operand *value(parser *p, skr_pos pos, bool is_quoted, bool is_number)
{
    skr_operand *o = new_operand_of(p, SKR_VALUE, p->lex.last, pos, offsetof(skr_operand, items));
    if (o) {
        o->quoted = is_quoted;
        o->number = is_number;
    }
    return o;
}

static const char *const xforms[] = {
/* val comes first */
#define SKR_XFORM(id, name, doc) name "(",
#include "xforms.def"
#undef SKR_XFORM
};

/* The name of a transformer and its parenthesis, which become one token. */
static bool xform_start(parser *p, bool with_val, skr_str *name)
{
    for (size_t i = with_val ? 0 : 1; i < sizeof xforms / sizeof *xforms; i++) {
        if (skr_lex_text(&p->lex, xforms[i])) {
            *name = skr_str_cut(p->lex.last, 0, p->lex.last.len - 1);
            return true;
        }
    }
    return false;
}

/* Where the parenthesis behind a word is. */
static skr_pos parenthesis(skr_pos pos, skr_str word)
{
    pos.idx += (uint32_t)word.len;
    pos.col += (uint32_t)word.len;
    return pos;
}

static skr_operand *xform_rest(parser *p, skr_str name, skr_pos pos);

/* field | transformer( | quoted | number. NULL without a fault: none of them. */
static skr_operand *xform_simple(parser *p)
{
    skr_pos pos = p->lex.at;
    skr_str name;
    if (skr_lex_number(&p->lex))
        return value(p, pos, false, true);
    int q = quoted(p);
    if (q)
        return q > 0 ? value(p, pos, true, false) : NULL;
    if (xform_start(p, false, &name))
        return xform_rest(p, name, pos);
    return skr_lex_field(&p->lex) ? field_rest(p, pos) : NULL;
}

static skr_operand *xform_list_rest(parser *p, skr_pos pos)
{
    size_t base = p->stack.n;
    p->open = pos;
    skr_lex_blank(&p->lex);
    if (!skr_lex_text(&p->lex, ")")) {
        do {
            skr_lex_blank(&p->lex);
            skr_operand *element = xform_simple(p);
            if (!element && !p->failed)
                fail(p, SKR_SYNTAX_XFORM_ELEMENT);
            if (!push(p, element))
                return NULL;
            skr_lex_blank(&p->lex);
        } while (skr_lex_text(&p->lex, ","));
        if (!skr_lex_text(&p->lex, ")"))
            return fail(p, SKR_SYNTAX_XFORM_LIST_END);
    }
    skr_operand *list = new_operand_of(p, SKR_LIST_OF, SKR_STR(""), pos, offsetof(skr_operand, arg_pos));
    return pop_operands(p, base, list) ? list : NULL;
}

static skr_operand *xform_argument(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    skr_operand *o = skr_lex_text(&p->lex, "(") ? xform_list_rest(p, pos) : xform_simple(p);
    if (!o && !p->failed)
        fail(p, SKR_SYNTAX_XFORM_ARGUMENT);
    return leave(p, o);
}

/* The rest of a transformer: its parenthesis is read. */
static skr_operand *xform_rest(parser *p, skr_str name, skr_pos pos)
{
    if (!enter(p))
        return NULL;
    size_t base = p->stack.n;
    skr_pos open = parenthesis(pos, name);
    do {
        if (!push(p, xform_argument(p)))
            return NULL;
        skr_lex_blank(&p->lex);
    } while (skr_lex_text(&p->lex, ","));
    p->open = open;
    if (!skr_lex_text(&p->lex, ")"))
        return fail(p, SKR_SYNTAX_XFORM_END);
    skr_operand *o = new_operand(p, SKR_XFORM, name, pos);
    return leave(p, pop_operands(p, base, o) && argument(p, o) ? o : NULL);
}

static skr_operand *val_rest(parser *p, skr_str name, skr_pos pos)
{
    size_t base = p->stack.n;
    skr_pos open = parenthesis(pos, name);
    skr_lex_blank(&p->lex);
    skr_pos field_pos = p->lex.at;
    if (!skr_lex_field(&p->lex))
        return fail(p, SKR_SYNTAX_VAL_FIELD);
    if (!push(p, field_rest(p, field_pos)))
        return NULL;
    skr_lex_blank(&p->lex);
    p->open = open;
    if (!skr_lex_text(&p->lex, ")"))
        return fail(p, SKR_SYNTAX_XFORM_END);
    skr_operand *o = new_operand(p, SKR_XFORM, name, pos);
    return pop_operands(p, base, o) && argument(p, o) ? o : NULL;
}

/* A transformer on the right side. NULL without a fault: there is none. */
static skr_operand *right_xform(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_pos pos = p->lex.at;
    skr_str name;
    skr_operand *o = NULL;
    if (xform_start(p, true, &name))
        o = skr_str_is(name, "val") ? val_rest(p, name, pos) : xform_rest(p, name, pos);
    return leave(p, o);
}

/* ---- The right side of a comparison ---- */

static skr_operand *number_right(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    skr_operand *o = right_xform(p);
    if (!o && !p->failed)
        o = skr_lex_number(&p->lex) ? value(p, pos, false, true) : fail(p, SKR_SYNTAX_NUMBER);
    return leave(p, o);
}

/* A quoted or bare string; `other` is the fault if there is none. */
static skr_operand *string(parser *p, skr_syntax other)
{
    skr_pos pos = p->lex.at;
    int q = quoted(p);
    if (q)
        return q > 0 ? value(p, pos, true, false) : NULL;
    return skr_lex_bare(&p->lex) ? value(p, pos, false, false) : fail(p, other);
}

static skr_operand *string_right(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    skr_operand *o = right_xform(p);
    if (!o && !p->failed)
        o = string(p, SKR_SYNTAX_STRING);
    return leave(p, o);
}

static skr_operand *list_element(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    return leave(p, string(p, SKR_SYNTAX_ELEMENT));
}

/* Of operators that read their literals in a way of their own lists are not shared. */
static bool takes_shared(const parser *p)
{
    return p->op != SKR_OP_REGEX && p->op != SKR_OP_BCONTAINS && p->op != SKR_OP_BSTARTSWITH && p->op < SKR_OP_COUNT;
}

/* An element, or the items that were left out of the text here. */
static bool push_elements(parser *p)
{
    skr_lex_blank(&p->lex);
    const skr_gap *g = p->origin && p->gap < p->origin->gap_count ? &p->origin->gaps[p->gap] : NULL;
    if (!g || g->idx != p->lex.at.idx || !takes_shared(p))
        return push(p, list_element(p));
    if (!enter(p))
        return false;
    skr_pos pos = p->lex.at;
    skr_lex_text(&p->lex, SKR_GAP);
    p->gap++;
    for (uint32_t i = 0; i < g->count; i++) {
        skr_operand *o = new_operand_of(p, SKR_STRETCH, SKR_STR(""), pos, offsetof(skr_operand, arg_pos));
        if (!push(p, o))
            return false;
        o->shared = g->runs[i];
    }
    leave(p, NULL);
    return true;
}

/* As in the reference, whatever is wrong with the first element is forgiven: the list must then end there. So
 * "(,)" lacks its ')', and a first element with a bad escape makes an empty list (which we warn of). */
static bool forgive_first(parser *p, uint32_t depth)
{
    if (p->fault.what == SKR_SYNTAX_NO_MEMORY)
        return false;
    if (p->fault.what == SKR_SYNTAX_ESCAPE) {
        p->has_ignored = true;
        p->ignored = p->fault;
    }
    p->failed = false;
    p->depth = depth;
    return true;
}

static skr_operand *list_rest(parser *p, skr_pos pos)
{
    size_t base = p->stack.n;
    uint32_t depth = p->depth;
    p->open = pos;
    skr_lex_blank(&p->lex);
    if (push_elements(p)) {
        skr_lex_blank(&p->lex);
        while (skr_lex_text(&p->lex, ",")) {
            if (!push_elements(p))
                return NULL;
            skr_lex_blank(&p->lex);
        }
    } else if (!forgive_first(p, depth)) {
        return NULL;
    }
    if (!skr_lex_text(&p->lex, ")")) {
        fail(p, SKR_SYNTAX_LIST_END);
        p->fault.cause = p->stack.n == base && p->has_ignored && p->ignored.open.idx == pos.idx ? &p->ignored : NULL;
        return NULL;
    }
    skr_operand *list = new_operand_of(p, SKR_LIST_OF, SKR_STR(""), pos, offsetof(skr_operand, arg_pos));
    return pop_operands(p, base, list) ? list : NULL;
}

/* A list, or one bare identifier: a list that the loader has replaced by its only element. */
static skr_operand *list_right(parser *p, bool with_xform)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    skr_operand *o = NULL;
    if (skr_lex_text(&p->lex, "("))
        o = list_rest(p, pos);
    else if (with_xform)
        o = right_xform(p);
    if (!o && !p->failed)
        o = skr_lex_identifier(&p->lex) ? value(p, pos, false, false) : fail(p, SKR_SYNTAX_LIST);
    return leave(p, o);
}

/* ---- Operators ---- */

enum { UNARY, NUM, STR, LIST };

static const struct {
    const char *text;
    uint8_t family;
} ops[] = {
#define SKR_OP(id, text, family, doc) { text, family },
#include "ops.def"
#undef SKR_OP
};

static bool is_symbol(const char *text)
{
    return !skr_is_alpha(text[0]);
}

/* Word operators of the string family need a blank behind them; without one the cursor goes back. */
static bool operator_at(parser *p, size_t i)
{
    if (skr_lex_peek(&p->lex, 0) != ops[i].text[0])
        return false;
    skr_lexer before = p->lex;
    if (!skr_lex_text(&p->lex, ops[i].text))
        return false;
    if (ops[i].family != STR || is_symbol(ops[i].text) || skr_lex_blank(&p->lex))
        return true;
    p->lex = before;
    return false;
}

static skr_op take_operator(parser *p)
{
    for (size_t i = 0; i < SKR_OP_COUNT; i++)
        if (operator_at(p, i))
            return (skr_op)i;
    fail(p, SKR_SYNTAX_OPERATOR);
    return SKR_OP_COUNT;
}

static bool is_joining_word(skr_str s)
{
    size_t n = 0; /* up to the first byte that is no letter or digit: "and_x" counts as "and" */
    while (n < s.len && (skr_is_alpha(s.ptr[n]) || skr_is_digit(s.ptr[n])))
        n++;
    skr_str word = skr_str_cut(s, 0, n);
    return skr_str_is(word, "and") || skr_str_is(word, "or") || skr_str_is(word, "not");
}

/* oneof, anyof, allof behind an operator (language.md 9): only with blanks around and something like a list behind;
 * else it is a string, and the cursor goes back. */
static skr_modifier take_modifier(parser *p)
{
    skr_lexer before = p->lex;
    bool blank = skr_lex_blank(&p->lex) || p->lex.end < p->lex.at.idx;
    for (int m = SKR_MOD_ONEOF; blank && m <= SKR_MOD_ALLOF; m++) {
        if (!skr_lex_text(&p->lex, skr_modifier_text((skr_modifier)m)))
            continue;
        if (!skr_lex_blank(&p->lex))
            break;
        skr_str next = skr_str_cut(p->lex.text, p->lex.at.idx, p->lex.text.len);
        if (skr_lex_peek(&p->lex, 0) == '(' || (skr_lex_identifier_len(next) && !is_joining_word(next)))
            return (skr_modifier)m;
        break;
    }
    p->lex = before;
    return SKR_MOD_NONE;
}

static skr_operand *right_side(parser *p, skr_node *cmp)
{
    switch (ops[cmp->op].family) {
    case NUM:
        return number_right(p);
    case LIST:
        return list_right(p, true);
    default:
        cmp->modifier = take_modifier(p);
        return cmp->modifier ? list_right(p, false) : string_right(p);
    }
}

/* ---- Conditions ---- */

/* The operator and what follows it. */
static skr_node *condition(parser *p, skr_operand *left, skr_pos pos)
{
    if (!left || !enter(p))
        return NULL;
    p->left = left;
    p->op = SKR_OP_COUNT;
    skr_lex_blank(&p->lex);
    skr_pos op_pos = p->lex.at;
    skr_op op = take_operator(p);
    p->op = op;
    skr_node *n = p->failed ? NULL : new_node(p, op == SKR_OP_EXISTS ? SKR_EXISTS : SKR_CMP, pos);
    if (!n)
        return NULL;
    n->left = left;
    n->op = op;
    n->op_pos = op_pos;
    if (n->kind == SKR_CMP && !(n->right = right_side(p, n)))
        return NULL;
    n->len = length_from(p, pos);
    return leave(p, n);
}

static skr_node *or_chain(parser *p);

/* The rest of a group: its parenthesis, at `open`, is read. */
static skr_node *group_rest(parser *p, skr_pos open)
{
    if (!enter(p))
        return NULL;
    skr_pos outer = p->open;
    p->open = open;
    skr_lex_blank(&p->lex);
    skr_node *n = or_chain(p);
    if (!n)
        return NULL;
    skr_lex_blank(&p->lex);
    p->open = open;
    if (!skr_lex_text(&p->lex, ")"))
        return fail(p, SKR_SYNTAX_GROUP_END);
    p->open = outer;
    return leave(p, n);
}

static skr_node *check(parser *p)
{
    if (!enter(p))
        return NULL;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    skr_str name;
    skr_node *n;
    if (skr_lex_text(&p->lex, "(")) {
        n = group_rest(p, pos);
    } else if (skr_lex_field(&p->lex)) {
        n = condition(p, field_rest(p, pos), pos);
    } else if (xform_start(p, false, &name)) {
        n = condition(p, xform_rest(p, name, pos), pos);
    } else if (skr_lex_identifier(&p->lex)) {
        n = new_node(p, SKR_MACRO, pos);
        if (n)
            n->name = p->lex.last;
    } else {
        n = fail(p, SKR_SYNTAX_OPERAND);
    }
    p->check = n;
    return leave(p, n);
}

static skr_node *negate(parser *p, skr_node *child, skr_pos pos)
{
    skr_node *n = child ? new_node(p, SKR_NOT, pos) : NULL;
    size_t base = p->stack.n;
    return push(p, child) && pop_nodes(p, base, n) ? n : NULL;
}

static skr_node *not_chain(parser *p)
{
    if (!enter(p))
        return NULL;
    bool odd = false;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    while (skr_lex_not(&p->lex))
        odd = !odd;
    skr_node *n;
    if (skr_lex_text(&p->lex, "not(")) {
        odd = !odd;
        n = group_rest(p, parenthesis(p->lex.last_at, SKR_STR("not")));
    } else {
        n = check(p);
    }
    return leave(p, n && odd ? negate(p, n, pos) : n);
}

/* What stands behind `and` or `or`: blanks and `operand`, or a group glued to the word. */
static skr_node *tail(parser *p, skr_node *(*operand)(parser *))
{
    if (skr_lex_blank(&p->lex))
        return operand(p);
    skr_pos open = p->lex.at;
    return skr_lex_text(&p->lex, "(") ? group_rest(p, open) : fail(p, SKR_SYNTAX_GLUED);
}

static skr_node *chain(parser *p, skr_node_kind kind, const char *word, skr_node *(*operand)(parser *))
{
    if (!enter(p))
        return NULL;
    size_t base = p->stack.n;
    skr_lex_blank(&p->lex);
    skr_pos pos = p->lex.at;
    skr_node *first = operand(p);
    if (!push(p, first))
        return NULL;
    skr_lex_blank(&p->lex);
    while (skr_lex_text(&p->lex, word)) {
        if (!push(p, tail(p, operand)))
            return NULL;
        skr_lex_blank(&p->lex);
    }
    if (p->stack.n == base + 1) {
        p->stack.n = base;
        return leave(p, first);
    }
    skr_node *n = new_node(p, kind, pos);
    return leave(p, pop_nodes(p, base, n) ? n : NULL);
}

static skr_node *and_chain(parser *p)
{
    return chain(p, SKR_AND, "and", not_chain);
}

static skr_node *or_chain(parser *p)
{
    return chain(p, SKR_OR, "or", and_chain);
}

/* ---- Entry ---- */

static void start(parser *p, skr_arena *a, skr_str text, uint32_t max_depth)
{
    memset(p, 0, sizeof *p);
    skr_lex_init(&p->lex, a, text);
    p->max_depth = max_depth ? max_depth : SKR_DEFAULT_DEPTH;
    if (p->max_depth > DEEPEST)
        p->max_depth = DEEPEST;
    p->op = SKR_OP_COUNT;
}

int skr_parse(skr_arena *a, const skr_text *text, uint32_t max_depth, skr_sink sink, skr_node **tree)
{
    parser p;
    if (text->text.len > UINT32_MAX)
        return SAKER_ELIMIT;
    start(&p, a, text->text, max_depth);
    p.origin = text;
    skr_node *n = text->text.len ? or_chain(&p) : fail(&p, SKR_SYNTAX_EMPTY);
    if (n && !skr_lex_at_end(&p.lex))
        fail(&p, SKR_SYNTAX_LEFT_OVER);
    skr_vec_free(a->mem, &p.stack);
    if (p.failed && p.fault.what == SKR_SYNTAX_NO_MEMORY)
        return SAKER_ENOMEM;
    const bool left_out = p.gap < text->gap_count && !p.failed;
    if (left_out || (text->gap_count && !text->as_is && (p.failed || p.has_ignored)))
        return SAKER_EINVAL;
    if (p.has_ignored && !p.failed && !skr_fault_report(&p.ignored, text, true, sink))
        return SAKER_ENOMEM;
    if (p.failed)
        return skr_fault_report(&p.fault, text, false, sink) ? SAKER_ERULES : SAKER_ENOMEM;
    *tree = n;
    return SAKER_OK;
}

skr_operand *skr_parse_operand(skr_arena *a, skr_str text, uint32_t max_depth)
{
    parser p;
    skr_str name;
    if (text.len > UINT32_MAX)
        return NULL;
    start(&p, a, text, max_depth);
    p.depth = 1;
    skr_operand *o = NULL;
    if (skr_lex_field(&p.lex))
        o = field_rest(&p, (skr_pos){ 0, 1, 1 });
    else if (xform_start(&p, false, &name))
        o = xform_rest(&p, name, (skr_pos){ 0, 1, 1 });
    skr_vec_free(a->mem, &p.stack);
    return skr_lex_at_end(&p.lex) ? o : NULL;
}

bool skr_is_identifier(skr_str s)
{
    return s.len && skr_lex_identifier_len(s) == s.len;
}

bool skr_is_bare_string(skr_str s)
{
    return s.len && skr_lex_bare_len(s) == s.len;
}

skr_pos skr_pos_at(skr_str text, size_t idx)
{
    skr_pos pos = { (uint32_t)idx, 1, 1 };
    for (size_t i = 0; i < idx && i < text.len; i++) {
        bool newline = text.ptr[i] == '\n' || text.ptr[i] == '\r';
        pos.line += newline;
        pos.col = newline ? 1 : pos.col + 1;
    }
    return pos;
}
