/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what stands at the cursor of a failed parse, and what its author probably meant. Inside lang only. */
#ifndef SKR_HINTS_H
#define SKR_HINTS_H

#include "syntax.h"

/* Appends a likely fix; nothing if there is none. */
void skr_hint(skr_buf *b, const skr_fault *f);

/* What stands at the cursor: 'word', or "the end of the condition". */
void skr_found(skr_buf *b, const skr_lexer *l);
size_t skr_found_len(const skr_lexer *l); /* bytes; 0 at the end */

/* A piece of the condition for a message: shortened, one line, valid UTF-8. */
void skr_quote(skr_buf *b, skr_str s);

/* Length of the character at byte `idx`, 1 if it is not valid UTF-8; 0 at the end. */
size_t skr_char_len(const skr_lexer *l, size_t idx);

#endif
