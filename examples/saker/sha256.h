/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4), for the names of rule files' contents in metrics. */
#ifndef SAKER_SHA256_H
#define SAKER_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} sha256;

void sha256_begin(sha256 *s);
void sha256_add(sha256 *s, const void *data, size_t len);
/* 64 hexadecimal digits and a NUL. */
void sha256_end(sha256 *s, char out[65]);

#endif
