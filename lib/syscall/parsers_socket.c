/* SPDX-License-Identifier: Apache-2.0 */
/* socket, bind, connect, accept, socketpair and the calls that move data (state.md 4.3, 4.4). */
#include "sockets.h"

static skr_fd socket_value(int64_t fd, uint8_t type, uint8_t l4)
{
    skr_fd f = { .fd = fd, .type = type, .l4 = l4, .name = { "", 0 }, .name_raw = { "", 0 } };
    return f;
}

/* Gives the event's entry a name that already has a reference of its own. */
static void give_name(skr_state *s, skr_fd *f, skr_str text)
{
    skr_event_set_fd_name(s, f, text);
    skr_text_drop(&s->texts, text);
}

static void set_name(skr_state *s, skr_fd *f, const char *bytes, size_t len)
{
    skr_event_set_fd_name(s, f, (skr_str){ bytes, len });
}

/* ---- Making ---- */

static uint8_t l4_of(uint32_t type, uint32_t protocol)
{
    enum { STREAM = 1, DGRAM = 2, RAW = 3, P_ICMP = 1, P_TCP = 6, P_UDP = 17, P_RAW = 255 };
    switch (protocol) {
    case P_TCP:
        return type == RAW ? SKR_L4_RAW : SKR_L4_TCP;
    case P_UDP:
        return type == RAW ? SKR_L4_RAW : SKR_L4_UDP;
    case 0:
        type &= 0xff;
        return type == STREAM ? SKR_L4_TCP : type == DGRAM ? SKR_L4_UDP : SKR_L4_UNKNOWN;
    case P_ICMP:
        return type == RAW ? SKR_L4_RAW : SKR_L4_ICMP;
    case P_RAW:
        return SKR_L4_RAW;
    default:
        return SKR_L4_UNKNOWN;
    }
}

void skr_parse_socket(skr_state *s)
{
    enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10, AF_NETLINK = 16 };
    if (s->res < 0)
        return;
    uint32_t domain = skr_param_u32(skr_p(s, 1), 0);
    skr_fd f = socket_value(s->res, SKR_FD_UNKNOWN, SKR_L4_UNKNOWN);
    if (domain == AF_UNIX) {
        f.type = SKR_FD_UNIX_SOCK;
    } else if (domain == AF_INET || domain == AF_INET6) {
        f.type = domain == AF_INET ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK;
        f.l4 = l4_of(skr_param_u32(skr_p(s, 2), 0), skr_param_u32(skr_p(s, 3), 0));
    } else if (domain == AF_NETLINK) {
        f.type = SKR_FD_NETLINK;
    }
    f.open_flags = skr_param_u32(skr_p(s, 4), 0);
    skr_event_add_fd(s, &f);
}

void skr_parse_socketpair(skr_state *s)
{
    int64_t fds[2] = { skr_param_i64(skr_p(s, 1), -1), skr_param_i64(skr_p(s, 2), -1) };
    if (s->res < 0 || fds[0] == fds[1])
        return;
    for (int i = 0; i < 2; i++) {
        skr_fd f = socket_value(fds[i], SKR_FD_UNIX_SOCK, SKR_L4_UNKNOWN);
        f.source = skr_param_u64(skr_p(s, 3), 0);
        f.destination = skr_param_u64(skr_p(s, 4), 0);
        if (f.fd >= 0)
            skr_event_add_fd(s, &f);
    }
}

/* ---- Naming ---- */

void skr_parse_bind(skr_state *s)
{
    skr_address a;
    char out[SKR_SOCKET_NAME];
    if (s->res < 0 || !s->fd || !skr_read_address(skr_p(s, 1), &a))
        return;
    skr_fd *f = skr_event_write_fd(s);
    if (!f)
        return;
    if (a.family == SKR_FAMILY_UNIX) {
        skr_event_set_fd_name(s, f, a.path);
        return;
    }
    bool v4 = a.family == SKR_FAMILY_INET, mapped = !v4 && skr_is_v4_mapped(a.ip);
    if (a.port) {
        f->type = v4 || mapped ? SKR_FD_IPV4_SERVSOCK : SKR_FD_IPV6_SERVSOCK;
        memset(f->sip, 0, sizeof f->sip);
        memcpy(f->sip, mapped ? a.ip + 12 : a.ip, v4 || mapped ? 4 : 16);
        f->sport = a.port;
        f->marks |= SKR_FDM_SERVER;
    }
    set_name(s, f, out, skr_print_address(a.ip, v4 ? 4 : 16, a.port, out));
}

void skr_parse_accept(skr_state *s)
{
    skr_tuple t;
    char out[SKR_SOCKET_NAME];
    if (s->res < 0 || !skr_read_tuple(skr_p(s, 1), &t))
        return;
    skr_fd f = socket_value(s->res, SKR_FD_UNIX_SOCK, SKR_L4_UNKNOWN);
    if (t.family == SKR_FAMILY_UNIX) {
        f.source = t.source;
        f.destination = t.destination;
        skr_unix_name(s, &t, &f.name);
    } else {
        f.type = t.family == SKR_FAMILY_INET ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK;
        f.l4 = SKR_L4_TCP;
        skr_set_ends(&f, &t);
        f.name = skr_text_make(&s->texts, (skr_str){ out, skr_print_tuple(&t, out) });
    }
    f.marks = SKR_FDM_SERVER | SKR_FDM_CONNECTED;
    if (s->e->type == SKR_E_SOCKET_ACCEPT4_6_X)
        f.open_flags = skr_param_u32(skr_p(s, 5), 0) & SKR_O_CLOEXEC;
    skr_event_add_fd(s, &f);
}

/* The address of the stored enter event. */
static bool enter_address(const skr_state *s, skr_address *a)
{
    skr_evt enter;
    return s->enter_valid && s->t->enter_len && !skr_evt_decode(s->t->enter, s->t->enter_len, &enter) &&
           skr_read_address(skr_evt_param(&enter, 1), a);
}

static void set_destination(skr_fd *f, const skr_address *a)
{
    memcpy(f->sip, a->ip, sizeof f->sip);
    f->sport = a->port;
}

/* No tuple could be made: what was asked for is all that is known. */
static void connect_to_address(skr_state *s, skr_fd *f)
{
    skr_address a;
    char out[SKR_SOCKET_NAME];
    if (!enter_address(s, &a))
        return;
    if (a.family == SKR_FAMILY_UNIX) {
        skr_event_set_fd_name(s, f, a.path);
        return;
    }
    f->type = a.family == SKR_FAMILY_INET ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK;
    set_destination(f, &a);
    set_name(s, f, out, skr_print_socket(f, out));
}

static void connect_inet(skr_state *s, skr_fd *f, const skr_tuple *t)
{
    skr_address asked, now;
    char out[SKR_SOCKET_NAME];
    uint8_t type = t->family == SKR_FAMILY_INET ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK;
    bool changed = f->type != type || !skr_same_ends(f, t);
    f->type = type;
    if (changed)
        skr_set_ends(f, t);
    if (skr_read_address(skr_p(s, 3), &now) && now.family == t->family && now.port == t->sport &&
        memcmp(now.ip, t->sip, 16) == 0 && enter_address(s, &asked) && asked.family == t->family)
        set_destination(f, &asked); /* the exit address is what the tuple shows, so only the enter one can be trusted */
    if (changed && f->l4 == SKR_L4_UDP && (f->marks & SKR_FDM_SERVER))
        skr_swap_ends(f);
    set_name(s, f, out, skr_print_tuple(t, out));
}

void skr_parse_connect(skr_state *s)
{
    enum { IN_PROGRESS = -115 };
    skr_tuple t;
    if (!s->fd || (s->res < 0 && s->res != IN_PROGRESS))
        return;
    skr_fd *f = skr_event_write_fd(s);
    if (!f)
        return;
    f->marks |= SKR_FDM_CONNECTED;
    if (!skr_read_tuple(skr_p(s, 1), &t)) {
        if (!skr_p(s, 1).len)
            connect_to_address(s, f);
    } else if (t.family == SKR_FAMILY_UNIX) {
        skr_str name;
        f->type = SKR_FD_UNIX_SOCK;
        f->source = t.source;
        f->destination = t.destination;
        skr_unix_name(s, &t, &name);
        give_name(s, f, name);
    } else {
        connect_inet(s, f, &t);
    }
    if (!(f->marks & (SKR_FDM_CLIENT | SKR_FDM_SERVER)))
        f->marks |= SKR_FDM_CLIENT;
}

/* ---- Data ---- */

typedef struct ports {
    const skr_fd *of;
    bool destination, source;
} ports;

static bool look_at_ports(void *ctx, const skr_fd *f)
{
    ports *p = ctx;
    if (f->type == SKR_FD_IPV4_SOCK) {
        p->destination |= f->sport == p->of->sport;
        p->source |= f->cport == p->of->cport;
    } else if (f->type == SKR_FD_IPV4_SERVSOCK) {
        p->destination |= f->sport == p->of->sport;
    }
    return true;
}

static void guess_role(const skr_state *s, skr_fd *f, bool reads)
{
    ports p = { f, false, false };
    skr_thread_each_fd(&s->t->t, look_at_ports, &p);
    if (!p.destination)
        f->marks |= SKR_FDM_CLIENT;
    else if (!p.source || reads)
        f->marks |= SKR_FDM_SERVER;
    else
        f->marks |= SKR_FDM_CLIENT;
}

static void data_inet(skr_state *s, const skr_tuple *t, bool reads)
{
    char out[SKR_SOCKET_NAME];
    bool v4 = t->family == SKR_FAMILY_INET, same_kind = s->fd->f.type == (v4 ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK);
    if (same_kind && skr_same_ends(&s->fd->f, t))
        return;
    skr_fd *f = skr_event_write_fd(s);
    if (!f)
        return;
    if (v4)
        f->type = SKR_FD_IPV4_SOCK; /* an IPv6 tuple leaves the kind alone, as in Falco */
    skr_set_ends(f, t);
    if (f->l4 == SKR_L4_UNKNOWN)
        f->l4 = SKR_L4_UDP;
    skr_fill_ends(s, f);
    if (!(f->marks & (SKR_FDM_CLIENT | SKR_FDM_SERVER)))
        guess_role(s, f, reads);
    if (f->marks & (reads ? SKR_FDM_CLIENT : SKR_FDM_SERVER))
        skr_swap_ends(f);
    set_name(s, f, out, skr_print_socket(f, out));
}

static void data_unix(skr_state *s, const skr_tuple *t)
{
    skr_fd *f = skr_event_write_fd(s);
    skr_str name;
    if (!f)
        return;
    f->type = SKR_FD_UNIX_SOCK;
    f->source = t->source;
    f->destination = t->destination;
    skr_unix_name(s, t, &name);
    give_name(s, f, name);
}

static int tuple_param(uint16_t code)
{
    switch (code) {
    case SKR_E_SOCKET_RECVFROM_X:
        return 2;
    case SKR_E_SOCKET_RECVMSG_X:
        return 3;
    case SKR_E_SOCKET_RECV_X:
    case SKR_E_SOCKET_RECVMMSG_X:
    case SKR_E_SOCKET_SEND_X:
    case SKR_E_SOCKET_SENDTO_X:
    case SKR_E_SOCKET_SENDMSG_X:
    case SKR_E_SOCKET_SENDMMSG_X:
        return 4;
    default:
        return -1;
    }
}

/* Data went to an address over a descriptor that nobody saw being made: it is a datagram socket. */
static void infer_socket(skr_state *s)
{
    uint16_t code = s->e->type;
    skr_tuple t;
    if ((code != SKR_E_SOCKET_SEND_X && code != SKR_E_SOCKET_SENDTO_X && code != SKR_E_SOCKET_SENDMSG_X) ||
        s->res < 0 || !skr_read_tuple(skr_p(s, 4), &t) || t.family == SKR_FAMILY_UNIX)
        return;
    skr_fd f = socket_value(skr_param_i64(skr_p(s, 2), -1),
                            t.family == SKR_FAMILY_INET ? SKR_FD_IPV4_SOCK : SKR_FD_IPV6_SOCK, SKR_L4_UDP);
    if (f.fd >= 0)
        skr_event_add_fd(s, &f);
}

/* Any successful transfer shows that an inet socket is connected. */
static void mark_connected(skr_state *s)
{
    const skr_fd *f = &s->fd->f;
    if ((f->type != SKR_FD_IPV4_SOCK && f->type != SKR_FD_IPV6_SOCK) || (f->marks & SKR_FDM_CONNECTED))
        return;
    skr_fd *w = skr_event_write_fd(s);
    if (w)
        w->marks |= SKR_FDM_CONNECTED;
}

void skr_parse_io(skr_state *s)
{
    if (SKR_UNLIKELY(!s->fd))
        infer_socket(s);
    if (!s->fd || s->res < 0)
        return;
    mark_connected(s);
    const skr_fd *f = &s->fd->f;
    int at = tuple_param(s->e->type);
    skr_tuple t;
    if (at >= 0 && !(f->name.len && f->type == SKR_FD_IPV4_SOCK && f->l4 == SKR_L4_TCP) &&
        skr_read_tuple(skr_p(s, (unsigned)at), &t)) {
        if (t.family == SKR_FAMILY_UNIX)
            data_unix(s, &t);
        else
            data_inet(s, &t, s->e->info->flags & SKR_EF_READS_FROM_FD);
    }
    bool message = s->e->type == SKR_E_SOCKET_RECVMSG_X, messages = s->e->type == SKR_E_SOCKET_RECVMMSG_X;
    if ((message || messages) && s->fd->f.type == SKR_FD_UNIX_SOCK)
        skr_parse_rights(s, skr_p(s, message ? 4 : 5));
}
