/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of containers from what lies on the machine (state.md 8.4): bundles of the OCI runtimes, the files of Docker
 * and podman, and, if those cannot be read, Docker's socket. All of it is hostile input: sizes, counts and times are
 * bounded.
 *
 * A container is looked up when the first event with its control group arrives, and its metadata becomes an event
 * before that one. That may be too early: runtimes put their own process into the group before they write their files.
 * So until they are found they are looked for at each new process and program of the group, and after a while. Only
 * sockets are asked between events. */
#ifndef SKR_LOOKUP_H
#define SKR_LOOKUP_H

#include "container.h"
#include "dump_state.h" /* skr_container_print */
#include "map.h"

#include <saker/syscall.h>

enum {
    SKR_LOOKUP_KNOWN = 4096,   /* containers remembered; more start over */
    SKR_LOOKUP_FILE = 1 << 20, /* bytes of a file or an answer */
    SKR_LOOKUP_PENDING = 64,   /* containers that wait for a socket's answer, or to be tried again */
    SKR_LOOKUP_TRIES = 5,      /* ... so often, */
    SKR_LOOKUP_PAUSE_MS = 30,  /* ... after this time, which doubles */
    SKR_LOOKUP_SEEN = 256
};

typedef struct skr_lookup skr_lookup;

/* `fn` NULL: the files and sockets below `root`. NULL: out of memory. */
skr_lookup *skr_lookup_new(skr_mem *mem, const char *root, saker_container_fn *fn, void *ctx);
void skr_lookup_free(skr_lookup *l);

/* Takes note of the control groups of a thread ("name=path" pairs, NUL-separated). */
void skr_lookup_see(skr_lookup *l, skr_str pairs, int64_t now_ms);
/* The same for a container that the state has met. */
void skr_lookup_want(skr_lookup *l, skr_str id, skr_str cgroup_path, int64_t now_ms);
/* Goes on with what waits. Never blocks. */
void skr_lookup_work(skr_lookup *l, int64_t now_ms);
/* The next container found, as the JSON of a container event; it stays until the next call. false: none. */
bool skr_lookup_take(skr_lookup *l, skr_str *json);
bool skr_lookup_ready(const skr_lookup *l); /* would skr_lookup_take() give one? */
/* Milliseconds until skr_lookup_work() has something to do; -1: nothing waits. */
int skr_lookup_next_ms(const skr_lookup *l, int64_t now_ms);
/* The container has ended: if its id comes again it is another. */
void skr_lookup_forget(skr_lookup *l, skr_str id);

/* ---- Between the files of this module ---- */

/* What is asked for. */
typedef struct skr_wanted_container {
    char id[64];    /* as the state knows it: at most 12 characters of the name, usually */
    char name[128]; /* the runtime's whole id */
    char path[512]; /* control group */
} skr_wanted_container;

/* Answers go into *c, whose texts live in its arena. false: nothing found. */
bool skr_lookup_bundle(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c);
bool skr_lookup_docker_files(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c);
/* From the answer of GET /containers/ID/json. */
bool skr_lookup_docker_json(const char *text, size_t len, const skr_wanted_container *w, skr_container *c);
bool skr_lookup_podman_names(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c);

/* JSON with fewer values than would cost much memory; NULL: not sound. */
struct cJSON;
struct cJSON *skr_lookup_parse(const char *text, size_t len);
struct cJSON *skr_lookup_read(skr_mem *mem, const char *path);
const char *skr_lookup_text(const struct cJSON *object, const char *key); /* "": none */
skr_str skr_lookup_dup(skr_container *c, const char *text);
void skr_lookup_label(skr_container *c, const char *key, const char *value); /* values above 100 bytes are dropped */
void skr_lookup_labels(skr_container *c, const struct cJSON *object);
void skr_lookup_image(skr_container *c, const char *image);

#endif
