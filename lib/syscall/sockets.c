/* SPDX-License-Identifier: Apache-2.0 */
/* What sockets share: addresses as events carry them, names, interfaces, and the sockets of a capture's lists (state.md
 * 4.3 to 4.5). */
#include "sockets.h"
#include "num.h"

enum { MAX_INTERFACES = 1024 };

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
static const uint8_t zero[16];

bool skr_is_v4_mapped(const uint8_t ip[16])
{
    return memcmp(ip, mapped_prefix, sizeof mapped_prefix) == 0 || memcmp(ip, zero, sizeof zero) == 0;
}

static void take_ip(uint8_t to[16], const uint8_t *from, unsigned len)
{
    memset(to, 0, 16);
    memcpy(to, from, len);
}

/* ---- Reading ---- */

enum { FAMILY_UNIX = 1, FAMILY_INET = 2, FAMILY_INET6 = 10 };

static uint16_t port_at(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t word_at(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

bool skr_read_tuple(skr_param p, skr_tuple *t)
{
    memset(t, 0, sizeof *t);
    t->path = SKR_STR("");
    if (!p.len)
        return false;
    const uint8_t *at = p.ptr + 1;
    if (p.ptr[0] == FAMILY_INET && p.len >= 13) {
        t->family = SKR_FAMILY_INET;
        take_ip(t->cip, at, 4);
        t->cport = port_at(at + 4);
        take_ip(t->sip, at + 6, 4);
        t->sport = port_at(at + 10);
        return true;
    }
    if (p.ptr[0] == FAMILY_INET6 && p.len >= 37) {
        bool v4 = skr_is_v4_mapped(at) && skr_is_v4_mapped(at + 18);
        t->family = v4 ? SKR_FAMILY_INET : SKR_FAMILY_INET6;
        take_ip(t->cip, v4 ? at + 12 : at, v4 ? 4 : 16);
        t->cport = port_at(at + 16);
        take_ip(t->sip, v4 ? at + 30 : at + 18, v4 ? 4 : 16);
        t->sport = port_at(at + 34);
        return true;
    }
    if (p.ptr[0] == FAMILY_UNIX && p.len >= 18 && !p.ptr[p.len - 1]) {
        t->family = SKR_FAMILY_UNIX;
        t->source = word_at(at);
        t->destination = word_at(at + 8);
        t->path = skr_str_of((const char *)at + 16);
        return true;
    }
    return false;
}

bool skr_read_address(skr_param p, skr_address *a)
{
    memset(a, 0, sizeof *a);
    a->path = SKR_STR("");
    if (!p.len)
        return false;
    const uint8_t *at = p.ptr + 1;
    if (p.ptr[0] == FAMILY_INET && p.len >= 7) {
        a->family = SKR_FAMILY_INET;
        take_ip(a->ip, at, 4);
        a->port = port_at(at + 4);
        return true;
    }
    if (p.ptr[0] == FAMILY_INET6 && p.len >= 19) {
        a->family = SKR_FAMILY_INET6;
        take_ip(a->ip, at, 16);
        a->port = port_at(at + 16);
        return true;
    }
    if (p.ptr[0] == FAMILY_UNIX && p.len >= 2 && !p.ptr[p.len - 1]) {
        a->family = SKR_FAMILY_UNIX;
        a->path = skr_str_of((const char *)at);
        return true;
    }
    return false;
}

/* ---- Names ---- */

static size_t print_end(const uint8_t *ip, unsigned len, uint16_t port, bool with_port, char *out)
{
    size_t n = skr_print_ip(ip, len, out);
    if (!with_port)
        return n;
    char digits[5];
    size_t d = 0;
    do
        digits[d++] = (char)('0' + port % 10);
    while (port /= 10);
    out[n++] = ':';
    while (d)
        out[n++] = digits[--d];
    return n;
}

size_t skr_print_address(const uint8_t *ip, unsigned len, uint16_t port, char out[SKR_SOCKET_NAME])
{
    return print_end(ip, len, port, true, out);
}

static size_t print_pair(const uint8_t *cip, uint16_t cport, const uint8_t *sip, uint16_t sport, unsigned len,
                         bool ports, char *out)
{
    size_t n = print_end(cip, len, cport, ports, out);
    out[n++] = '-';
    out[n++] = '>';
    return n + print_end(sip, len, sport, ports, out + n);
}

size_t skr_print_tuple(const skr_tuple *t, char out[SKR_SOCKET_NAME])
{
    return print_pair(t->cip, t->cport, t->sip, t->sport, t->family == SKR_FAMILY_INET ? 4 : 16, true, out);
}

size_t skr_print_socket(const skr_fd *f, char out[SKR_SOCKET_NAME])
{
    static const char unknown[] = "<unknown>";
    unsigned len = f->type == SKR_FD_IPV4_SOCK ? 4 : 16;
    bool ports = f->l4 == SKR_L4_TCP || f->l4 == SKR_L4_UDP;
    if (ports || f->l4 == SKR_L4_ICMP || f->l4 == SKR_L4_RAW)
        return print_pair(f->cip, f->cport, f->sip, f->sport, len, ports, out);
    memcpy(out, unknown, sizeof unknown);
    return sizeof unknown - 1;
}

void skr_unix_name(skr_state *s, const skr_tuple *t, skr_str *name)
{
    skr_buf b;
    skr_buf_init(&b, s->mem);
    skr_buf_printf(&b, "%llx->%llx ", (unsigned long long)t->source, (unsigned long long)t->destination);
    skr_buf_str(&b, t->path);
    s->stats.nomem += b.failed;
    *name = b.failed ? SKR_STR("") : skr_text_make(&s->texts, (skr_str){ b.ptr, b.len });
    skr_buf_free(&b);
}

/* ---- Ends ---- */

void skr_swap_ends(skr_fd *f)
{
    uint8_t ip[16];
    uint16_t port = f->cport;
    memcpy(ip, f->cip, sizeof ip);
    memcpy(f->cip, f->sip, sizeof ip);
    memcpy(f->sip, ip, sizeof ip);
    f->cport = f->sport;
    f->sport = port;
}

static bool same_end(const uint8_t *a, uint16_t a_port, const uint8_t *b, uint16_t b_port)
{
    return a_port == b_port && memcmp(a, b, 16) == 0;
}

bool skr_same_ends(const skr_fd *f, const skr_tuple *t)
{
    return (same_end(f->cip, f->cport, t->cip, t->cport) && same_end(f->sip, f->sport, t->sip, t->sport)) ||
           (same_end(f->cip, f->cport, t->sip, t->sport) && same_end(f->sip, f->sport, t->cip, t->cport));
}

void skr_set_ends(skr_fd *f, const skr_tuple *t)
{
    memcpy(f->cip, t->cip, 16);
    memcpy(f->sip, t->sip, 16);
    f->cport = t->cport;
    f->sport = t->sport;
}

/* ---- Interfaces ---- */

void skr_interfaces_clear(skr_state *s)
{
    for (size_t i = 0; i < s->interfaces.n; i++)
        skr_text_drop(&s->texts, s->interfaces.v[i].name);
    skr_vec_free(s->mem, &s->interfaces);
}

void skr_interfaces_add(skr_state *s, const skr_if_entry *in)
{
    skr_if_entry i = *in;
    if (s->interfaces.n >= MAX_INTERFACES) {
        s->stats.full_lists++;
        return;
    }
    i.name = skr_text_make(&s->texts, in->name);
    if (skr_vec_push(s->mem, &s->interfaces, i))
        return;
    s->stats.nomem++;
    skr_text_drop(&s->texts, i.name);
}

void skr_state_each_interface(const skr_state *s, bool (*fn)(void *ctx, const skr_if_entry *i), void *ctx)
{
    for (size_t i = 0; i < s->interfaces.n; i++)
        if (!fn(ctx, &s->interfaces.v[i]))
            return;
}

static bool in_subnet(const skr_if_entry *i, const uint8_t *ip)
{
    if (i->len == 16)
        return memcmp(i->addr, ip, 8) == 0;
    for (int b = 0; b < 4; b++)
        if ((i->addr[b] ^ ip[b]) & i->mask[b])
            return false;
    return true;
}

static bool is_loopback(const skr_if_entry *i)
{
    static const uint8_t one[16] = { [15] = 1 };
    return i->len == 4 ? i->addr[0] == 127 : memcmp(i->addr, one, 16) == 0;
}

/* The address from which this machine talks to `peer`: that address itself, a neighbour, or the first one. */
static const uint8_t *local_for(const skr_state *s, const uint8_t *peer, unsigned len)
{
    const skr_if_entry *neighbour = NULL, *any = NULL;
    for (size_t n = 0; n < s->interfaces.n; n++) {
        const skr_if_entry *i = &s->interfaces.v[n];
        if (i->len != len)
            continue;
        if (memcmp(i->addr, peer, len) == 0)
            return i->addr;
        if (!neighbour && in_subnet(i, peer))
            neighbour = i;
        if (!any && !is_loopback(i))
            any = i;
    }
    return neighbour ? neighbour->addr : any ? any->addr : zero;
}

void skr_fill_ends(const skr_state *s, skr_fd *f)
{
    unsigned len = f->type == SKR_FD_IPV4_SOCK ? 4 : 16;
    bool source = memcmp(f->cip, zero, len) == 0, destination = memcmp(f->sip, zero, len) == 0;
    if (!source && !destination)
        return;
    const uint8_t *local = local_for(s, source ? f->sip : f->cip, len);
    const uint8_t *other = source ? f->sip : f->cip;
    if (f->cport != f->sport || memcmp(local, other, len) != 0)
        take_ip(source ? f->cip : f->sip, local, len);
}

uint32_t skr_container_ip(const skr_container *c)
{
    uint8_t ip[16];
    uint32_t v = 0;
    unsigned len;
    if (c->ip.len && skr_parse_ip(c->ip, ip, &len) && len == 4)
        memcpy(&v, ip, sizeof v);
    return v;
}

bool skr_state_is_local_ip(const skr_state *s, const skr_thread *t, const uint8_t *ip, unsigned len)
{
    if (t && t->container_id.len) {
        const skr_container *c = skr_state_container(s, t->container_id);
        uint32_t asked, own = c ? skr_container_ip(c) : 0;
        if (len != 4)
            return false;
        memcpy(&asked, ip, sizeof asked);
        if (own && own == asked)
            return true;
        if (!own) {
            const skr_container_rec *r = asked ? s->containers.oldest : NULL;
            while (r && r->ip != asked)
                r = r->newer;
            return r != NULL;
        }
    }
    for (size_t i = 0; i < s->interfaces.n; i++)
        if (s->interfaces.v[i].len == len && memcmp(s->interfaces.v[i].addr, ip, len == 4 ? 4 : 8) == 0)
            return true;
    return false;
}

/* ---- Sockets of the lists ---- */

static void import_server(const skr_fd_entry *in, skr_fd *f, unsigned len)
{
    take_ip(f->sip, in->dip, len);
    f->sport = in->dport;
    f->l4 = in->l4;
}

static void import_pair(const skr_fd_entry *in, skr_fd *f)
{
    bool v4 = in->type == SKR_FD_IPV4_SOCK;
    unsigned skip = 0;
    if (!v4 && skr_is_v4_mapped(in->sip) && skr_is_v4_mapped(in->dip)) {
        v4 = true;
        skip = 12;
        f->type = SKR_FD_IPV4_SOCK;
    }
    take_ip(f->cip, in->sip + skip, v4 ? 4 : 16);
    take_ip(f->sip, in->dip + skip, v4 ? 4 : 16);
    f->cport = in->sport;
    f->sport = in->dport;
    f->l4 = in->l4;
    if (f->l4 == SKR_L4_TCP)
        f->marks |= SKR_FDM_CONNECTED;
}

void skr_sockets_import(skr_state *s, const skr_fd_entry *in, skr_fd *f)
{
    char out[SKR_SOCKET_NAME];
    size_t n = 0;
    switch (in->type) {
    case SKR_FD_IPV4_SOCK:
    case SKR_FD_IPV6_SOCK:
        import_pair(in, f);
        n = skr_print_socket(f, out);
        break;
    case SKR_FD_IPV4_SERVSOCK:
    case SKR_FD_IPV6_SERVSOCK:
        import_server(in, f, in->type == SKR_FD_IPV4_SERVSOCK ? 4 : 16);
        n = skr_print_address(f->sip, in->type == SKR_FD_IPV4_SERVSOCK ? 4 : 16, f->sport, out);
        break;
    default: /* unix */
        f->source = in->source;
        f->destination = in->destination;
        f->marks |= in->name.len ? SKR_FDM_SERVER : SKR_FDM_CLIENT;
        return;
    }
    skr_state_text(s, &f->name, (skr_str){ out, n });
}

static skr_fd_table *table_at(const skr_state *s, size_t i)
{
    const skr_thread_rec *r = s->threads.slots[i].item;
    return r ? r->fds : NULL;
}

/* A connected IPv4 socket whose own port is one that something on this machine listens on belongs to a server. */
void skr_sockets_fix_roles(skr_state *s)
{
    uint8_t served[65536 / 8] = { 0 };
    for (size_t i = 0; i < s->threads.cap; i++) {
        const skr_fd_table *t = table_at(s, i);
        for (uint32_t k = 0; t && k < t->cap; k++)
            if (t->slots[k] &&
                (t->slots[k]->f.type == SKR_FD_IPV4_SERVSOCK || t->slots[k]->f.type == SKR_FD_IPV6_SERVSOCK))
                served[t->slots[k]->f.sport / 8] |= (uint8_t)(1u << t->slots[k]->f.sport % 8);
    }
    for (size_t i = 0; i < s->threads.cap; i++) {
        skr_fd_table *t = table_at(s, i);
        for (uint32_t k = 0; t && k < t->cap; k++) {
            skr_fd *f = t->slots[k] ? &t->slots[k]->f : NULL;
            if (!f || f->type != SKR_FD_IPV4_SOCK)
                continue;
            if (!(served[f->cport / 8] & 1u << f->cport % 8)) {
                f->marks |= SKR_FDM_CLIENT;
                continue;
            }
            char out[SKR_SOCKET_NAME];
            skr_swap_ends(f);
            skr_state_text(s, &f->name, (skr_str){ out, skr_print_socket(f, out) });
            f->marks |= SKR_FDM_SERVER;
        }
    }
}
