/* SPDX-License-Identifier: Apache-2.0 */
/* Token shapes of conditions (language.md 1), tried one at a time at a cursor. There is no token stream: which shapes
 * make sense at a place is the parser's business. */
#ifndef SKR_LEX_H
#define SKR_LEX_H

#include "ast.h"

typedef enum skr_escape_fault {
    SKR_ESCAPE_FINE,
    SKR_ESCAPE_UNKNOWN,   /* \q                          */
    SKR_ESCAPE_QUOTE,     /* \" in '...' or \' in "..."  */
    SKR_ESCAPE_SHORT_HEX, /* \x with too little behind   */
    SKR_ESCAPE_BAD_HEX,   /* \xzz                        */
    SKR_ESCAPE_NO_MEMORY
} skr_escape_fault;

typedef struct skr_lexer {
    skr_str text;
    skr_arena *arena;       /* for decoded strings                                         */
    skr_pos at;             /* the cursor                                                  */
    size_t end;             /* byte behind the last token, blanks not counted              */
    skr_str last;           /* text of the last token that matched; a quoted one is decoded */
    skr_pos last_at;        /* where it began                                              */
    skr_escape_fault fault; /* of the last quoted string                               */
    size_t fault_at;        /* byte of its backslash                                   */
} skr_lexer;

void skr_lex_init(skr_lexer *l, skr_arena *arena, skr_str text);

/* The byte at the cursor, `ahead` bytes on; NUL at the end. */
static inline char skr_lex_peek(const skr_lexer *l, size_t ahead)
{
    size_t left = l->text.len - l->at.idx;
    return ahead < left ? l->text.ptr[l->at.idx + ahead] : '\0';
}
static inline bool skr_lex_at_end(const skr_lexer *l)
{
    return l->at.idx >= l->text.len;
}

bool skr_lex_blank(skr_lexer *l); /* skips blanks; were there any? */
bool skr_lex_text(skr_lexer *l, const char *text);
bool skr_lex_not(skr_lexer *l); /* "not" with blanks behind it, which are skipped */
bool skr_lex_identifier(skr_lexer *l);
bool skr_lex_field(skr_lexer *l);
bool skr_lex_bare(skr_lexer *l);
bool skr_lex_bare_arg(skr_lexer *l);
bool skr_lex_number(skr_lexer *l); /* hexadecimal or decimal */
/* An escape that is wrong counts as a match, with `fault` set and the cursor behind the string. */
bool skr_lex_quoted(skr_lexer *l);

/* Lengths of the shapes at the start of `s`; 0: no match. */
size_t skr_lex_identifier_len(skr_str s);
size_t skr_lex_bare_len(skr_str s);

#endif
