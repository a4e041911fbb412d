/* SPDX-License-Identifier: Apache-2.0 */
/* evt.abspath and fs.path.*: paths that calls were given, made absolute. */
#include "fields.h"

enum { PATH_ROOM = 1025, AT_CWD = -100 };

/* ---- evt.abspath ---- */

typedef struct at_row { /* positions; 0: none */
    uint8_t dirfd, path, dirfd2, path2;
} at_row;

static const at_row at_rows[SKR_EVENT_CODES] = {
    [SKR_E_SYSCALL_RENAMEAT_X] = { 1, 2, 3, 4 },   [SKR_E_SYSCALL_RENAMEAT2_X] = { 1, 2, 3, 4 },
    [SKR_E_SYSCALL_LINKAT_2_X] = { 1, 2, 3, 4 },   [SKR_E_SYSCALL_SYMLINKAT_X] = { 2, 3, 0, 0 },
    [SKR_E_SYSCALL_OPENAT_2_X] = { 1, 2, 0, 0 },   [SKR_E_SYSCALL_OPENAT2_X] = { 1, 2, 0, 0 },
    [SKR_E_SYSCALL_UNLINKAT_2_X] = { 1, 2, 0, 0 }, [SKR_E_SYSCALL_MKDIRAT_X] = { 1, 2, 0, 0 },
    [SKR_E_SYSCALL_FCHMODAT_X] = { 1, 2, 0, 0 },   [SKR_E_SYSCALL_FCHOWNAT_X] = { 1, 2, 0, 0 },
};

/* bound: 0 plain, 1 .src, 2 .dst */
const char *skr_bind_evt_abspath(saker_arg *arg)
{
    arg->bound = 0;
    if (!arg->key)
        return NULL;
    if (!arg->dotted || (strcmp(arg->key, "src") && strcmp(arg->key, "dst")))
        return "";
    arg->bound = arg->key[0] == 's' ? 1 : 2;
    return NULL;
}

static void put_join(saker_out *out, skr_str base, skr_str path)
{
    char *room = saker_out_alloc(out, PATH_ROOM);
    if (room)
        saker_put_str(out, room, skr_path_join(base, path, room));
}

static void put_below_dirfd(saker_out *out, const skr_sysevent *e, int64_t dirfd, skr_str path)
{
    char base[PATH_ROOM];
    skr_str dir = { "", 0 };
    if (path.len && path.ptr[0] == '/') {
        put_join(out, dir, path);
        return;
    }
    if (dirfd == AT_CWD) {
        put_join(out, skr_thread_cwd(e->state, e->thread), path);
        return;
    }
    const skr_fd *fd = skr_thread_fd(e->thread, dirfd);
    dir = fd ? fd->name : SKR_STR("<UNKNOWN>");
    if (dir.len + 1 >= sizeof base)
        dir.len = sizeof base - 1;
    if (dir.len)
        memcpy(base, dir.ptr, dir.len);
    base[dir.len] = '/';
    put_join(out, (skr_str){ base, dir.len + 1 }, path);
}

void skr_get_evt_abspath(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    if (!e->thread)
        return;
    if (e->evt.type == SKR_E_SYSCALL_OPEN_BY_HANDLE_AT_X) {
        skr_param path = skr_evt_param(&e->evt, 3);
        if (path.len && skr_param_i64(skr_evt_param(&e->evt, 0), -1) > 0)
            put_join(out, (skr_str){ "", 0 }, skr_param_text(path));
        return;
    }
    const at_row *r = &at_rows[e->evt.type];
    bool second = arg->bound == 2 && r->dirfd2;
    skr_param dirfd = skr_evt_param(&e->evt, second ? r->dirfd2 : r->dirfd);
    skr_param path = skr_evt_param(&e->evt, second ? r->path2 : r->path);
    if (r->dirfd && dirfd.len && path.len)
        put_below_dirfd(out, e, skr_param_i64(dirfd, -1), skr_param_text(path));
}

/* ---- fs.path.* ---- */

typedef enum how {
    NO_PATH,
    BY_CWD,       /* a relative path starts at the working directory */
    BY_OPENED,    /* stands for the opened file's name */
    BY_DIR,       /* below the event's descriptor, if that is a directory */
    BY_LINK,      /* the link as BY_DIR, what it points to below <UNKNOWN> */
    BY_OWN_DIRFD, /* below the directory before it in the parameters */
    BY_FD         /* no path: the descriptor's name */
} how;

typedef struct fs_row {
    uint8_t how, param[3]; /* positions of name, source, target; 0: none */
} fs_row;

static const fs_row fs_rows[SKR_EVENT_CODES] = {
    [SKR_E_SYSCALL_MKDIR_2_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_RMDIR_2_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_UNLINK_2_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_MKDIRAT_X] = { BY_DIR, { 2, 0, 0 } },
    [SKR_E_SYSCALL_UNLINKAT_2_X] = { BY_DIR, { 2, 0, 0 } },
    [SKR_E_SYSCALL_OPEN_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_OPENAT_2_X] = { BY_OPENED, { 2, 0, 0 } },
    [SKR_E_SYSCALL_OPENAT2_X] = { BY_OPENED, { 2, 0, 0 } },
    [SKR_E_SYSCALL_CHMOD_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_FCHMODAT_X] = { BY_DIR, { 2, 0, 0 } },
    [SKR_E_SYSCALL_FCHMOD_X] = { BY_FD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_FCHOWN_X] = { BY_FD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_CHOWN_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_LCHOWN_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_FCHOWNAT_X] = { BY_DIR, { 2, 0, 0 } },
    [SKR_E_SYSCALL_QUOTACTL_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_UMOUNT_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_UMOUNT_1_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_UMOUNT2_X] = { BY_CWD, { 1, 0, 0 } },
    [SKR_E_SYSCALL_RENAME_X] = { BY_CWD, { 0, 1, 2 } },
    [SKR_E_SYSCALL_RENAMEAT_X] = { BY_CWD, { 0, 2, 4 } },
    [SKR_E_SYSCALL_RENAMEAT2_X] = { BY_OWN_DIRFD, { 0, 2, 4 } },
    [SKR_E_SYSCALL_LINK_2_X] = { BY_CWD, { 0, 2, 1 } }, /* as ln names them: the source is the new name */
    [SKR_E_SYSCALL_LINKAT_2_X] = { BY_CWD, { 0, 4, 2 } },
    [SKR_E_SYSCALL_SYMLINK_X] = { BY_CWD, { 0, 2, 1 } },
    [SKR_E_SYSCALL_SYMLINKAT_X] = { BY_LINK, { 0, 3, 1 } },
    [SKR_E_SYSCALL_MOUNT_X] = { BY_CWD, { 0, 1, 2 } },
};

/* Did it succeed? For opens any failure but EPERM passes, as in the reference. */
static bool fs_succeeded(const skr_sysevent *e)
{
    skr_param p = skr_evt_param(&e->evt, 0);
    switch (e->evt.type) {
    case SKR_E_SYSCALL_OPEN_X:
    case SKR_E_SYSCALL_OPENAT_2_X:
    case SKR_E_SYSCALL_OPENAT2_X:
        return skr_param_i64(p, -1) != -1;
    default:
        return skr_param_i64(p, -1) == 0;
    }
}

static void put_relative(saker_out *out, const skr_sysevent *e, const fs_row *r, unsigned i, skr_str path, bool target)
{
    char room[PATH_ROOM];
    skr_str base = SKR_STR("<UNKNOWN>");
    bool is_dir = e->fd && e->fd->type == SKR_FD_DIRECTORY;
    switch ((how)r->how) {
    case BY_OPENED:
        put_join(out, (skr_str){ "", 0 }, e->fd ? e->fd->name : base);
        return;
    case BY_DIR:
    case BY_LINK:
        if (is_dir && !(r->how == BY_LINK && target) && e->fd->name.len + 1 < sizeof room) {
            memcpy(room, e->fd->name.ptr, e->fd->name.len);
            room[e->fd->name.len] = '/';
            base = (skr_str){ room, e->fd->name.len + 1 };
        }
        break;
    case BY_OWN_DIRFD:
        base = (skr_str){ room, skr_path_dirfd(e, skr_param_i64(skr_evt_param(&e->evt, i - 1), -1), path, room) };
        break;
    default:
        base = skr_thread_cwd(e->state, e->thread);
    }
    put_join(out, base, path);
}

void skr_get_fs_path(saker_out *out, const void *event, const saker_arg *arg)
{
    const skr_sysevent *e = event;
    unsigned side = arg->field->at & 3;
    const fs_row *r = &fs_rows[e->evt.type];
    unsigned i = r->param[side];
    if (!i || i >= e->evt.nparams || !fs_succeeded(e))
        return;
    if (r->how == BY_FD) {
        if (e->fd)
            skr_put_text(out, e->fd->name);
        return;
    }
    skr_str path = skr_param_text(e->evt.params[i]);
    if (arg->field->at & SKR_FS_RAW)
        skr_put_text(out, path);
    else if (e->thread && path.len && path.ptr[0] == '/')
        put_join(out, (skr_str){ "", 0 }, path);
    else if (e->thread)
        put_relative(out, e, r, i, path, side == SKR_FS_TARGET);
}
