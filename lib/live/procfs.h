/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says of threads, descriptors and the machine (state.md 7), told to an skr_scap_handler as the lists of a
 * capture are. Everything read is bounded; a process that ends meanwhile is left out. */
#ifndef SKR_PROCFS_H
#define SKR_PROCFS_H

#include "map.h"
#include "scap.h"

#include <sys/stat.h>

enum {
    SKR_PROC_TEXT = 4096,      /* of command line, environment, control groups: as much as events carry */
    SKR_PROC_SOCKETS = 262144, /* entries kept of the socket tables of a network namespace */
    SKR_PROC_CGROUPS = 1024,   /* control group paths whose controllers are remembered */
    SKR_PROC_TABLES = 64       /* network namespaces whose sockets are remembered */
};

typedef struct skr_sock_table skr_sock_table; /* sockets of a network namespace by inode */

typedef struct skr_procfs {
    skr_mem *mem;
    char root[256]; /* prefix of all paths */
    bool root_too_long;
    int dir;          /* ROOT/proc; -1: not there */
    uint32_t max_fds; /* of one process */
    uint64_t work;    /* files looked at, and KiB read, since the start */
    skr_arena arena;  /* of the thread at hand */
    /* control groups of version 2 */
    bool cgroup2_known;
    int cgroup2; /* its mount, -1: none with controllers */
    skr_str own_cgroup;
    skr_map cgroup_names; /* path -> index into cgroup_texts */
    SKR_VEC(skr_str) cgroup_texts;
    skr_arena cgroup_arena;
    /* sockets */
    skr_sock_table *tables[SKR_PROC_TABLES];
    unsigned table_count;
    /* devices of mounts of the process at hand */
    SKR_VEC(struct skr_mount_dev {
        uint32_t id;
        uint32_t dev;
    })
    mounts;
    bool mounts_read;
} skr_procfs;

void skr_procfs_open(skr_procfs *p, skr_mem *mem, const char *root, uint32_t max_fds);
void skr_procfs_close(skr_procfs *p);

/* Every thread, and the descriptors of every process. 0, SAKER_EIO (there is no /proc), SAKER_ENOMEM, or what `h` gave.
 */
int skr_procfs_scan(skr_procfs *p, const skr_scap_handler *h);
/* One thread; a main thread with its descriptors. false: not there. */
bool skr_procfs_thread(skr_procfs *p, int64_t tid, const skr_scap_handler *h);
bool skr_procfs_fd(skr_procfs *p, int64_t pid, int64_t fd, const skr_scap_handler *h);
bool skr_procfs_env(skr_procfs *p, int64_t pid, skr_buf *b);
/* Is that thread still there, under a name that starts with `comm`? */
bool skr_procfs_alive(skr_procfs *p, int64_t pid, int64_t tid, skr_str comm);

/* The calling thread as that /proc numbers it; as its own pid namespace does, where /proc does not show it. */
void skr_procfs_self(int proc, int64_t *pid, int64_t *tid);

/* The machine, its interfaces, users and groups. `hostname`: what it is called; "": what it calls itself. */
int skr_host_lists(skr_procfs *p, const char *hostname, const skr_scap_handler *h);

/* Calls fn for every line "a:b:c..." of a passwd (7 fields) or group (3) file, and closes it. false: it cannot be read,
 * or fd is -1. */
typedef bool skr_passwd_fn(void *ctx, const skr_user_entry *u);
bool skr_passwd_read(skr_procfs *p, int fd, bool group, skr_passwd_fn *fn, void *ctx);
/* The file etc/NAME below `root`, the root directory of a process, if it is a regular one that no program serves, to be
 * read; -1: there is none. */
int skr_proc_open_etc(skr_procfs *p, int64_t pid, int root, const char *name);

/* ---- Between the files of this module ---- */

/* Reads at most `limit` bytes of a file below `dir` into the arena. ptr NULL: cannot be read. */
skr_str skr_proc_read(skr_procfs *p, int dir, const char *path, size_t limit);
/* Charges for what began then and took longer than its size tells: a list of mounts of which most cannot be reached. */
int64_t skr_proc_now_ns(void);
void skr_proc_charge(skr_procfs *p, int64_t began_ns);
/* Target of a link; ptr NULL: none. */
skr_str skr_proc_link(skr_procfs *p, int dir, const char *path);
/* As fstatat(), which follows the links of /proc to files of any file system, but does not ask the server of one for
 * what the kernel knows: who keeps a file of a server that does not answer open must not make us wait for it. */
bool skr_proc_stat(int dir, const char *path, int flags, struct stat *st);
/* Who answers for the file system that `fd` lies on, by the list of mounts of a process? */
typedef enum skr_proc_server { SKR_SERVER_UNKNOWN, SKR_SERVER_KERNEL, SKR_SERVER_PROGRAM } skr_proc_server;
skr_proc_server skr_proc_server_of(skr_procfs *p, int64_t pid, int fd);
/* Is it mounted read-only, by the list of mounts below `dir`, or the first process's? The file system is not asked. */
bool skr_proc_is_read_only(skr_procfs *p, int dir, int fd);
/* When the first process of the thread's pid namespace began, as the /proc that the thread sees has it, in ns; 0: it
 * sees none. */
uint64_t skr_proc_ns_start(skr_procfs *p, int dir);
skr_str skr_proc_cgroups(skr_procfs *p, int dir);
int skr_proc_fds(skr_procfs *p, int dir, int64_t pid, const skr_scap_handler *h);
int skr_proc_one_fd(skr_procfs *p, int dir, int64_t pid, const char *fd, const skr_scap_handler *h);
/* Fills type, addresses and name. false: the socket is in no table. */
bool skr_proc_socket(skr_procfs *p, int dir, uint64_t inode, skr_fd_entry *f);
void skr_proc_forget_sockets(skr_procfs *p);
/* Number behind `key` at the start of a line of a "Key:\tvalue" file; ptr NULL: no such line. */
skr_str skr_proc_value(skr_str text, const char *key);

#endif
