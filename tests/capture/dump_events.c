/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the reader makes of a capture, a line for every list entry and every event with all of its bytes, so that
 * another reader can be compared with it. */
#include "scap.h"

#include <inttypes.h>
#include <stdio.h>

static void hex(const void *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", ((const uint8_t *)p)[i]);
}

static void text(const char *name, skr_str s)
{
    printf(" %s=", name);
    hex(s.ptr, s.len);
}

static int section(void *ctx)
{
    (void)ctx;
    puts("section");
    return 0;
}

static int machine(void *ctx, const skr_machine *m)
{
    (void)ctx;
    printf("machine %" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64, m->num_cpus, m->memory, m->max_pid, m->boot_ts);
    text("hostname", skr_str_of(m->hostname));
    puts("");
    return 0;
}

static int proc(void *ctx, const skr_proc_entry *p)
{
    (void)ctx;
    printf("process %" PRId64 " %" PRId64 " %" PRId64 " sid=%" PRId64 " vpgid=%" PRId64 " pgid=%" PRId64
           " vtid=%" PRId64 " vpid=%" PRId64 " fdlimit=%" PRId64,
           p->tid, p->pid, p->ptid, p->sid, p->vpgid, p->pgid, p->vtid, p->vpid, p->fdlimit);
    printf(" flags=%" PRIu32 " uid=%" PRIu32 " gid=%" PRIu32 " vm=%" PRIu32 ",%" PRIu32 ",%" PRIu32 " pf=%" PRIu64
           ",%" PRIu64,
           p->flags, p->uid, p->gid, p->vmsize, p->vmrss, p->vmswap, p->pfmajor, p->pfminor);
    printf(" pidns=%" PRIu64 " tty=%" PRIu32 " loginuid=%" PRIu32 " caps=%" PRIu64 ",%" PRIu64 ",%" PRIu64,
           p->pidns_init_start, p->tty, p->loginuid, p->cap_inheritable, p->cap_permitted, p->cap_effective);
    printf(" exe=%d%d%d%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64, p->exe_writable, p->exe_upper, p->exe_lower, p->exe_memfd,
           p->exe_ino, p->exe_ino_ctime, p->exe_ino_mtime);
    text("comm", p->comm);
    text("exe", p->exe);
    text("exepath", p->exepath);
    text("args", p->args);
    text("cwd", p->cwd);
    text("env", p->env);
    text("cgroups", p->cgroups);
    text("root", p->root);
    puts("");
    return 0;
}

static int fd(void *ctx, const skr_fd_entry *f)
{
    (void)ctx;
    printf("fd %" PRId64 " %" PRId64 " ino=%" PRIu64 " type=%u l4=%u flags=%" PRIu32 " dev=%" PRIu32, f->tid, f->fd,
           f->ino, f->type, f->l4, f->open_flags, f->dev);
    printf(" ports=%u,%u unix=%" PRIu64 ",%" PRIu64, f->sport, f->dport, f->source, f->destination);
    text("sip", (skr_str){ (const char *)f->sip, 16 });
    text("dip", (skr_str){ (const char *)f->dip, 16 });
    text("name", f->name);
    puts("");
    return 0;
}

static int interfaces_begin(void *ctx)
{
    (void)ctx;
    puts("interfaces");
    return 0;
}

static int interface(void *ctx, const skr_if_entry *i)
{
    (void)ctx;
    printf("interface %u speed=%" PRIu64, i->len, i->speed);
    text("addr", (skr_str){ (const char *)i->addr, i->len });
    text("mask", (skr_str){ (const char *)i->mask, i->len });
    text("bcast", (skr_str){ (const char *)i->bcast, i->len });
    text("name", i->name);
    puts("");
    return 0;
}

static int users_begin(void *ctx)
{
    (void)ctx;
    puts("users");
    return 0;
}

static int user(void *ctx, const skr_user_entry *u)
{
    (void)ctx;
    if (u->group) {
        printf("group %" PRIu32, u->gid);
        text("name", u->name);
    } else {
        printf("user %" PRIu32 " %" PRIu32, u->uid, u->gid);
        text("name", u->name);
        text("home", u->home);
        text("shell", u->shell);
    }
    puts("");
    return 0;
}

int main(int argc, char **argv)
{
    static const skr_scap_handler handler = { NULL,      section,     machine, proc, fd, interfaces_begin,
                                              interface, users_begin, user };
    skr_mem mem;
    skr_evt e;
    int r;
    if (argc != 2)
        return 2;
    skr_mem_init(&mem, NULL, 0);
    skr_scap *s = skr_scap_open(&mem, argv[1]);
    while (s && (r = skr_scap_next(s, &handler, &e)) == 1) {
        printf("event cpu=%u flags=%" PRIu32 " ", e.cpu, e.dump_flags);
        hex(e.raw, e.len);
        puts("");
    }
    if (!s)
        return 2;
    const skr_scap_stats *st = skr_scap_get_stats(s);
    printf("end blocks=%" PRIu64 " events=%" PRIu64 " dropped=%" PRIu64 " unknown=%" PRIu64 ",%" PRIu64 "\n",
           st->blocks, st->raw_events, st->dropped, st->unknown_blocks, st->unknown_events);
    if (r < 0)
        fprintf(stderr, "%s: %s\n", argv[1], skr_scap_error(s));
    skr_scap_close(s);
    if (mem.used)
        fprintf(stderr, "%s: %zu bytes not freed\n", argv[1], mem.used);
    return r < 0 || mem.used;
}
