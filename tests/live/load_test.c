/* SPDX-License-Identifier: Apache-2.0 */
/* Load: every event is delivered or counted as lost, also on rings that are too small for it, and a flood of processes
 * leaves no memory behind. Ends with 77 where BPF may not be used. */
#include "harness.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    OPENS = 200000,
    FORKS = 20000,
    THREAD_BYTES = 16384,  /* more than a thread of the state holds, on average */
    GROWTH_KIB = 32 << 10, /* of the process, besides the rings */
    USUAL_KIB = 8 << 10    /* of a ring */
};

/* A sanitizer keeps what was freed for a while. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static pid_t child; /* makes the load */

typedef struct seen {
    uint64_t opens, ends; /* of the child, of its children */
    uint64_t lost_opens, lost_ends, lost;
    saker_capture_stats before, after;
} seen;

static int count(void *ctx, const saker_event *event)
{
    const skr_sysevent *e = event->data;
    seen *s = ctx;
    s->opens += e->evt.tid == child && e->evt.type == SKR_E_SYSCALL_OPENAT_2_X;
    s->ends += e->evt.type == SKR_E_PROCEXIT_1_E && e->thread && e->thread->ptid == child;
    return 0;
}

static void make_opens(void)
{
    for (int i = 0; i < OPENS; i++) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);
        syscall(SYS_close, fd);
    }
}

/* vfork: many more in a second, because nothing of the parent is copied. */
static __attribute__((noinline)) void make_one(void)
{
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static void make_forks(void)
{
    for (int i = 0; i < FORKS; i++)
        make_one();
}

static void find_loss(void *ctx, const char *type, uint64_t lost)
{
    seen *s = ctx;
    if (strcmp(type, "openat") == 0)
        s->lost_opens += lost;
    if (strcmp(type, "procexit") == 0)
        s->lost_ends += lost;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Everything is detached, and what is in the rings read: then the probe's own counts must be those of the reader. */
static void check_counts(saker_capture *c, seen *s)
{
    skr_live *l = c->self;
    skr_wanted none = { .calls = 0 };
    expect(skr_probe_change(l->probe, &none) == 0, "everything is detached");
    for (int i = 0; i < 50; i++)
        saker_capture_poll(c, 5, count, s);
    saker_live_stats n = { .size = sizeof n };
    expect(saker_live_get_stats(c, -1, &n) == 0, "the counts can be had");
    saker_live_each_loss(c, find_loss, s);
    s->lost = n.full + n.too_big + n.nested + n.unmapped;
    uint64_t given = skr_probe_rings(l->probe)->delivered;
    printf("  %" PRIu64 " happened, %" PRIu64 " delivered, %" PRIu64 " lost\n", n.attempts, given, s->lost);
    expect(n.attempts == given + s->lost, "delivered and lost are all that happened");
}

static void run(const char *name, void (*load)(void), unsigned times, size_t buffer, bool one, seen *s)
{
    *s = (seen){ .before = { .size = sizeof s->before }, .after = { .size = sizeof s->after } };
    saker_capture *c = open_capture(buffer, NULL);
    if (one)
        skr_live_set_mode(c, SKR_PROBE_DISPATCH); /* let go of in a moment */
    if (saker_capture_poll(c, 0, count, s) < 0) {
        printf("skipped: %s\n", saker_capture_error(c));
        saker_capture_free(c);
        exit(77);
    }
    saker_capture_get_stats(c, &s->before);
    double start = seconds();
    child = fork();
    if (child == 0) {
        load();
        _exit(0);
    }
    expect(child > 0, "a child can be made");
    while (child > 0 && waitpid(child, NULL, WNOHANG) == 0)
        saker_capture_poll(c, 10, count, s);
    printf("%s, %s rings: %.0f a second\n", name, buffer ? "small" : "usual", times / (seconds() - start));
    check_counts(c, s);
    saker_capture_get_stats(c, &s->after);
    saker_capture_free(c);
}

static void check_opens(size_t buffer)
{
    seen s;
    run("open and close", make_opens, OPENS, buffer, false, &s);
    printf("  %d opens: %" PRIu64 " delivered, %" PRIu64 " lost\n", OPENS, s.opens, s.lost_opens);
    expect(s.opens <= OPENS && s.opens + s.lost_opens >= OPENS, "no open is unaccounted for");
    expect(s.opens > 0, "some opens were delivered");
}

/* A thread of the state whose end was lost stays until it is looked for, so that memory grows by what was lost. */
static void check_forks(size_t buffer)
{
    seen s;
    const long rings_kib = memory_kib("VmHWM");
    run("processes", make_forks, FORKS, buffer, buffer == SMALLEST, &s);
    printf("  %d ends: %" PRIu64 " delivered, %" PRIu64 " lost; threads %" PRIu64 " to %" PRIu64 ", state %" PRIu64
           " to %" PRIu64 " KiB, peak %ld to %ld KiB\n",
           FORKS, s.ends, s.lost_ends, s.before.threads, s.after.threads, s.before.memory >> 10, s.after.memory >> 10,
           rings_kib, memory_kib("VmHWM"));
    expect(s.ends <= FORKS && s.ends + s.lost >= FORKS, "no process is unaccounted for");
    expect(s.ends > 0, "some ends were delivered");
    const uint64_t left = s.lost_ends + FORKS / 20; /* others' new processes, too */
    expect(s.after.threads <= s.before.threads + left, "the processes are gone from the state");
    expect(s.after.memory <= s.before.memory + left * THREAD_BYTES, "and so is their memory");
    expect(SANITIZED ||
               memory_kib("VmHWM") < rings_kib + (buffer ? 0 : USUAL_KIB * sysconf(_SC_NPROCESSORS_CONF)) + GROWTH_KIB,
           "the peak is bounded");
}

int main(void)
{
    if (!make_rules())
        return 1;
    check_opens(SMALLEST);
    check_forks(SMALLEST);
    check_forks(USUAL);
    saker_ruleset_unref(rules);
    return bad != 0;
}
