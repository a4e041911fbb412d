/* SPDX-License-Identifier: Apache-2.0 */
/* What extractors call. A value that is not of the field's kind of storage is dropped. */
#include "out.h"

#include <assert.h>

void saker_put_bool(saker_out *out, bool v)
{
    assert(skr_out_fits(out->form.store, SAKER_BOOL));
    if (skr_out_fits(out->form.store, SAKER_BOOL))
        skr_out_bool(out, v);
}

void saker_put_int(saker_out *out, int64_t v)
{
    assert(skr_out_fits(out->form.store, SAKER_INT));
    if (skr_out_fits(out->form.store, SAKER_INT))
        skr_out_number(out, SAKER_INT, (uint64_t)v);
}

void saker_put_uint(saker_out *out, uint64_t v)
{
    assert(skr_out_fits(out->form.store, SAKER_UINT) || out->form.store == SAKER_TIME || out->form.store == SAKER_SPAN);
    skr_out_uint(out, v);
}

void saker_put_float(saker_out *out, double v)
{
    saker_value x = { .type = SAKER_FLOAT, .as.f = v };
    assert(skr_out_fits(out->form.store, x.type));
    if (skr_out_fits(out->form.store, x.type))
        skr_out_add(out, &x);
}

void saker_put_str(saker_out *out, const char *s, size_t len)
{
    assert(skr_out_fits(out->form.store, SAKER_STR) || out->form.store == SAKER_BYTES);
    skr_out_text(out, s, len, SAKER_STR);
}

void saker_put_cstr(saker_out *out, const char *s)
{
    if (s)
        saker_put_str(out, s, strlen(s));
}

void saker_put_bytes(saker_out *out, const void *p, size_t len)
{
    assert(skr_out_fits(out->form.store, SAKER_BYTES) || out->form.store == SAKER_STR);
    skr_out_text(out, p, len, SAKER_BYTES);
}

void saker_put_ip(saker_out *out, const void *addr, size_t len)
{
    if (len != 4 && len != 16)
        return;
    if (out->form.store == SAKER_NET) {
        saker_put_net(out, addr, len, (unsigned)len * 8);
        return;
    }
    saker_value x = { .type = SAKER_IP, .len = (uint32_t)len };
    memcpy(x.as.ip, addr, len);
    assert(skr_out_fits(out->form.store, x.type));
    if (skr_out_fits(out->form.store, x.type))
        skr_out_add(out, &x);
}

void saker_put_net(saker_out *out, const void *addr, size_t len, unsigned prefix)
{
    if ((len != 4 && len != 16) || prefix > len * 8)
        return;
    saker_value x = { .type = SAKER_NET, .prefix = (uint8_t)prefix, .len = (uint32_t)len };
    memcpy(x.as.ip, addr, len);
    assert(skr_out_fits(out->form.store, x.type));
    if (skr_out_fits(out->form.store, x.type))
        skr_out_add(out, &x);
}

void saker_put_present(saker_out *out)
{
    out->held->present = true;
}

void *saker_out_alloc(saker_out *out, size_t size)
{
    void *p = skr_arena_raw(out->arena, size, _Alignof(max_align_t));
    if (!p)
        out->failed = true;
    return p;
}

const saker_event *saker_out_event(const saker_out *out)
{
    return out->event;
}

int32_t saker_out_utc_offset(const saker_out *out)
{
    return out->utc_offset;
}
