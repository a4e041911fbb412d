/* SPDX-License-Identifier: Apache-2.0 */
/* fd.*: addresses of sockets, and fdlist.*. The client is the source of a connection, the server its destination. */
#include "fields.h"

#include "num.h"

#include <stdio.h>

static bool is_connected_form(const skr_fd *fd)
{
    return fd->type == SKR_FD_IPV4_SOCK || fd->type == SKR_FD_IPV6_SOCK;
}
static bool is_server_form(const skr_fd *fd)
{
    return fd->type == SKR_FD_IPV4_SERVSOCK || fd->type == SKR_FD_IPV6_SERVSOCK;
}
static bool has_role(const skr_fd *fd)
{
    return fd->marks & (SKR_FDM_CLIENT | SKR_FDM_SERVER);
}
static unsigned ip_len(const skr_fd *fd)
{
    return fd->type == SKR_FD_IPV4_SOCK || fd->type == SKR_FD_IPV4_SERVSOCK ? 4 : 16;
}

/* Which end of a connected socket is asked for: SKR_END_CLIENT or SKR_END_SERVER. */
static uintptr_t resolve_end(const skr_sysevent *e, const skr_fd *fd, uintptr_t end)
{
    if (end == SKR_END_CLIENT || end == SKR_END_SERVER)
        return end;
    bool client_here = skr_state_is_local_ip(e->state, e->thread, fd->cip, ip_len(fd));
    return client_here == (end == SKR_END_LOCAL) ? SKR_END_CLIENT : SKR_END_SERVER;
}

/* Address of an end; false: it has none. */
static bool end_ip(const skr_sysevent *e, const skr_fd *fd, uintptr_t end, const uint8_t **ip)
{
    if (!fd || !has_role(fd))
        return false;
    if (is_connected_form(fd))
        *ip = resolve_end(e, fd, end) == SKR_END_CLIENT ? fd->cip : fd->sip;
    else if (is_server_form(fd) && end == SKR_END_SERVER)
        *ip = fd->sip;
    else
        return false;
    return true;
}

static bool end_port(const skr_sysevent *e, const skr_fd *fd, uintptr_t end, uint16_t *port)
{
    if (fd && is_server_form(fd) && end == SKR_END_SERVER) {
        *port = fd->sport;
        return true;
    }
    if (!fd || !has_role(fd) || !is_connected_form(fd))
        return false;
    *port = resolve_end(e, fd, end) == SKR_END_CLIENT ? fd->cport : fd->sport;
    return true;
}

void skr_get_fd_ip(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = skr_field_fd(event);
    const uint8_t *ip;
    if (end_ip(event, fd, arg->field->at, &ip))
        saker_put_ip(out, ip, ip_len(fd));
}

void skr_get_fd_net(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = skr_field_fd(event);
    const uint8_t *ip;
    if (end_ip(event, fd, arg->field->at, &ip))
        saker_put_net(out, ip, ip_len(fd), ip_len(fd) * 8);
}

void skr_get_fd_port(saker_out *out, const void *event, const saker_arg *arg)
{
    uint16_t port;
    if (end_port(event, skr_field_fd(event), arg->field->at, &port))
        saker_put_uint(out, port);
}

/* ---- Both ends; a descriptor of any kind is there, if only with no address ---- */

void skr_get_fd_ips(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (!fd)
        return;
    saker_put_present(out);
    if (is_connected_form(fd))
        saker_put_ip(out, fd->cip, ip_len(fd));
    if (is_connected_form(fd) || is_server_form(fd))
        saker_put_ip(out, fd->sip, ip_len(fd));
}

void skr_get_fd_nets(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (!fd)
        return;
    saker_put_present(out);
    if (is_connected_form(fd))
        saker_put_net(out, fd->cip, ip_len(fd), ip_len(fd) * 8);
    if (is_connected_form(fd) || is_server_form(fd))
        saker_put_net(out, fd->sip, ip_len(fd), ip_len(fd) * 8);
}

void skr_get_fd_ports(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (!fd)
        return;
    saker_put_present(out);
    if (is_connected_form(fd))
        saker_put_uint(out, fd->cport);
    if (is_connected_form(fd) || is_server_form(fd))
        saker_put_uint(out, fd->sport);
}

/* ---- Words ---- */

/* Port as text. What has a role but no such port gives the empty text: server sockets, and for the client unix ones. */
void skr_get_fd_proto(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_fd *fd = skr_field_fd(event);
    uintptr_t end = arg->field->at;
    uint16_t port;
    skr_line text;
    if (!fd || !has_role(fd))
        return;
    if (!is_connected_form(fd)) {
        if (end == SKR_END_CLIENT || (end == SKR_END_SERVER && is_server_form(fd)))
            saker_put_str(out, "", 0);
        return;
    }
    if (!end_port(event, fd, end, &port) || !skr_line_start(&text, out, 8))
        return;
    skr_line_i64(&text, port);
    skr_line_put(out, &text);
}

void skr_get_fd_l4proto(saker_out *out, const void *event, const saker_arg *arg)
{
    static const char *const names[] = { "<NA>", "<NA>", "tcp", "udp", "icmp", "raw" };
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (!fd)
        return;
    bool known = skr_is_inet(fd->type) && fd->l4 <= SKR_L4_RAW && (has_role(fd) || fd->l4 == SKR_L4_RAW);
    saker_put_cstr(out, known ? names[fd->l4] : "<NA>");
}

void skr_get_fd_sockfamily(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_fd *fd = skr_field_fd(event);
    if (fd && skr_is_inet(fd->type))
        saker_put_str(out, "ip", 2);
    else if (fd && fd->type == SKR_FD_UNIX_SOCK)
        saker_put_str(out, "unix", 4);
}

void skr_get_fd_is_server(saker_out *out, const void *event, const saker_arg *arg)
{
    (void)arg;
    const skr_sysevent *e = event;
    const skr_fd *fd = skr_field_fd(e);
    if (fd)
        saker_put_bool(out, is_server_form(fd) || (is_connected_form(fd) &&
                                                   skr_state_is_local_ip(e->state, e->thread, fd->sip, ip_len(fd))));
}

/* ---- fdlist.*: what a poll asked about ---- */

enum { FDLIST_ITEM = 10, FDLIST_ITEM_TEXT = 64 };

/* Text of one descriptor; ptr NULL: it has none. `room` has 64 bytes. An IPv6 server's address is shown as if it were
 * IPv4, and a server's port stands in for the client's that it does not have. */
static skr_str list_item(uintptr_t what, int64_t number, const skr_fd *fd, char room[FDLIST_ITEM_TEXT])
{
    bool client = what == SKR_LIST_CIPS || what == SKR_LIST_CPORTS;
    int n = 0;
    if (what == SKR_LIST_NUMS) {
        n = snprintf(room, FDLIST_ITEM_TEXT, "%lld", (long long)number);
        return (skr_str){ room, (size_t)n };
    }
    if (what == SKR_LIST_NAMES)
        return fd && fd->name.len ? fd->name : SKR_STR("<NA>");
    if (!fd || !(is_connected_form(fd) || is_server_form(fd)))
        return (skr_str){ NULL, 0 };
    if (what == SKR_LIST_CIPS || what == SKR_LIST_SIPS) {
        if (client && is_server_form(fd))
            return (skr_str){ NULL, 0 };
        unsigned len = fd->type == SKR_FD_IPV6_SOCK ? 16 : 4;
        return (skr_str){ room, skr_print_ip(client ? fd->cip : fd->sip, len, room) };
    }
    n = snprintf(room, FDLIST_ITEM_TEXT, "%u", client && is_connected_form(fd) ? fd->cport : fd->sport);
    return (skr_str){ room, (size_t)n };
}

void skr_get_fdlist(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    const skr_thread *t = skr_field_thread(e);
    skr_param p = skr_evt_param(&e->evt, 1);
    skr_scratch s;
    skr_buf b;
    if (!t || (e->evt.type != SKR_E_SYSCALL_POLL_X && e->evt.type != SKR_E_SYSCALL_PPOLL_X) || p.len < 2)
        return;
    unsigned count = (unsigned)p.ptr[0] | (unsigned)p.ptr[1] << 8;
    skr_scratch_init(&s, out);
    skr_buf_init(&b, &s.mem);
    for (unsigned i = 0; i < count && 2 + (i + 1) * FDLIST_ITEM <= p.len; i++) {
        char room[FDLIST_ITEM_TEXT];
        int64_t number = skr_param_i64((skr_param){ p.ptr + 2 + i * FDLIST_ITEM, 8 }, -1);
        skr_str item = list_item(arg->field->at, number, skr_thread_fd(t, number), room);
        if (!item.ptr)
            continue;
        if (b.len)
            skr_buf_char(&b, ',');
        skr_buf_str(&b, item);
    }
    if (b.len && !b.failed)
        saker_put_str(out, b.ptr, b.len);
}
