/* SPDX-License-Identifier: Apache-2.0 */
/* The only place for what C11 does not have. */
#ifndef SKR_COMPAT_H
#define SKR_COMPAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 skr_u128;

/* Seen outside libsaker, but by libsaker-live only, which is built with it: no part of the API. */
#define SKR_SHARED __attribute__((visibility("default")))

#define SKR_LIKELY(x) __builtin_expect(!!(x), 1)
#define SKR_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* What a short function does rarely: inlined, it would make it save registers each time. */
#define SKR_APART __attribute__((noinline))

/* Which byte of a word, as it lies in memory, is the first that is not 0? Of a word that is not 0. */
static inline size_t skr_first_byte(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(word) / 8;
#else
    return (size_t)__builtin_clzll(word) / 8;
#endif
}

/* memmem is in glibc and musl, but not in POSIX before 2024. */
static inline const void *skr_memmem(const void *text, size_t len, const void *part, size_t part_len)
{
    void *memmem(const void *, size_t, const void *, size_t);
    return memmem(text, len, part, part_len);
}

#endif
