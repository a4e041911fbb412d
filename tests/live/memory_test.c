/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that each change a large table of descriptors: a capture with a limit of memory keeps to it, counts what it
 * loses, and goes on; without one the same takes more, and nothing is lost. Ends with 77 where BPF may not be used. */
#include "../pool.h"
#include "harness.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 600, DESCRIPTORS = 1000, LIMIT = 8 << 20, RING = 8 << 20, MOST_POLLS = 1000 };

static int count(void *ctx, const saker_event *event)
{
    (void)event;
    ++*(unsigned *)ctx;
    return 0;
}

static saker_capture *start(pool *p, size_t max_memory)
{
    unsigned events = 0;
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    o.rules = rules;
    o.buffer_bytes = RING;
    o.capture.alloc = pool_alloc(p);
    o.capture.max_memory = max_memory;
    saker_capture *c = saker_capture_open_live(&o);
    if (c)
        skr_live_set_mode(c, SKR_PROBE_DISPATCH);
    if (c && saker_capture_poll(c, 0, count, &events) >= 0)
        return c;
    printf("%s\n", c ? saker_capture_error(c) : "no memory");
    saker_capture_free(c);
    return NULL;
}

/* Has one more event that the rules match come? */
static bool goes_on(saker_capture *c, const char *path)
{
    unsigned events = 0;
    for (int i = 0; i < MOST_POLLS; i++) {
        chmod(path, 0600);
        expect(saker_capture_poll(c, 10, count, &events) >= 0, "a poll works");
        if (events)
            return true;
    }
    return false;
}

static void make_children(saker_capture *c, int held_open)
{
    unsigned events = 0;
    char byte;
    for (int i = 0; i < CHILDREN; i++) {
        const pid_t pid = fork();
        if (pid == 0) {
            close(STDIN_FILENO);
            _exit(read(held_open, &byte, 1) < 0);
        }
        expect(pid > 0, "a child can be made");
        expect(saker_capture_poll(c, 0, count, &events) >= 0, "a poll works while there are more");
    }
}

static saker_capture_stats run(saker_capture *c, const char *path)
{
    saker_capture_stats stats = { .size = sizeof stats };
    int pipes[2], fds[DESCRIPTORS];
    if (pipe(pipes) != 0)
        exit(1);
    for (int i = 0; i < DESCRIPTORS; i++)
        fds[i] = dup(STDERR_FILENO);
    expect(fds[DESCRIPTORS - 1] > 0, "so many descriptors are allowed");
    make_children(c, pipes[0]);
    expect(goes_on(c, path), "an event comes while there are many");
    saker_capture_get_stats(c, &stats);
    for (int i = 0; i < DESCRIPTORS; i++)
        close(fds[i]);
    for (int i = 0; i < CHILDREN; i++) /* one byte each: a child has the pipe's other end, too */
        expect(write(pipes[1], "", 1) == 1, "a child is told");
    while (wait(NULL) > 0)
        continue;
    close(pipes[0]);
    close(pipes[1]);
    expect(goes_on(c, path), "an event comes when they are gone");
    return stats;
}

int main(void)
{
    char path[] = "/tmp/saker-memory-XXXXXX";
    const struct rlimit room = { DESCRIPTORS + 200, DESCRIPTORS + 200 };
    if (!make_rules() || setrlimit(RLIMIT_NOFILE, &room) != 0 || mkstemp(path) < 0)
        return 2;
    for (int limited = 0; limited < 2; limited++) {
        pool p = { 0 };
        saker_capture *c = start(&p, limited ? LIMIT : 0);
        if (!c) {
            unlink(path);
            printf(limited ? "failed: a capture with a limit starts\n" : "skipped\n");
            return limited ? 1 : 77;
        }
        const saker_capture_stats stats = run(c, path);
        printf("%s: %zu KiB at most, %" PRIu64 " lost for want of memory, %" PRIu64 " given up\n",
               limited ? "with a limit" : "without", p.peak >> 10, stats.nomem, stats.evicted);
        expect((p.peak <= LIMIT) == limited, "the limit is kept to, and is too small");
        expect((stats.nomem + stats.evicted != 0) == limited, "what is lost is counted");
        saker_capture_free(c);
        expect(pool_is_clean(&p), "no memory is left");
    }
    unlink(path);
    saker_ruleset_unref(rules);
    return bad != 0;
}
