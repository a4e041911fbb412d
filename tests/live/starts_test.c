/* SPDX-License-Identifier: Apache-2.0 */
/* Captures that come and go, or are killed at whatever moment, leave nothing behind: no descriptors, no memory, and
 * nothing in the kernel. starts_test STARTS USUAL KILLS: so many starts, the first of them with a tracepoint per call,
 * each of which takes seconds to let go of, the others with one program for all calls. Ends with 77 where BPF may not
 * be used. */
#include "../pool.h"
#include "harness.h"

#include <bpf/bpf.h>

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAGES = 4, STAGE_US = 100000, MOST_MAPS = 64, GROWTH_KIB = 8 << 10 };

/* Bytes of our rings, by which our maps are known: another run on this machine is likely to have others. */
static size_t ring_bytes(void)
{
    static size_t bytes;
    if (!bytes)
        bytes = (size_t)(1 << 19) << (getpid() & 3);
    return bytes;
}

/* ---- In the kernel ---- */

typedef struct there {
    unsigned maps, programs, links;
} there;

static uint32_t our_maps[MOST_MAPS], our_programs[4096];

static bool in(const uint32_t *ids, unsigned count, uint32_t id)
{
    for (unsigned i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void close_if(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void look_at_map(uint32_t id, there *t)
{
    struct bpf_map_info info = { 0 };
    uint32_t len = sizeof info;
    int fd = bpf_map_get_fd_by_id(id);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && strcmp(info.name, "rings") == 0 &&
        info.value_size == skr_ring_bytes(ring_bytes()) && t->maps < MOST_MAPS)
        our_maps[t->maps++] = id;
    close_if(fd);
}

static void look_at_program(uint32_t id, there *t)
{
    uint32_t maps[MOST_MAPS];
    struct bpf_prog_info info = { .nr_map_ids = MOST_MAPS, .map_ids = (uint64_t)(uintptr_t)maps };
    uint32_t len = sizeof info;
    bool ours = false;
    int fd = bpf_prog_get_fd_by_id(id);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0)
        for (uint32_t i = 0; i < info.nr_map_ids && i < MOST_MAPS; i++)
            ours = ours || in(our_maps, t->maps, maps[i]);
    if (ours && t->programs < sizeof our_programs / sizeof *our_programs)
        our_programs[t->programs++] = id;
    close_if(fd);
}

static void look_at_link(uint32_t id, there *t)
{
    struct bpf_link_info info = { 0 };
    uint32_t len = sizeof info;
    int fd = bpf_link_get_fd_by_id(id);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0)
        t->links += in(our_programs, t->programs, info.prog_id);
    close_if(fd);
}

/* What the kernel holds for captures with our ring. Programs hold their maps, and links their programs. */
static there look(void)
{
    there t = { 0 };
    for (uint32_t id = 0; bpf_map_get_next_id(id, &id) == 0;)
        look_at_map(id, &t);
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;)
        look_at_program(id, &t);
    for (uint32_t id = 0; bpf_link_get_next_id(id, &id) == 0;)
        look_at_link(id, &t);
    return t;
}

/* The kernel frees them after a while. */
static void expect_nothing(const char *what)
{
    there t = look();
    for (int i = 0; i < 600 && t.maps; i++) {
        usleep(100000);
        t = look();
    }
    expect(t.maps == 0 && t.programs == 0 && t.links == 0, what);
}

/* ---- Starts ---- */

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

static size_t our_buffer(void)
{
    return ring_bytes() * (size_t)sysconf(_SC_NPROCESSORS_CONF);
}

static int ignore(void *ctx, const saker_event *event)
{
    (void)event;
    ++*(uint64_t *)ctx;
    return 0;
}

static saker_capture *start(bool usual, const saker_alloc *alloc)
{
    uint64_t events = 0;
    saker_capture *c = open_capture(our_buffer(), alloc);
    if (c && !usual)
        skr_live_set_mode(c, SKR_PROBE_DISPATCH);
    int status = c ? saker_capture_poll(c, 5, ignore, &events) : SAKER_ENOMEM;
    if (status >= 0)
        return c;
    printf("%s\n", c ? saker_capture_error(c) : "no memory");
    saker_capture_free(c);
    return NULL;
}

static void check_starts(int starts, int usual)
{
    pool memory = { 0 };
    const saker_alloc alloc = pool_alloc(&memory);
    unsigned before = open_files();
    long kib = 0;
    there most = { 0 };
    for (int i = 0; i < starts; i++) {
        saker_capture *c = start(i < usual, &alloc), *second = i ? NULL : start(true, &alloc);
        expect(c, "a capture starts again");
        expect(i || second, "a second capture works beside the first");
        if (i == 0)
            most = look();
        saker_capture_free(second);
        saker_capture_free(c);
        if (i == 1)
            kib = memory_kib("VmRSS");
    }
    long now = memory_kib("VmRSS");
    printf("%d starts: the first two had %u maps of ours, %u programs, %u links; memory %ld to %ld KiB\n", starts,
           most.maps, most.programs, most.links, kib, now);
    expect(most.maps >= 2 && most.programs > 20 && most.links > 20, "what is there is found");
    expect(open_files() == before, "no descriptor is left");
    expect(pool_is_clean(&memory), "no memory is left");
    expect(now < kib + GROWTH_KIB, "the process has not grown");
    expect_nothing("nothing is left in the kernel");
}

/* ---- Kills ---- */

/* At once, while it loads, when it has loaded, while it attaches; each later round some time after that. */
static bool reached(int kill, const there *t)
{
    const unsigned found[STAGES] = { 1, t->maps, t->programs > 20, t->links > 20 };
    return found[kill % STAGES] != 0;
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

static void check_kills(int kills)
{
    for (int i = 0; i < kills; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                saker_capture_free(start(true, NULL));
        expect(pid > 0, "a child can be made");
        if (pid < 0) /* -1 stands for every process */
            return;
        there t = look();
        for (; !reached(i, &t) && !has_ended(pid); t = look())
            usleep(1000);
        expect(reached(i, &t), "the stage to be killed in is reached");
        usleep((useconds_t)(i / STAGES * STAGE_US));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        printf("killed with %u maps of ours, %u programs, %u links\n", t.maps, t.programs, t.links);
    }
    expect_nothing("those killed leave nothing in the kernel");
}

int main(int argc, char **argv)
{
    if (argc < 4 || !make_rules() || !ring_bytes())
        return 2;
    saker_capture *c = start(false, NULL);
    if (!c) {
        printf("skipped\n");
        return 77;
    }
    saker_capture_free(c);
    expect_nothing("nothing is there at the start");
    check_starts(atoi(argv[1]), atoi(argv[2]));
    check_kills(atoi(argv[3]));
    saker_ruleset_unref(rules);
    return bad != 0;
}
