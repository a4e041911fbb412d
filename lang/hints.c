/* SPDX-License-Identifier: Apache-2.0 */
#include "hints.h"

static const struct {
    const char *written, *meant;
} synonyms[] = {
#define SKR_SYNONYM(written, meant) { written, meant },
#include "synonyms.def"
#undef SKR_SYNONYM
};

static const char *const op_names[] = {
#define SKR_OP(id, text, family, doc) text,
#include "ops.def"
#undef SKR_OP
};

static const char *const xform_names[] = {
#define SKR_XFORM(id, name, doc) name,
#include "xforms.def"
#undef SKR_XFORM
};

enum { OP_NAMES = sizeof op_names / sizeof *op_names, XFORM_NAMES = sizeof xform_names / sizeof *xform_names };

/* ---- What stands at the cursor ---- */

static skr_str rest(const skr_lexer *l)
{
    return skr_str_cut(l->text, l->at.idx, l->text.len);
}

size_t skr_char_len(const skr_lexer *l, size_t idx)
{
    size_t bad, n;
    if (idx >= l->text.len)
        return 0;
    n = skr_utf8_next(l->text.ptr + idx, l->text.len - idx, &bad);
    return n ? n : 1;
}

static bool is_symbol(char c)
{
    return c && strchr("=!<>&|~", c);
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* The string, word or run of symbols at the cursor; empty at the end. */
static skr_str found(const skr_lexer *l)
{
    skr_str s = rest(l);
    skr_lexer probe = *l;
    size_t n = 0;
    if (skr_lex_quoted(&probe))
        return skr_str_cut(s, 0, probe.at.idx - l->at.idx);
    while (n < s.len && is_symbol(s.ptr[n]))
        n++;
    if (!n)
        n = skr_lex_identifier_len(s);
    if (!n)
        n = skr_lex_bare_len(s);
    if (!n)
        n = skr_char_len(l, l->at.idx);
    return skr_str_cut(s, 0, n);
}

size_t skr_found_len(const skr_lexer *l)
{
    return found(l).len;
}

void skr_quote(skr_buf *b, skr_str s)
{
    enum { LONGEST = 60 };
    size_t i = 0, bad;
    while (i < s.len && i < LONGEST) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t n = skr_utf8_next(s.ptr + i, s.len - i, &bad);
        if (!n || c < ' ' || c == 0x7F) {
            skr_buf_printf(b, "\\x%02x", c);
            i++;
        } else {
            skr_buf_add(b, s.ptr + i, n);
            i += n;
        }
    }
    if (i < s.len)
        skr_buf_cstr(b, "...");
}

/* A quote that opens here and is not closed. */
static bool is_unclosed(const skr_lexer *l)
{
    skr_lexer probe = *l;
    return is_quote(skr_lex_peek(l, 0)) && !skr_lex_quoted(&probe);
}

void skr_found(skr_buf *b, const skr_lexer *l)
{
    char c = skr_lex_peek(l, 0);
    if (skr_lex_at_end(l)) {
        skr_buf_cstr(b, "the end of the condition");
    } else if (is_quote(c)) {
        skr_buf_cstr(b, is_unclosed(l) ? "a quote that is never closed" : "a quoted string");
    } else {
        skr_buf_char(b, '\'');
        skr_quote(b, found(l));
        skr_buf_char(b, '\'');
    }
}

/* ---- Names that were meant ---- */

static bool is_xform(skr_str word)
{
    for (size_t i = 0; i < XFORM_NAMES; i++)
        if (skr_str_is(word, xform_names[i]))
            return true;
    return false;
}

static bool equal_but_case(skr_str a, const char *b)
{
    if (a.len != strlen(b))
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (skr_lower(a.ptr[i]) != skr_lower(b[i]))
            return false;
    return true;
}

/* The entry of `names` that is `word` in another case or has at most one or two letters wrong. */
static const char *nearest(const char *const *names, size_t count, skr_str word)
{
    const char *best = NULL;
    size_t limit = word.len < 3 ? 0 : word.len < 6 ? 1 : 2;
    for (size_t i = 0; i < count; i++) {
        if (equal_but_case(word, names[i]))
            return names[i];
        size_t d = skr_str_distance(word, skr_str_of(names[i]), limit);
        if (limit && d <= limit) {
            best = names[i];
            limit = d - (d > 0);
        }
    }
    return best;
}

static const char *synonym(skr_str word)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (equal_but_case(word, synonyms[i].written))
            return synonyms[i].meant;
    return NULL;
}

/* The operator that `word` means in other words. */
static const char *meant_operator(skr_str word)
{
    const char *other = synonym(word);
    for (size_t i = 0; other && i < OP_NAMES; i++)
        if (strcmp(other, op_names[i]) == 0)
            return other;
    return nearest(op_names, OP_NAMES, word);
}

static const char *meant_xform(skr_str word)
{
    const char *other = synonym(word);
    return other && is_xform(skr_str_of(other)) ? other : nearest(xform_names, XFORM_NAMES, word);
}

/* "and" or "or" for what other languages write. */
static const char *meant_join(skr_str word)
{
    static const char *const joins[] = { "and", "or", "not" };
    const char *other = synonym(word);
    if (other && (strcmp(other, "and") == 0 || strcmp(other, "or") == 0))
        return other;
    for (size_t i = 0; i < 3; i++)
        if (equal_but_case(word, joins[i]))
            return joins[i];
    return NULL;
}

static bool is_operator(skr_str word)
{
    for (size_t i = 0; i < OP_NAMES; i++)
        if (skr_str_is(word, op_names[i]))
            return true;
    return false;
}

/* The word operator that `s` begins with, more following. */
static const char *glued_operator(skr_str s)
{
    for (size_t i = 0; i < OP_NAMES; i++) {
        skr_str op = skr_str_of(op_names[i]);
        if (skr_is_alpha(op.ptr[0]) && s.len > op.len && skr_str_starts(s, op))
            return op_names[i];
    }
    return NULL;
}

/* ---- Where a check should begin ---- */

static void hint_operand(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    skr_str word = found(l);
    char c = skr_lex_peek(l, 0);
    const char *meant = synonym(word);
    if (skr_lex_at_end(l))
        skr_buf_cstr(b, "a check is missing, such as proc.name = cat");
    else if (c == ')')
        skr_buf_cstr(b, "a check is missing before the ')'");
    else if (c == '!' && word.len == 1)
        skr_buf_cstr(b, "write 'not' for '!'");
    else if (meant && meant_join(word))
        skr_buf_printf(b, "write '%s', and a check before it", meant);
    else if (is_operator(word))
        skr_buf_cstr(b, "a field is missing before the operator");
    else if (is_quote(c))
        skr_buf_cstr(b, "a comparison begins with its field: proc.name = \"cat\"");
    else if (c == '#')
        skr_buf_cstr(b, "a condition cannot hold comments");
    else if (c == '%')
        skr_buf_cstr(b, "fields have a '%' in outputs only");
    else
        skr_buf_cstr(b, "names of fields and macros begin with a letter");
}

/* ---- Between two checks ---- */

/* Behind a bare word that was read as a macro. */
static bool hint_after_word(skr_buf *b, const skr_fault *f, skr_str next)
{
    skr_str name = f->check->name;
    char c = skr_lex_peek(&f->lex, 0);
    if (skr_str_is(name, "and") || skr_str_is(name, "or")) {
        skr_buf_printf(b, "a check is missing before the '%.*s'", (int)name.len, name.ptr);
    } else if (equal_but_case(name, "not")) {
        skr_buf_cstr(b, "write 'not' in lower case");
    } else if (c == '(' && skr_str_is(name, "val")) {
        skr_buf_cstr(b, "val() stands on the right side of a comparison only");
    } else if (c == '(' && is_xform(name)) {
        skr_buf_cstr(b, "no blank may stand between a transformer and its '('");
    } else if (c == '(') {
        const char *meant = meant_xform(name);
        skr_buf_cstr(b, "no transformer is called '");
        skr_quote(b, name);
        skr_buf_cstr(b, meant ? "': did you mean '" : "'");
        if (meant)
            skr_buf_printf(b, "%s'?", meant);
    } else if (is_operator(next) || meant_operator(next) || c == '[') {
        skr_buf_cstr(b, "'");
        skr_quote(b, name);
        skr_buf_cstr(b, "' is read as a macro, for the name of a field has a dot: proc.name");
    } else {
        return false;
    }
    return true;
}

/* Is the last token the value of the last comparison? */
static bool ends_in_value(const skr_fault *f)
{
    const skr_operand *right = f->check && f->check->kind == SKR_CMP ? f->check->right : NULL;
    return right && right->kind == SKR_VALUE && right->pos.idx == f->lex.last_at.idx;
}

static bool hint_after_value(skr_buf *b, const skr_fault *f)
{
    skr_op op = f->check->op;
    const skr_operand *value = f->check->right;
    bool glued = f->lex.end == f->lex.at.idx;
    char c = skr_lex_peek(&f->lex, 0);
    if (c == '(' &&
        (skr_str_is(value->text, "oneof") || skr_str_is(value->text, "anyof") || skr_str_is(value->text, "allof")))
        skr_buf_printf(b, "a modifier needs a blank on both sides, and goes with operators such as '=': = %.5s (a, b)",
                       value->text.ptr);
    else if (skr_str_is(value->text, "~"))
        skr_buf_cstr(b, "did you mean 'regex'?");
    else if (op == SKR_OP_IN || op == SKR_OP_INTERSECTS || op == SKR_OP_PMATCH)
        skr_buf_printf(b, "a list needs parentheses: %s (a, b)", skr_op_text(op));
    else if (value->quoted && (glued || is_quote(c)))
        skr_buf_cstr(b, "a quote inside a quoted string needs a backslash before it");
    else if (value->number && glued)
        skr_buf_cstr(b, "the operator takes a plain number; an exponent needs a sign, as in 1e+5");
    else if (c == ',')
        skr_buf_cstr(b, "compare with one of several values by: in (a, b)");
    else if (glued || (!value->quoted && !value->number))
        skr_buf_cstr(b,
                     "put 'and' or 'or' between two checks, or quotes around a value with blanks or any of ( ) = , in "
                     "it");
    else
        return false;
    return true;
}

/* After a complete check comes something that is neither `and` nor `or`. */
static void hint_join(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    skr_str next = found(l);
    const char *join = meant_join(next);
    char c = skr_lex_peek(l, 0);
    bool is_word = f->check && f->check->kind == SKR_MACRO && f->check->pos.idx == l->last_at.idx;
    if (join && strcmp(join, "not") != 0 && !skr_str_is(next, join))
        skr_buf_printf(b, "write '%s'", join);
    else if (c == ')')
        skr_buf_cstr(b, "no '(' is open");
    else if (is_unclosed(l) && l->end == l->at.idx && !ends_in_value(f))
        skr_buf_cstr(b, "the quote is superfluous");
    else if (is_word && hint_after_word(b, f, next))
        return;
    else if (ends_in_value(f) && hint_after_value(b, f))
        return;
    else if (skr_str_is(l->last, "exists") && (is_symbol(c) || is_operator(next)))
        skr_buf_cstr(b, "'exists' is itself the operator: write it alone");
    else
        skr_buf_cstr(b, "put 'and' or 'or' between two checks");
}

static void hint_open(skr_buf *b, const skr_fault *f)
{
    skr_buf_printf(b, "the '(' at line %u, column %u is not closed", f->open.line, f->open.col);
}

/* ---- Operators ---- */

static void hint_operator(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    skr_str word = found(l);
    char c = skr_lex_peek(l, 0);
    bool glued_to_field = l->end == l->at.idx;
    const char *glued = glued_operator(rest(l)), *meant = meant_operator(word);
    skr_str left = skr_str_cut(l->text, f->left->pos.idx, f->left->pos.idx + f->left->len);
    if (skr_lex_at_end(l) || c == ')' || (meant_join(word) && !skr_str_is(word, "not"))) {
        skr_buf_cstr(b, "a field alone is no check: write '");
        skr_quote(b, left);
        skr_buf_cstr(b, " exists' or compare it, as in '");
        skr_quote(b, left);
        skr_buf_cstr(b, " = true'");
    } else if (skr_str_is(word, "not") || c == '!') {
        skr_buf_cstr(b, "'not' stands before the field: not ");
        skr_quote(b, left);
        skr_buf_cstr(b, " in (a, b)");
    } else if (c == '[') {
        skr_buf_cstr(b, glued_to_field ? "a field has one argument" : "no blank may stand between a field and its '['");
    } else if (glued) {
        skr_buf_printf(b, "'%s' needs a blank behind it", glued);
    } else if (glued_to_field && c == '.') {
        skr_buf_cstr(b, "every part of a field's name begins with a letter");
    } else if (glued_to_field && !is_symbol(c)) {
        skr_buf_cstr(b, "names of fields consist of letters, digits, '_' and '.'");
    } else if (meant) {
        skr_buf_printf(b, "did you mean '%s'?", meant);
    }
}

/* ---- Right sides ---- */

/* A quote that seems to be closed, but by one with a backslash before it. */
static bool closes_escaped(const skr_lexer *l)
{
    char quote = skr_lex_peek(l, 0);
    skr_str s = rest(l);
    for (size_t i = 1; i < s.len; i++)
        if (s.ptr[i] == quote)
            return true; /* were it not escaped, the string would end here */
    return false;
}

static void hint_quote(skr_buf *b, const skr_lexer *l)
{
    if (closes_escaped(l))
        skr_buf_cstr(b, "a quote with a backslash before it does not close the string, even if there are two: a "
                        "backslash at the end is written \\x5c");
    else
        skr_buf_printf(b, "close the string with %c", skr_lex_peek(l, 0));
}

static bool is_modifier(skr_str word)
{
    return skr_str_is(word, "oneof") || skr_str_is(word, "anyof") || skr_str_is(word, "allof");
}

static void hint_number(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    char c = skr_lex_peek(l, 0);
    if (is_quote(c))
        skr_buf_cstr(b, "write the number without quotes");
    else if (f->op == SKR_OP_LT && c == '>')
        skr_buf_cstr(b, "'not equal' is written !=");
    else if (c == '=' || c == '>' || c == '<')
        skr_buf_printf(b, "the operators are <, <=, > and >=%s", l->end < l->at.idx ? ", without a blank inside" : "");
    else if (is_modifier(found(l)))
        skr_buf_cstr(b, "'oneof', 'anyof' and 'allof' go with =, != and the operators on text");
    else if (c == '(')
        skr_buf_printf(b, "'%s' compares with one number; 'in' takes a list", skr_op_text(f->op));
    else if (skr_lex_identifier_len(rest(l)))
        skr_buf_printf(b, "'%s' compares numbers; another field goes into val(): %s val(fd.num)", skr_op_text(f->op),
                       skr_op_text(f->op));
}

static void hint_string(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    char c = skr_lex_peek(l, 0);
    if (is_unclosed(l))
        hint_quote(b, l);
    else if (skr_lex_at_end(l) || c == ')')
        skr_buf_cstr(b, "a value is missing; the empty string is written \"\"");
    else if (c == '=')
        skr_buf_cstr(b, l->end == l->at.idx ? "the operator has a '=' too many" : "the operators are '=' and '=='");
    else if (c == '(')
        skr_buf_printf(b, "a list goes with 'in' or a modifier: in (a, b), %s anyof (a, b)", skr_op_text(f->op));
    else
        skr_buf_cstr(b, "a value with blanks or any of ( ) = , in it needs quotes");
}

static void hint_list(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    char c = skr_lex_peek(l, 0);
    if (is_unclosed(l))
        hint_quote(b, l);
    else if (c == '[' || c == '{')
        skr_buf_cstr(b, "a list is written in parentheses: (a, b)");
    else if (skr_lex_at_end(l) || c == ')' || c == '=')
        skr_buf_printf(b, "write %s (a, b)", skr_op_text(f->op));
    else {
        skr_buf_printf(b, "a list needs parentheses, even around one value: %s (", skr_op_text(f->op));
        skr_quote(b, found(l));
        skr_buf_char(b, ')');
    }
}

static void hint_list_end(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    char c = skr_lex_peek(l, 0);
    bool first = skr_str_is(l->last, "(");
    if (is_unclosed(l))
        hint_quote(b, l);
    else if (skr_lex_at_end(l))
        hint_open(b, f);
    else if (c == ',')
        skr_buf_cstr(b, "a value is missing before the ','; the empty string is written \"\"");
    else if (c == '(')
        skr_buf_cstr(b, first ? "lists do not nest" : "the values of a list are plain text: ( and ) need quotes");
    else if (c == '=')
        skr_buf_cstr(b, "a value with '=' in it needs quotes");
    else
        skr_buf_cstr(b, "put ',' between two values, or quotes around a value with blanks in it");
}

static void hint_element(skr_buf *b, const skr_fault *f)
{
    char c = skr_lex_peek(&f->lex, 0);
    if (is_unclosed(&f->lex))
        hint_quote(b, &f->lex);
    else if (c == ')' || c == ',')
        skr_buf_cstr(b, "remove the ',', or write \"\" for the empty string");
    else if (skr_lex_at_end(&f->lex))
        hint_open(b, f);
    else
        skr_buf_cstr(b, "a value with any of ( ) = , in it needs quotes");
}

/* ---- Arguments ---- */

static void hint_argument(skr_buf *b, const skr_fault *f)
{
    char c = skr_lex_peek(&f->lex, 0);
    if (is_unclosed(&f->lex))
        hint_quote(b, &f->lex);
    else if (c == ']')
        skr_buf_cstr(b, "an empty argument is written [\"\"]");
    else
        skr_buf_cstr(b, "no blanks may stand inside the brackets; an argument with blanks needs quotes");
}

static void hint_xform_argument(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    char c = skr_lex_peek(l, 0);
    skr_str word = skr_str_cut(rest(l), 0, skr_lex_identifier_len(rest(l)));
    bool call = word.len && skr_lex_peek(l, word.len) == '(';
    const char *meant = call ? meant_xform(word) : NULL;
    if (is_unclosed(l))
        hint_quote(b, l);
    else if (c == ')' || c == ',')
        skr_buf_cstr(b, "an argument is missing");
    else if (skr_str_is(word, "val") && call)
        skr_buf_cstr(b, "inside a transformer a field is written without val()");
    else if (call && meant)
        skr_buf_printf(b, "did you mean '%s'?", meant);
    else if (skr_lex_at_end(l))
        hint_open(b, f);
    else
        skr_buf_cstr(b, "text needs quotes, and the name of a field has a dot: proc.name");
}

static void hint_val(skr_buf *b, const skr_fault *f)
{
    skr_str s = rest(&f->lex);
    size_t n = skr_lex_identifier_len(s);
    if (n && n < s.len && s.ptr[n] == '(')
        skr_buf_cstr(b, "a transformer on the right compares with its field without val(): = tolower(proc.name)");
    else
        skr_buf_cstr(b, "the name of a field has a dot: val(proc.name)");
}

static void hint_escape(skr_buf *b, const skr_fault *f)
{
    if (f->lex.fault == SKR_ESCAPE_QUOTE)
        skr_buf_cstr(b, "the other kind of quote needs no backslash");
    else
        skr_buf_cstr(b,
                     "known are \\\\ \\/ \\b \\f \\n \\r \\t \\xHH and the quote itself; a backslash is written \\\\");
}

void skr_hint(skr_buf *b, const skr_fault *f)
{
    const skr_lexer *l = &f->lex;
    switch (f->what) {
    case SKR_SYNTAX_EMPTY:
    case SKR_SYNTAX_OPERAND:
        hint_operand(b, f);
        break;
    case SKR_SYNTAX_LEFT_OVER:
        hint_join(b, f);
        break;
    case SKR_SYNTAX_GROUP_END:
        if (skr_lex_at_end(l))
            hint_open(b, f);
        else
            hint_join(b, f);
        break;
    case SKR_SYNTAX_GLUED:
        if (skr_lex_at_end(l))
            skr_buf_cstr(b, "a check is missing behind it");
        else
            skr_buf_printf(b, "put a blank behind '%.*s'", (int)l->last.len, l->last.ptr);
        break;
    case SKR_SYNTAX_OPERATOR:
        hint_operator(b, f);
        break;
    case SKR_SYNTAX_NUMBER:
        hint_number(b, f);
        break;
    case SKR_SYNTAX_STRING:
        hint_string(b, f);
        break;
    case SKR_SYNTAX_LIST:
        hint_list(b, f);
        break;
    case SKR_SYNTAX_LIST_END:
    case SKR_SYNTAX_XFORM_LIST_END:
        hint_list_end(b, f);
        break;
    case SKR_SYNTAX_ELEMENT:
        hint_element(b, f);
        break;
    case SKR_SYNTAX_ARGUMENT:
    case SKR_SYNTAX_ARGUMENT_END:
        hint_argument(b, f);
        break;
    case SKR_SYNTAX_XFORM_ARGUMENT:
    case SKR_SYNTAX_XFORM_ELEMENT:
        hint_xform_argument(b, f);
        break;
    case SKR_SYNTAX_XFORM_END:
        if (skr_lex_at_end(l))
            hint_open(b, f);
        else
            skr_buf_cstr(b, "put ',' between two arguments, or close the transformer before the operator");
        break;
    case SKR_SYNTAX_VAL_FIELD:
        hint_val(b, f);
        break;
    case SKR_SYNTAX_DEPTH:
        skr_buf_cstr(b, "move parts of the condition into macros");
        break;
    case SKR_SYNTAX_ESCAPE:
        hint_escape(b, f);
        break;
    default:
        break;
    }
}
