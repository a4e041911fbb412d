/* SPDX-License-Identifier: Apache-2.0 */
#include "ast.h"

enum { SHORT_LIST = 256 };

static const char *const op_texts[] = {
#define SKR_OP(id, text, family, doc) text,
#include "ops.def"
#undef SKR_OP
};

const char *skr_op_text(skr_op op)
{
    return op < SKR_OP_COUNT ? op_texts[op] : "";
}

const char *skr_modifier_text(skr_modifier m)
{
    static const char *const texts[] = { "", "oneof", "anyof", "allof" };
    return texts[m];
}

/* ---- Literals ---- */

bool skr_next_literal(skr_literals_of *w, skr_str *text)
{
    const skr_operand *r = w->right;
    const size_t count = r->kind == SKR_LIST_OF ? r->count : 1;
    while (w->item < count) {
        const skr_operand *o = r->kind == SKR_LIST_OF ? r->items[w->item] : r;
        if (o->kind != SKR_STRETCH) {
            *text = o->text;
            w->item++;
            return true;
        }
        if (w->within < o->shared->count) {
            *text = o->shared->texts[w->within++];
            return true;
        }
        w->within = 0;
        w->item++;
    }
    return false;
}

size_t skr_count_literals(const skr_operand *right)
{
    size_t n = right->kind == SKR_LIST_OF ? right->count : 1;
    for (size_t i = 0; right->kind == SKR_LIST_OF && i < right->count; i++)
        if (right->items[i]->kind == SKR_STRETCH)
            n += right->items[i]->shared->count - 1;
    return n;
}

static void print_operator(skr_buf *b, const skr_node *n)
{
    skr_buf_cstr(b, skr_op_text(n->op));
    if (n->modifier) {
        skr_buf_char(b, ' ');
        skr_buf_cstr(b, skr_modifier_text(n->modifier));
    }
}

/* ---- Canonical text ---- */

/* The letter that stands behind the backslash for a byte that is escaped in canonical text; 0: none. */
static const char escape_letters[256] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\\'] = '\\', ['"'] = '"',
};

static char escape_letter(char c)
{
    return escape_letters[(unsigned char)c];
}

static bool needs_quotes(skr_str v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.ptr[i];
        if (c == '\0' || c == ' ' || c == '=' || c == '\'' || escape_letter(c))
            return true;
    }
    return false;
}

void skr_value_print(skr_buf *b, skr_str value)
{
    if (!needs_quotes(value)) {
        skr_buf_str(b, value);
        return;
    }
    skr_buf_char(b, '"');
    for (size_t i = 0; i < value.len; i++) {
        char letter = escape_letter(value.ptr[i]);
        if (letter)
            skr_buf_char(b, '\\');
        skr_buf_char(b, letter ? letter : value.ptr[i]);
    }
    skr_buf_char(b, '"');
}

static void print_argument(skr_buf *b, const skr_operand *o)
{
    if (!o->has_arg)
        return;
    skr_buf_char(b, '[');
    if (o->arg.len)
        skr_value_print(b, o->arg);
    else
        skr_buf_cstr(b, "\"\"");
    skr_buf_char(b, ']');
}

static void print_shared(skr_buf *b, const skr_shared *s, const char *between, uint32_t most)
{
    uint32_t n = s->count <= most ? s->count : most;
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            skr_buf_cstr(b, between);
        skr_value_print(b, s->texts[i]);
    }
    if (n < s->count)
        skr_buf_printf(b, "%s... %u more", between, (unsigned)(s->count - n));
}

static void print_items(skr_buf *b, const skr_operand *o, const char *between, uint32_t most)
{
    skr_buf_char(b, '(');
    for (uint32_t i = 0; i < o->count; i++) {
        if (i)
            skr_buf_cstr(b, between);
        if (i >= most) {
            skr_buf_printf(b, "... %u more", (unsigned)(o->count - i));
            break;
        }
        if (o->items[i]->kind == SKR_STRETCH)
            print_shared(b, o->items[i]->shared, between, most);
        else if (o->items[i]->kind == SKR_LIST_OF)
            print_items(b, o->items[i], between, most);
        else
            skr_operand_print(b, o->items[i]);
    }
    skr_buf_char(b, ')');
}

/* Recursion here and below in operands is bounded by the parser's depth limit. */
static void print_operand(skr_buf *b, const skr_operand *o, uint32_t most)
{
    switch (o->kind) {
    case SKR_FIELD:
        skr_buf_str(b, o->text);
        print_argument(b, o);
        break;
    case SKR_XFORM:
        skr_buf_str(b, o->text);
        print_items(b, o, ",", most);
        print_argument(b, o);
        break;
    case SKR_VALUE:
        skr_value_print(b, o->text);
        break;
    case SKR_LIST_OF:
        print_items(b, o, ", ", most);
        break;
    case SKR_STRETCH:
        print_shared(b, o->shared, ", ", most);
        break;
    }
}

void skr_operand_print(skr_buf *b, const skr_operand *o)
{
    print_operand(b, o, UINT32_MAX);
}

static void print_check_of(skr_buf *b, const skr_node *n, uint32_t most)
{
    if (n->kind == SKR_MACRO) {
        skr_buf_str(b, n->name);
        return;
    }
    print_operand(b, n->left, most);
    skr_buf_char(b, ' ');
    print_operator(b, n);
    if (n->kind == SKR_CMP) {
        skr_buf_char(b, ' ');
        print_operand(b, n->right, most);
    }
}

static void print_check(skr_buf *b, const skr_node *n)
{
    print_check_of(b, n, UINT32_MAX);
}

static void print_check_short(skr_buf *b, const skr_node *n)
{
    print_check_of(b, n, SHORT_LIST);
}

/* ---- Walking: expanded trees may be deeper than the C stack ---- */

typedef struct frame {
    const skr_node *node;
    size_t next; /* child to visit */
} frame;

/* What is written before child `i` of an inner node, and after its last one (i == count). */
typedef void around_fn(skr_buf *b, const skr_node *n, size_t i);
typedef void leaf_fn(skr_buf *b, const skr_node *n);

static bool is_inner(const skr_node *n)
{
    return n->kind == SKR_AND || n->kind == SKR_OR || n->kind == SKR_NOT;
}

/* Ends early where more than `most` bytes are written. */
static void walk(skr_buf *b, const skr_node *root, around_fn *around, leaf_fn *leaf, size_t most)
{
    SKR_VEC(frame) stack = { 0 };
    const skr_node *n = root;
    while (b->len <= most) {
        if (!is_inner(n)) {
            leaf(b, n);
        } else if (!skr_vec_push(b->mem, &stack, ((frame){ n, 0 }))) {
            b->failed = true;
            break;
        }
        frame *top = stack.n ? &stack.v[stack.n - 1] : NULL;
        while (top) {
            around(b, top->node, top->next);
            if (top->next < top->node->count)
                break;
            stack.n--;
            top = stack.n ? &stack.v[stack.n - 1] : NULL;
        }
        if (!top)
            break;
        n = top->node->items[top->next++];
    }
    skr_vec_free(b->mem, &stack);
}

static void print_around(skr_buf *b, const skr_node *n, size_t i)
{
    if (n->kind == SKR_NOT)
        skr_buf_cstr(b, i == 0 ? "not " : "");
    else if (i == 0)
        skr_buf_char(b, '(');
    else if (i < n->count)
        skr_buf_cstr(b, n->kind == SKR_AND ? " and " : " or ");
    else
        skr_buf_char(b, ')');
}

void skr_ast_print(skr_buf *b, const skr_node *n)
{
    walk(b, n, print_around, print_check, SIZE_MAX);
}

void skr_ast_print_short(skr_buf *b, const skr_node *n, size_t most)
{
    walk(b, n, print_around, print_check_short, most);
    if (b->failed || b->len <= most)
        return;
    while (most > 0 && (b->ptr[most] & 0xC0) == 0x80) /* within a character */
        most--;
    b->len = most;
    skr_buf_cstr(b, " ...");
}

/* ---- S-expressions ---- */

/* A JSON string in which each byte is one character, as the conformance files have it. */
static void dump_text(skr_buf *b, skr_str s)
{
    skr_buf_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x80)
            skr_buf_json_inner(b, skr_str_cut(s, i, i + 1));
        else
            skr_buf_printf(b, "\\u%04x", c);
    }
    skr_buf_char(b, '"');
}

static void dump_operand(skr_buf *b, const skr_operand *o);

static void dump_items(skr_buf *b, const skr_operand *o)
{
    for (size_t i = 0; i < o->count; i++) {
        skr_buf_char(b, ' ');
        dump_operand(b, o->items[i]);
    }
}

static void dump_operand(skr_buf *b, const skr_operand *o)
{
    static const char *const heads[] = { "(field ", "(xf ", "(val ", "(xlist", "" };
    skr_buf_cstr(b, heads[o->kind]);
    if (o->kind != SKR_LIST_OF)
        dump_text(b, o->text);
    dump_items(b, o);
    if (o->has_arg) {
        skr_buf_cstr(b, o->kind == SKR_XFORM ? " (arg " : " ");
        dump_text(b, o->arg);
        skr_buf_cstr(b, o->kind == SKR_XFORM ? ")" : "");
    }
    skr_buf_char(b, ')');
}

/* The right side: the elements of a list of values are bare there. */
static void dump_right(skr_buf *b, const skr_operand *o)
{
    if (o->kind != SKR_LIST_OF) {
        dump_operand(b, o);
        return;
    }
    skr_buf_cstr(b, "(list");
    skr_literals_of w = { .right = o };
    for (skr_str text; skr_next_literal(&w, &text);) {
        skr_buf_char(b, ' ');
        dump_text(b, text);
    }
    skr_buf_char(b, ')');
}

static void dump_check(skr_buf *b, const skr_node *n)
{
    if (n->kind == SKR_MACRO) {
        skr_buf_cstr(b, "(macro ");
        dump_text(b, n->name);
    } else if (n->kind == SKR_EXISTS) {
        skr_buf_cstr(b, "(exists ");
        dump_operand(b, n->left);
    } else {
        skr_buf_cstr(b, "(cmp \"");
        print_operator(b, n);
        skr_buf_cstr(b, "\" ");
        dump_operand(b, n->left);
        skr_buf_char(b, ' ');
        dump_right(b, n->right);
    }
    skr_buf_char(b, ')');
}

static void dump_around(skr_buf *b, const skr_node *n, size_t i)
{
    static const char *const heads[] = { "(and ", "(or ", "(not " };
    if (i == 0)
        skr_buf_cstr(b, heads[n->kind]);
    else
        skr_buf_char(b, i < n->count ? ' ' : ')');
}

void skr_ast_dump(skr_buf *b, const skr_node *n)
{
    walk(b, n, dump_around, dump_check, SIZE_MAX);
}
