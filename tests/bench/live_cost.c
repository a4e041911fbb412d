/* SPDX-License-Identifier: Apache-2.0 */
/* live_cost [ROUNDS]: what the probe costs the thread that makes a call, in ns per call, for each way of attaching it
 * and without it, with the calls collected that the state needs. Medians over rounds in which all ways take turns, and
 * the difference to nothing attached of the same round. */
#include "probe.h"

#include <saker/syscall.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { WAYS = 3, CASES = 4, MOST = 201, BATCH = 200, BATCHES = 40 };
static const char *const way_names[WAYS] = { "nothing attached", "tracepoint per call", "one dispatcher" };
static const char *const case_names[CASES] = { "getppid", "open+close", "failing open", "write+read" };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void call(unsigned which, const int pipe_fds[2])
{
    char c = 0;
    switch (which) {
    case 0:
        syscall(SYS_getppid);
        break;
    case 1:
        close(openat(AT_FDCWD, "/etc/passwd", O_RDONLY));
        break;
    case 2:
        openat(AT_FDCWD, "/etc/there-is-no-such-file", O_RDONLY);
        break;
    default:
        if (write(pipe_fds[1], &c, 1) != 1 || read(pipe_fds[0], &c, 1) != 1)
            abort();
    }
}

static void drain(skr_probe *p)
{
    skr_ring_event e;
    for (skr_rings *r = p ? skr_probe_rings(p) : NULL; r && (skr_rings_look(r), skr_rings_next(r, &e));)
        while (skr_rings_next(r, &e))
            ;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The quickest of some batches: what disturbs only ever adds. */
static double measure(unsigned which, const int pipe_fds[2], skr_probe *p)
{
    double best = 1e18;
    for (int b = 0; b < BATCHES; b++) {
        drain(p);
        double start = now_ns();
        for (int i = 0; i < BATCH; i++)
            call(which, pipe_fds);
        double each = (now_ns() - start) / BATCH;
        if (each < best)
            best = each;
    }
    return best;
}

static skr_probe *attach(skr_mem *mem, unsigned way)
{
    skr_probe_options options = { .mode = way == 1 ? SKR_PROBE_PER_CALL : SKR_PROBE_DISPATCH };
    skr_wanted *w = calloc(1, sizeof *w);
    saker_ruleset *none = NULL;
    if (!w || saker_filter_compile(NULL, saker_syscall_schema(), "evt.type=chmod", 14, NULL, &none, NULL, 0) != 0)
        abort();
    skr_wanted_for(w, none, 0);
    skr_probe *p = skr_probe_new(mem, &options);
    if (skr_probe_start(p, w) != 0) {
        fprintf(stderr, "%s\n", skr_probe_error(p));
        exit(77);
    }
    saker_ruleset_unref(none);
    free(w);
    return p;
}

int main(int argc, char **argv)
{
    static double ns[WAYS][CASES][MOST], more[WAYS][CASES][MOST];
    int rounds = argc > 1 ? atoi(argv[1]) : 21, fds[2];
    if (rounds < 1 || rounds > MOST || pipe(fds) != 0)
        return 2;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &one);
    sched_setaffinity(0, sizeof one, &one);
    skr_mem mem;
    skr_mem_init(&mem, NULL, 0);
    for (int r = 0; r < rounds; r++)
        for (unsigned way = 0; way < WAYS; way++) {
            skr_probe *p = way ? attach(&mem, way) : NULL;
            for (unsigned c = 0; c < CASES; c++) {
                ns[way][c][r] = measure(c, fds, p);
                more[way][c][r] = ns[way][c][r] - ns[0][c][r];
            }
            skr_probe_free(p);
        }
    printf("ns per call, median (difference to nothing attached)\n");
    for (unsigned way = 0; way < WAYS; way++) {
        printf("%-20s", way_names[way]);
        for (unsigned c = 0; c < CASES; c++) {
            qsort(ns[way][c], (size_t)rounds, sizeof(double), by_size);
            qsort(more[way][c], (size_t)rounds, sizeof(double), by_size);
            printf("  %s %.0f (%+.0f)", case_names[c], ns[way][c][rounds / 2], more[way][c][rounds / 2]);
        }
        printf("\n");
    }
    return 0;
}
