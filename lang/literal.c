/* SPDX-License-Identifier: Apache-2.0 */
#include "literal.h"
#include "num.h"

enum { MAX_LITERAL = 255 };

typedef struct job {
    skr_arena *a;
    saker_type type;
    skr_op op;
    skr_str text;
    saker_value *v;
    bool *wrapped;
    skr_refusal *fault;
} job;

/* Longer texts are cut in messages: nobody reads them, and they could be megabytes. */
static int shown(skr_str s)
{
    return (int)(s.len < 512 ? s.len : 512);
}

static int refuse(job *j, const char *falco, const char *message, const char *hint)
{
    *j->fault = (skr_refusal){ SKR_ISSUE_BAD_LITERAL, falco, message, hint };
    return falco && message ? SAKER_ERULES : SAKER_ENOMEM;
}

/* A word where no word can stand is meant to be a list. */
static const char *list_hint(const job *j)
{
    if ((j->op != SKR_OP_IN && j->op != SKR_OP_INTERSECTS) || !j->text.len || !skr_is_alpha(j->text.ptr[0]))
        return NULL;
    for (size_t i = 1; i < j->text.len; i++)
        if (!skr_is_alpha(j->text.ptr[i]) && !skr_is_digit(j->text.ptr[i]) && !strchr("_-", j->text.ptr[i]))
            return NULL;
    return "there is no list of this name";
}

static int not_number(job *j)
{
    const char *hint = list_hint(j);
    if (j->text.len > 2 && j->text.ptr[0] == '0' && (j->text.ptr[1] | 32) == 'x')
        hint = "numbers are decimal";
    return refuse(j, skr_arena_printf(j->a, "%.*s is not a valid number", shown(j->text), j->text.ptr),
                  skr_arena_printf(j->a, "'%.*s' is not a number", shown(j->text), j->text.ptr), hint);
}

static int read_signed(job *j, unsigned bits)
{
    int64_t n;
    if (!skr_parse_i64(j->text, &n))
        return not_number(j);
    unsigned gone = 64 - bits;
    int64_t cut = (int64_t)((uint64_t)n << gone) >> gone;
    *j->wrapped |= cut != n;
    j->v->as.i = cut;
    return 0;
}

static int read_unsigned(job *j, unsigned bits)
{
    uint64_t n;
    if (!skr_parse_u64(j->text, &n))
        return not_number(j);
    uint64_t cut = bits == 64 ? n : n & (((uint64_t)1 << bits) - 1);
    *j->wrapped |= cut != n || memchr(j->text.ptr, '-', j->text.len);
    j->v->as.u = cut;
    return 0;
}

static bool all_digits(skr_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!skr_is_digit(s.ptr[i]))
            return false;
    return true;
}

static bool find_service(skr_str name, uint64_t *port)
{
    static const struct {
        char name[16];
        uint16_t port;
    } services[] = {
#define SKR_SERVICE(name, port) { name, port },
#include "services.def"
#undef SKR_SERVICE
    };
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (skr_str_is(name, services[i].name)) {
            *port = services[i].port;
            return true;
        }
    return false;
}

static int read_port(job *j)
{
    j->v->as.u = 0;
    if (j->text.len == 0)
        return 0;
    if (all_digits(j->text)) {
        uint64_t n;
        if (!skr_parse_u64(j->text, &n) || n > INT32_MAX) /* the reference aborts here */
            return not_number(j);
        *j->wrapped = n > UINT16_MAX;
        j->v->as.u = n & UINT16_MAX;
        return 0;
    }
    if (find_service(j->text, &j->v->as.u))
        return 0;
    return refuse(j, skr_arena_printf(j->a, "unrecognized protocol %.*s", shown(j->text), j->text.ptr),
                  skr_arena_printf(j->a, "'%.*s' is neither a port number nor the name of a service", shown(j->text),
                                   j->text.ptr),
                  list_hint(j));
}

static int read_number(job *j, const skr_type_info *info)
{
    if (j->type == SAKER_PORT)
        return read_port(j);
    if (!info->bits)
        return refuse(j, "wrong parameter type",
                      skr_arena_printf(j->a, "no literal can be compared with type %s", info->name), NULL);
    if (info->store == SAKER_FLOAT) {
        int err = read_signed(j, info->bits);
        j->v->as.f = (double)j->v->as.i;
        return err;
    }
    return info->sign ? read_signed(j, info->bits) : read_unsigned(j, info->bits);
}

static int read_bool(job *j)
{
    j->v->as.b = skr_str_is(j->text, "true");
    if (j->v->as.b || skr_str_is(j->text, "false"))
        return 0;
    return refuse(j,
                  skr_arena_printf(j->a, "filter error: unrecognized boolean value %.*s", shown(j->text), j->text.ptr),
                  skr_arena_printf(j->a, "'%.*s' is neither true nor false", shown(j->text), j->text.ptr), NULL);
}

static int put_text(job *j, skr_str s)
{
    j->v->as.s = s.ptr;
    j->v->len = (uint32_t)s.len;
    return 0;
}

static int read_hex(job *j)
{
    char *out = skr_arena_raw(j->a, j->text.len / 2 + 1, 1);
    if (!out)
        return SAKER_ENOMEM;
    for (size_t i = 0; i < j->text.len; i++) {
        int digit = skr_hex_digit(j->text.ptr[i]);
        if (digit < 0 || j->text.len % 2)
            return refuse(j, "filter error: bcontains and bstartswith operator support hex strings only",
                          skr_arena_printf(j->a, "'%.*s' is not a string of pairs of hex digits", shown(j->text),
                                           j->text.ptr),
                          "bytes are written as 7f454c46");
        char *byte = &out[i / 2];
        *byte = (char)(i % 2 ? (uint8_t)*byte << 4 | digit : digit);
    }
    return put_text(j, (skr_str){ out, j->text.len / 2 });
}

static int bad_ip(job *j, const char *falco, skr_str shown_text)
{
    const bool is_net = skr_type(j->type)->group == SKR_G_IP && memchr(j->text.ptr, '/', j->text.len);
    return refuse(j, skr_arena_printf(j->a, "%s %.*s", falco, shown(shown_text), shown_text.ptr),
                  skr_arena_printf(j->a, "'%.*s' is not an IP address", shown(j->text), j->text.ptr),
                  is_net ? "networks are compared with fields of networks: fd.net, fd.snet ..." : list_hint(j));
}

/* 4 or 6, from the type or, where it leaves that open, from the text. */
static unsigned family(job *j)
{
    if (j->type == SAKER_IP4 || j->type == SAKER_NET4)
        return 4;
    if (j->type == SAKER_IP6 || j->type == SAKER_NET6)
        return 16;
    return memchr(j->text.ptr, '.', j->text.len) ? 4 : 16;
}

static int read_ip(job *j)
{
    unsigned want = family(j), len;
    if (!skr_parse_ip(j->text, j->v->as.ip, &len) || len != want)
        return bad_ip(j, want == 4 ? "unrecognized IPv4 address" : "unrecognized IPv6 address", j->text);
    j->v->len = len;
    return 0;
}

static int bad_net(job *j, const char *falco, skr_str text, const char *hint)
{
    return refuse(j, skr_arena_printf(j->a, "%s%.*s", falco, shown(text), text.ptr),
                  skr_arena_printf(j->a, "'%.*s' is not an IP network", shown(j->text), j->text.ptr), hint);
}

static int read_net(job *j)
{
    unsigned want = family(j), len;
    const bool is4 = want == 4;
    const char *slash = memchr(j->text.ptr, '/', j->text.len), *hint = list_hint(j);
    if (!slash)
        return bad_net(j, is4 ? "unrecognized IP network " : "invalid v6 netmask: ", j->text,
                       hint ? hint : "a network is written as address/bits");
    size_t at = (size_t)(slash - j->text.ptr);
    skr_str ip = skr_str_cut(j->text, 0, at), mask = skr_str_cut(j->text, at + 1, j->text.len);
    if (!skr_parse_ip(ip, j->v->as.ip, &len) || len != want)
        return bad_ip(j, is4 ? "unrecognized IP address" : "unrecognized IPv6 address", is4 ? j->text : ip);
    uint64_t bits;
    if (!skr_parse_u64(mask, &bits)) {
        j->text = mask;
        return not_number(j);
    }
    if (is4) /* read into eight bits, as the reference does */
        bits &= 0xff;
    if (bits > want * 8 || (!is4 && bits == 0))
        return bad_net(j, is4 ? "invalid netmask " : "invalid v6 netmask ", mask,
                       is4 ? "0 to 32 bits" : "1 to 128 bits");
    j->v->len = len;
    j->v->prefix = (uint8_t)bits;
    return 0;
}

static int too_long(job *j)
{
    const char *falco = j->type == SAKER_BYTES
                            ? "filter parameter too long (byte buf)"
                            : skr_arena_printf(j->a, "filter parameter too long (used=%zu, available=%d):%.*s",
                                               j->text.len, MAX_LITERAL + 1, shown(j->text), j->text.ptr);
    return refuse(j, falco,
                  skr_arena_printf(j->a, "the literal has %zu bytes, %d is the most", j->text.len, MAX_LITERAL), NULL);
}

int skr_literal(skr_arena *a, saker_type t, skr_op op, skr_str text, saker_value *v, bool *wrapped, skr_refusal *fault)
{
    job j = { a, t, op, text.ptr ? text : SKR_STR(""), v, wrapped, fault };
    const skr_type_info *info = skr_type(t);
    memset(v, 0, sizeof *v);
    *wrapped = false;
    v->type = (uint8_t)info->store;
    if (text.len > MAX_LITERAL)
        return too_long(&j);
    if (info->group != SKR_G_BYTES && memchr(j.text.ptr, '\0', text.len))
        return refuse(&j, "filter error: filter value cannot contain a NUL byte (\\x00)",
                      "only values of bytes can contain a NUL byte", NULL);
    switch (info->group) {
    case SKR_G_NUMBER:
        return read_number(&j, info);
    case SKR_G_BOOL:
        return read_bool(&j);
    case SKR_G_STRING:
        return put_text(&j, j.text);
    case SKR_G_BYTES:
        return op == SKR_OP_BCONTAINS || op == SKR_OP_BSTARTSWITH ? read_hex(&j) : put_text(&j, j.text);
    case SKR_G_IP:
        return read_ip(&j);
    case SKR_G_NET:
        return read_net(&j);
    case SKR_G_NONE:
        break;
    }
    return refuse(&j, "wrong parameter type",
                  skr_arena_printf(a, "no literal can be compared with type %s", info->name), NULL);
}
