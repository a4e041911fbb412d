/* SPDX-License-Identifier: Apache-2.0 */
#include "syntax.h"

#include "hints.h"
#include "parse.h"

static const char *const falco_texts[] = {
#define SKR_SYNTAX(id, falco) falco,
#include "syntax.def"
#undef SKR_SYNTAX
};

/* Names in quotes with commas between, as one literal that begins with the two bytes ", ". */
static const char operators[] =
#define SKR_OP(id, text, family, doc) ", '" text "'"
#include "ops.def"
#undef SKR_OP
    ;
static const char transformers[] =
#define SKR_XFORM(id, name, doc) ", '" name "'"
#include "xforms.def"
#undef SKR_XFORM
    ;
enum { SEPARATOR = 2 };

/* ---- The reference's words ---- */

static void expand(skr_buf *b, const skr_fault *f)
{
    for (const char *s = falco_texts[f->what]; *s; s++) {
        if (*s != '@') {
            skr_buf_char(b, *s);
            continue;
        }
        switch (*++s) {
        case 'T':
            skr_buf_str(b, f->lex.last);
            break;
        case 'V':
            skr_buf_cstr(b, transformers + SEPARATOR);
            break;
        case 'O':
            skr_buf_cstr(b, operators + SEPARATOR);
            break;
        default:
            skr_buf_u64(b, f->max_depth);
        }
    }
}

static void expand_escape(skr_buf *b, const skr_fault *f)
{
    const char *at = f->lex.text.ptr + f->lex.fault_at; /* the closing quote is behind: at[1] is in the text */
    switch (f->lex.fault) {
    case SKR_ESCAPE_QUOTE:
        skr_buf_printf(b, "invalid \\%c escape in %c-quoted string", at[1], at[1] == '"' ? '\'' : '"');
        break;
    case SKR_ESCAPE_SHORT_HEX:
        skr_buf_cstr(b, "truncated hex char escape sequence");
        break;
    case SKR_ESCAPE_BAD_HEX:
        skr_buf_printf(b, "invalid hex char escape sequence: %c%c", at[2], at[3]);
        break;
    default:
        skr_buf_printf(b, "unsupported string escape sequence: \\%c", at[1]);
    }
}

/* ---- Ours ---- */

static void expected(skr_buf *b, const skr_fault *f, const char *what)
{
    skr_buf_printf(b, "expected %s, found ", what);
    skr_found(b, &f->lex);
}

static void expected_after(skr_buf *b, const skr_fault *f, const char *what, const char *before)
{
    skr_buf_printf(b, "expected %s after '%s', found ", what, before);
    skr_found(b, &f->lex);
}

static void say_escape(skr_buf *b, const skr_fault *f)
{
    const char *at = f->lex.text.ptr + f->lex.fault_at;
    switch (f->lex.fault) {
    case SKR_ESCAPE_QUOTE:
        skr_buf_printf(b, "the escape '\\%c' belongs between %c quotes, not here", at[1], at[1]);
        break;
    case SKR_ESCAPE_SHORT_HEX:
    case SKR_ESCAPE_BAD_HEX:
        skr_buf_cstr(b, "expected two hexadecimal digits after '\\x'");
        break;
    default:
        skr_buf_cstr(b, "unknown escape '");
        skr_quote(b, skr_str_cut(f->lex.text, f->lex.fault_at,
                                 f->lex.fault_at + 1 + skr_char_len(&f->lex, f->lex.fault_at + 1)));
        skr_buf_cstr(b, "' in a quoted string");
    }
}

static void say_left_over(skr_buf *b, const skr_fault *f)
{
    skr_buf_cstr(b, "expected 'and', 'or' or the end after '");
    skr_quote(b, f->lex.last);
    skr_buf_cstr(b, "', found ");
    skr_found(b, &f->lex);
}

static void say_operator(skr_buf *b, const skr_fault *f)
{
    skr_buf_cstr(b, "expected an operator after '");
    skr_quote(b, skr_str_cut(f->lex.text, f->left->pos.idx, f->left->pos.idx + f->left->len));
    skr_buf_cstr(b, "', found ");
    skr_found(b, &f->lex);
}

static void say(skr_buf *b, const skr_fault *f)
{
    switch (f->what) {
    case SKR_SYNTAX_EMPTY:
        skr_buf_cstr(b, "the condition is empty");
        break;
    case SKR_SYNTAX_LEFT_OVER:
        say_left_over(b, f);
        break;
    case SKR_SYNTAX_OPERAND:
        expected(b, f, "a field, a transformer, a macro or '('");
        break;
    case SKR_SYNTAX_GLUED:
        skr_buf_cstr(b, "expected a blank or '(' after '");
        skr_quote(b, f->lex.last);
        skr_buf_cstr(b, "', found ");
        skr_found(b, &f->lex);
        break;
    case SKR_SYNTAX_GROUP_END:
        expected(b, f, "'and', 'or' or ')'");
        break;
    case SKR_SYNTAX_LIST_END:
    case SKR_SYNTAX_XFORM_LIST_END:
        expected(b, f, skr_str_is(f->lex.last, "(") ? "a value or ')' in a list" : "',' or ')' in a list");
        break;
    case SKR_SYNTAX_ARGUMENT:
        expected(b, f, "the argument of a field after '['");
        break;
    case SKR_SYNTAX_ARGUMENT_END:
        expected(b, f, "']' after the argument of a field");
        break;
    case SKR_SYNTAX_OPERATOR:
        say_operator(b, f);
        break;
    case SKR_SYNTAX_NUMBER:
        expected_after(b, f, "a number", skr_op_text(f->op));
        break;
    case SKR_SYNTAX_STRING:
        expected_after(b, f, "a value", skr_op_text(f->op));
        break;
    case SKR_SYNTAX_ELEMENT:
        expected(b, f, "a value after ',' in a list");
        break;
    case SKR_SYNTAX_LIST:
        expected_after(b, f, "a list in parentheses", skr_op_text(f->op));
        break;
    case SKR_SYNTAX_XFORM_ARGUMENT:
        expected(b, f, "a field, a transformer, a quoted string, a number or a list of these as argument");
        break;
    case SKR_SYNTAX_XFORM_ELEMENT:
        expected(b, f, "a field, a transformer, a quoted string or a number in a list");
        break;
    case SKR_SYNTAX_XFORM_END:
        expected(b, f, "',' or ')' after the argument of a transformer");
        break;
    case SKR_SYNTAX_VAL_FIELD:
        expected(b, f, "a field in 'val()'");
        break;
    case SKR_SYNTAX_DEPTH:
        skr_buf_printf(b, "parentheses are nested too deeply (the limit is %u)", f->max_depth);
        break;
    case SKR_SYNTAX_ESCAPE:
        say_escape(b, f);
        break;
    default:
        skr_buf_cstr(b, "out of memory");
    }
}

/* ---- The place ---- */

static void locate(const skr_fault *f, skr_issue *issue)
{
    issue->pos = f->lex.at;
    issue->len = (uint32_t)skr_found_len(&f->lex);
    if (f->what == SKR_SYNTAX_GLUED) {
        issue->pos = f->lex.last_at;
        issue->len += (uint32_t)f->lex.last.len;
    } else if (f->what == SKR_SYNTAX_ESCAPE) {
        bool hex = f->lex.fault == SKR_ESCAPE_BAD_HEX;
        issue->pos = skr_pos_at(f->lex.text, f->lex.fault_at);
        issue->len = hex ? 4 : 1 + (uint32_t)skr_char_len(&f->lex, f->lex.fault_at + 1);
    }
}

static skr_issue_kind kind_of(skr_syntax what)
{
    if (what == SKR_SYNTAX_DEPTH)
        return SKR_ISSUE_DEPTH;
    return what == SKR_SYNTAX_ESCAPE ? SKR_ISSUE_ESCAPE : SKR_ISSUE_SYNTAX;
}

/* What `b` holds, copied to the arena, NUL-terminated; NULL for out of memory. */
static const char *keep(skr_buf *b, skr_arena *a)
{
    return b->failed ? NULL : skr_arena_dup(a, b->ptr, b->len);
}

bool skr_fault_report(const skr_fault *f, const skr_text *text, bool warning, skr_sink sink)
{
    skr_arena *a = f->lex.arena;
    const skr_fault *true_fault = f->cause ? f->cause : f;
    skr_issue issue = { .kind = kind_of(true_fault->what), .warning = warning, .origin = text };
    skr_buf falco, ours, hint;
    skr_buf_init(&falco, a->mem);
    skr_buf_init(&ours, a->mem);
    skr_buf_init(&hint, a->mem);
    if (f->what == SKR_SYNTAX_ESCAPE)
        expand_escape(&falco, f);
    else
        expand(&falco, f);
    say(&ours, true_fault);
    if (warning)
        skr_buf_cstr(&ours, "; the list is taken as empty, as Falco does");
    skr_hint(&hint, true_fault);
    locate(true_fault, &issue);
    issue.falco_pos = f->lex.at;
    issue.falco = keep(&falco, a);
    issue.message = keep(&ours, a);
    issue.hint = hint.len ? keep(&hint, a) : NULL;
    bool ok = issue.falco && issue.message && !hint.failed && (issue.hint || !hint.len);
    skr_buf_free(&falco);
    skr_buf_free(&ours);
    skr_buf_free(&hint);
    if (ok)
        sink.report(sink.ctx, &issue);
    return ok;
}
