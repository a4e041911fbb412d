/* SPDX-License-Identifier: Apache-2.0 */
/* Output templates at work, and values as text and JSON (language.md 12). Inside lang and api. */
#ifndef SKR_FORMAT_H
#define SKR_FORMAT_H

#include "eval.h"

/* How bytes print. */
typedef enum skr_bytes_as { SKR_BYTES_DOTS, SKR_BYTES_BASE64 } skr_bytes_as;

/* A value on its own; `field` may be NULL. */
void skr_value_print_as(skr_buf *b, const saker_value *v, const saker_field *field, skr_bytes_as bytes);

/* The values of a slot on the event at hand. Returns false, printing nothing, if there are none. */
bool skr_slot_text(saker_eval *ev, skr_buf *b, uint32_t slot, skr_bytes_as bytes);
void skr_slot_json(saker_eval *ev, skr_buf *b, uint32_t slot, skr_bytes_as bytes);

/* The template for the event at hand. With `star`, missing values print as <NA>; else false at the first one, and what
 * stands before it has been printed. */
bool skr_template_text(saker_eval *ev, skr_buf *b, const skr_template *t, bool star, skr_bytes_as bytes);
/* A JSON object of the template's fields, or null if it has none. `xforms`: transformers, too. */
bool skr_template_json(saker_eval *ev, skr_buf *b, const skr_template *t, bool xforms, bool star);
void skr_key_json(saker_eval *ev, skr_buf *b, const skr_key *k, skr_bytes_as bytes);

#endif
