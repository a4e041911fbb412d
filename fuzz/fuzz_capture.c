/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of captures on any bytes: it must end, with a text if it fails, and hold no more than the input asks for.
 */
#include "scap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_proc(void *ctx, const skr_proc_entry *p)
{
    *(size_t *)ctx += p->comm.len + p->exe.len + p->exepath.len + p->args.len + p->cwd.len + p->env.len +
                      p->cgroups.len + p->root.len;
    return 0;
}

static int on_fd(void *ctx, const skr_fd_entry *f)
{
    *(size_t *)ctx += f->name.len;
    return 0;
}

static int on_user(void *ctx, const skr_user_entry *u)
{
    *(size_t *)ctx += u->name.len + u->home.len + u->shell.len;
    return 0;
}

static int on_interface(void *ctx, const skr_if_entry *i)
{
    *(size_t *)ctx += i->name.len + i->len;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_evt e;
    size_t bytes = 0, events = 0;
    skr_scap_handler h = { .ctx = &bytes, .proc = on_proc, .fd = on_fd, .user = on_user, .interface = on_interface };
    skr_mem_init(&mem, NULL, 64u << 20);
    skr_scap *s = skr_scap_open_bytes(&mem, data, size);
    int r;
    while ((r = skr_scap_next(s, &h, &e)) == 1) {
        events++;
        for (unsigned i = 0; i < e.nparams; i++)
            for (uint32_t k = 0; k < e.params[i].len; k += 64)
                bytes += e.params[i].ptr[k];
    }
    if ((r != 0 && r != SAKER_EIO && r != SAKER_ENOMEM) || (r && !*skr_scap_error(s)) ||
        events > skr_scap_get_stats(s)->blocks)
        abort();
    skr_scap_close(s);
    if (mem.used)
        abort();
    return 0;
}
