/* SPDX-License-Identifier: Apache-2.0 */
/* copy_capture IN OUT: reads a capture and writes what it holds; packed if OUT ends in .gz. */
#include "scap_write.h"

#include <stdio.h>

static int section(void *ctx)
{
    return skr_scap_write_section(ctx);
}
static int machine(void *ctx, const skr_machine *m)
{
    return skr_scap_write_machine(ctx, m);
}
static int proc(void *ctx, const skr_proc_entry *p)
{
    return skr_scap_write_proc(ctx, p);
}
static int fd(void *ctx, const skr_fd_entry *f)
{
    return skr_scap_write_fd(ctx, f);
}
static int interface(void *ctx, const skr_if_entry *i)
{
    return skr_scap_write_interface(ctx, i);
}
static int user(void *ctx, const skr_user_entry *u)
{
    return skr_scap_write_user(ctx, u);
}

int main(int argc, char **argv)
{
    skr_mem mem;
    skr_evt e;
    int status, r = 0;
    if (argc != 3)
        return 2;
    skr_mem_init(&mem, NULL, 0);
    skr_scap_writer *w = skr_scap_create(&mem, argv[2], skr_str_ends(skr_str_of(argv[2]), SKR_STR(".gz")), &status);
    skr_scap *s = skr_scap_open(&mem, argv[1]);
    if (!w || !s)
        return 2;
    const skr_scap_handler h = { w, section, machine, proc, fd, NULL, interface, NULL, user };
    while (!status && (r = skr_scap_next(s, &h, &e)) == 1)
        status = skr_scap_write_event(w, &e, e.dump_flags);
    if (r < 0)
        fprintf(stderr, "%s: %s\n", argv[1], skr_scap_error(s));
    skr_scap_close(s);
    status = skr_scap_write_close(w);
    if (status)
        perror(argv[2]);
    return status || r < 0 || mem.used;
}
