/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons: which operator goes with which type, and what may stand on the right. */
#include "check.h"
#include "regex.h"

enum { DEFAULT_NODES = 1048576, DEFAULT_REGEX = 1 << 20 };

void skr_checker_init(skr_checker *c, skr_arena *a, const skr_schema *s, const skr_limits *limits, skr_sink sink)
{
    *c = (skr_checker){ .a = a, .s = s, .sink = sink };
    if (limits)
        c->limits = *limits;
    if (!c->limits.max_nodes)
        c->limits.max_nodes = DEFAULT_NODES;
    if (!c->limits.max_regex)
        c->limits.max_regex = DEFAULT_REGEX;
}

static skr_issue new_issue(skr_checker *c, skr_issue_kind kind, skr_pos pos, size_t len)
{
    skr_issue i = { .kind = kind, .origin = c->origin, .node = c->node, .pos = pos };
    i.len = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
    i.shared = c->shared;
    i.shared_item = c->shared_item;
    return i;
}

int skr_check_fail(skr_checker *c, skr_issue_kind kind, skr_pos pos, size_t len, const char *falco, const char *message,
                   const char *hint)
{
    if (!falco || !message)
        return c->status = SAKER_ENOMEM;
    if (c->status != SAKER_ENOMEM)
        c->status = SAKER_ERULES;
    c->said++;
    skr_issue i = new_issue(c, kind, pos, len);
    i.falco = falco;
    i.message = message;
    i.hint = hint;
    if (!c->quiet && c->sink.report)
        c->sink.report(c->sink.ctx, &i);
    return SAKER_ERULES;
}

int skr_check_too_large(skr_checker *c, skr_pos pos, size_t len)
{
    if (c->too_large) /* said once */
        return c->status;
    c->too_large = true;
    const char *text = skr_arena_printf(c->a, "the condition has more than %u parts", c->limits.max_nodes);
    return skr_check_fail(c, SKR_ISSUE_TOO_LARGE, pos, len, text, text, NULL);
}

void skr_check_warn(skr_checker *c, skr_issue_kind kind, skr_pos pos, size_t len, const char *falco,
                    const char *message, const char *hint)
{
    if (!message) {
        c->status = SAKER_ENOMEM;
        return;
    }
    c->said++;
    skr_issue i = new_issue(c, kind, pos, len);
    if (c->errors_only)
        return;
    i.warning = true;
    i.falco = falco;
    i.message = message;
    i.hint = hint;
    if (!c->quiet && c->sink.report)
        c->sink.report(c->sink.ctx, &i);
}

/* ---- Operators and types ---- */

#define BIT(op) (1u << SKR_OP_##op)
enum {
    OPS_EQUAL = BIT(EQ2) | BIT(EQ) | BIT(NE) | BIT(IN) | BIT(INTERSECTS),
    OPS_ORDER = BIT(LT) | BIT(LE) | BIT(GT) | BIT(GE),
    OPS_NUMBER = OPS_EQUAL | OPS_ORDER,
    OPS_STRING = OPS_NUMBER | BIT(CONTAINS) | BIT(ICONTAINS) | BIT(STARTSWITH) | BIT(ENDSWITH) | BIT(GLOB) |
                 BIT(IGLOB) | BIT(REGEX) | BIT(PMATCH),
    OPS_BYTES = OPS_EQUAL | BIT(CONTAINS) | BIT(STARTSWITH) | BIT(ENDSWITH) | BIT(BCONTAINS) | BIT(BSTARTSWITH),
    OPS_LIST = BIT(IN) | BIT(INTERSECTS),
    OPS_WITHIN = BIT(EQ) | BIT(EQ2)
};

static const struct {
    uint32_t ops;
    const char *name; /* in messages */
} groups[] = {
    [SKR_G_NONE] = { 0, NULL },
    [SKR_G_NUMBER] = { OPS_NUMBER, "numeric" },
    [SKR_G_BOOL] = { OPS_EQUAL, "numeric" },
    [SKR_G_STRING] = { OPS_STRING, "string" },
    [SKR_G_BYTES] = { OPS_BYTES, "buffer" },
    [SKR_G_IP] = { OPS_EQUAL, "ip address and network" },
    [SKR_G_NET] = { OPS_EQUAL, "ip address and network" },
};

static const char *op_name(skr_op op)
{
    return skr_op_text(op == SKR_OP_EQ2 ? SKR_OP_EQ : op);
}

/* "operators for this type: = != in ..." */
static const char *list_ops(skr_checker *c, uint32_t ops)
{
    const char *text = "exists";
    for (unsigned op = 0; op < SKR_OP_COUNT && text; op++)
        if (op != SKR_OP_EQ2 && (ops >> op & 1))
            text = skr_arena_printf(c->a, "%s %s", text, skr_op_text((skr_op)op));
    return text ? skr_arena_printf(c->a, "operators for it: %s", text) : NULL;
}

static int bad_operator(skr_checker *c, const skr_node *n, const skr_expr *left, uint32_t ops, const char *falco)
{
    return skr_check_fail(c, SKR_ISSUE_BAD_OPERATOR, n->op_pos, strlen(skr_op_text(n->op)), falco,
                          skr_arena_printf(c->a, "operator '%s' cannot be used with %s of type %s", op_name(n->op),
                                           left->is_list ? "a list" : "a value", skr_type(left->type)->name),
                          list_ops(c, ops));
}

static bool list_type(saker_type t)
{
    return t == SAKER_STR || t == SAKER_UINT || t == SAKER_SPAN || t == SAKER_TIME || t == SAKER_BOOL ||
           t == SAKER_IP || t == SAKER_NET;
}

static int check_list_operator(skr_checker *c, const skr_node *n, const skr_expr *left)
{
    if (!list_type(left->type))
        return bad_operator(c, n, left, 0,
                            skr_arena_printf(c->a, "filter error: list filters are not supported for type '%s'",
                                             skr_type(left->type)->name));
    if (OPS_LIST >> n->op & 1)
        return 0;
    return bad_operator(c, n, left, OPS_LIST,
                        skr_arena_printf(c->a, "filter error: '%s' operator not supported list filters",
                                         op_name(n->op)));
}

static int check_operator(skr_checker *c, const skr_node *n, const skr_expr *left)
{
    if (left->is_list)
        return check_list_operator(c, n, left);
    skr_type_group g = skr_type(left->type)->group;
    bool within = left->kind == SKR_EXPR_FIELD && (left->arg.field->flags & SAKER_WITHIN);
    uint32_t ops = within ? OPS_WITHIN : groups[g].ops;
    if (ops >> n->op & 1)
        return 0;
    const char *falco = g == SKR_G_NONE
                            ? skr_arena_printf(c->a, "filter error: '%s' operator not supported for type '%s'",
                                               op_name(n->op), skr_type(left->type)->name)
                            : skr_arena_printf(c->a, "filter error: '%s' operator not supported for %s filters",
                                               op_name(n->op), groups[g].name);
    return bad_operator(c, n, left, ops, falco);
}

/* ---- The right side: fields ---- */

static bool no_rhs(const skr_expr *e)
{
    return e->any || e->pair ||
           (e->kind == SKR_EXPR_FIELD && (e->arg.field->flags & (SAKER_NO_RHS | SAKER_NO_VAL | SAKER_WITHIN)));
}

static int bad_right(skr_checker *c, const skr_operand *o, const char *falco, const char *hint)
{
    return skr_check_fail(c, SKR_ISSUE_BAD_RHS, o->pos, o->len, falco, falco, hint);
}

static const char *in_capitals(skr_op op)
{
    return op == SKR_OP_REGEX ? "REGEX" : "PMATCH";
}

static int check_types_equal(skr_checker *c, const skr_node *n, const skr_expr *l, const skr_expr *r)
{
    if (l->type == r->type && l->is_list == r->is_list)
        return 0;
    return bad_right(c, n->right,
                     skr_arena_printf(c->a,
                                      "field '%s' has type '%s'%s while the right-hand side field '%s' has "
                                      "incompatible type '%s'%s",
                                      skr_expr_name(l), skr_type(l->type)->name, l->is_list ? " (list)" : "",
                                      skr_expr_name(r), skr_type(r->type)->name, r->is_list ? " (list)" : ""),
                     NULL);
}

static int check_right_field(skr_checker *c, const skr_node *n, skr_test *t)
{
    const skr_expr *l = t->left, *r = skr_check_operand(c, n->right);
    if (!r)
        return c->status;
    t->right = r;
    if (no_rhs(l))
        return bad_right(c, n->right,
                         skr_arena_printf(c->a, "field '%s' doesn't support right-hand side fields", skr_expr_name(l)),
                         NULL);
    if (t->op == SKR_OP_PMATCH || t->op == SKR_OP_REGEX)
        return bad_right(c, n->right,
                         skr_arena_printf(c->a, "operator '%s' doesn't support right-hand side fields",
                                          in_capitals(t->op)),
                         NULL);
    if (skr_type(l->type)->group == SKR_G_NET)
        return bad_right(c, n->right,
                         skr_arena_printf(c->a, "field type '%s' doesn't support right-hand side fields",
                                          skr_type(l->type)->name),
                         NULL);
    if (no_rhs(r))
        return bad_right(c, n->right,
                         skr_arena_printf(c->a, "field '%s' can't be used as a right-hand side field",
                                          skr_expr_name(r)),
                         NULL);
    return check_types_equal(c, n, l, r);
}

/* ---- The right side: literals ---- */

/* An allocator that remembers whether it was the one to refuse, and not the limit set on top of it. */
typedef struct watch {
    saker_alloc hook;
    bool refused;
} watch;

static void *watched(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    watch *w = ctx;
    ptr = w->hook.fn(w->hook.ctx, ptr, old_size, new_size);
    if (!ptr && new_size)
        w->refused = true;
    return ptr;
}

enum { MOST_REGEXES = 32 }; /* of the size that one may have, together */

/* Regular expressions that are different count; what was checked before is not counted again. */
static int count_regex(skr_checker *c, skr_str pattern, size_t size, skr_refusal *fault)
{
    skr_sums *sums = c->sums;
    if (!sums)
        return 0;
    sums->regex_bytes += size;
    if (!c->errors_only && sums->regex_bytes > (uint64_t)c->limits.max_regex * MOST_REGEXES) {
        *fault = (skr_refusal){ SKR_ISSUE_BAD_REGEX, "invalid regex pattern: pattern too large - compile failed",
                                "the regular expressions are too large together", NULL };
        return SAKER_ERULES;
    }
    const skr_str key = skr_str_dup(sums->keep, pattern);
    return key.ptr && skr_map_put(&sums->regexes, key, 0) ? 0 : SAKER_ENOMEM;
}

static int try_regex(skr_checker *c, skr_str pattern, skr_refusal *fault)
{
    if (c->sums && skr_map_get(&c->sums->regexes, pattern) != SIZE_MAX)
        return 0;
    watch w = { c->a->mem->hook, false };
    saker_alloc hook = { watched, &w };
    skr_mem mem;
    skr_regex *regex = NULL;
    const char *why = NULL;
    skr_mem_init(&mem, &hook, c->limits.max_regex);
    int err = skr_regex_new(&mem, c->a, pattern, &regex, &why);
    const size_t size = err ? 0 : skr_regex_size(regex);
    if (!err) {
        skr_regex_free(regex);
        return count_regex(c, pattern, size, fault);
    }
    if (err == SAKER_ENOMEM && (w.refused || c->a->mem->failed))
        return err;
    if (err == SAKER_ENOMEM) {
        why = "pattern too large - compile failed";
        err = SAKER_ERULES;
    }
    *fault = (skr_refusal){ SKR_ISSUE_BAD_REGEX, skr_arena_printf(c->a, "invalid regex pattern: %s", why),
                            skr_arena_printf(c->a, "bad regular expression: %s", why), NULL };
    return err;
}

static int check_kind_name(skr_checker *c, skr_str name, skr_refusal *fault)
{
    if (skr_schema_knows_kind(c->s, name))
        return 0;
    const int len = (int)(name.len < 512 ? name.len : 512);
    const char *near = c->quiet ? NULL : skr_schema_near_kind(c->s, name);
    *fault = (skr_refusal){ SKR_ISSUE_UNKNOWN_KIND, skr_arena_printf(c->a, "unknown event type %.*s", len, name.ptr),
                            skr_arena_printf(c->a, "no event type is called '%.*s'", len, name.ptr),
                            near ? skr_arena_printf(c->a, "did you mean '%s'?", near) : NULL };
    return SAKER_ERULES;
}

static bool takes_kinds(const skr_checker *c, const skr_expr *l)
{
    return l->kind == SKR_EXPR_FIELD && (l->arg.field->flags & SAKER_KNOWN_KINDS) && c->s->pub->kinds;
}

/* `o` is the literal's place. *wrapped: it is not what was written (reported). */
static int check_literal(skr_checker *c, const skr_test *t, skr_str text, const skr_operand *o, saker_value *v,
                         bool *wrapped)
{
    skr_refusal fault = { 0 };
    const skr_expr *l = t->left;
    int err = skr_literal(c->a, l->type, t->op, text, v, wrapped, &fault);
    if (!err && t->op == SKR_OP_REGEX)
        err = try_regex(c, text, &fault);
    if (!err && takes_kinds(c, l))
        err = check_kind_name(c, text, &fault);
    if (err == SAKER_ERULES)
        return skr_check_fail(c, fault.kind, o->pos, o->len, fault.falco, fault.message, fault.hint);
    if (err)
        c->status = err;
    else if (*wrapped && !c->quiet)
        skr_check_warn(c, SKR_ISSUE_WRAPPED_NUMBER, o->pos, o->len, NULL,
                       skr_arena_printf(c->a, "'%.*s' does not fit type %s and wraps around", (int)text.len, text.ptr,
                                        skr_type(l->type)->name),
                       NULL);
    return err;
}

/* ---- Literals that are shared ---- */

/* What came out when shared literals were read as literals of a type. */
typedef struct skr_known {
    struct skr_known *next;
    saker_type type;
    const skr_schema *kinds; /* they are names of kinds of this schema; or NULL */
    uint32_t odd_count;
    uint32_t odd[8]; /* the first ones that there is something to say of */
} skr_known;

static int check_shared_item(skr_checker *c, const skr_test *t, const skr_operand *o, uint32_t i, bool *odd)
{
    saker_value v;
    c->shared = o->shared;
    c->shared_item = i;
    int err = check_literal(c, t, o->shared->texts[i], o, &v, odd);
    c->shared = NULL;
    *odd = *odd || err;
    return err;
}

/* All of them for the first time, then only those that something was said of. A warning is enough for the first few. */
static int check_shared(skr_checker *c, const skr_test *t, const skr_operand *o)
{
    skr_shared *s = o->shared;
    const skr_schema *kinds = takes_kinds(c, t->left) ? c->s : NULL;
    skr_known *k = s->known;
    bool odd;
    int err = 0;
    while (k && (k->type != t->left->type || k->kinds != kinds))
        k = k->next;
    for (uint32_t i = 0; k && i < k->odd_count && !err; i++)
        err = check_shared_item(c, t, o, k->odd[i], &odd);
    if (k)
        return err;
    skr_known found = { s->known, t->left->type, kinds, 0, { 0 } };
    const size_t most = sizeof found.odd / sizeof *found.odd;
    const bool errors_only = c->errors_only;
    for (uint32_t i = 0; i < s->count && !err; i++) {
        c->errors_only = errors_only || found.odd_count == most;
        err = check_shared_item(c, t, o, i, &odd);
        if (odd && (found.odd_count < most || err)) {
            found.odd_count = found.odd_count < most ? found.odd_count + 1 : (uint32_t)most;
            found.odd[found.odd_count - 1] = i;
        }
    }
    c->errors_only = errors_only;
    if (err == SAKER_ENOMEM)
        return err;
    k = skr_arena_alloc(s->arena, sizeof *k);
    if (!k)
        return c->status = SAKER_ENOMEM;
    *k = found;
    s->known = k;
    return err;
}

const saker_value *skr_shared_values(skr_checker *c, const skr_test *t, const skr_shared *s)
{
    saker_value *v = skr_arena_array(c->a, (size_t)s->count + 1, sizeof *v);
    bool wrapped;
    skr_refusal fault;
    for (uint32_t i = 0; v && i < s->count; i++)
        if (skr_literal(c->a, t->left->type, t->op, s->texts[i], &v[i], &wrapped, &fault))
            return NULL;
    return v;
}

bool skr_test_is_any(const skr_test *t)
{
    switch (t->op) {
    case SKR_OP_IN:
        return !t->left->is_list;
    case SKR_OP_INTERSECTS:
    case SKR_OP_PMATCH:
        return true;
    default:
        return t->op == SKR_OP_EQ && t->modifier == SKR_MOD_ANYOF;
    }
}

enum { MOST_COPIED = 1 << 22 }; /* of some 30 bytes */

/* Are the test's literals to be one list, and the shared ones copied for it? That can be done only so often. */
static int count_copies(skr_checker *c, const skr_test *t, const skr_operand *o)
{
    if (!c->sums || !t->shared_count || skr_test_is_any(t) || (t->shared_count == 1 && !t->count))
        return 0;
    c->sums->copied += skr_count_literals(o);
    return c->sums->copied > MOST_COPIED ? skr_check_too_large(c, o->pos, o->len) : 0;
}

static int check_literals(skr_checker *c, const skr_node *n, skr_test *t)
{
    skr_operand *const single = n->right, *const *items = &single;
    size_t all = 1;
    if (single->kind == SKR_LIST_OF) {
        items = single->items;
        all = single->count;
    }
    saker_value *v = skr_arena_array(c->a, all, sizeof *v);
    skr_shared **shared = skr_arena_array(c->a, all, sizeof *shared);
    bool wrapped;
    if ((!v || !shared) && all)
        return c->status = SAKER_ENOMEM;
    t->values = v;
    t->shared = shared;
    for (size_t i = 0; i < all; i++) {
        const skr_operand *o = items[i];
        int err;
        if (o->kind == SKR_STRETCH) {
            shared[t->shared_count++] = o->shared;
            err = check_shared(c, t, o);
        } else {
            err = check_literal(c, t, o->text, o, &v[t->count++], &wrapped);
        }
        if (err)
            return err;
    }
    return count_copies(c, t, n->right);
}

/* ---- Comparisons ---- */

int skr_check_test(skr_checker *c, const skr_node *n, skr_test *t)
{
    c->node = n;
    c->origin = n->origin;
    *t = (skr_test){ .op = n->kind == SKR_EXISTS ? SKR_OP_EXISTS
                           : n->op == SKR_OP_EQ2 ? SKR_OP_EQ
                                                 : n->op,
                     .modifier = n->modifier };
    t->left = skr_check_operand(c, n->left);
    if (!t->left)
        return c->status;
    if (t->op == SKR_OP_EXISTS)
        return 0;
    int err = check_operator(c, n, t->left);
    if (err)
        return err;
    return n->right->kind == SKR_FIELD || n->right->kind == SKR_XFORM ? check_right_field(c, n, t)
                                                                      : check_literals(c, n, t);
}

/* As skr_check_operand() counts. */
static size_t count_operands(const skr_operand *o)
{
    size_t n = 1;
    for (uint32_t i = 0; i < o->count; i++)
        n += count_operands(o->items[i]);
    return n;
}

static bool takes_operand(const skr_node *n)
{
    return n->right && (n->right->kind == SKR_FIELD || n->right->kind == SKR_XFORM);
}

/* A comparison, unless it is known that there is nothing to say of it. */
static void check_comparison(skr_checker *c, const skr_node *n, uint8_t *fine)
{
    skr_test t;
    const bool was_deprecated = c->deprecated;
    const size_t said = c->said;
    if (c->mark && *fine == (c->mark | SKR_FINE)) {
        const size_t more = count_operands(n->left) + (takes_operand(n) ? count_operands(n->right) : 0);
        if (more <= c->limits.max_nodes - c->nodes) {
            c->nodes += more;
            return;
        }
    }
    c->deprecated = false;
    const bool ok = skr_check_test(c, n, &t) == 0 && c->said == said && !c->deprecated;
    /* lists that are copied are counted */
    *fine = ok && (!t.shared_count || skr_test_is_any(&t)) ? c->mark | SKR_FINE_CHECKED : 0;
    c->deprecated = c->deprecated || was_deprecated;
}

static void check_node(skr_checker *c, const skr_node *n, uint8_t *fine, unsigned depth)
{
    if (c->status == SAKER_ENOMEM || c->too_large)
        return;
    c->node = n;
    c->origin = n->origin;
    if (++c->nodes > c->limits.max_nodes || depth == SKR_MAX_DEPTH) {
        skr_check_too_large(c, n->pos, n->len);
        return;
    }
    switch (n->kind) {
    case SKR_AND:
    case SKR_OR:
    case SKR_NOT:
        for (size_t i = 0; i < n->count; i++)
            check_node(c, n->items[i], &n->items[i]->fine, depth + 1);
        break;
    case SKR_MACRO: {
        const int len = (int)(n->name.len < 512 ? n->name.len : 512);
        skr_check_fail(c, SKR_ISSUE_UNDEFINED_MACRO, n->pos, n->len,
                       skr_arena_printf(c->a, "filter error: unexpected identifier '%.*s'", len, n->name.ptr),
                       skr_arena_printf(c->a, "'%.*s' is not the name of a macro", len, n->name.ptr),
                       "a field has a dot in its name and needs an operator");
        break;
    }
    case SKR_EXISTS:
    case SKR_CMP:
        check_comparison(c, n, fine);
        break;
    }
}

int skr_check_tree(skr_checker *c, const skr_node *tree)
{
    uint8_t fine = 0;
    check_node(c, tree, &fine, 0);
    return c->status;
}
