/* SPDX-License-Identifier: Apache-2.0 */
#include "odd_schema.h"
#include "str.h"

static const char *const words[] = { "bash", "sh", "/bin/sh", "/usr/bin", "", "a.b", "Bash", "/", "x", "7", "bash\n" };
static const char *const args[] = { "-v", "-n", "5", "-xf", "--", "file", "", "-nv" };
static const uint8_t ips[][4] = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 }, { 192, 168, 1, 1 } };

static uint32_t draw(const void *event, const saker_arg *arg, uint32_t salt)
{
    uint64_t h = skr_hash(arg->field->name, strlen(arg->field->name), *(const uint64_t *)event + salt);
    return (uint32_t)skr_hash_u64(h + (uint64_t)arg->index);
}

static bool is_missing(const void *event, const saker_arg *arg)
{
    return draw(event, arg, 99) % 5 == 0;
}

static void get_word(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        saker_put_cstr(out, words[draw(event, arg, 0) % 11]);
}

static void get_bytes(saker_out *out, const void *event, const saker_arg *arg)
{
    static const char data[] = "ab\0c\0\0";
    if (!is_missing(event, arg))
        saker_put_bytes(out, data, draw(event, arg, 0) % sizeof data);
}

static void get_list(saker_out *out, const void *event, const saker_arg *arg)
{
    uint32_t n = draw(event, arg, 0) % 4;
    if (is_missing(event, arg))
        return;
    saker_put_present(out);
    for (uint32_t i = 0; i < n; i++)
        saker_put_cstr(out, args[draw(event, arg, i + 1) % 8]);
}

static void get_kin(saker_out *out, const void *event, const saker_arg *arg)
{
    uint32_t n = arg->key ? 1 : draw(event, arg, 0) % 4;
    for (uint32_t i = 0; i < n && !is_missing(event, arg); i++)
        saker_put_cstr(out, words[draw(event, arg, i + 1) % 11]);
}

static void get_int(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        saker_put_int(out, (int64_t)(draw(event, arg, 0) % 7) - 3);
}

static void get_uint(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        saker_put_uint(out, draw(event, arg, 0) % 7);
}

static void get_numbers(saker_out *out, const void *event, const saker_arg *arg)
{
    uint32_t n = draw(event, arg, 0) % 3;
    for (uint32_t i = 0; i < n; i++)
        saker_put_uint(out, draw(event, arg, i + 1) % 7);
}

static void get_float(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        saker_put_float(out, (double)(draw(event, arg, 0) % 9) / 2 - 1);
}

static void get_bool(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        saker_put_bool(out, draw(event, arg, 0) % 2);
}

static void put_ip(saker_out *out, uint32_t n)
{
    static const uint8_t local[16] = { [15] = 1 };
    if (n % 4 == 3)
        saker_put_ip(out, local, 16);
    else
        saker_put_ip(out, ips[n % 4], 4);
}

static void get_ip(saker_out *out, const void *event, const saker_arg *arg)
{
    if (!is_missing(event, arg))
        put_ip(out, draw(event, arg, 0));
}

static void get_ends(saker_out *out, const void *event, const saker_arg *arg)
{
    uint32_t n = draw(event, arg, 0) % 3;
    if (!is_missing(event, arg))
        saker_put_present(out);
    for (uint32_t i = 0; i < n && !is_missing(event, arg); i++)
        put_ip(out, draw(event, arg, i + 1));
}

static void get_dyn(saker_out *out, const void *event, const saker_arg *arg)
{
    switch (draw(event, arg, 0) % 6) {
    case 0:
        saker_put_int(out, (int64_t)(draw(event, arg, 1) % 7) - 3);
        break;
    case 1:
        saker_put_uint(out, draw(event, arg, 1) % 7);
        break;
    case 2:
        saker_put_str(out, words[draw(event, arg, 1) % 11], strlen(words[draw(event, arg, 1) % 11]));
        break;
    case 3:
        saker_put_bytes(out, "5\0", 2);
        break;
    case 4:
        saker_put_bool(out, true);
        break;
    default:
        break;
    }
}

static const char *bind_dyn(saker_arg *arg)
{
    arg->type = strcmp(arg->key, "num") == 0 ? SAKER_INT : strcmp(arg->key, "text") == 0 ? SAKER_STR : SAKER_BYTES;
    return NULL;
}

static void get_group(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)event;
    (void)arg;
    const uint32_t kind = saker_out_event(out)->kind;
    if (kind != 2)
        saker_put_cstr(out, kind % 2 ? "odd" : "even");
}

static const saker_field fields[] = {
    { "t.name", SAKER_STR, get_word, NULL, 0, 0, NULL },
    { "t.path", SAKER_PATH, get_word, NULL, 0, 0, NULL },
    { "t.other", SAKER_STR, get_word, NULL, 0, 0, NULL },
    { "t.data", SAKER_BYTES, get_bytes, NULL, 0, 0, NULL },
    { "t.args", SAKER_STR, get_list, NULL, 0, SAKER_LIST, NULL },
    { "t.more", SAKER_STR, get_list, NULL, 0, SAKER_LIST, NULL },
    { "t.nums", SAKER_UINT, get_numbers, NULL, 0, SAKER_LIST, NULL },
    { "t.kin", SAKER_STR, get_kin, NULL, 0, SAKER_ARG_OPTIONAL | SAKER_ARG_INDEX | SAKER_ANY | SAKER_NO_RHS, NULL },
    { "t.int", SAKER_INT, get_int, NULL, 0, 0, NULL },
    { "t.small", SAKER_INT16, get_int, NULL, 0, 0, NULL },
    { "t.uint", SAKER_UINT, get_uint, NULL, 0, 0, NULL },
    { "t.time", SAKER_TIME, get_uint, NULL, 0, 0, NULL },
    { "t.near", SAKER_UINT, get_uint, NULL, 0, SAKER_WITHIN | SAKER_NO_RHS, NULL },
    { "t.float", SAKER_FLOAT, get_float, NULL, 0, 0, NULL },
    { "t.bool", SAKER_BOOL, get_bool, NULL, 0, 0, NULL },
    { "t.ip", SAKER_IP, get_ip, NULL, 0, 0, NULL },
    { "t.ips", SAKER_IP, get_ends, NULL, 0, SAKER_PAIR, NULL },
    { "t.net", SAKER_NET, get_ip, NULL, 0, 0, NULL },
    { "t.nets", SAKER_NET, get_ends, NULL, 0, SAKER_PAIR, NULL },
    { "t.dyn", SAKER_DYN, get_dyn, NULL, 0, SAKER_ARG_REQUIRED | SAKER_ARG_KEY | SAKER_ARG_DOT | SAKER_NO_RHS,
      bind_dyn },
    { "t.group", SAKER_STR, get_group, NULL, 0, SAKER_BY_KIND, NULL },
};
static const char *const kinds[] = { "open", "close", "read", NULL, "open", "write" };
_Static_assert(sizeof kinds / sizeof kinds[0] == ODD_KINDS, "ODD_KINDS is the number of kinds");
const saker_schema odd_schema = SAKER_SCHEMA_KINDS("test", fields, kinds);
