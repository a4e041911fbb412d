/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor.h"
#include "live.h"
#include "tables.h"
#include "tracefs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

enum {
    HELPER_TASK_PT_REGS = 175,
    HELPER_CURRENT_TASK_BTF = 158,
    INIT_PID_NS = 0xEFFFFFFC /* inode of the first pid namespace */
};

typedef struct visit {
    saker_finding_fn *fn;
    void *ctx;
    const saker_live_options *options;
    const char *root;
    int worst;
    bool per_call; /* calls can have a tracepoint each */
    int proc;      /* ROOT/proc; -1: not there */
    skr_wanted wanted;
} visit;

static void say(visit *v, saker_finding_state state, const char *name, const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static void say(visit *v, saker_finding_state state, const char *name, const char *hint, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const saker_finding f = { state, name, text, hint };
    if ((int)state > v->worst)
        v->worst = (int)state;
    v->fn(v->ctx, &f);
}

/* ---- The kernel ---- */

static void kernel(visit *v)
{
    struct utsname u;
    unsigned major = 0, minor = 0;
    if (uname(&u) != 0)
        return;
    sscanf(u.release, "%u.%u", &major, &minor);
    if (major < 5 || (major == 5 && minor < 8))
        say(v, SAKER_FINDING_DEGRADED, "kernel", "use Linux 5.8 or newer, or a kernel with these parts of it",
            "Linux %s on %s: older than 5.8, where ring buffers and typed tracepoints for BPF came", u.release,
            u.machine);
    else
        say(v, SAKER_FINDING_OK, "kernel", NULL, "Linux %s on %s", u.release, u.machine);
}

static void privileges(visit *v)
{
    uint64_t caps = skr_capabilities();
    bool admin = caps >> CAP_SYS_ADMIN & 1;
    bool bpf = admin || ((caps >> CAP_BPF & 1) && (caps >> CAP_PERFMON & 1));
    bool others = (caps >> CAP_SYS_PTRACE & 1) && (caps >> CAP_DAC_READ_SEARCH & 1);
    if (!bpf)
        say(v, SAKER_FINDING_FATAL, "privileges",
            "run as root, or give it CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
            "this process may not load BPF programs");
    else if (!others && geteuid() != 0)
        say(v, SAKER_FINDING_DEGRADED, "privileges", "give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
            "BPF programs may be loaded, but processes of other users are not known at the start");
    else
        say(v, SAKER_FINDING_OK, "privileges", NULL, "BPF programs may be loaded, and all of /proc be read");
}

static void lockdown(visit *v)
{
    char line[128] = "";
    FILE *f = fopen("/sys/kernel/security/lockdown", "re");
    if (!f)
        return;
    bool locked = fgets(line, sizeof line, f) && strstr(line, "[confidentiality]");
    fclose(f);
    if (locked)
        say(v, SAKER_FINDING_FATAL, "lockdown", "start the kernel with lockdown=integrity or without lockdown",
            "the kernel is locked down for confidentiality: BPF programs may not read its memory");
}

static void btf(visit *v)
{
    struct stat st;
    if (stat("/sys/kernel/btf/vmlinux", &st) == 0)
        say(v, SAKER_FINDING_OK, "btf", NULL, "the kernel's type information is there (%lld KiB)",
            (long long)st.st_size / 1024);
    else
        say(v, SAKER_FINDING_FATAL, "btf", "use a kernel with CONFIG_DEBUG_INFO_BTF, and mount sysfs",
            "the kernel has no type information (/sys/kernel/btf/vmlinux): the probe cannot be fitted to it");
}

static bool point_there(const struct btf *types, const char *name)
{
    char text[128];
    snprintf(text, sizeof text, "btf_trace_%s", name);
    return btf__find_by_name_kind(types, text, BTF_KIND_TYPEDEF) > 0;
}

/* The tracepoints without which nothing can be understood. */
static void points(visit *v)
{
    static const char *const needed[] = { "sys_exit", "sched_process_exec", "sched_process_exit", "signal_deliver" };
    struct btf *types = btf__load_vmlinux_btf();
    if (!types)
        return;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!point_there(types, needed[i]))
            say(v, i < 3 ? SAKER_FINDING_FATAL : SAKER_FINDING_DEGRADED, "tracepoints",
                "use a kernel with CONFIG_TRACEPOINTS and CONFIG_HAVE_SYSCALL_TRACEPOINTS",
                "the kernel has no tracepoint %s", needed[i]);
    btf__free(types);
}

static void bpf_parts(visit *v)
{
    if (skr_capabilities() >> CAP_SYS_ADMIN & 1 || skr_capabilities() >> CAP_BPF & 1) {
        if (libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) != 1)
            say(v, SAKER_FINDING_FATAL, "ring-buffer", "use Linux 5.8 or newer", "the kernel has no BPF ring buffers");
        if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_TRACEPOINT, NULL) != 1)
            say(v, SAKER_FINDING_FATAL, "program-types", "use a kernel with CONFIG_BPF_EVENTS",
                "the kernel takes no BPF programs for tracepoints");
    }
}

/* ---- System calls ---- */

static void calls(visit *v)
{
    int tracefs = skr_tracefs_open();
    unsigned missing = 0, first = 0;
    bool points_there = tracefs >= 0 && skr_tracefs_id(tracefs, "syscalls", "sys_exit_close") >= 0;
    v->per_call = points_there && skr_probe_has_helper(HELPER_TASK_PT_REGS) &&
                  !(v->options->flags & SAKER_LIVE_COMPAT) && v->wanted.calls <= SKR_PROBE_MANY_CALLS;
    for (unsigned i = 0; points_there && i < skr_live_call_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "sys_exit_%s", skr_live_calls[i].point);
        if (!v->wanted.call[i] || skr_tracefs_id(tracefs, "syscalls", name) >= 0)
            continue;
        first = missing++ ? first : i;
    }
    if (tracefs >= 0)
        close(tracefs);
    if (v->per_call && missing)
        say(v, SAKER_FINDING_NOTE, "system-calls", NULL,
            "a tracepoint for each of %u system calls; the kernel lacks %u of them (%s ...) and does not know those "
            "calls",
            v->wanted.calls - missing, missing, skr_live_calls[first].name);
    else if (v->per_call)
        say(v, SAKER_FINDING_OK, "system-calls", NULL, "a tracepoint for each of %u system calls", v->wanted.calls);
    else
        say(v, SAKER_FINDING_NOTE, "system-calls",
            points_there ? NULL
                         : "use a kernel with CONFIG_FTRACE_SYSCALLS, and run with CAP_SYS_ADMIN so that tracefs opens",
            "one program at the end of all system calls: each call costs some 70 ns more, collected or not%s",
            skr_probe_has_helper(HELPER_CURRENT_TASK_BTF) ? "" : "; the kernel is older than 5.11, which doubles that");
    if (v->per_call)
        say(v, SAKER_FINDING_NOTE, "32-bit",
            "ask for 32-bit calls as well, at a cost for every call, or boot with ia32_emulation=0",
            "system calls of 32-bit programs are not seen; their starts and ends are");
}

static void io_uring(visit *v)
{
    char text[16] = "";
    FILE *f = fopen("/proc/sys/kernel/io_uring_disabled", "re");
    bool off = f && fgets(text, sizeof text, f) && text[0] == '2';
    if (f)
        fclose(f);
    if (!off)
        say(v, SAKER_FINDING_NOTE, "io-uring", "set kernel.io_uring_disabled=2 if nothing needs it",
            "what programs do through io_uring (opening, connecting, reading) makes no system calls and is not seen; "
            "that "
            "they set it up is");
}

/* ---- The state at the start ---- */

/* How many of the processes that there are may we look into? */
static void count_processes(const visit *v, unsigned *all, unsigned *closed)
{
    char path[600], target[64];
    snprintf(path, sizeof path, "%s/proc", v->root);
    DIR *d = opendir(path);
    for (const struct dirent *e; d && *all < 1000 && (e = readdir(d));) {
        if (!skr_is_digit(e->d_name[0]))
            continue;
        snprintf(path, sizeof path, "%s/proc/%.20s/exe", v->root, e->d_name);
        (*all)++;
        *closed += readlink(path, target, sizeof target) < 0 && (errno == EACCES || errno == EPERM);
    }
    if (d)
        closedir(d);
}

/* Are we in a pid namespace, and does this /proc show us with our number there only? One of the host's has both. */
static bool numbered_alone(const visit *v)
{
    struct stat st;
    char line[256];
    unsigned numbers = 0;
    if (stat("/proc/self/ns/pid", &st) != 0 || st.st_ino == INIT_PID_NS)
        return false;
    int fd = openat(v->proc, "self/status", O_RDONLY | O_CLOEXEC);
    FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "NSpid:", 6) == 0)
            for (const char *at = line + 6; *at; at++)
                numbers += *at == '\t';
    if (f)
        fclose(f);
    else if (fd >= 0)
        close(fd);
    return numbers < 2;
}

static void processes(visit *v)
{
    char path[300];
    struct stat st;
    unsigned all = 0, closed = 0;
    snprintf(path, sizeof path, "%s/proc/1/stat", v->root);
    if (stat(path, &st) != 0) {
        say(v, SAKER_FINDING_FATAL, "proc", "mount the host's /proc there, without hidepid",
            "%s/proc does not show process 1: processes that run already cannot be known", v->root);
        return;
    }
    count_processes(v, &all, &closed);
    if (closed)
        say(v, closed * 2 > all ? SAKER_FINDING_DEGRADED : SAKER_FINDING_NOTE, "proc",
            "run as root, with CAP_SYS_PTRACE", "%u of %u processes in %s/proc may not be looked into", closed, all,
            v->root);
    else
        say(v, SAKER_FINDING_OK, "proc", NULL, "%s/proc can be read", v->root);
    if (numbered_alone(v))
        say(v, SAKER_FINDING_FATAL, "pid-namespace",
            "run in the host's pid namespace (hostPID: true, --pid=host), or name where the host's /proc is mounted",
            "this process is in a pid namespace of its own, and so is %s/proc: numbers in events do not fit those "
            "there",
            v->root);
}

static bool there(const visit *v, const char *path)
{
    char whole[512];
    struct stat st;
    snprintf(whole, sizeof whole, "%s%s", v->root, path);
    return stat(whole, &st) == 0;
}

static void control_groups(visit *v)
{
    bool unified = there(v, "/sys/fs/cgroup/cgroup.controllers");
    bool old = there(v, "/sys/fs/cgroup/memory") || there(v, "/sys/fs/cgroup/cpu");
    if (unified || old)
        say(v, SAKER_FINDING_OK, "cgroups", NULL, "control groups of version %s", unified ? "2" : "1");
    else
        say(v, SAKER_FINDING_NOTE, "cgroups", NULL,
            "no control groups are mounted at /sys/fs/cgroup: the kernel still tells them");
}

static void runtimes(visit *v)
{
    static const struct {
        const char *name, *path;
    } known[] = {
        { "containerd", "/run/containerd/io.containerd.runtime.v2.task" },
        { "k3s", "/run/k3s/containerd/io.containerd.runtime.v2.task" },
        { "CRI-O or podman", "/run/containers/storage/overlay-containers" },
        { "podman", "/var/lib/containers/storage/overlay-containers" },
        { "Docker", "/var/lib/docker/containers" },
        { "Docker's socket", "/var/run/docker.sock" },
        { "podman's socket", "/run/podman/podman.sock" },
        { "runc", "/run/runc" },
    };
    char list[512] = "";
    if (v->options->capture.container) {
        say(v, SAKER_FINDING_OK, "containers", NULL, "metadata of containers comes from the host program");
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (there(v, known[i].path))
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", list[0] ? ", " : "", known[i].name);
    if (list[0])
        say(v, SAKER_FINDING_OK, "containers", NULL, "metadata of containers: %s", list);
    else
        say(v, SAKER_FINDING_NOTE, "containers",
            "in a container, mount the host's /run and /var/lib and name their root",
            "no container runtime was found: containers are known by their ids only");
}

/* ---- The trial ---- */

/* Opens a file of this name until that has come through. Returns the thread that the event is of; -1: none came. */
static int64_t trial_event(skr_probe *p, const char *name)
{
    skr_rings *r = skr_probe_rings(p);
    skr_ring_event e;
    for (int i = 0; i < 100; i++) {
        int fd = open(name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            close(fd);
        usleep(5000);
        skr_rings_look(r);
        while (skr_rings_next(r, &e)) {
            skr_evt evt;
            if (skr_evt_decode(e.raw, e.len, &evt) == NULL && evt.type == SKR_E_SYSCALL_OPENAT_2_X &&
                skr_str_is(skr_param_text(skr_evt_param(&evt, 2)), name))
                return evt.tid;
        }
    }
    return -1;
}

static void try_it(visit *v)
{
    skr_mem mem;
    skr_mem_init(&mem, NULL, 0);
    skr_probe_options o = { .buffer_bytes = 1, .compat = v->options->flags & SAKER_LIVE_COMPAT };
    skr_probe *p = skr_probe_new(&mem, &o);
    char name[96]; /* that nobody else opens */
    int64_t pid, tid, seen;
    skr_procfs_self(v->proc, &pid, &tid);
    snprintf(name, sizeof name, "/proc/self/saker-trial-%lld-%lld", (long long)tid, (long long)skr_live_now_ms());
    int status = p ? skr_probe_start(p, &v->wanted) : SAKER_ENOMEM;
    if (status != 0)
        say(v, SAKER_FINDING_FATAL, "trial", NULL, "%s", p ? skr_probe_error(p) : saker_strerror(status));
    else if ((seen = trial_event(p, name)) < 0)
        say(v, SAKER_FINDING_FATAL, "trial", "are we in a sandbox that answers system calls itself (gVisor)?",
            "the probe is attached, but a system call of our own brought no event");
    else if (seen != tid)
        say(v, SAKER_FINDING_FATAL, "trial", "name where the host's /proc is mounted",
            "the kernel numbers this thread %lld, but %s/proc %lld: processes would be taken for others",
            (long long)seen, v->root, (long long)tid);
    else
        say(v, SAKER_FINDING_OK, "trial", NULL, "the probe was attached, and an event came through");
    skr_probe_free(p);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
    (void)level;
    (void)format;
    (void)args;
    return 0;
}

static int look_around(const saker_live_options *options, bool trial, saker_finding_fn *fn, void *ctx)
{
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    visit v = { .fn = fn, .ctx = ctx, .options = &o, .root = o.capture.host_root ? o.capture.host_root : "" };
    skr_wanted_for(&v.wanted, o.rules, o.flags);
    char path[300];
    snprintf(path, sizeof path, "%s/proc", v.root);
    v.proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    libbpf_print_fn_t before = libbpf_set_print(quiet);
    kernel(&v);
    privileges(&v);
    lockdown(&v);
    btf(&v);
    points(&v);
    bpf_parts(&v);
    calls(&v);
    io_uring(&v);
    processes(&v);
    control_groups(&v);
    runtimes(&v);
    libbpf_set_print(before);
    if (trial && v.worst < SAKER_FINDING_FATAL)
        try_it(&v);
    if (v.proc >= 0)
        close(v.proc);
    return v.worst;
}

int saker_live_doctor(const saker_live_options *options, bool trial, saker_finding_fn *fn, void *ctx)
{
    return fn ? look_around(options, trial, fn, ctx) : SAKER_EINVAL;
}

typedef struct complaint {
    char *out;
    size_t size;
} complaint;

static void note_fatal(void *ctx, const saker_finding *f)
{
    complaint *c = ctx;
    if (f->state == SAKER_FINDING_FATAL && !c->out[0])
        snprintf(c->out, c->size, "%s%s%s", f->text, f->hint ? "; " : "", f->hint ? f->hint : "");
}

bool skr_doctor_complaint(const saker_live_options *options, char *out, size_t size)
{
    complaint c = { out, size };
    out[0] = 0;
    look_around(options, false, note_fatal, &c);
    return out[0] != 0;
}
