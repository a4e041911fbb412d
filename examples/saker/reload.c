/* SPDX-License-Identifier: Apache-2.0 */
#include "reload.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Files are looked at by name rather than watched: what a name leads to may change anywhere on the way (links of a
 * mounted ConfigMap), and not every file system tells. */
enum { LOOK_MS = 400 };

struct reload {
    const rule_args *args;
    bool look;
    bool asked; /* read once more after this */
    int64_t next_look;
    uint64_t known;   /* signature of what was read */
    uint64_t pending; /* of a change that may still be going on */
    pthread_t thread;
    bool building;
    atomic_bool ready;
    int status;
    saker_ruleset *made;
};

/* ---- How the files are --------------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u; /* FNV-1a */
    return h;
}

static uint64_t stamp(uint64_t h, const char *path, bool *folder)
{
    struct stat st;
    h = mix(h, path, strlen(path));
    if (stat(path, &st) != 0)
        return h;
    const int64_t facts[] = { (int64_t)st.st_ino,         (int64_t)st.st_dev,          (int64_t)st.st_size,
                              st.st_mtim.tv_sec,          (int64_t)st.st_mtim.tv_nsec, st.st_ctim.tv_sec,
                              (int64_t)st.st_ctim.tv_nsec };
    *folder = S_ISDIR(st.st_mode);
    return mix(h, facts, sizeof(facts));
}

/* Entries come in any order: their stamps are added up. */
static uint64_t folder_stamp(const char *path)
{
    uint64_t sum = 0;
    DIR *d = opendir(path);
    for (const struct dirent *e; d && (e = readdir(d));) {
        char whole[4096];
        bool folder;
        const int n = snprintf(whole, sizeof(whole), "%s/%s", path, e->d_name);
        if (e->d_name[0] != '.' && n > 0 && (size_t)n < sizeof(whole))
            sum += stamp(0xcbf29ce484222325u, whole, &folder);
    }
    if (d)
        closedir(d);
    return sum;
}

static uint64_t signature(const rule_args *a)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < a->file_count; i++) {
        bool folder = false;
        h = stamp(h, a->files[i], &folder);
        if (folder)
            h += folder_stamp(a->files[i]);
    }
    return h;
}

/* Has something changed, and is it over? A change is when two looks in a row saw the same. */
static bool changed(reload *r)
{
    const int64_t now = now_ms();
    if (!r->look || now < r->next_look)
        return false;
    r->next_look = now + LOOK_MS;
    const uint64_t is = signature(r->args);
    const bool settled = is == r->pending;
    r->pending = is;
    return settled && is != r->known;
}

/* ---- Building -------------------------------------------------------------------- */

static void *build(void *ctx)
{
    reload *r = ctx;
    r->status = rules_build(r->args, &r->made);
    atomic_store(&r->ready, true);
    return NULL;
}

static bool start(reload *r)
{
    sigset_t all, before;
    r->known = r->pending = signature(r->args);
    r->asked = false;
    r->made = NULL;
    atomic_store(&r->ready, false);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for the thread that waits for events */
    r->building = pthread_create(&r->thread, NULL, build, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->building;
}

static saker_ruleset *finish(reload *r)
{
    pthread_join(r->thread, NULL);
    r->building = false;
    if (r->status == CMD_OK)
        return r->made;
    say("the rules stay as they were");
    return NULL;
}

reload *reload_new(const rule_args *a, bool look)
{
    reload *r = calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    r->args = a;
    r->look = look;
    r->known = r->pending = signature(a);
    return r;
}

saker_ruleset *reload_poll(reload *r, bool asked)
{
    r->asked |= asked;
    if (r->building)
        return atomic_load(&r->ready) ? finish(r) : NULL;
    if ((changed(r) || r->asked) && !start(r))
        say("the rules stay as they were: no thread could be made to read them");
    return NULL;
}

void reload_free(reload *r)
{
    if (r && r->building)
        saker_ruleset_unref(finish(r));
    free(r);
}
