/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets inside the state engine: addresses and tuples of events, names, ends, interfaces. */
#ifndef SKR_SOCKETS_H
#define SKR_SOCKETS_H

#include "state_impl.h"

enum { SKR_SOCKET_NAME = 128 };

typedef enum skr_family { SKR_FAMILY_NONE, SKR_FAMILY_UNIX, SKR_FAMILY_INET, SKR_FAMILY_INET6 } skr_family;

typedef struct skr_tuple { /* IPv4 addresses stand in the first four bytes; v4-mapped ones have become IPv4 */
    skr_family family;
    uint8_t cip[16], sip[16];
    uint16_t cport, sport;
    uint64_t source, destination; /* unix */
    skr_str path;
} skr_tuple;

typedef struct skr_address {
    skr_family family;
    uint8_t ip[16];
    uint16_t port;
    skr_str path;
} skr_address;

/* "::ffff:a.b.c.d", or all zero. */
bool skr_is_v4_mapped(const uint8_t ip[16]);

/* false: empty, too short, or of another family. */
bool skr_read_tuple(skr_param p, skr_tuple *t);
bool skr_read_address(skr_param p, skr_address *a);

size_t skr_print_address(const uint8_t *ip, unsigned len, uint16_t port, char out[SKR_SOCKET_NAME]);
size_t skr_print_tuple(const skr_tuple *t, char out[SKR_SOCKET_NAME]);
size_t skr_print_socket(const skr_fd *f, char out[SKR_SOCKET_NAME]); /* from the values of a connected inet entry */
void skr_unix_name(skr_state *s, const skr_tuple *t, skr_str *name); /* a reference for the caller */

void skr_swap_ends(skr_fd *f);
bool skr_same_ends(const skr_fd *f, const skr_tuple *t); /* also when exchanged */
void skr_set_ends(skr_fd *f, const skr_tuple *t);
/* A zero end becomes the address of this machine that fits the other end. */
void skr_fill_ends(const skr_state *s, skr_fd *f);

#endif
