/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of the probe. core.bpf.h says which objects are made of this file. */
#include "special.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#include "calls.bpf.inc"

/* Falco's code of a system call by its number; 0: unknown. Filled by the loader. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SKR_SYSCALL_MAX);
    __uint(key_size, 4);
    __uint(value_size, 2);
} codes SEC(".maps");

INLINE int call_generic(const struct call *c, u32 number)
{
    u16 *sc = bpf_map_lookup_elem(&codes, &number);
    BEGIN(1, 2, 64);
    put_u16(&e, 0, sc ? *sc : 0);
    put_u16(&e, 1, (u16)number);
    END();
}

INLINE bool skipped(struct task_struct *t)
{
    return config.skip_tgid && (u32)TR(t, tgid) == config.skip_tgid;
}

/* ---- Exits of system calls ---- */

#ifdef SKR_PER_CALL

INLINE bool call_init(struct call *c)
{
    c->task = current_task();
    c->regs = (struct pt_regs *)bpf_task_pt_regs((void *)c->task);
    c->ret = reg_result(c->regs);
    return !skipped(c->task);
}

/* What a tracepoint's program returns says whether perf shall have the record too: never. */
#define PROGRAM(name)                                                                                                  \
    SEC("tracepoint")                                                                                                  \
    int x_##name(void *ctx)                                                                                            \
    {                                                                                                                  \
        struct call c;                                                                                                 \
        if (call_init(&c))                                                                                             \
            call_##name(&c);                                                                                           \
        return 0;                                                                                                      \
    }

SEC("tracepoint")
int x_generic(void *ctx)
{
    struct call c;
    if (call_init(&c))
        call_generic(&c, reg_number(c.regs));
    return 0;
}

#else

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, SKR_SYSCALL_MAX);
    __uint(key_size, 4);
    __uint(value_size, 4);
} calls SEC(".maps");

/* x86-64 number of an i386 system call + 1; 0: none. Filled by the loader. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SKR_SYSCALL_MAX);
    __uint(key_size, 4);
    __uint(value_size, 2);
} ia32 SEC(".maps");

/* Numbers behind socketcall's first argument; 0: none. */
const u16 socketcalls[21] = { 0, 41, 49, 42, 50, 43, 51, 52, 53, 0, 0, 44, 45, 48, 54, 55, 46, 47, 288, 299, 307 };
enum { NO_CALL = SKR_SYSCALL_MAX };

/* The number by which the call is known here, whatever its caller's word size. */
INLINE u32 call_init(struct call *c, u64 *ctx)
{
    c->task = current_task();
    c->regs = (struct pt_regs *)ctx[0];
    c->ret = (s64)ctx[1];
    c->compat = c->socketcall = false;
    u32 number = reg_number(c->regs);
#if defined(__TARGET_ARCH_x86)
    /* A 64-bit execve of a 32-bit program ends with the mark of 32-bit calls set. */
    if (TR(c->task, thread_info.status) & TS_COMPAT && number != 59 && number != 322) {
        c->compat = true;
        c->ret = (s32)c->ret;
        if (number == 102) {
            u32 which = reg_arg32(c->regs, 0);
            c->socketcall = true;
            number = which < 21 ? socketcalls[which] : 0;
            return number ? number : NO_CALL;
        }
        u16 *native = bpf_map_lookup_elem(&ia32, &number);
        return native && *native ? *native - 1 : NO_CALL;
    }
#endif
    return number;
}

#define PROGRAM(name)                                                                                                  \
    SEC("tp_btf/sys_exit")                                                                                             \
    int x_##name(u64 *ctx)                                                                                             \
    {                                                                                                                  \
        struct call c;                                                                                                 \
        call_init(&c, ctx);                                                                                            \
        return call_##name(&c);                                                                                        \
    }

SEC("tp_btf/sys_exit")
int dispatch(u64 *ctx)
{
    struct call c;
    u32 number = call_init(&c, ctx);
    if (number >= SKR_SYSCALL_MAX || !control.wanted[number] || skipped(c.task))
        return 0;
    bpf_tail_call(ctx, &calls, number);
    return call_generic(&c, number);
}

#endif

#undef CALL
#define CALL(name, point, sc, x86, arm) PROGRAM(name)
#define GENERIC(name, point, sc, x86, arm)
#include "../tables/calls.def"

/* ---- Entries of calls that open and connect: what the kernel is about to read, before another thread can change it
 * ---- */

#ifdef SKR_PER_CALL
#define ENTER(name) SEC("tracepoint") int n_##name(void *ctx)
#define ENTER_BEGIN(code, nparams, room)                                                                               \
    struct call call, *c = &call;                                                                                      \
    struct event e;                                                                                                    \
    if (!call_init(c) || !event_begin(&e, code, nparams, room))                                                        \
    return 0

ENTER(connect)
{
    ENTER_BEGIN(22, 2, 256);
    put_s64(&e, 0, (s32)ARG(0));
    put_sockaddr(&e, 1, ARG(1), ARG(2));
    END();
}
ENTER(creat)
{
    ENTER_BEGIN(58, 2, 4224);
    put_ustr(&e, 0, ARG(0), 4096);
    put_u32(&e, 1, map_open_modes(K_CREAT, ARG(1)));
    END();
}
ENTER(open)
{
    ENTER_BEGIN(2, 3, 4224);
    put_ustr(&e, 0, ARG(0), 4096);
    put_u32(&e, 1, map_open_flags(ARG(1)));
    put_u32(&e, 2, map_open_modes(ARG(1), ARG(2)));
    END();
}
ENTER(openat)
{
    ENTER_BEGIN(306, 4, 4224);
    put_s64(&e, 0, (s32)ARG(0));
    put_ustr(&e, 1, ARG(1), 4096);
    put_u32(&e, 2, map_open_flags(ARG(2)));
    put_u32(&e, 3, map_open_modes(ARG(2), ARG(3)));
    END();
}
ENTER(openat2)
{
    ENTER_BEGIN(326, 5, 4224);
    struct user_open_how how = USER(struct user_open_how, ARG(2));
    put_s64(&e, 0, (s32)ARG(0));
    put_ustr(&e, 1, ARG(1), 4096);
    put_u32(&e, 2, map_open_flags(how.flags));
    put_u32(&e, 3, map_open_modes(how.flags, how.mode));
    put_u32(&e, 4, map_openat2_resolve(how.resolve));
    END();
}
#endif

/* ---- Other tracepoints ---- */

SEC("tp_btf/sched_process_exec")
int BPF_PROG(t_exec, struct task_struct *p, int old_pid, struct linux_binprm *bprm)
{
    return skipped(p) ? 0 : exec_done(p, bprm);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(t_exit, struct task_struct *p)
{
    return TR(p, flags) & PF_KTHREAD_K ? 0 : exit_event(p);
}

enum {
    SIGHUP_K = 1,
    SIGINT_K = 2,
    SIGQUIT_K = 3,
    SIGKILL_K = 9,
    SIGTERM_K = 15,
    SIGCHLD_K = 17,
    SIGTSTP_K = 20,
    SIGRTMIN_K = 32
};

INLINE u64 signal_sender(int sig, struct kernel_siginfo *info)
{
    if ((u64)info <= 2) /* SEND_SIG_NOINFO, SEND_SIG_PRIV */
        return 0;
    int code = KR(info, si_code);
    switch (sig) {
    case SIGKILL_K:
        return (u64)KR(info, _sifields._kill._pid);
    case SIGTERM_K:
    case SIGHUP_K:
    case SIGINT_K:
    case SIGTSTP_K:
    case SIGQUIT_K:
        return code <= 0 ? (u64)KR(info, _sifields._kill._pid) : 0;
    case SIGCHLD_K:
        return (u64)KR(info, _sifields._sigchld._pid);
    }
    return sig >= SIGRTMIN_K ? (u64)KR(info, _sifields._rt._pid) : 0;
}

SEC("tp_btf/signal_deliver")
int BPF_PROG(t_signal, int sig, struct kernel_siginfo *info, struct k_sigaction *ka)
{
    struct task_struct *t = current_task();
    struct event e;
    if (skipped(t) || !event_begin(&e, 232, 3, 64))
        return 0;
    put_u64(&e, 0, signal_sender(sig, info));
    put_s64(&e, 1, TR(t, pid));
    put_u8(&e, 2, (u8)sig);
    event_end(&e, TR(t, pid));
    return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(t_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
    struct event e;
    if (!event_begin(&e, 152, 6, 128))
        return 0;
    put_s64(&e, 0, TR(next, pid));
    put_u64(&e, 1, TR(prev, maj_flt));
    put_u64(&e, 2, TR(prev, min_flt));
    put_u32(&e, 3, task_vm_size(prev));
    put_u32(&e, 4, task_vm_rss(prev));
    put_u32(&e, 5, task_vm_swap(prev));
    event_end(&e, TR(prev, pid));
    return 0;
}

#if defined(__TARGET_ARCH_x86)
INLINE int page_fault(u64 address, struct pt_regs *regs, u64 error)
{
    struct task_struct *t = current_task();
    struct event e;
    u64 code = 0;
    if (skipped(t) || !event_begin(&e, 290, 3, 64))
        return 0;
    /* The bytes at the instruction, not its address: so do the format's other writers. */
    bpf_probe_read_kernel(&code, 8, (void *)KR(regs, ip));
    put_u64(&e, 0, address);
    put_u64(&e, 1, code);
    put_u32(&e, 2, map_pf_flags(error));
    event_end(&e, TR(t, pid));
    return 0;
}
SEC("tp_btf/page_fault_user")
int BPF_PROG(t_fault_user, unsigned long address, struct pt_regs *regs, unsigned long error)
{
    return page_fault(address, regs, error);
}
SEC("tp_btf/page_fault_kernel")
int BPF_PROG(t_fault_kernel, unsigned long address, struct pt_regs *regs, unsigned long error)
{
    return page_fault(address, regs, error);
}
enum { CLONE3_K = 435 }; /* the number of 32-bit callers, too */

/* clone3's flags are in memory of the caller, which may have gone on, and freed or filled it, when the child gets to
 * the end of its call: they are looked at here, while the caller waits in the kernel, and what is shared is seen, not
 * said. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(t_fork, struct task_struct *parent, struct task_struct *child)
{
    struct pt_regs *regs = (void *)KR(child, thread.sp) + bpf_core_field_offset(struct fork_frame, regs);
    if (KR(regs, orig_ax) != CLONE3_K)
        return 0;
    u64 args = TR(parent, thread_info.status) & TS_COMPAT ? (u32)KR(regs, bx) : KR(regs, di);
    u32 flags = map_clone_flags(USER(u64, args)) & ~(C_FILES | C_FS | C_SIGHAND | C_THREAD | C_VM);
    flags |= TR(child, files) == TR(parent, files) ? C_FILES : 0;
    flags |= TR(child, fs) == TR(parent, fs) ? C_FS : 0;
    flags |= TR(child, sighand) == TR(parent, sighand) ? C_SIGHAND : 0;
    flags |= TR(child, tgid) == TR(parent, tgid) ? C_THREAD : 0;
    flags |= TR(child, mm) == TR(parent, mm) ? C_VM : 0;
    u32 tid = (u32)TR(child, pid);
    bpf_map_update_elem(&born, &tid, &flags, 0);
    return 0;
}
#else
/* On these architectures a child does not leave through sys_exit. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(t_fork, struct task_struct *parent, struct task_struct *child)
{
    struct event e;
    if (TR(child, flags) & PF_KTHREAD_K || skipped(child) || !event_begin(&e, 223, 21, ROOM_TASK))
        return 0;
    u32 flags = TR(child, pid) != TR(child, tgid) ? C_THREAD | C_SIGHAND | C_VM : 0;
    if (KR(child, files) == KR(parent, files))
        flags |= C_FILES;
    if (KR(task_pidns(child), level) != 0)
        flags |= C_CHILD_IN_PIDNS;
    put_s64(&e, 0, 0);
    put_exe_args(&e, 1, child);
    put_task(&e, 3, child, parent);
    put_cgroups(&e, 14, child);
    put_u32(&e, 15, flags);
    put_u32(&e, 16, KR(child, cred, euid.val));
    put_u32(&e, 17, KR(child, cred, egid.val));
    put_s64(&e, 18, pid_number(child, PIDTYPE_PID, true));
    put_s64(&e, 19, pid_number(child, PIDTYPE_TGID, true));
    put_u64(&e, 20, pidns_init_start(child));
    event_end(&e, TR(child, pid));
    return 0;
}
#endif
