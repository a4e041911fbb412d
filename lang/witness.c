/* SPDX-License-Identifier: Apache-2.0 */
#include "witness.h"

#include "grams.h"
#include "paths.h"
#include "regex.h"

enum { LARGE_SET = 1024, MOST_ATOMS = 4096, SHORTEST_IN_REGEX = 3, FEWEST_BITS = 8 };

/* Atoms of clauses that are joined from others: so many, and more for each rule. Few are joined however many there are.
 */
enum { MOST_JOINED = 1 << 19, MOST_FOR_RULE = 32, FEW_ATOMS = 16 };

static const skr_clause none = { NULL, 0, 1.0 };

void skr_witnesses_init(skr_witnesses *w, skr_residues *rs, skr_arena *a)
{
    memset(w, 0, sizeof *w);
    w->rs = rs;
    w->a = a;
    w->mem = rs->mem;
}

void skr_witnesses_free(skr_witnesses *w)
{
    skr_vec_free(w->mem, &w->known);
    skr_vec_free(w->mem, &w->atoms);
}

/* ---- Chances ---- */

static double chance_of(const skr_atom *a)
{
    const size_t n = a->key.len;
    switch ((skr_family_kind)a->family) {
    case SKR_FAM_FORWARD:
        if (a->directory)
            return 0.006;
        if (a->when == SKR_RADIX_WHOLE)
            return n < 2 ? 0.15 : n < 4 ? 0.01 : n < 12 ? 0.004 : 0.001;
        return n < 2 ? 1.0 : n < 4 ? 0.3 : n < 7 ? 0.08 : 0.02;
    case SKR_FAM_BACKWARD:
        return n < 2 ? 0.2 : n < 4 ? 0.05 : 0.01;
    case SKR_FAM_TEXT:
        return n < 3 ? 0.1 : n < 4 ? 0.05 : n < 7 ? 0.02 : 0.008;
    case SKR_FAM_NUMBER:
        return 0.02;
    case SKR_FAM_ADDRESS:
        return a->when == SKR_RADIX_WHOLE ? 0.005 : n < 2 ? 0.1 : 0.02;
    case SKR_FAM_SET:
        break;
    }
    return 0.2;
}

/* ---- Atoms of one check ---- */

typedef enum outcome { NOTHING, SOME, NO_MEMORY } outcome;

static outcome add(skr_witnesses *w, skr_atom atom)
{
    return skr_vec_push(w->mem, &w->atoms, atom) ? SOME : NO_MEMORY;
}

static outcome add_text(skr_witnesses *w, uint32_t slot, skr_family_kind family, skr_radix_when when, skr_str key)
{
    const size_t least = family == SKR_FAM_TEXT ? SKR_GRAM_MIN : when == SKR_RADIX_WHOLE ? 0 : 1;
    if (key.len < least)
        return NOTHING;
    return add(w, (skr_atom){ .slot = slot, .family = (uint8_t)family, .when = (uint8_t)when, .key = key });
}

static bool is_special(char c)
{
    return c == '*' || c == '?' || c == '[' || c == '\\';
}

/* A glob is worth its literal head, its tail, or the longest literal run in it. */
static outcome add_glob(skr_witnesses *w, uint32_t slot, skr_str glob, bool any_case)
{
    size_t head = 0, tail = glob.len, from = 0, best = 0, best_len = 0;
    while (head < glob.len && !is_special(glob.ptr[head]))
        head++;
    if (head == glob.len && !any_case)
        return add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_WHOLE, glob);
    if (memchr(glob.ptr, '[', glob.len) || memchr(glob.ptr, '\\', glob.len))
        return head > 1 && !any_case ? add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_PREFIX, skr_str_cut(glob, 0, head))
                                     : NOTHING;
    while (tail > 0 && !is_special(glob.ptr[tail - 1]))
        tail--;
    for (size_t i = 0; i <= glob.len; i++) {
        if (i < glob.len && !is_special(glob.ptr[i]))
            continue;
        if (i - from > best_len) {
            best = from;
            best_len = i - from;
        }
        from = i + 1;
    }
    if (!any_case && head >= 3 && head >= glob.len - tail)
        return add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_PREFIX, skr_str_cut(glob, 0, head));
    if (!any_case && glob.len - tail >= 3)
        return add_text(w, slot, SKR_FAM_BACKWARD, SKR_RADIX_PREFIX, skr_str_cut(glob, tail, glob.len));
    return add_text(w, slot, SKR_FAM_TEXT, SKR_RADIX_PREFIX, skr_str_cut(glob, best, best + best_len));
}

/* A pmatch prefix is worth its components before the first one that is a glob, written as "/a/b". */
static outcome add_path(skr_witnesses *w, uint32_t slot, skr_str path)
{
    char *key = skr_arena_raw(w->a, path.len + 1, 1);
    size_t len = 0, at = 0;
    skr_str part;
    if (!key)
        return NO_MEMORY;
    while (skr_path_next(path, &at, &part)) {
        bool glob = false;
        for (size_t i = 0; i < part.len; i++)
            glob = glob || is_special(part.ptr[i]);
        if (glob)
            break;
        key[len++] = '/';
        memcpy(key + len, part.ptr, part.len);
        len += part.len;
    }
    return len ? add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_BELOW, (skr_str){ key, len }) : NOTHING;
}

/* Texts that the regex asks for. */
static outcome add_regex(skr_witnesses *w, uint32_t slot, skr_str pattern)
{
    skr_str literals[SKR_REGEX_LITERALS];
    const size_t n = skr_regex_literals(w->a, pattern, literals);
    if (n == SIZE_MAX)
        return NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (literals[i].len < SHORTEST_IN_REGEX)
            return NOTHING;
    for (size_t i = 0; i < n; i++) {
        outcome o = add_text(w, slot, SKR_FAM_TEXT, SKR_RADIX_PREFIX, literals[i]);
        if (o != SOME)
            return o;
    }
    return n ? SOME : NOTHING;
}

static outcome add_address(skr_witnesses *w, uint32_t slot, const uint8_t *ip, size_t len, skr_radix_when when)
{
    return add(w,
               (skr_atom){
                   .slot = slot, .family = SKR_FAM_ADDRESS, .when = (uint8_t)when, .key = { (const char *)ip, len } });
}

/* A network is worth the bytes that its addresses begin with; where it ends within a byte, each byte that there may be.
 * Addresses of another family may begin alike: that is one look more. */
static outcome add_net(skr_witnesses *w, uint32_t slot, const saker_value *v)
{
    const size_t full = v->prefix / 8, bits = v->prefix % 8;
    if (v->prefix == v->len * 8)
        return add_address(w, slot, v->as.ip, v->len, SKR_RADIX_WHOLE);
    if (v->prefix < FEWEST_BITS)
        return NOTHING;
    if (!bits)
        return add_address(w, slot, v->as.ip, full, SKR_RADIX_PREFIX);
    for (unsigned i = 0; i < 256; i++) {
        if ((i ^ v->as.ip[full]) >> (8 - bits))
            continue;
        uint8_t *ip = skr_arena_raw(w->a, full + 1, 1);
        if (!ip)
            return NO_MEMORY;
        memcpy(ip, v->as.ip, full);
        ip[full] = (uint8_t)i;
        if (add_address(w, slot, ip, full + 1, SKR_RADIX_PREFIX) != SOME)
            return NO_MEMORY;
    }
    return SOME;
}

static outcome add_literal(skr_witnesses *w, uint32_t slot, skr_op op, const saker_value *v)
{
    const skr_str text = v->type == SAKER_STR || v->type == SAKER_BYTES ? (skr_str){ v->as.s, v->len } : SKR_STR("");
    switch (op) {
    case SKR_OP_EQ:
    case SKR_OP_IN:
    case SKR_OP_INTERSECTS:
        if (v->type == SAKER_STR)
            return add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_WHOLE, text);
        if (v->type == SAKER_IP)
            return add_address(w, slot, v->as.ip, v->len, SKR_RADIX_WHOLE);
        if (v->type == SAKER_NET)
            return add_net(w, slot, v);
        if (v->type == SAKER_INT || v->type == SAKER_UINT)
            return add(w, (skr_atom){ .slot = slot, .family = SKR_FAM_NUMBER, .number = v->as.u });
        return NOTHING;
    case SKR_OP_STARTSWITH:
        return add_text(w, slot, SKR_FAM_FORWARD, SKR_RADIX_PREFIX, text);
    case SKR_OP_ENDSWITH:
        return add_text(w, slot, SKR_FAM_BACKWARD, SKR_RADIX_PREFIX, text);
    case SKR_OP_CONTAINS:
    case SKR_OP_ICONTAINS:
        return add_text(w, slot, SKR_FAM_TEXT, SKR_RADIX_PREFIX, text);
    case SKR_OP_GLOB:
    case SKR_OP_IGLOB:
        return v->type == SAKER_STR ? add_glob(w, slot, text, op == SKR_OP_IGLOB) : NOTHING;
    case SKR_OP_REGEX:
        return v->type == SAKER_STR || v->type == SAKER_BYTES ? add_regex(w, slot, text) : NOTHING;
    case SKR_OP_PMATCH:
        return add_path(w, slot, text);
    default:
        return NOTHING;
    }
}

static bool can_be_looked_up(const skr_program *p, const skr_check *c)
{
    const skr_slot *s = &p->slots.v[c->slot];
    if (c->right != SKR_NO_ID || c->negate || c->over == SKR_OVER_EACH || s->store == SAKER_DYN || s->store != c->store)
        return false;
    switch ((skr_pred)c->pred) {
    case SKR_P_INT_EQ:
    case SKR_P_UINT_EQ:
    case SKR_P_STR_EQ:
    case SKR_P_CONTAINS:
    case SKR_P_ICONTAINS:
    case SKR_P_STARTS:
    case SKR_P_ENDS:
    case SKR_P_GLOB:
    case SKR_P_IGLOB:
    case SKR_P_REGEX:
    case SKR_P_PATHS:
    case SKR_P_IP_EQ:
    case SKR_P_NET_EQ:
    case SKR_P_SET:
    case SKR_P_NET_SET:
    case SKR_P_MODIFIER:
        return c->count > 0 && c->values;
    default:
        return false;
    }
}

/* The field that stands above in the table of its schema. */
static const saker_field *field_above(const skr_program *p, const saker_field *f)
{
    for (uint32_t i = 0; i < p->space_count; i++) {
        const saker_schema *pub = p->spaces[i].pub;
        for (size_t k = 1; pub && k < pub->field_count; k++)
            if ((const saker_field *)((const char *)pub->fields + k * pub->field_size) == f)
                return (const void *)((const char *)pub->fields + (k - 1) * pub->field_size);
    }
    return NULL;
}

static uint32_t slot_of_field(const skr_program *p, const saker_field *f)
{
    for (uint32_t i = 0; f && i < p->slots.n; i++) {
        const skr_slot *s = &p->slots.v[i];
        if (s->kind == SKR_EXPR_FIELD && s->arg.field == f && !s->arg.key && s->store == SAKER_STR && !s->is_list)
            return i;
    }
    return SKR_NO_ID;
}

/* Where the check asks for some directories: the slot of the paths that they are of, if rules ask for these, too. A
 * path is below its directory, so that one look-up does for both. SKR_NO_ID: none. */
static uint32_t slot_of_path(skr_witnesses *w, const skr_check *c)
{
    const skr_program *p = w->rs->p;
    const skr_slot *s = &p->slots.v[c->slot];
    if (s->kind != SKR_EXPR_FIELD || !(s->arg.field->flags & SAKER_DIRECTORY) || s->store != SAKER_STR ||
        (c->pred != SKR_P_STR_EQ && c->pred != SKR_P_SET))
        return SKR_NO_ID;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->values[i].len < 2) /* "/" is also that of a path without any slash */
            return SKR_NO_ID;
    if (w->directory != s->arg.field) {
        w->directory = s->arg.field;
        w->path = slot_of_field(p, field_above(p, s->arg.field));
    }
    return w->path;
}

/* Of a field with two ends or a list, `in` over all values and `=` over some are the same to an index: one value is
 * there. */
static outcome atoms_of_check(skr_witnesses *w, uint32_t check)
{
    const skr_check *c = &w->rs->p->checks.v[check];
    if (!can_be_looked_up(w->rs->p, c))
        return NOTHING;
    if (c->pred == SKR_P_SET && c->store == SAKER_STR && c->count > LARGE_SET)
        return add(w, (skr_atom){ .slot = c->slot, .family = SKR_FAM_SET, .set = c->as.set });
    if (c->count > MOST_ATOMS)
        return NOTHING;
    const size_t base = w->atoms.n;
    const uint32_t path = slot_of_path(w, c);
    const uint32_t count = c->modifier == SKR_MOD_ALLOF ? 1 : c->count; /* all: each alone is a witness */
    for (uint32_t i = 0; i < count; i++) {
        const saker_value *v = &c->values[i];
        outcome o = path == SKR_NO_ID ? add_literal(w, c->slot, (skr_op)c->op, v)
                                      : add(w, (skr_atom){ .slot = path,
                                                           .family = SKR_FAM_FORWARD,
                                                           .when = SKR_RADIX_BELOW,
                                                           .directory = true,
                                                           .key = { v->as.s, v->len } });
        if (o != SOME)
            return o;
        if (w->atoms.n - base > MOST_ATOMS) /* of networks */
            return NOTHING;
    }
    return SOME;
}

/* ---- Clauses ---- */

/* What half of all events have is of no use. */
static const skr_clause *settle(skr_witnesses *w, size_t base)
{
    const size_t n = w->atoms.n - base;
    double chance = 0;
    for (size_t i = base; i < base + n; i++)
        chance += chance_of(&w->atoms.v[i]);
    w->atoms.n = base;
    if (chance > 0.5)
        return &none;
    skr_clause *c = skr_arena_alloc(w->a, sizeof *c);
    skr_atom *atoms = skr_arena_array(w->a, n, sizeof *atoms);
    if (!c || !atoms)
        return NULL;
    memcpy(atoms, w->atoms.v + base, n * sizeof *atoms);
    *c = (skr_clause){ atoms, (uint32_t)n, chance };
    return c;
}

static const skr_clause *clause_of_check(skr_witnesses *w, const skr_residue *r)
{
    const size_t base = w->atoms.n;
    outcome o = r->negated ? NOTHING : atoms_of_check(w, r->check);
    if (o == SOME)
        return settle(w, base);
    w->atoms.n = base;
    return o == NO_MEMORY ? NULL : &none;
}

/* The best of the parts: each of them must hold. */
static const skr_clause *clause_of_and(skr_witnesses *w, const skr_residue *r)
{
    const skr_clause *best = &none;
    for (uint32_t i = 0; i < r->count; i++) {
        const skr_clause *c = skr_witness_of(w, r->kids[i]);
        if (!c)
            return NULL;
        if (c->count && (!best->count || c->chance < best->chance))
            best = c;
    }
    return best;
}

/* All of the parts together: any of them may hold. */
static const skr_clause *clause_of_or(skr_witnesses *w, const skr_residue *r)
{
    const size_t base = w->atoms.n, all = MOST_JOINED + (size_t)w->rs->p->rule_count * MOST_FOR_RULE;
    const size_t most = w->joined < all ? MOST_ATOMS : FEW_ATOMS;
    for (uint32_t i = 0; i < r->count; i++) {
        const skr_clause *c = skr_witness_of(w, r->kids[i]);
        bool over = c && (c->count == 0 || w->atoms.n - base + c->count > most);
        for (uint32_t k = 0; c && !over && k < c->count; k++)
            if (!skr_vec_push(w->mem, &w->atoms, c->atoms[k]))
                c = NULL;
        if (!c || over) {
            w->atoms.n = base;
            return c ? &none : NULL;
        }
    }
    if (w->atoms.n - base > FEW_ATOMS)
        w->joined += w->atoms.n - base;
    return settle(w, base);
}

const skr_clause *skr_witness_of(skr_witnesses *w, uint32_t residue)
{
    while (w->known.n <= residue)
        if (!skr_vec_push(w->mem, &w->known, NULL))
            return NULL;
    if (w->known.v[residue])
        return w->known.v[residue];
    const skr_residue r = w->rs->all.v[residue];
    const skr_clause *c = &none;
    if (r.kind == SKR_R_CHECK)
        c = clause_of_check(w, &r);
    else if (r.kind == SKR_R_AND)
        c = clause_of_and(w, &r);
    else if (r.kind == SKR_R_OR)
        c = clause_of_or(w, &r);
    return w->known.v[residue] = c;
}
