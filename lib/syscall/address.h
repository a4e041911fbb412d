/* SPDX-License-Identifier: Apache-2.0 */
/* Text of addresses as event parameters hold them (param_types.md 4.1, 4.2). */
#ifndef SKR_ADDRESS_H
#define SKR_ADDRESS_H

#include "str.h"

enum { SKR_AF_UNIX = 1, SKR_AF_INET = 2, SKR_AF_INET6 = 10 }; /* first byte of either */

/* ::ffff:a.b.c.d or ::, which the reference takes for an IPv4 address too. */
bool skr_ip_is_v4_mapped(const uint8_t ip[16]);

/* "1.2.3.4:80", "fe80::1:80", a path, "family N". `len` is not 0. */
void skr_sockaddr_print(skr_buf *b, const uint8_t *p, size_t len);
/* "1.1.1.1:5->2.2.2.2:6", "%x->%x path", "family N". */
void skr_socktuple_print(skr_buf *b, const uint8_t *p, size_t len);

#endif
