/* SPDX-License-Identifier: Apache-2.0 */
/* The machine, its network interfaces, its users and groups. */
#include "num.h"
#include "procfs.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { PASSWD_MAX = 4 << 20 };

static int tell_machine(skr_procfs *p, const char *hostname, const skr_scap_handler *h)
{
    skr_machine m = { 0 };
    struct utsname name;
    m.num_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN);
    m.memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    if (*hostname)
        snprintf(m.hostname, sizeof m.hostname, "%s", hostname);
    else if (uname(&name) == 0)
        snprintf(m.hostname, sizeof m.hostname, "%s", name.nodename);
    skr_arena_reset(&p->arena);
    skr_str text = skr_proc_read(p, p->dir, "stat", 1 << 20);
    size_t at;
    if (text.ptr && skr_str_find(text, SKR_STR("\nbtime "), &at))
        m.boot_ts = strtoull(text.ptr + at + 7, NULL, 10) * 1000000000;
    return h->machine(h->ctx, &m);
}

static unsigned address(const struct sockaddr *a, uint8_t out[16])
{
    memset(out, 0, 16);
    if (!a)
        return 0;
    if (a->sa_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
        return 4;
    }
    if (a->sa_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

static int tell_interfaces(const skr_scap_handler *h)
{
    struct ifaddrs *all;
    int status = h->interfaces_begin ? h->interfaces_begin(h->ctx) : 0;
    if (status < 0 || !h->interface || getifaddrs(&all) != 0)
        return status < 0 ? status : 0;
    for (const struct ifaddrs *i = all; i && status >= 0; i = i->ifa_next) {
        skr_if_entry e = { .name = skr_str_of(i->ifa_name) };
        e.len = (uint8_t)address(i->ifa_addr, e.addr);
        address(i->ifa_netmask, e.mask);
        if (e.len == 4)
            address(i->ifa_broadaddr, e.bcast);
        if (e.len)
            status = h->interface(h->ctx, &e);
    }
    freeifaddrs(all);
    return status < 0 ? status : 0;
}

/* ---- Users and groups ---- */

/* Cuts a line at its colons. Returns the number of fields, at most `most`. */
static unsigned cut(skr_str line, skr_str *fields, unsigned most)
{
    unsigned n = 0;
    for (size_t at = 0; n < most; n++) {
        size_t stop = at;
        while (stop < line.len && line.ptr[stop] != ':')
            stop++;
        fields[n] = skr_str_cut(line, at, stop);
        if (stop == line.len)
            return n + 1;
        at = stop + 1;
    }
    return n;
}

static bool id_of(skr_str s, uint32_t *id)
{
    uint64_t v;
    if (!s.len || !skr_is_digit(s.ptr[0]) || !skr_parse_u64(s, &v) || v > UINT32_MAX)
        return false;
    *id = (uint32_t)v;
    return true;
}

static bool user_of(skr_str line, bool group, skr_user_entry *u)
{
    skr_str f[7];
    unsigned n = cut(line, f, 7);
    memset(u, 0, sizeof *u);
    /* Names that start with + or - stand for others, elsewhere. */
    if (n < 3 || (!group && n < 7) || !f[0].len || f[0].ptr[0] == '+' || f[0].ptr[0] == '-')
        return false;
    u->group = group;
    u->name = f[0];
    u->home = u->shell = SKR_STR("");
    if (group)
        return id_of(f[2], &u->gid);
    u->home = f[5];
    u->shell = f[6];
    return id_of(f[2], &u->uid) && id_of(f[3], &u->gid);
}

bool skr_passwd_read(skr_procfs *p, int fd, bool group, skr_passwd_fn *fn, void *ctx)
{
    if (fd < 0)
        return false;
    skr_buf b;
    skr_buf_init(&b, p->mem);
    char *room;
    ssize_t n = 0;
    while (b.len < PASSWD_MAX && (room = skr_buf_room(&b, 16384)) && (n = read(fd, room, 16384)) > 0)
        b.len += (size_t)n;
    close(fd);
    p->work += 1 + b.len / 1024;
    bool good = n == 0 && !b.failed;
    for (size_t at = 0; good && at < b.len;) {
        const char *stop = memchr(b.ptr + at, '\n', b.len - at);
        size_t end = stop ? (size_t)(stop - b.ptr) : b.len;
        skr_user_entry u;
        if (user_of((skr_str){ b.ptr + at, end - at }, group, &u) && !fn(ctx, &u))
            break;
        at = end + 1;
    }
    skr_buf_free(&b);
    return good;
}

typedef struct teller {
    const skr_scap_handler *h;
    int status;
} teller;

static bool tell_user(void *ctx, const skr_user_entry *u)
{
    teller *t = ctx;
    t->status = t->h->user(t->h->ctx, u);
    return t->status >= 0;
}

static int tell_users(skr_procfs *p, const skr_scap_handler *h)
{
    char path[300];
    teller t = { h, h->users_begin ? h->users_begin(h->ctx) : 0 };
    for (int group = 0; h->user && group < 2 && t.status >= 0; group++) {
        snprintf(path, sizeof path, "%s/etc/%s", p->root, group ? "group" : "passwd");
        skr_passwd_read(p, open(path, O_RDONLY | O_CLOEXEC), group != 0, tell_user, &t);
    }
    return t.status < 0 ? t.status : 0;
}

int skr_host_lists(skr_procfs *p, const char *hostname, const skr_scap_handler *h)
{
    int status = h->machine ? tell_machine(p, hostname, h) : 0;
    if (status >= 0)
        status = tell_interfaces(h);
    return status >= 0 ? tell_users(p, h) : status;
}
