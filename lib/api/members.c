/* SPDX-License-Identifier: Apache-2.0 */
/* Ready-made extractors for the members of a host's struct. Each reads the member with memcpy: the struct may be
 * packed. An event without data has no values. */
#include <saker/saker.h>
#include <string.h>

static bool member(const void *event, const saker_arg *arg, void *value, size_t size)
{
    if (!event)
        return false;
    memcpy(value, (const char *)event + arg->field->at, size);
    return true;
}

void saker_get_chars(saker_out *out, const void *event, const saker_arg *arg)
{
    if (event)
        saker_put_cstr(out, (const char *)event + arg->field->at);
}

void saker_get_cstr(saker_out *out, const void *event, const saker_arg *arg)
{
    const char *v;
    if (member(event, arg, &v, sizeof v))
        saker_put_cstr(out, v);
}

void saker_get_bool(saker_out *out, const void *event, const saker_arg *arg)
{
    bool v;
    if (member(event, arg, &v, sizeof v))
        saker_put_bool(out, v);
}

/* An unsigned number for a signed field, or the other way round, is what C would make of it. */
static void put_signed(saker_out *out, const saker_arg *arg, int64_t v)
{
    switch (arg->field->type) {
    case SAKER_UINT:
    case SAKER_TIME:
    case SAKER_SPAN:
    case SAKER_UINT8:
    case SAKER_UINT16:
    case SAKER_UINT32:
        saker_put_uint(out, (uint64_t)v);
        break;
    default:
        saker_put_int(out, v);
    }
}

static void put_unsigned(saker_out *out, const saker_arg *arg, uint64_t v)
{
    switch (arg->field->type) {
    case SAKER_INT:
    case SAKER_INT8:
    case SAKER_INT16:
    case SAKER_INT32:
    case SAKER_FD:
    case SAKER_PID:
    case SAKER_ERRNO:
        saker_put_int(out, (int64_t)v);
        break;
    default:
        saker_put_uint(out, v);
    }
}

void saker_get_i32(saker_out *out, const void *event, const saker_arg *arg)
{
    int32_t v;
    if (member(event, arg, &v, sizeof v))
        put_signed(out, arg, v);
}

void saker_get_i64(saker_out *out, const void *event, const saker_arg *arg)
{
    int64_t v;
    if (member(event, arg, &v, sizeof v))
        put_signed(out, arg, v);
}

void saker_get_u16(saker_out *out, const void *event, const saker_arg *arg)
{
    uint16_t v;
    if (member(event, arg, &v, sizeof v))
        put_unsigned(out, arg, v);
}

void saker_get_u32(saker_out *out, const void *event, const saker_arg *arg)
{
    uint32_t v;
    if (member(event, arg, &v, sizeof v))
        put_unsigned(out, arg, v);
}

void saker_get_u64(saker_out *out, const void *event, const saker_arg *arg)
{
    uint64_t v;
    if (member(event, arg, &v, sizeof v))
        put_unsigned(out, arg, v);
}

void saker_get_ip4(saker_out *out, const void *event, const saker_arg *arg)
{
    uint8_t v[4];
    if (member(event, arg, v, sizeof v))
        saker_put_ip(out, v, sizeof v);
}

void saker_get_ip6(saker_out *out, const void *event, const saker_arg *arg)
{
    uint8_t v[16];
    if (member(event, arg, v, sizeof v))
        saker_put_ip(out, v, sizeof v);
}
