/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that a test process makes, and how the live capture must print each. */
#include "actions.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Raw calls: libc may use others. */
#define DO(...) (void)!syscall(__VA_ARGS__)

static int fds[2];
static struct sockaddr_in local; /* of the listening socket */
static char text[64] = "hello live world";

static void opened(void)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    fds[0] = fd;
}
static void opened_again(void)
{
    DO(SYS_close, fds[0]);
    fds[0] = (int)syscall(SYS_openat, AT_FDCWD, "a", O_RDONLY | O_DIRECTORY);
    fds[0] = (int)syscall(SYS_openat, AT_FDCWD, "a", O_RDWR | O_APPEND | O_SYNC | O_NONBLOCK | O_DSYNC);
}
static void open_fails(void)
{
    DO(SYS_openat, AT_FDCWD, "/no/such/file", O_WRONLY | O_TRUNC | O_EXCL | O_CREAT, 0777);
}
static void open_null(void)
{
    DO(SYS_openat, 77, NULL, O_RDONLY);
}
static void open_empty(void)
{
    DO(SYS_openat, AT_FDCWD, "", O_RDONLY);
}
#ifdef SYS_open
static void open_old(void)
{
    DO(SYS_close, (int)syscall(SYS_open, "a", O_WRONLY, 0));
}
static void creat_old(void)
{
    DO(SYS_close, (int)syscall(SYS_creat, "b", 0604));
}
#endif
static void open2(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = { O_RDONLY | O_PATH, 0, 0x4 | 0x1 };
    DO(SYS_close, (int)syscall(SYS_openat2, AT_FDCWD, "a", &how, sizeof how));
}
static void closed_bad(void)
{
    DO(SYS_close, 9999);
}
static void close_rng(void)
{
    DO(SYS_close_range, 900u, 1000u, 4u);
}
static void written(void)
{
    DO(SYS_write, fds[0], text, 16);
}
static void write_long(void)
{
    char many[200];
    memset(many, 'x', sizeof many);
    DO(SYS_write, fds[0], many, sizeof many);
}
static void writev2(void)
{
    struct iovec v[3] = { { text, 3 }, { text + 6, 4 }, { text, 0 } };
    DO(SYS_writev, fds[0], v, 3);
}
static void read_at(void)
{
    char in[64];
    DO(SYS_pread64, fds[0], in, sizeof in, 3L);
}
static void preadv1(void)
{
    char in[5], more[40];
    struct iovec v[2] = { { in, sizeof in }, { more, sizeof more } };
    DO(SYS_preadv, fds[0], v, 2, 1L, 0L);
}
static void read_bad(void)
{
    DO(SYS_read, 9999, text, 10);
}
static void seek(void)
{
    DO(SYS_lseek, fds[0], -2L, SEEK_END);
}
static void duped(void)
{
    int d = (int)syscall(SYS_dup, fds[0]);
    DO(SYS_dup3, d, 100, O_CLOEXEC);
    DO(SYS_close, 100);
    DO(SYS_close, d);
}
static void fcntls(void)
{
    DO(SYS_fcntl, fds[0], F_GETFL);
    DO(SYS_close, (int)syscall(SYS_fcntl, fds[0], F_DUPFD_CLOEXEC, 200));
}
static void renamed(void)
{
    DO(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", 1);
}
static void linked(void)
{
    DO(SYS_linkat, AT_FDCWD, "a", AT_FDCWD, "d", 0x400);
    DO(SYS_symlinkat, "/etc/shadow", AT_FDCWD, "e");
}
static void unlinked(void)
{
    DO(SYS_unlinkat, AT_FDCWD, "d", 0);
    DO(SYS_unlinkat, AT_FDCWD, "no-dir", AT_REMOVEDIR);
}
static void modes(void)
{
    DO(SYS_fchmodat, AT_FDCWD, "a", 04755);
    DO(SYS_fchmod, fds[0], 0600);
    DO(SYS_fchownat, AT_FDCWD, "a", 0, 0, AT_SYMLINK_NOFOLLOW);
}
static void dirs(void)
{
    DO(SYS_mkdirat, AT_FDCWD, "sub", 0711);
    DO(SYS_chdir, "sub");
    DO(SYS_chdir, "..");
    DO(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
}
static void mounts(void)
{
    DO(SYS_mount, "none", "/no/such/place", "tmpfs", MS_RDONLY | MS_NOSUID, NULL);
    DO(SYS_umount2, "/no/such/place", MNT_DETACH | UMOUNT_NOFOLLOW);
}
static void pipes(void)
{
    int p[2];
    DO(SYS_pipe2, p, O_NONBLOCK | O_CLOEXEC);
    DO(SYS_close, p[0]);
    DO(SYS_close, p[1]);
}
static void descriptors(void)
{
    DO(SYS_eventfd2, 7, O_NONBLOCK);
    DO(SYS_epoll_create1, EPOLL_CLOEXEC);
    DO(SYS_inotify_init1, O_CLOEXEC);
    DO(SYS_timerfd_create, 1, O_NONBLOCK);
    DO(SYS_memfd_create, "payload", 3);
    DO(SYS_pidfd_open, getpid(), 0);
    DO(SYS_close_range, 3u + (unsigned)fds[0], ~0u, 0u);
}
static void inet(void)
{
    socklen_t len = sizeof local;
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    DO(SYS_bind, s, &a, sizeof a);
    DO(SYS_listen, s, 5);
    getsockname(s, (struct sockaddr *)&local, &len);
    int c = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    DO(SYS_connect, c, &local, sizeof local);
    int in = (int)syscall(SYS_accept4, s, NULL, NULL, SOCK_NONBLOCK);
    DO(SYS_sendto, c, text, 5, 0, NULL, 0);
    DO(SYS_recvfrom, in, text + 32, 20, 0, NULL, NULL);
    DO(SYS_shutdown, c, SHUT_WR);
    int one = 1, error = 0;
    struct timeval t = { 2, 500000 };
    len = sizeof error;
    DO(SYS_setsockopt, c, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    DO(SYS_setsockopt, c, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    DO(SYS_setsockopt, c, IPPROTO_TCP, 1, &one, sizeof one);
    DO(SYS_getsockopt, c, SOL_SOCKET, SO_ERROR, &error, &len);
    DO(SYS_close, in);
    DO(SYS_close, c);
    DO(SYS_close, s);
}
static void connect_fails(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int s = socket(AF_INET, SOCK_STREAM, 0);
    DO(SYS_connect, s, &a, sizeof a);
    DO(SYS_close, s);
}
static void inet6(void)
{
    struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    int s = socket(AF_INET6, SOCK_DGRAM, 0);
    DO(SYS_connect, s, &a, sizeof a);
    DO(SYS_close, s);
}
static void udp(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct iovec v[2] = { { text, 5 }, { text + 5, 6 } };
    struct msghdr m = { .msg_name = &a, .msg_namelen = sizeof a, .msg_iov = v, .msg_iovlen = 2 };
    struct mmsghdr mm[2] = { { .msg_hdr = m }, { .msg_hdr = m } };
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    DO(SYS_sendto, s, text, 5, 0, &a, sizeof a);
    DO(SYS_sendmsg, s, &m, 0);
    mm[1].msg_hdr.msg_iovlen = 1;
    DO(SYS_sendmmsg, s, mm, 2, 0);
    DO(SYS_close, s);
}
static int ends[2];
/* Waits until the thread that made it waits in recvmmsg, takes the memory of the messages away, and sends the second.
 */
static void *take_away(void *ctx)
{
    char name[64], call[16] = "";
    snprintf(name, sizeof name, "/proc/self/task/%d/syscall", getpid());
    while (atoi(call) != SYS_recvmmsg) {
        FILE *f = fopen(name, "r");
        if (!f)
            break;
        if (!fgets(call, sizeof call, f))
            strcpy(call, "");
        fclose(f);
        usleep(1000);
    }
    munmap(ctx, 4096);
    DO(SYS_sendto, ends[1], text, 5, 0, NULL, 0);
    return NULL;
}
static void taken_away(void)
{
    pthread_t other;
    struct iovec v = { text, 5 };
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    struct mmsghdr *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (m == MAP_FAILED || socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0)
        return;
    m[0].msg_hdr = m[1].msg_hdr = (struct msghdr){ .msg_iov = &v, .msg_iovlen = 1 };
    if (send(ends[1], text, 5, 0) != 5 || pthread_create(&other, NULL, take_away, m) != 0)
        return;
    DO(SYS_recvmmsg, ends[0], m, 2, 0, NULL);
    pthread_join(other, NULL);
    close(ends[0]);
    close(ends[1]);
}
static void local_sockets(void)
{
    int p[2];
    char in[32];
    struct iovec v = { in, sizeof in };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "sock" };
    struct sockaddr_un hidden = { .sun_family = AF_UNIX, .sun_path = "\0hidden" };
    DO(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, p);
    DO(SYS_write, p[0], text, 5);
    DO(SYS_recvmsg, p[1], &m, 0);
    int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    DO(SYS_bind, s, &a, sizeof a);
    DO(SYS_listen, s, 1);
    DO(SYS_connect, c, &a, sizeof a);
    DO(SYS_connect, socket(AF_UNIX, SOCK_STREAM, 0), &hidden, 2 + 7);
    DO(SYS_close_range, (unsigned)p[0], ~0u, 0u);
}
static void ids(void)
{
    DO(SYS_setresuid, -1, 0, -1);
    DO(SYS_setresgid, 0, -1, 0);
    DO(SYS_setuid, 0);
    DO(SYS_setsid);
    DO(SYS_setpgid, 0, 12345);
    struct rlimit r = { 1000, 2000 };
    DO(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &r);
    DO(SYS_unshare, CLONE_FS | CLONE_FILES);
    DO(SYS_setns, 9999, CLONE_NEWNET);
    DO(SYS_chroot, "/no/such/root");
}
static void controls(void)
{
    DO(SYS_prctl, PR_SET_NAME, "renamed", 0, 0, 0);
    DO(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    DO(SYS_ptrace, PTRACE_ATTACH, 999999, 0, 0);
    DO(SYS_kill, 999999, SIGTERM);
    DO(SYS_tgkill, 999999, 999998, SIGUSR1);
    DO(SYS_bpf, 5, NULL, 0);
    DO(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "ring");
    DO(SYS_keyctl, KEYCTL_REVOKE, 123456789);
    DO(SYS_finit_module, 9999, "x=1", 2);
    DO(SYS_delete_module, "none", O_NONBLOCK);
    DO(SYS_userfaultfd, -1);
    DO(SYS_seccomp, 99, 0, NULL);
    DO(SYS_io_uring_setup, 0, NULL);
}
static void memory(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    DO(SYS_mprotect, p, 4096, PROT_READ | PROT_EXEC);
    DO(SYS_munmap, p, 4096);
}
static void waits(void)
{
    struct pollfd p[2] = { { fds[0], POLLIN | POLLOUT, 0 }, { -1, POLLIN, 0 } };
    struct timespec t = { 3, 1500 }, brief = { 0, 1500 };
    DO(SYS_ppoll, p, 2, &t, NULL, 8);
    DO(SYS_nanosleep, &brief, NULL);
}
static void exec_fails(void)
{
    /* on the stack: a page that nobody has touched yet cannot be read by the probe */
    char prog[] = "prog", option[] = "-x", words[] = "two words", a[] = "A=1", b[] = "B=2";
    const char *argv[] = { prog, option, words, NULL }, *env[] = { a, b, NULL };
    DO(SYS_execve, "/no/such/program", argv, env);
}
static void exec_works(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        const char *argv[] = { "true", "an argument", NULL }, *env[] = { "C=3", NULL };
        DO(SYS_execve, "/bin/true", argv, env);
        _exit(1);
    }
    int status;
    waitpid(pid, &status, 0);
}
/* A child that first runs when its parent has long wiped what it gave to clone3. */
static void cloned(void)
{
    cpu_set_t before, one;
    struct sched_param first = { .sched_priority = 1 }, usual = { 0 };
    uint64_t *args = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (args == MAP_FAILED || sched_getaffinity(0, sizeof before, &before) != 0)
        return;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
    args[0] = CLONE_FS;
    args[4] = SIGCHLD;
    pid_t pid = (pid_t)syscall(SYS_clone3, args, 64);
    if (pid == 0)
        _exit(7);
    memset(args, 0, 64);
    sched_setscheduler(0, SCHED_OTHER, &usual);
    sched_setaffinity(0, sizeof before, &before);
    int status;
    if (pid > 0)
        waitpid(pid, &status, 0);
}
static void killed(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    if (pid < 0) /* -1 stands for every process */
        return;
    kill(pid, SIGTERM);
    int status;
    waitpid(pid, &status, 0);
}
static void generic(void)
{
    DO(SYS_sched_yield);
}

/* A name that changes while the call waits: what the kernel opened is the pipe. */
static char changing[32];
static void *change_name(void *ctx)
{
    (void)ctx;
    usleep(100000);
    strcpy(changing, "/etc/innocent");
    close(open("fifo", O_WRONLY));
    return NULL;
}
static void name_changes(void)
{
    pthread_t other;
    strcpy(changing, "fifo");
    if (pthread_create(&other, NULL, change_name, NULL) != 0)
        return;
    DO(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, changing, O_RDONLY));
    pthread_join(other, NULL);
}

#ifdef __x86_64__
/* Calls by the 32-bit gate, which any program may use. */
static long call32(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}
bool actions_have_gate(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL); /* nobody shall report what is expected */
        _exit(call32(20, 0, 0, 0) == getpid() ? 0 : 1);
    }
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0;
}
static void calls32(void)
{
    struct low {
        char path[32];
        uint32_t args[3];
    } *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (low == MAP_FAILED || !actions_have_gate())
        return;
    strcpy(low->path, "/no/such/32");
    low->args[0] = 9999;
    low->args[1] = 7;
    call32(5, (long)low->path, O_WRONLY, 0); /* open */
    call32(102, 4, (long)low->args, 0);      /* socketcall: listen */
    call32(99999, 0, 0, 0);                  /* none */
}
#else
bool actions_have_gate(void)
{
    return false;
}
#endif

#define SIZES "vm_size=* vm_rss=* vm_swap=0"
const action actions[] = {
    { opened, "openat",
      "fd=3* dirfd=-100(AT_FDCWD) name=a(*/a) flags=20487(O_CREAT|O_RDWR|O_CLOEXEC|O_F_CREATED) "
      "mode=0640 dev=* ino=*" },
    { opened_again, "close", "res=0 fd=3*" },
    { NULL, "openat",
      "fd=-20(ENOTDIR) dirfd=-100(AT_FDCWD) name=a(*/a) flags=9217(O_DIRECTORY|O_RDONLY|O_TMPFILE) "
      "mode=* dev=0 ino=0" },
    { NULL, "openat",
      "fd=3* dirfd=* name=a(*) flags=219(O_SYNC|O_NONBLOCK|O_DSYNC|O_APPEND|O_RDWR) mode=0 dev=* ino=*" },
    { open_fails, "openat",
      "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=/no/such/file "
      "flags=294(O_TRUNC|O_EXCL|O_CREAT|O_WRONLY) mode=0777 dev=0 ino=0" },
    { open_null, "openat", "fd=-14(EFAULT) dirfd=77 name=<NA> flags=1(O_RDONLY) mode=0 dev=0 ino=0" },
    { open_empty, "openat", "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name= flags=1(O_RDONLY) mode=0 dev=0 ino=0" },
#ifdef SYS_open
    { open_old, "open", "fd=4* name=a(*/a) flags=2(O_WRONLY) mode=0 dev=* ino=*" },
    { creat_old, "creat", "fd=4* name=b(*/b) mode=0604 dev=* ino=* creat_flags=0" },
#endif
    { open2, "openat2",
      "fd=4* dirfd=-100(AT_FDCWD) name=a(*) flags=1(O_RDONLY) mode=0 "
      "resolve=24(RESOLVE_NO_SYMLINKS|RESOLVE_NO_XDEV) dev=* ino=*" },
    { closed_bad, "close", "res=-9(EBADF) fd=9999" },
    { close_rng, "close_range", "res=0 first=900 last=1000 flags=4(CLOSE_RANGE_CLOEXEC)" },
    { written, "write", "res=16 data=hello live world fd=3(<f>*) size=16" },
    { write_long, "write",
      "res=200 data=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "
      "fd=3(*) size=200" },
    { writev2, "writev", "res=7 data=hellive fd=3(*) size=7" },
    { read_at, "pread", "res=64 data=lo live worldxx* fd=3(*) size=64 pos=3" },
    { preadv1, "preadv", "res=45 size=45 data=ello live worldxx* fd=3(*) pos=1" },
    { read_bad, "read", "res=-9(EBADF) data=NULL fd=9999 size=10" },
    { seek, "lseek", "res=221 fd=3(*) offset=-2 whence=2(SEEK_END)" },
    { duped, "dup", "res=4(*) oldfd=3(*)" },
    { NULL, "dup3", "res=100(*) oldfd=4(*) newfd=100(*) flags=4096(O_CLOEXEC)" },
    { fcntls, "fcntl", "res=* fd=3(*) cmd=4(F_GETFL) arg=*" },
    { NULL, "fcntl", "res=200(*) fd=3(*) cmd=26(F_DUPFD_CLOEXEC) arg=C8" },
    { renamed, "renameat2",
      "res=0 olddirfd=-100(AT_FDCWD) oldpath=b(*/b) newdirfd=-100(AT_FDCWD) newpath=c(*/c) "
      "flags=1(RENAME_NOREPLACE)" },
    { linked, "linkat",
      "res=0 olddir=-100(AT_FDCWD) oldpath=a(*/a) newdir=-100(AT_FDCWD) newpath=d(*/d) "
      "flags=1024(AT_SYMLINK_FOLLOW)" },
    { NULL, "symlinkat", "res=0 target=/etc/shadow linkdirfd=-100(AT_FDCWD) linkpath=e(*/e)" },
    { unlinked, "unlinkat", "res=0 dirfd=-100(AT_FDCWD) name=d(*/d) flags=0" },
    { NULL, "unlinkat", "res=-2(ENOENT) dirfd=-100(AT_FDCWD) name=no-dir(*) flags=512(AT_REMOVEDIR)" },
    { modes, "fchmodat",
      "res=0 dirfd=-100(AT_FDCWD) filename=a(*/a) "
      "mode=04755(S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR|S_ISUID)" },
    { NULL, "fchmod", "res=0 fd=3(*) mode=0600(S_IWUSR|S_IRUSR)" },
    { NULL, "fchownat", "res=0 dirfd=-100(AT_FDCWD) pathname=a(*/a) uid=0 gid=0 flags=1024(AT_SYMLINK_NOFOLLOW)" },
    { dirs, "mkdirat", "res=0 dirfd=-100(AT_FDCWD) path=sub(*/sub) mode=1C9" },
    { NULL, "chdir", "res=0 path=sub" },
    { NULL, "chdir", "res=0 path=.." },
    { NULL, "mknodat", "res=0 dirfd=-100(AT_FDCWD) path=fifo(*/fifo) mode=010600(S_IWUSR|S_IRUSR|S_IFIFO) dev=0" },
    { name_changes, "+openat",
      "fd=*(<f>*/fifo) dirfd=-100(AT_FDCWD) name=/etc/innocent flags=1(O_RDONLY) mode=0 dev=* ino=*" },
    { NULL, "-openat",
      "fd=*(<f>/etc/innocent) dirfd=-100(AT_FDCWD) name=/etc/innocent flags=1(O_RDONLY) mode=0 dev=* ino=*" },
    { mounts, "mount", "res=-2(ENOENT) dev=none dir=/no/such/place type=tmpfs flags=3(RDONLY|NOSUID)" },
    { NULL, "umount2", "res=-2(ENOENT) name=/no/such/place flags=10(DETACH|NOFOLLOW)" },
    { pipes, "pipe2", "res=0 fd1=4(<p>) fd2=5(<p>) ino=* flags=4160(O_NONBLOCK|O_CLOEXEC)" },
    { descriptors, "eventfd2", "res=4(<e>) flags=64(O_NONBLOCK) initval=7" },
    { NULL, "epoll_create1", "res=5 flags=1(EPOLL_CLOEXEC)" },
    { NULL, "inotify_init1", "res=6(<i>) flags=4096(O_CLOEXEC)" },
    { NULL, "timerfd_create", "res=7(<t>) clockid=1 flags=40" },
    { NULL, "memfd_create", "fd=8(<m>payload) name=payload flags=3(MFD_CLOEXEC|MFD_ALLOW_SEALING)" },
    { NULL, "pidfd_open", "fd=9(<P>*) pid=*(live_test) flags=0" },
    { inet, "socket", "fd=*(<4>) domain=2(AF_INET) type=524289 proto=0 flags=4096(O_CLOEXEC)" },
    { NULL, "bind", "res=0 addr=127.0.0.1:0 fd=*(*)" },
    { NULL, "listen", "res=0 fd=*(*) backlog=5" },
    { NULL, "socket", "fd=*(<4>) domain=2(AF_INET) type=1 proto=6 flags=0(O_NONE)" },
    { NULL, "connect", "res=0 tuple=127.0.0.1:*->127.0.0.1:* fd=*(<4t>127.0.0.1:*->127.0.0.1:*) addr=127.0.0.1:*" },
    { NULL, "accept4",
      "fd=*(<4t>127.0.0.1:*->127.0.0.1:*) tuple=127.0.0.1:*->127.0.0.1:* queuepct=0 queuelen=0 "
      "queuemax=5 flags=40" },
    { NULL, "sendto", "res=5 data=hello fd=*(<4t>*) size=5 tuple=127.0.0.1:*->127.0.0.1:*" },
    { NULL, "recvfrom", "res=5 data=hello tuple=127.0.0.1:*->127.0.0.1:* fd=*(<4t>*) size=20" },
    { NULL, "shutdown", "res=0 fd=*(*) how=1(SHUT_WR)" },
    { NULL, "setsockopt", "res=0 fd=*(*) level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=1 optlen=4" },
    { NULL, "setsockopt", "res=0 fd=*(*) level=1(SOL_SOCKET) optname=20(SO_RCVTIMEO) val=2500000000(2.5s) optlen=16" },
    { NULL, "setsockopt", "res=0 fd=*(*) level=2(SOL_TCP) optname=0(UNKNOWN) val=.... optlen=4" },
    { NULL, "getsockopt", "res=0 fd=*(*) level=1(SOL_SOCKET) optname=4(SO_ERROR) val=0 optlen=4" },
    { connect_fails, "connect", "res=-111(ECONNREFUSED) tuple=NULL fd=*(*) addr=127.0.0.1:1" },
    { inet6, "connect", "res=0 tuple=::1:*->::1:9 fd=*(<6u>::1:*->::1:9) addr=::1:9" },
    { udp, "sendto", "res=5 data=hello fd=*(*) size=5 tuple=0.0.0.0:*->127.0.0.1:9" },
    { NULL, "sendmsg", "res=11 data=hello live* fd=*(*) size=11 tuple=0.0.0.0:*->127.0.0.1:9" },
    { NULL, "sendmmsg", "res=11 fd=*(*) size=11 data=hello live* tuple=0.0.0.0:*->127.0.0.1:9" },
    { NULL, "sendmmsg", "res=5 fd=*(*) size=5 data=hello tuple=0.0.0.0:*->127.0.0.1:9" },
    { taken_away, "recvmmsg", "res=1 fd=*(*) size=0 data=NULL tuple=NULL msgcontrol=NULL" },
    { local_sockets, "socketpair",
      "res=0 fd1=*(<u>) fd2=*(<u>) source=* peer=* domain=1(AF_LOCAL|AF_UNIX) type=1 proto=0" },
    { NULL, "recvmsg", "res=5 size=5 data=hello tuple=*->*  msgcontrol=NULL fd=*(*)" },
    { NULL, "bind", "res=0 addr=sock fd=*(*)" },
    { NULL, "connect", "res=0 tuple=*->* sock fd=*(*sock*) addr=sock" },
    { NULL, "connect", "res=-111(ECONNREFUSED) tuple=NULL fd=*(*) addr=hidden" },
    { ids, "setresuid", "res=0 ruid=-1(<NONE>) euid=0(*) suid=-1(<NONE>)" },
    { NULL, "setresgid", "res=0 rgid=0(*) egid=-1(<NONE>) sgid=0(*)" },
    { NULL, "setuid", "res=0 uid=0(*)" },
    { NULL, "setsid", "res=*" },
    { NULL, "setpgid", "res=-1(EPERM) pid=0 pgid=12345" },
    { NULL, "prlimit", "res=0 newcur=* newmax=* oldcur=* oldmax=* pid=0 resource=7(RLIMIT_NOFILE)" },
    { NULL, "unshare", "res=0 flags=3(CLONE_FILES|CLONE_FS)" },
    { NULL, "setns", "res=-9(EBADF) fd=9999 nstype=16(CLONE_NEWNET)" },
    { NULL, "chroot", "res=-2(ENOENT) path=/no/such/root" },
    { controls, "prctl", "res=0 option=15(PR_SET_NAME) arg2_str=renamed arg2_int=0" },
    { NULL, "prctl", "res=0 option=4(PR_SET_DUMPABLE) arg2_str=<NA> arg2_int=1" },
    { NULL, "ptrace", "res=-3(ESRCH) addr=0 data=0 request=11(PTRACE_ATTACH) pid=999999" },
    { NULL, "kill", "res=-3(ESRCH) pid=999999 sig=15(SIGTERM)" },
    { NULL, "tgkill", "res=-3(ESRCH) pid=999999 tid=999998 sig=10(SIGUSR1)" },
    { NULL, "bpf", "fd=* cmd=5(BPF_PROG_LOAD)" },
    { NULL, "keyctl", "res=* operation=1(KEYCTL_JOIN_SESSION_KEYRING) arg2=ring arg3=0 arg4=0 arg5=0" },
    { NULL, "keyctl", "res=* operation=3(KEYCTL_REVOKE) arg2=123456789 arg3=0 arg4=0 arg5=0" },
    { NULL, "?finit_module", "res=-* fd=9999 uargs=x=1 flags=2(MODULE_INIT_IGNORE_VERMAGIC)" },
    { NULL, "?delete_module", "res=-* name=none flags=2(O_NONBLOCK)" },
    { NULL, "userfaultfd", "res=-* flags=4294967295*" },
    { NULL, "seccomp", "res=-22(EINVAL) op=99 flags=0" },
    { NULL, "io_uring_setup",
      "res=-* entries=0 sq_entries=0 cq_entries=0 flags=0 sq_thread_cpu=0 sq_thread_idle=0 features=0" },
    { memory, "mmap",
      "res=* " SIZES " addr=0 length=4096 prot=3(PROT_READ|PROT_WRITE) flags=10(MAP_PRIVATE|MAP_ANONYMOUS) "
      "fd=-1(EPERM) offset=0" },
    { NULL, "mprotect", "res=0 addr=* length=4096 prot=5(PROT_READ|PROT_EXEC)" },
    { NULL, "munmap", "res=0 " SIZES " addr=* length=4096" },
    { waits, "ppoll", "res=1 fds=3:f5 -1:?0 timeout=*(*s) sigmask=" },
    { NULL, "nanosleep", "res=0 interval=1500(1.5e-06s)" },
    { exec_fails, "execve",
      "res=-2(ENOENT) exe=prog args=-x.two words. tid=* pid=* ptid=*(live_test) cwd=<NA> fdlimit=* pgft_maj=* "
      "pgft_min=* " SIZES
      " comm=renamed cgroups=cpuset=/* env=A=1.B=2. tty=* vpgid=* loginuid=* flags=*EXE_WRITABLE* cap_inheritable=* "
      "cap_permitted=* cap_effective=* exe_ino=* exe_ino_ctime=* exe_ino_mtime=* uid=0(*) trusted_exepath=/*/live_test "
      "pgid=* gid=0(*) filename=/no/such/program" },
#ifdef __x86_64__
    { calls32, "!open", "fd=-2(ENOENT) name=/no/such/32 flags=2(O_WRONLY) mode=0 dev=0 ino=0" },
    { NULL, "!listen", "res=-9(EBADF) fd=9999 backlog=7" },
#endif
    { exec_works, "CHILD", "" },
    { cloned, "CHILD", "" },
    { killed, "CHILD", "" },
    { generic, "syscall", "" },
};
const unsigned action_count = sizeof actions / sizeof actions[0];

/* Of the children: what must be seen of them, whoever's thread it is. */
const char *const child_lines[] = {
    "execve res=0 exe=true args=an argument. tid=*(true) pid=* ptid=* cwd=<NA> fdlimit=* pgft_maj=* pgft_min=* "
    "vm_size=* "
    "vm_rss=* vm_swap=* comm=true cgroups=cpuset=/* env=C=3. tty=* flags=1(EXE_WRITABLE) * uid=0(*) "
    "trusted_exepath=/*bin/true pgid=* gid=0(*) filename=/bin/true",
    "clone3 res=0 * flags=2(CLONE_FS)*",
    "procexit status=0 ret=0 sig=0 core=0 reaper_tid=0",
    "procexit status=15 ret=0 sig=15(SIGTERM) core=0 reaper_tid=0",
    "signaldeliver spid=* dpid=*(renamed) sig=9(SIGKILL)",
};
const unsigned child_line_count = sizeof child_lines / sizeof child_lines[0];

void actions_run(void)
{
    for (unsigned i = 0; i < action_count; i++)
        if (actions[i].run)
            actions[i].run();
}
