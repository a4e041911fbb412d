/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to a file, or, where the loop over events must not wait for its reader, to standard output. */
#include "output_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct file_output {
    output base;
    const char *path; /* NULL: standard output */
    bool keep_open;
    int fd;
    size_t done; /* bytes of the line that are in the file already */
} file_output;

static void forget(output *o)
{
    file_output *f = (file_output *)o;
    if (f->path && f->fd >= 0)
        close(f->fd);
    if (f->path)
        f->fd = -1;
    f->done = 0;
}

static void file_close(output *o)
{
    forget(o);
    free(o);
}

static int open_path(const char *path, int more)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | more, 0640);
}

static int file_emit(output *o, const alert_line *line)
{
    file_output *f = (file_output *)o;
    if (f->fd < 0)
        f->fd = open_path(f->path, 0);
    if (f->fd < 0 || write_line(o, f->fd, line, &f->done) != 0) {
        output_fault(o, "%s: %s", f->path, strerror(errno));
        return OUTPUT_RETRY; /* a full disk gets room, a missing folder is made */
    }
    if (!f->keep_open)
        forget(o);
    return 0;
}

/* Without its reader there is nothing left to do: the command ends. */
static int stdout_emit(output *o, const alert_line *line)
{
    file_output *f = (file_output *)o;
    if (write_line(o, f->fd, line, &f->done) == 0)
        return 0;
    if (errno != EPIPE)
        output_fault(o, "%s", strerror(errno));
    f->done = 0;
    out_fail();
    return -1;
}

static output *new_output(const output_ops *ops, const char *name, const char *path, int fd, bool keep_open)
{
    file_output *f = calloc(1, sizeof(*f));
    if (!f) {
        no_memory();
        return NULL;
    }
    *f = (file_output){ .base = { .ops = ops, .name = name }, .path = path, .keep_open = keep_open, .fd = fd };
    return &f->base;
}

output *output_stdout_new(void)
{
    static const output_ops ops = { .emit = stdout_emit, .close = file_close };
    return new_output(&ops, "stdout_output", NULL, STDOUT_FILENO, true);
}

output *output_file_new(const char *path, bool keep_open)
{
    static const output_ops ops = { .emit = file_emit, .reopen = forget, .close = file_close };
    /* What is wrong with the path is best said now. A named pipe has no reader yet, perhaps. */
    const int fd = open_path(path, O_NONBLOCK);
    if (fd < 0 && errno != ENXIO) {
        say("file_output: %s: %s", path, strerror(errno));
        return NULL;
    }
    if (fd >= 0)
        close(fd);
    return new_output(&ops, "file_output", path, -1, keep_open);
}
