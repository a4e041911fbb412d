/* SPDX-License-Identifier: Apache-2.0 */
/* Load on rings that are too small for it: every event is delivered or counted as lost. Captures that come and go, or
 * are killed, leave nothing behind. Ends with 77 where BPF may not be used. */
#include "live.h"

#include <bpf/bpf.h>

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPENS = 200000, FORKS = 300, STARTS = 5 };

static pid_t child;
static uint64_t opens_seen;
static saker_ruleset *rules;
static int bad;

static void expect(bool good, const char *what)
{
    if (!good)
        printf("failed: %s\n", what);
    bad += !good;
}

static int count(void *ctx, const saker_event *event)
{
    const skr_sysevent *e = event->data;
    (void)ctx;
    opens_seen += e->evt.tid == child && e->evt.type == SKR_E_SYSCALL_OPENAT_2_X;
    return 0;
}

static saker_capture *open_capture(const saker_alloc *alloc)
{
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    o.rules = rules;
    o.buffer_bytes = 1; /* the smallest there are */
    if (alloc)
        o.capture.alloc = *alloc;
    return saker_capture_open_live(&o);
}

static void make_load(void)
{
    for (int i = 0; i < OPENS; i++)
        syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY, 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
    _exit(0);
}

static void find_lost_opens(void *ctx, const char *type, uint64_t lost)
{
    if (strcmp(type, "openat") == 0)
        *(uint64_t *)ctx += lost;
}

/* What the probe counted is what we were given and what it says it lost, once it is still. */
static void check_load(void)
{
    saker_capture *c = open_capture(NULL);
    if (saker_capture_poll(c, 0, count, NULL) < 0) {
        printf("skipped: %s\n", saker_capture_error(c));
        saker_capture_free(c);
        exit(77);
    }
    child = fork();
    if (child == 0)
        make_load();
    expect(child > 0, "a child can be made");
    if (child < 0) {
        saker_capture_free(c);
        return;
    }
    while (waitpid(child, NULL, WNOHANG) == 0)
        saker_capture_poll(c, 10, count, NULL);
    skr_live *l = c->self;
    skr_wanted none = { .calls = 0 };
    expect(skr_probe_change(l->probe, &none) == 0, "everything is detached");
    for (int i = 0; i < 50; i++)
        saker_capture_poll(c, 5, count, NULL);
    saker_live_stats s = { .size = sizeof s };
    uint64_t lost_opens = 0;
    expect(saker_live_get_stats(c, -1, &s) == 0, "the counts can be had");
    saker_live_each_loss(c, find_lost_opens, &lost_opens);
    uint64_t lost = s.full + s.too_big + s.nested + s.unmapped, given = skr_probe_rings(l->probe)->delivered;
    printf("%" PRIu64 " happened, %" PRIu64 " delivered, %" PRIu64 " lost; of %d opens %" PRIu64 " and %" PRIu64 "\n",
           s.attempts, given, lost, OPENS, opens_seen, lost_opens);
    expect(s.attempts == given + lost, "delivered and lost are all that happened");
    expect(opens_seen <= OPENS && opens_seen + lost_opens >= OPENS, "no open is unaccounted for");
    expect(opens_seen > 0, "some opens were delivered");
    saker_capture_free(c);
}

static unsigned open_files(void)
{
    unsigned n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static size_t held;
static void *track(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    held += new_size - old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

static void check_leaks(void)
{
    saker_alloc alloc = { track, NULL };
    unsigned before = open_files();
    for (int i = 0; i < STARTS; i++) {
        saker_capture *c = open_capture(&alloc), *second = i ? NULL : open_capture(&alloc);
        expect(saker_capture_poll(c, 50, count, NULL) >= 0, "a capture starts again");
        expect(!second || saker_capture_poll(second, 50, count, NULL) >= 0, "a second capture works beside the first");
        saker_capture_free(second);
        saker_capture_free(c);
    }
    expect(open_files() == before, "no descriptor is left");
    expect(held == 0, "no memory is left");
}

/* Programs by the name of ours in the kernel, whoever's they are. */
static unsigned programs_there(void)
{
    unsigned n = 0;
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
        struct bpf_prog_info info = { 0 };
        uint32_t len = sizeof info;
        int fd = bpf_prog_get_fd_by_id(id);
        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0)
            n += strcmp(info.name, "t_exec") == 0;
        if (fd >= 0)
            close(fd);
    }
    return n;
}

static void check_kill(void)
{
    int ready[2];
    char c;
    unsigned before = programs_there(), now = 0;
    if (pipe(ready) != 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        saker_capture *capture = open_capture(NULL);
        if (saker_capture_poll(capture, 0, count, NULL) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            saker_capture_poll(capture, -1, count, NULL);
    }
    close(ready[1]);
    expect(pid > 0, "a child can be made");
    if (pid < 0) /* -1 stands for every process */
        return;
    expect(read(ready[0], &c, 1) == 1, "the one to be killed has started");
    close(ready[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 100 && (now = programs_there()) > before; i++)
        usleep(50000); /* the kernel frees programs after a while */
    expect(now <= before, "a killed capture leaves no program");
}

int main(void)
{
    char error[256];
    const char *condition = "evt.type=chmod";
    if (saker_filter_compile(NULL, saker_syscall_schema(), condition, strlen(condition), NULL, &rules, error,
                             sizeof error))
        return 1;
    check_load();
    check_leaks();
    check_kill();
    saker_ruleset_unref(rules);
    return bad != 0;
}
