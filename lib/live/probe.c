/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"
#include "blobs.h"
#include "tracefs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

enum {
    DEFAULT_RING = 8 << 20,
    DEFAULT_SNAPLEN = 80,
    MAX_SNAPLEN = 65000,
    HELPER_CURRENT_TASK_BTF = 158,
    HELPER_TASK_PT_REGS = 175,
    HELPER_RINGBUF_OUTPUT = 130,
    ENTRIES = 5
};

#define VMLINUX "/sys/kernel/btf/vmlinux"

static const char *const entry_calls[ENTRIES] = { "connect", "creat", "open", "openat", "openat2" };

static const char *const point_programs[SKR_POINT_COUNT] = { "t_exec",   "t_exit",       "t_fork",        "t_signal",
                                                             "t_switch", "t_fault_user", "t_fault_kernel" };

struct skr_probe {
    skr_mem *mem;
    skr_probe_options options;
    skr_probe_mode mode;
    struct bpf_object *object;
    struct bpf_link *call[SKR_LIVE_CALLS]; /* per-call mode */
    struct bpf_link *entry[ENTRIES];
    struct bpf_link *point[SKR_POINT_COUNT];
    struct bpf_link *dispatcher;
    skr_wanted wanted;                          /* what is attached, but for what is about to be let go */
    volatile struct skr_probe_control *control; /* the map's value, mapped */
    struct ring_buffer *bell;
    int tracefs;
    unsigned cpus, missing;
    uint64_t left_out; /* events that programs of the kernel were not run for, ... */
    time_t counted_at; /* ... as they were counted in this second */
    uint64_t boot_ns;
    size_t ring_size;
    skr_rings rings;
    char error[512];
    char complaint[256]; /* libbpf's first */
};

/* ---- Errors ---- */

static int fail(skr_probe *p, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));
static int fail(skr_probe *p, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->error, sizeof p->error, format, args);
    va_end(args);
    return status;
}

const char *skr_probe_error(const skr_probe *p)
{
    return p->error;
}

/* libbpf's messages have one receiver in a process and no context. While we load, this one takes them, and the former
 * is put back afterwards; the thread that loads finds what it may want to tell. */
static _Thread_local skr_probe *listener;

static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
    skr_probe *p = listener;
    if (!p || level != LIBBPF_WARN)
        return 0;
    char line[sizeof p->complaint];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = 0;
    if (!p->complaint[0] && !strstr(line, "BTF"))
        memcpy(p->complaint, line, sizeof line);
    return 0;
}

static libbpf_print_fn_t listen_begin(skr_probe *p)
{
    listener = p;
    if (p)
        p->complaint[0] = 0;
    return libbpf_set_print(listen);
}
static void listen_end(libbpf_print_fn_t before)
{
    listener = NULL;
    libbpf_set_print(before);
}

/* ---- Kernel ---- */

uint64_t skr_capabilities(void)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct caps[2] = { { 0 } };
    if (syscall(SYS_capget, &head, caps) != 0)
        return 0;
    return (uint64_t)caps[1].effective << 32 | caps[0].effective;
}

bool skr_probe_has_helper(int id)
{
    libbpf_print_fn_t before = listen_begin(NULL);
    struct btf *btf = btf__load_vmlinux_btf();
    listen_end(before);
    if (!btf || libbpf_get_error(btf))
        return false;
    bool found = false;
    int type = btf__find_by_name_kind(btf, "bpf_func_id", BTF_KIND_ENUM);
    if (type > 0) {
        const struct btf_type *t = btf__type_by_id(btf, (uint32_t)type);
        const struct btf_enum *v = btf_enum(t);
        for (unsigned i = 0; i < btf_vlen(t); i++)
            found = found || (v[i].val == id && id != 0);
    }
    btf__free(btf);
    return found;
}

static skr_probe_mode choose_mode(skr_probe *p, const skr_wanted *w)
{
    if (p->options.mode != SKR_PROBE_AUTO)
        return p->options.mode;
    if (!skr_probe_has_helper(HELPER_CURRENT_TASK_BTF))
        return SKR_PROBE_DISPATCH_58;
    if (p->options.compat || w->calls > SKR_PROBE_MANY_CALLS || !skr_probe_has_helper(HELPER_TASK_PT_REGS) ||
        skr_tracefs_id(p->tracefs, "syscalls", "sys_exit_close") < 0)
        return SKR_PROBE_DISPATCH;
    return SKR_PROBE_PER_CALL;
}

static uint64_t boot_offset(void)
{
    struct timespec real, boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &real);
    return (uint64_t)(real.tv_sec - boot.tv_sec) * 1000000000 + (uint64_t)(real.tv_nsec - boot.tv_nsec);
}

/* ---- Loading ---- */

/* The object of a mode, unpacked into memory of `*size` bytes. */
static void *unpack(skr_probe *p, size_t *size)
{
    const skr_blob *b = p->mode == SKR_PROBE_PER_CALL   ? &skr_blob_per_call
                        : p->mode == SKR_PROBE_DISPATCH ? &skr_blob_dispatch
                                                        : &skr_blob_dispatch58;
    void *text = skr_alloc(p->mem, b->size);
    uLongf got = b->size;
    if (text && (uncompress(text, &got, b->packed, b->packed_size) != Z_OK || got != b->size)) {
        skr_free(p->mem, text, b->size);
        text = NULL;
    }
    *size = b->size;
    return text;
}

/* The initial value of a map of variables. NULL: no such map, or another size. */
static void *initial_value(const skr_probe *p, const char *map, size_t size)
{
    struct bpf_map *m = bpf_object__find_map_by_name(p->object, map);
    size_t has = 0;
    const void *value = m ? bpf_map__initial_value(m, &has) : NULL;
    return has == size ? (void *)(uintptr_t)value : NULL; /* ours to write, whatever libbpf 1.0 to 1.2 declare */
}

/* Rings are made for the processors that can be there without new hardware: up to the highest number present. */
static unsigned count_cpus(void)
{
    char text[256] = "";
    unsigned most = 0;
    FILE *f = fopen("/sys/devices/system/cpu/present", "re");
    if (f && fgets(text, sizeof text, f))
        for (const char *at = text; *at;) {
            char *end;
            unsigned long cpu = strtoul(at, &end, 10);
            if (cpu < SKR_MAX_CPUS && cpu + 1 > most && end != at)
                most = (unsigned)cpu + 1;
            at = *end ? end + 1 : end;
        }
    if (f)
        fclose(f);
    int possible = libbpf_num_possible_cpus();
    return most ? most : possible > 0 && possible <= SKR_MAX_CPUS ? (unsigned)possible : 0;
}

static size_t ring_size(const skr_probe *p)
{
    size_t each = p->options.buffer_bytes ? p->options.buffer_bytes / p->cpus : DEFAULT_RING;
    size_t size = SKR_RING_MIN;
    while (size * 2 <= each && size < SKR_RING_MAX)
        size *= 2;
    return size;
}

static int configure(skr_probe *p)
{
    p->boot_ns = boot_offset();
    p->cpus = count_cpus();
    if (!p->cpus)
        return fail(p, SAKER_EIO, "the number of processors is unknown");
    p->ring_size = ring_size(p);
    uint32_t snaplen = p->options.snaplen ? p->options.snaplen : DEFAULT_SNAPLEN;
    struct skr_probe_config config = { .boot_ns = p->boot_ns,
                                       .ring_mask = p->ring_size - 1,
                                       .snaplen = snaplen > MAX_SNAPLEN ? MAX_SNAPLEN : snaplen,
                                       .skip_tgid = (unsigned)p->options.skip };
    struct bpf_map *rings = bpf_object__find_map_by_name(p->object, "rings");
    void *initial = initial_value(p, ".rodata.config", sizeof config);
    if (!rings || !initial || bpf_map__set_max_entries(rings, p->cpus) != 0 ||
        bpf_map__set_value_size(rings, (uint32_t)skr_ring_bytes(p->ring_size)) != 0)
        return fail(p, SAKER_EIO, "the probe's object is not the one this library was built with");
    memcpy(initial, &config, sizeof config);
    return 0;
}

static int map_fd(const skr_probe *p, const char *name)
{
    return bpf_object__find_map_fd_by_name(p->object, name);
}

/* Tables that programs look into: codes of calls, numbers of 32-bit calls, programs by number. */
static int fill_tables(skr_probe *p)
{
    static const uint16_t ia32[][2] = {
#define IA32(i386, x86) { i386, x86 },
#include "tables/ia32.def"
    };
    int codes = map_fd(p, "codes"), natives = map_fd(p, "ia32"), programs = map_fd(p, "calls");
    for (unsigned i = 0; i < skr_live_call_count; i++) {
        const skr_live_call *c = &skr_live_calls[i];
        uint32_t number = (uint32_t)c->number;
        if (c->number < 0 || c->number >= SKR_SYSCALL_MAX)
            continue;
        if (bpf_map_update_elem(codes, &number, &c->sc, BPF_ANY) != 0)
            return -1;
        if (programs < 0 || c->generic)
            continue;
        char name[64];
        snprintf(name, sizeof name, "x_%s", c->name);
        struct bpf_program *prog = bpf_object__find_program_by_name(p->object, name);
        int fd = prog ? bpf_program__fd(prog) : -1;
        if (fd < 0 || bpf_map_update_elem(programs, &number, &fd, BPF_ANY) != 0)
            return -1;
    }
    for (size_t i = 0; natives >= 0 && i < sizeof ia32 / sizeof ia32[0]; i++) {
        uint32_t number = ia32[i][0];
        uint16_t native = (uint16_t)(ia32[i][1] + 1);
        if (number < SKR_SYSCALL_MAX && bpf_map_update_elem(natives, &number, &native, BPF_ANY) != 0)
            return -1;
    }
    return 0;
}

/* Programs for tracepoints that this kernel or architecture does not have would fail the load. */
static void leave_out(skr_probe *p)
{
    struct btf *btf = btf__load_vmlinux_btf();
    struct bpf_program *prog;
    bpf_object__for_each_program(prog, p->object)
    {
        const char *section = bpf_program__section_name(prog);
        char type[128];
        if (strncmp(section, "tp_btf/", 7) != 0 || !btf)
            continue;
        snprintf(type, sizeof type, "btf_trace_%s", section + 7);
        if (btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) < 0)
            bpf_program__set_autoload(prog, false);
    }
    btf__free(btf);
}

static int explain_load(skr_probe *p, int err)
{
    if (err == -EPERM)
        return fail(p, SAKER_EIO, "not permitted to load BPF programs: run as root, or with CAP_BPF and CAP_PERFMON");
    if (access(VMLINUX, R_OK) != 0)
        return fail(p, SAKER_ENOTSUP, "the kernel has no type information (" VMLINUX ", CONFIG_DEBUG_INFO_BTF)");
    return fail(p, SAKER_ENOTSUP, "the kernel does not take the probe: %s (%s)", strerror(-err), p->complaint);
}

static int load(skr_probe *p)
{
    size_t size;
    void *text = unpack(p, &size);
    if (!text)
        return fail(p, SAKER_ENOMEM, "%s", saker_strerror(SAKER_ENOMEM));
    libbpf_print_fn_t before = listen_begin(p);
    struct bpf_object_open_opts opts = { .sz = sizeof opts, .object_name = "saker" };
    /* Types that the kernel lacks libbpf looks for in its modules; before 1.4 it fails if it may not. A file that is
     * named is looked at alone. */
    if (!(skr_capabilities() >> CAP_SYS_ADMIN & 1))
        opts.btf_custom_path = VMLINUX;
    p->object = bpf_object__open_mem(text, size, &opts);
    skr_free(p->mem, text, size);
    int status = 0;
    if (!p->object) {
        status = fail(p, SAKER_EIO, "the probe's object cannot be read: %s", strerror(errno));
    } else if ((status = configure(p)) == 0) {
        leave_out(p);
        int err = bpf_object__load(p->object);
        if (err)
            status = explain_load(p, err);
        else if (fill_tables(p) != 0)
            status = fail(p, SAKER_EIO, "the probe's tables cannot be filled: %s", strerror(errno));
    }
    listen_end(before);
    return status;
}

/* What programs and we both see: the switches, and the rings. */
static int map_shared(skr_probe *p)
{
    void *control = mmap(NULL, sizeof *p->control, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd(p, ".data.control"), 0);
    if (control == MAP_FAILED)
        return fail(p, SAKER_EIO, "the probe's switches cannot be mapped: %s", strerror(errno));
    p->control = control;
    int status = skr_rings_open(&p->rings, p->mem, map_fd(p, "rings"), p->cpus, p->ring_size, p->boot_ns);
    return status ? fail(p, status, "the rings cannot be mapped: %s", strerror(errno)) : 0;
}

static int on_bell(void *ctx, void *data, size_t size)
{
    (void)ctx;
    (void)data;
    (void)size;
    return 0;
}

static int open_bell(skr_probe *p)
{
    p->bell = ring_buffer__new(map_fd(p, "bell"), on_bell, NULL, NULL);
    return p->bell ? 0 : fail(p, SAKER_EIO, "the bell's ring cannot be mapped: %s", strerror(errno));
}

/* ---- Attaching ---- */

static void detach(struct bpf_link **link)
{
    if (*link)
        bpf_link__destroy(*link); /* closes what it holds */
    *link = NULL;
}

static struct bpf_link *attach_point(skr_probe *p, struct bpf_program *prog, const char *name)
{
    struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof attr, .sample_period = 1 };
    int id = skr_tracefs_id(p->tracefs, "syscalls", name);
    if (id < 0)
        return NULL;
    attr.config = (uint64_t)id;
    int fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct bpf_link *link = bpf_program__attach_perf_event(prog, fd);
    if (!link)
        close(fd);
    return link;
}

static struct bpf_program *program(skr_probe *p, const char *prefix, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "%s%s", prefix, name);
    return bpf_object__find_program_by_name(p->object, text);
}

static int attach_calls(skr_probe *p, const skr_wanted *w)
{
    p->missing = 0;
    for (unsigned i = 0; i < skr_live_call_count; i++) {
        const skr_live_call *c = &skr_live_calls[i];
        if (!w->call[i] || p->call[i])
            continue;
        char point[64];
        snprintf(point, sizeof point, "sys_exit_%s", c->point);
        struct bpf_program *prog = program(p, "x_", c->generic ? "generic" : c->name);
        p->call[i] = prog ? attach_point(p, prog, point) : NULL;
        if (!p->call[i] && errno != ENOENT)
            return fail(p, SAKER_EIO, "cannot attach to the end of %s: %s", c->name, strerror(errno));
        p->missing += !p->call[i];
    }
    return 0;
}

static int attach_dispatcher(skr_probe *p, const skr_wanted *w)
{
    bool wanted[SKR_SYSCALL_MAX] = { false };
    for (unsigned i = 0; i < skr_live_call_count; i++)
        if (w->call[i] && skr_live_calls[i].number < SKR_SYSCALL_MAX)
            wanted[skr_live_calls[i].number] = true;
    for (unsigned i = 0; i < SKR_SYSCALL_MAX; i++)
        p->control->wanted[i] = wanted[i];
    if (p->dispatcher)
        return 0;
    struct bpf_program *prog = program(p, "", "dispatch");
    p->dispatcher = prog ? bpf_program__attach(prog) : NULL;
    return p->dispatcher ? 0 : fail(p, SAKER_EIO, "cannot attach to the end of system calls: %s", strerror(errno));
}

static int attach_entries(skr_probe *p, bool wanted)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct bpf_program *prog = program(p, "n_", entry_calls[i]);
        if (!wanted || p->entry[i] || !prog)
            continue;
        char point[64];
        snprintf(point, sizeof point, "sys_enter_%s", entry_calls[i]);
        p->entry[i] = attach_point(p, prog, point);
        if (!p->entry[i] && errno != ENOENT)
            return fail(p, SAKER_EIO, "cannot attach to the start of %s: %s", entry_calls[i], strerror(errno));
    }
    return 0;
}

static int attach_points(skr_probe *p, const skr_wanted *w)
{
    for (unsigned i = 0; i < SKR_POINT_COUNT; i++) {
        struct bpf_program *prog = program(p, "", point_programs[i]);
        if (!w->point[i] || p->point[i] || !prog || !bpf_program__autoload(prog))
            continue;
        p->point[i] = bpf_program__attach(prog);
        if (!p->point[i])
            return fail(p, SAKER_EIO, "cannot attach to tracepoint %s: %s", bpf_program__section_name(prog) + 7,
                        strerror(errno));
    }
    return 0;
}

int skr_probe_attach(skr_probe *p, const skr_wanted *w)
{
    libbpf_print_fn_t before = listen_begin(p);
    p->wanted = *w;
    /* Processes first: what they do is only understood with them. */
    int status = attach_points(p, w);
    if (status == 0)
        status = attach_entries(p, w->entries);
    if (status == 0)
        status = p->mode == SKR_PROBE_PER_CALL ? attach_calls(p, w) : attach_dispatcher(p, w);
    listen_end(before);
    return status;
}

static bool detach_if(struct bpf_link **link, bool unwanted)
{
    if (!unwanted || !*link)
        return false;
    detach(link);
    return true;
}

bool skr_probe_tidy(skr_probe *p)
{
    const skr_wanted *w = &p->wanted;
    for (unsigned i = 0; i < SKR_LIVE_CALLS; i++)
        if (detach_if(&p->call[i], !w->call[i]))
            return true;
    for (unsigned i = 0; i < ENTRIES; i++)
        if (detach_if(&p->entry[i], !w->entries))
            return true;
    for (unsigned i = 0; i < SKR_POINT_COUNT; i++)
        if (detach_if(&p->point[i], !w->point[i]))
            return true;
    return false;
}

int skr_probe_change(skr_probe *p, const skr_wanted *w)
{
    int status = skr_probe_attach(p, w);
    while (status == 0 && skr_probe_tidy(p))
        ;
    return status;
}

int skr_probe_start(skr_probe *p, const skr_wanted *w)
{
    struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
    setrlimit(RLIMIT_MEMLOCK, &all); /* matters before 5.11 only */
    p->tracefs = skr_tracefs_open();
    p->mode = choose_mode(p, w);
    int status = load(p);
    if (status == 0)
        status = map_shared(p);
    if (status == 0)
        status = open_bell(p);
    return status ? status : skr_probe_attach(p, w);
}

skr_probe *skr_probe_new(skr_mem *mem, const skr_probe_options *options)
{
    skr_probe *p = skr_zalloc(mem, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    p->options = *options;
    p->tracefs = -1;
    return p;
}

void skr_probe_set_mode(skr_probe *p, skr_probe_mode mode)
{
    p->options.mode = mode;
}

void skr_probe_free(skr_probe *p)
{
    if (!p)
        return;
    detach(&p->dispatcher);
    for (unsigned i = 0; i < SKR_LIVE_CALLS; i++)
        detach(&p->call[i]);
    for (unsigned i = 0; i < ENTRIES; i++)
        detach(&p->entry[i]);
    for (unsigned i = 0; i < SKR_POINT_COUNT; i++)
        detach(&p->point[i]);
    ring_buffer__free(p->bell);
    skr_rings_close(&p->rings);
    if (p->control)
        munmap((void *)(uintptr_t)p->control, sizeof *p->control);
    bpf_object__close(p->object);
    if (p->tracefs >= 0)
        close(p->tracefs);
    skr_free(p->mem, p, sizeof *p);
}

skr_rings *skr_probe_rings(skr_probe *p)
{
    return &p->rings;
}

int skr_probe_bell(const skr_probe *p)
{
    return p->bell ? ring_buffer__epoll_fd(p->bell) : -1;
}

void skr_probe_hear(skr_probe *p)
{
    ring_buffer__consume(p->bell);
}

uint64_t skr_probe_unmapped(const skr_probe *p)
{
    return p->control ? p->control->unmapped : 0;
}

uint64_t skr_probe_left_out(skr_probe *p)
{
    struct timespec now;
    struct bpf_program *prog;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!p->object || now.tv_sec == p->counted_at)
        return p->left_out;
    p->counted_at = now.tv_sec;
    p->left_out = 0;
    bpf_object__for_each_program(prog, p->object)
    {
        struct bpf_prog_info info = { 0 };
        uint32_t size = sizeof info;
        const int fd = bpf_program__fd(prog);
        if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
            p->left_out += info.recursion_misses;
    }
    return p->left_out;
}

skr_probe_mode skr_probe_get_mode(const skr_probe *p)
{
    return p->mode;
}

unsigned skr_probe_missing(const skr_probe *p)
{
    return p->missing;
}
