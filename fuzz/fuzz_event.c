/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding and conversion of a row of events: the input is u16 length and bytes, again and again. */
#include "convert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t seen; /* what was read must not be thought away */

static void look(const skr_evt *e)
{
    int64_t result;
    if (e->nparams > e->info->nparams)
        abort();
    for (unsigned i = 0; i < e->nparams; i++) {
        skr_param p = skr_evt_param(e, i);
        const unsigned size = skr_pt_size(skr_event_params(e->info)[i].type);
        if (p.len > e->len || (size && p.len && p.len != size))
            abort();
        seen = seen + skr_param_text(p).len + skr_param_u8(p, 0) + skr_param_u64(p, 0);
    }
    seen = seen + skr_evt_result(e, &result);
}

/* The quick way and the long one must agree. */
static void compare(const skr_evt *e)
{
    skr_evt quick;
    if (!skr_evt_decode_current(e->raw, e->len, &quick))
        return;
    if (quick.nparams != e->nparams || quick.type != e->type || quick.ts != e->ts || quick.tid != e->tid)
        abort();
    for (unsigned i = 0; i < e->nparams; i++)
        if (quick.params[i].ptr != e->params[i].ptr || quick.params[i].len != e->params[i].len)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_converter c;
    skr_mem_init(&mem, NULL, 0);
    skr_converter_init(&c, &mem);
    while (size > 2) {
        uint16_t len;
        const char *why;
        skr_evt e;
        memcpy(&len, data, 2);
        data += 2;
        size -= 2;
        size_t n = len < size ? len : size;
        if (!skr_evt_decode(data, n, &e)) {
            look(&e);
            compare(&e);
        }
        if (!skr_evt_header(data, n, &e) && e.type < SKR_EVENT_CODES && !skr_convert_is_current(&e) &&
            skr_convert(&c, &e, &why) == SKR_CV_PASS && !skr_evt_params(&e))
            look(&e);
        data += n;
        size -= n;
    }
    skr_converter_free(&c);
    if (mem.used)
        abort();
    return 0;
}
