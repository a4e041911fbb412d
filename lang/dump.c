/* SPDX-License-Identifier: Apache-2.0 */
/* Programs in readable form. */
#include "eval.h"
#include "num.h"

const char *skr_priority_name(saker_priority p)
{
    static const char *const names[] = {
        [SAKER_PRI_EMERGENCY] = "Emergency", [SAKER_PRI_ALERT] = "Alert",     [SAKER_PRI_CRITICAL] = "Critical",
        [SAKER_PRI_ERROR] = "Error",         [SAKER_PRI_WARNING] = "Warning", [SAKER_PRI_NOTICE] = "Notice",
        [SAKER_PRI_INFO] = "Informational",  [SAKER_PRI_DEBUG] = "Debug",
    };
    size_t i = (size_t)p;
    return i < sizeof names / sizeof names[0] ? names[i] : NULL;
}

static void print_slot(FILE *f, const skr_program *p, uint32_t id)
{
    const skr_slot *s = &p->slots.v[id];
    const char *open = "(";
    if (s->kind == SKR_EXPR_FIELD) {
        fputs(s->arg.field->name, f);
        if (s->arg.key)
            fprintf(f, s->arg.dotted ? ".%s" : "[%s]", s->arg.key);
        return;
    }
    if (s->kind == SKR_EXPR_TEXT) {
        fprintf(f, "\"%.*s\"", (int)s->value.len, s->value.as.s);
        return;
    }
    if (s->kind == SKR_EXPR_XFORM)
        fputs(skr_xform_name((skr_xform)s->xform), f);
    else if (!s->count)
        fputs(open, f);
    for (uint32_t i = 0; i < s->count; i++) {
        fputs(i ? "," : open, f);
        print_slot(f, p, s->items[i]);
    }
    fputs(")", f);
    if (s->letter >= 0 && s->kind == SKR_EXPR_XFORM)
        fprintf(f, "[%c]", s->letter);
}

static void print_value(skr_buf *b, const saker_value *v)
{
    char ip[48];
    if (v->type == SAKER_STR || v->type == SAKER_BYTES)
        skr_value_print(b, (skr_str){ v->as.s, v->len });
    else if (v->type != SAKER_NET)
        skr_value_text(b, v, NULL);
    else
        skr_buf_printf(b, "%.*s/%u", (int)skr_print_ip(v->as.ip, v->len, ip), ip, v->prefix);
}

static void print_check(FILE *f, skr_buf *b, const skr_program *p, const skr_check *c)
{
    enum { SHOWN = 8 };
    print_slot(f, p, c->slot);
    fprintf(f, " %s%s", c->negate ? "not " : "", skr_op_text((skr_op)c->op));
    if (c->modifier != SKR_MOD_NONE)
        fprintf(f, " %s", skr_modifier_text((skr_modifier)c->modifier));
    if (c->op == SKR_OP_EXISTS)
        return;
    fputs(" ", f);
    if (c->right != SKR_NO_ID) {
        print_slot(f, p, c->right);
        return;
    }
    const bool list = c->count != 1 || c->op == SKR_OP_IN || c->op == SKR_OP_INTERSECTS || c->op == SKR_OP_PMATCH;
    skr_buf_clear(b);
    for (uint32_t i = 0; i < c->count && i < SHOWN; i++) {
        if (i)
            skr_buf_cstr(b, ", ");
        print_value(b, &c->values[i]);
    }
    if (c->count > SHOWN)
        skr_buf_printf(b, ", ... %u in all", c->count);
    const char *text = skr_buf_cstring(b);
    fprintf(f, list ? "(%s)" : "%s", text ? text : "");
}

static void print_jump(FILE *f, uint32_t to)
{
    if (to == SKR_TRUE || to == SKR_FALSE)
        fputs(to == SKR_TRUE ? "match" : "no match", f);
    else
        fprintf(f, "%u", to);
}

static void print_code(FILE *f, skr_buf *b, const skr_program *p, const skr_code *code)
{
    if (!code->count)
        fputs("    always\n", f);
    for (uint32_t i = 0; i < code->count; i++) {
        const skr_step *s = &code->steps[i];
        fprintf(f, "%5u  ", i);
        print_check(f, b, p, &p->checks.v[s->check]);
        fputs(" ? ", f);
        print_jump(f, s->yes);
        fputs(" : ", f);
        print_jump(f, s->no);
        fputs("\n", f);
    }
}

/* The code for a rule in a class, or SKR_NO_ID. */
static uint32_t code_in(const skr_class *class, size_t rule)
{
    uint32_t from = 0, to = class->count;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (class->entries[mid].rule == rule)
            return class->entries[mid].code;
        if (class->entries[mid].rule < rule)
            from = mid + 1;
        else
            to = mid;
    }
    return SKR_NO_ID;
}

static void print_kinds(FILE *f, const skr_space *space, size_t rule, uint32_t code)
{
    const char *last = "";
    fputs("on", f);
    if (code_in(&space->classes[0], rule) == code)
        fputs(space->pub->kinds ? " events of no fixed kind" : " every event", f);
    for (size_t k = 0; k < space->pub->kind_count; k++) {
        const char *name = space->pub->kinds ? space->pub->kinds[k] : NULL;
        if (!name || strcmp(name, last) == 0 || code_in(&space->classes[space->class_of[k]], rule) != code)
            continue;
        fprintf(f, " %s", name);
        last = name;
    }
    fputs("\n", f);
}

int skr_check_print(FILE *f, const skr_program *p, uint32_t check)
{
    skr_mem mem;
    skr_buf b;
    skr_mem_init(&mem, &p->mem.hook, 0);
    skr_buf_init(&b, &mem);
    print_check(f, &b, p, &p->checks.v[check]);
    skr_buf_free(&b);
    return mem.failed ? SAKER_ENOMEM : 0;
}

int skr_program_dump(const skr_program *p, size_t i, FILE *f)
{
    if (i >= p->rule_count)
        return SAKER_EINVAL;
    const skr_space *space = &p->spaces[p->rules[i].space];
    skr_mem mem;
    skr_buf b;
    skr_mem_init(&mem, &p->mem.hook, 0);
    skr_buf_init(&b, &mem);
    for (uint32_t class = 0; class < space->class_count; class ++) {
        const uint32_t code = code_in(&space->classes[class], i);
        uint32_t before = 0;
        while (before < class && code_in(&space->classes[before], i) != code)
            before++;
        if (code == SKR_NO_ID || before < class) /* shown with an earlier class */
            continue;
        print_kinds(f, space, i, code);
        print_code(f, &b, p, &p->codes[code]);
    }
    skr_buf_free(&b);
    return mem.failed ? SAKER_ENOMEM : 0;
}
