/* SPDX-License-Identifier: Apache-2.0 */
/* A recording of any capture, replayed: what was recorded from the start gives the same fields again, whichever events
 * were selected. The input is a byte of options and blocks, each a type, its length as u16 and its content: lengths,
 * padding and the section's header are added, so that a changed input is still a capture. */
#define _GNU_SOURCE /* memfd_create */
#include "lasting.h"
#include "must.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GZIP = 1, EVERY = 6, LATE = 8, TREE = 16 }; /* of the byte of options; EVERY selects one of 1, 2, 3, 5 events */
enum { MOST_EVENTS = 300 };

static const uint32_t types[] = {
#define BLOCK(type, kind, version) type,
#define ALIAS(type, kind, version)
#include "../lib/capture/blocks.def"
};

/* ---- Files in memory ---- */

static int new_file(char *path, size_t size)
{
    const int fd = memfd_create("fuzz", 0);
    must(fd >= 0);
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return fd;
}

static void put(int fd, const void *bytes, size_t n)
{
    must(write(fd, bytes, n) == (ssize_t)n);
}

static void put_block(int fd, uint32_t type, const uint8_t *body, size_t len)
{
    static const uint8_t zeros[4];
    const size_t padding = (4 - len % 4) % 4;
    const uint32_t head[2] = { type, (uint32_t)(len + padding + 12) };
    put(fd, head, sizeof head);
    put(fd, body, len);
    put(fd, zeros, padding);
    put(fd, head + 1, sizeof *head);
}

static void put_capture(int fd, const uint8_t *data, size_t size)
{
    static const uint8_t section[] = { 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 2, 0, 255, 255, 255, 255, 255, 255, 255, 255 };
    put_block(fd, 0x0A0D0D0A, section, sizeof section);
    while (size > 3) {
        const size_t asked = data[1] | (size_t)data[2] << 8, len = asked < size - 3 ? asked : size - 3;
        put_block(fd, types[data[0] % (sizeof types / sizeof *types)], data + 3, len);
        data += 3 + len;
        size -= 3 + len;
    }
}

/* ---- Recording and replay ---- */

typedef struct run {
    saker_capture *capture;
    saker_dump *dump; /* NULL: a replay */
    saker_format *fields;
    char *texts[MOST_EVENTS];
    size_t count;
    unsigned seen, every;
} run;

static int on_event(void *ctx, const saker_event *event)
{
    run *r = ctx;
    const char *text;
    if (r->dump && r->seen++ % r->every)
        return 0;
    if (r->count == MOST_EVENTS)
        return 1;
    must(saker_format_text(r->fields, event, &text, NULL) >= 0);
    r->texts[r->count] = strdup(text);
    must(r->texts[r->count++] != NULL);
    must(!r->dump || saker_dump_event(r->dump, event) >= 0);
    return 0;
}

static int stop(void *ctx, const saker_event *event)
{
    (void)ctx;
    (void)event;
    return 1;
}

/* Everything, or until there are too many events. How it ended. */
static int poll_all(run *r)
{
    int got;
    do
        got = saker_capture_poll(r->capture, 0, on_event, r);
    while (got >= 0 && r->count < MOST_EVENTS);
    return got;
}

static void free_run(run *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->texts[i]);
    saker_capture_free(r->capture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned every[] = { 1, 2, 3, 5 };
    static saker_format *fields;
    size_t count;
    if (size < 2)
        return 0;
    if (!fields)
        must((fields = lasting_fields(&count)) != NULL);
    const uint8_t how = data[0];
    char from[32], to[32];
    const int in = new_file(from, sizeof from), out = new_file(to, sizeof to);
    run first = { .fields = fields, .every = every[(how & EVERY) / 2] }, second = { .fields = fields };
    put_capture(in, data + 1, size - 1);

    first.capture = saker_capture_open_file(from, NULL);
    must(first.capture);
    if (how & LATE)
        saker_capture_poll(first.capture, 0, stop, NULL);
    first.dump = saker_dump_open(first.capture, to, how & GZIP);
    must(first.dump);
    if (how & TREE)
        must(saker_dump_only_tree(first.dump, 1 + data[1]) == 0);
    poll_all(&first);
    must(saker_dump_close(first.dump) == 0);

    second.capture = saker_capture_open_file(to, NULL);
    must(second.capture);
    const int got = poll_all(&second);
    if (got < 0 && got != SAKER_EEND && first.count > 0)
        must_same(saker_capture_error(second.capture), NULL);
    if (!(how & (LATE | TREE))) {
        for (size_t i = 0; i < first.count && i < second.count; i++)
            must_same(first.texts[i], second.texts[i]);
        must(first.count == second.count);
    }
    free_run(&first);
    free_run(&second);
    close(in);
    close(out);
    return 0;
}
