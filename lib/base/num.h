/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and addresses as the rule language writes them (language.md 6.1, 6.2). */
#ifndef SKR_NUM_H
#define SKR_NUM_H

#include "str.h"

/* Decimal with optional blanks before and one sign, the whole text; as glibc's sscanf with 64-bit forms: too
 * large saturates. `-1` read unsigned wraps. false: not a number. */
bool skr_parse_i64(skr_str s, int64_t *v);
bool skr_parse_u64(skr_str s, uint64_t *v);
/* Digits only, no sign, no leading zero unless it is the only digit, fits 63 bits: an index in brackets. */
bool skr_parse_index(skr_str s, int64_t *v);

/* inet_pton without libc's NUL-terminated strings: a text with a '.' is IPv4, else IPv6. *len: 4 or 16. */
bool skr_parse_ip(skr_str s, uint8_t ip[16], unsigned *len);
/* Text as inet_ntop writes it. */
size_t skr_print_ip(const uint8_t *ip, unsigned len, char out[48]);
/* Are the first `bits` bits of a and b equal? */
bool skr_ip_in_net(const uint8_t *a, const uint8_t *b, unsigned bits);

#endif
