/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include "num.h"

#include <inttypes.h>

bool skr_ip_is_v4_mapped(const uint8_t ip[16])
{
    static const uint8_t zeros[16];
    return memcmp(ip, zeros, 10) == 0 && ((ip[10] == 0xff && ip[11] == 0xff) || memcmp(ip + 10, zeros, 6) == 0);
}

static void print_end(skr_buf *b, const uint8_t *ip, unsigned len, const uint8_t *port)
{
    char text[48];
    uint16_t number;
    skr_buf_add(b, text, skr_print_ip(ip, len, text));
    skr_buf_char(b, ':');
    memcpy(&number, port, sizeof number);
    skr_buf_u64(b, number);
}

static bool print_path(skr_buf *b, const uint8_t *p, size_t len)
{
    if (!len || p[len - 1])
        return false;
    skr_buf_cstr(b, (const char *)p);
    return true;
}

static void print_family(skr_buf *b, unsigned family)
{
    skr_buf_cstr(b, "family ");
    skr_buf_u64(b, family);
}

void skr_sockaddr_print(skr_buf *b, const uint8_t *p, size_t len)
{
    switch (p[0]) {
    case SKR_AF_INET:
        if (len >= 1 + 4 + 2)
            print_end(b, p + 1, 4, p + 5);
        else
            skr_buf_cstr(b, "INVALID IPv4");
        break;
    case SKR_AF_INET6:
        if (len >= 1 + 16 + 2)
            print_end(b, p + 1, 16, p + 17);
        else
            skr_buf_cstr(b, "INVALID IPv6");
        break;
    case SKR_AF_UNIX:
        if (!print_path(b, p + 1, len - 1))
            skr_buf_cstr(b, "INVALID PATH");
        break;
    default:
        print_family(b, p[0]);
    }
}

/* Both ends of `width` bytes and their ports, from the byte behind the family. */
static void print_ends(skr_buf *b, const uint8_t *p, unsigned width)
{
    const uint8_t *source = p, *destination = p + width + 2;
    unsigned skip = 0;
    if (width == 16 && skr_ip_is_v4_mapped(source) && skr_ip_is_v4_mapped(destination))
        skip = 12;
    print_end(b, source + skip, width - skip, source + width);
    skr_buf_cstr(b, "->");
    print_end(b, destination + skip, width - skip, destination + width);
}

static void print_unix(skr_buf *b, const uint8_t *p, size_t len)
{
    uint64_t source, destination;
    if (len < 1 + 8 + 8 + 1 || p[len - 1]) {
        skr_buf_cstr(b, "INVALID PATH");
        return;
    }
    memcpy(&source, p + 1, sizeof source);
    memcpy(&destination, p + 9, sizeof destination);
    skr_buf_printf(b, "%" PRIx64 "->%" PRIx64 " ", source, destination);
    print_path(b, p + 17, len - 17);
}

void skr_socktuple_print(skr_buf *b, const uint8_t *p, size_t len)
{
    switch (p[0]) {
    case SKR_AF_INET:
        if (len >= 1 + 2 * (4 + 2))
            print_ends(b, p + 1, 4);
        else
            skr_buf_cstr(b, "INVALID IPv4");
        break;
    case SKR_AF_INET6:
        if (len >= 1 + 2 * (16 + 2))
            print_ends(b, p + 1, 16);
        else
            skr_buf_cstr(b, "INVALID IPv6");
        break;
    case SKR_AF_UNIX:
        print_unix(b, p, len);
        break;
    default:
        print_family(b, p[0]);
    }
}
