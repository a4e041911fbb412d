/* SPDX-License-Identifier: Apache-2.0 */
/* Text of a condition -> tree, by recursive descent (language.md 1-3). Needs no schema: names are checked later. */
#ifndef SKR_PARSE_H
#define SKR_PARSE_H

#include "issue.h"

enum { SKR_DEFAULT_DEPTH = 1000 };

/* `text->text` must live as long as the tree. Depth is counted as language.md 2.1 says, up to `max_depth` (0: the
 * default). SAKER_ERULES: the first error went to the sink (a parser cannot sensibly go on). Of a text with gaps
 * nothing is reported: SAKER_EINVAL, if there is something to say or a gap is not an element of a list; then it has to
 * be parsed in full (or, `as_is`, what is wrong is reported all the same). */
int skr_parse(skr_arena *a, const skr_text *text, uint32_t max_depth, skr_sink sink, skr_node **tree);

/* Parses one operand as an output token or an exception's field may be written: a field with optional argument, or a
 * transformer call, at the start of `text`. The whole text must be used up. NULL: it is neither, or out of memory
 * (then a->mem->failed). Reports nothing. */
skr_operand *skr_parse_operand(skr_arena *a, skr_str text, uint32_t max_depth);

bool skr_is_identifier(skr_str s); /* [a-zA-Z]+[a-zA-Z0-9_]* , the whole text */
bool skr_is_bare_string(skr_str s);

/* Position of byte `idx` of a text: '\n' and '\r' both start a line. */
skr_pos skr_pos_at(skr_str text, size_t idx);

#endif
