/* SPDX-License-Identifier: Apache-2.0 */
/* Event blocks of version 1: the header has no parameter count. */
#include "reader.h"

enum { OLD_HEADER = 22 };

static uint16_t length_at(const uint8_t *lengths, uint32_t i)
{
    uint16_t v;
    memcpy(&v, lengths + 2 * (size_t)i, 2);
    return v;
}

/* The greatest count for which the lengths and what they announce fill the body; -1: none does. */
static int count_params(const uint8_t *body, size_t len, unsigned most)
{
    size_t sums[SKR_MAX_PARAMS + 1]; /* sums[n]: 2n and the first n lengths */
    unsigned n = 0;
    sums[0] = 0;
    while (n < most && 2 * (size_t)(n + 1) <= len) {
        sums[n + 1] = sums[n] + 2 + length_at(body, n);
        n++;
    }
    for (int i = (int)n; i >= 0; i--) {
        if (sums[i] == len)
            return i;
        if (sums[i] < len)
            return -1;
    }
    return -1;
}

static void put_header(uint8_t *to, const uint8_t *from, uint32_t len, uint32_t nparams)
{
    memcpy(to, from, OLD_HEADER);
    memcpy(to + 16, &len, 4);
    memcpy(to + OLD_HEADER, &nparams, 4);
}

/* The lengths become as wide as the current table has them for this code. */
static void put_lengths(uint8_t *to, const uint8_t *from, uint32_t n, unsigned width)
{
    for (uint32_t i = 0; i < n; i++) {
        uint16_t narrow = length_at(from, i);
        uint32_t wide = narrow;
        memcpy(to + (size_t)i * width, width == 4 ? (const void *)&wide : &narrow, width);
    }
}

const char *skr_old_event(skr_mem *mem, const uint8_t *p, size_t len, skr_bytes *out, bool *memory)
{
    uint32_t size;
    uint16_t code;
    memcpy(&size, p + 16, 4);
    memcpy(&code, p + 20, 2);
    if (code == SKR_E_NOTIFICATION_E || code == SKR_E_INFRASTRUCTURE_EVENT_E)
        size -= 3; /* their writer counted too much */
    if (size < OLD_HEADER || size > len)
        return "invalid event: its length is not inside what holds it";
    const uint8_t *body = p + OLD_HEADER;
    size_t body_len = size - OLD_HEADER;
    int n = count_params(body, body_len, skr_events[code].nparams);
    if (n < 0)
        return "invalid event: no number of parameters fits its length";
    unsigned width = skr_events[code].flags & SKR_EF_LARGE_PAYLOAD ? 4 : 2;
    size_t lengths = (size_t)n * width, values = body_len - 2 * (size_t)n;
    size_t total = SKR_EVT_HEADER + lengths + values;
    if (!skr_bytes_fit(mem, out, total)) {
        *memory = true;
        return "out of memory";
    }
    put_header(out->ptr, p, (uint32_t)total, (uint32_t)n);
    put_lengths(out->ptr + SKR_EVT_HEADER, body, (uint32_t)n, width);
    if (values)
        memcpy(out->ptr + SKR_EVT_HEADER + lengths, body + 2 * (size_t)n, values);
    out->len = total;
    return NULL;
}
