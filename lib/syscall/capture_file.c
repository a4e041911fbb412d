/* SPDX-License-Identifier: Apache-2.0 */
/* The back end that reads .scap files. */
#include "capture.h"

/* What the state of a file may hold where the host sets no limit, besides what each byte that is read allows: whatever
 * honest captures need, and not what a small one can make of itself, as by processes without end of which each changes
 * a large table of descriptors. */
enum { FREE_MEMORY = 128 << 20 };

typedef struct file {
    skr_mem *mem;
    skr_scap *scap;
} file;

static int file_next(void *self, int timeout_ms, const skr_scap_handler *h, skr_evt *e)
{
    (void)timeout_ms;
    int got = skr_scap_next(((file *)self)->scap, h, e);
    return got == 0 ? SAKER_EEND : got;
}

static const char *file_error(const void *self)
{
    return skr_scap_error(((const file *)self)->scap);
}

static void file_stats(const void *self, saker_capture_stats *s)
{
    const skr_scap *scap = ((const file *)self)->scap;
    s->bytes = skr_scap_offset(scap);
    s->file_offset = skr_scap_file_offset(scap, &s->file_size);
    s->invalid = skr_scap_get_stats(scap)->unknown_blocks + skr_scap_get_stats(scap)->unknown_events;
}

static void file_close(void *self)
{
    file *f = self;
    skr_scap_close(f->scap);
    skr_free(f->mem, f, sizeof *f);
}

saker_capture *saker_capture_open_file(const char *path, const saker_capture_options *options)
{
    static const skr_backend ops = { file_next, NULL, file_error, file_stats, file_close, true };
    saker_capture *c = skr_capture_new(options, true);
    file *f = c ? skr_alloc(&c->mem, sizeof *f) : NULL;
    path = path ? path : ""; /* of which the first poll says that there is no such file */
    if (f) {
        f->mem = &c->mem;
        f->scap = skr_scap_open(&c->mem, path);
        if (f->scap) {
            if (!c->state_mem.limit) {
                c->state_mem.limit = FREE_MEMORY;
                skr_scap_bound(f->scap, &c->state_mem);
            }
            c->ops = &ops;
            c->self = f;
            return c;
        }
        skr_free(&c->mem, f, sizeof *f);
    }
    saker_capture_free(c);
    return NULL;
}
