/* SPDX-License-Identifier: Apache-2.0 */
#include "num.h"

#include <arpa/inet.h>

/* Digits of `s` after blanks and a sign into *v, saturating: *over. */
static bool magnitude(skr_str s, uint64_t *v, bool *minus, bool *over)
{
    size_t i = 0;
    while (i < s.len && skr_is_space(s.ptr[i]))
        i++;
    *minus = i < s.len && s.ptr[i] == '-';
    if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
        i++;
    if (i == s.len)
        return false;
    uint64_t n = 0;
    *over = false;
    for (; i < s.len; i++) {
        if (!skr_is_digit(s.ptr[i]))
            return false;
        unsigned d = (unsigned)(s.ptr[i] - '0');
        *over = *over || n > (UINT64_MAX - d) / 10;
        n = n * 10 + d;
    }
    *v = *over ? UINT64_MAX : n;
    return true;
}

bool skr_parse_u64(skr_str s, uint64_t *v)
{
    uint64_t n;
    bool minus, over;
    if (!magnitude(s, &n, &minus, &over))
        return false;
    *v = minus && !over ? 0 - n : n;
    return true;
}

bool skr_parse_i64(skr_str s, int64_t *v)
{
    uint64_t n;
    bool minus, over;
    if (!magnitude(s, &n, &minus, &over))
        return false;
    if (minus)
        *v = n > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)n;
    else
        *v = n > (uint64_t)INT64_MAX ? INT64_MAX : (int64_t)n;
    return true;
}

bool skr_parse_index(skr_str s, int64_t *v)
{
    int64_t n = 0;
    if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!skr_is_digit(s.ptr[i]) || n > (INT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (s.ptr[i] - '0');
    }
    *v = n;
    return true;
}

bool skr_parse_ip(skr_str s, uint8_t ip[16], unsigned *len)
{
    char text[64];
    if (s.len >= sizeof text || memchr(s.ptr, '\0', s.len))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    bool four = memchr(text, '.', s.len) != NULL;
    uint8_t bytes[16];
    if (inet_pton(four ? AF_INET : AF_INET6, text, bytes) != 1)
        return false;
    *len = four ? 4 : 16;
    memcpy(ip, bytes, *len);
    return true;
}

size_t skr_print_ip(const uint8_t *ip, unsigned len, char out[48])
{
    if (!inet_ntop(len == 4 ? AF_INET : AF_INET6, ip, out, 48))
        out[0] = '\0';
    return strlen(out);
}

bool skr_ip_in_net(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0;
}
