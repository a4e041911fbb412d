/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: the config.json that an OCI runtime was started with, and what containerd, CRI-O and podman wrote into its
 * annotations. */
#include "file.h"
#include "lookup.h"
#include "num.h"

#include <cjson/cJSON.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { CONTAINERD = 7, CRIO = 8, PODMAN = 11, DOCKER = 0, NAMESPACES = 64 };

#define CRI "io.kubernetes.cri."
#define CRIO_KEY "io.kubernetes.cri-o."

/* ---- Where bundles are ---- */

typedef struct bundle {
    char path[768]; /* of config.json */
    bool docker;    /* containerd's namespace of Docker */
} bundle;

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool in_place(bundle *b, const char *root, const char *place, const char *name, const char *rest)
{
    return (size_t)snprintf(b->path, sizeof b->path, "%s%s/%s%s", root, place, name, rest) < sizeof b->path &&
           is_file(b->path);
}

/* containerd keeps a folder for every namespace. */
static bool in_containerd(bundle *b, const char *root, const char *place, const char *name)
{
    char dir[512];
    snprintf(dir, sizeof dir, "%s%s", root, place);
    DIR *d = opendir(dir);
    bool found = false;
    unsigned seen = 0;
    for (const struct dirent *e; d && !found && seen < NAMESPACES && (e = readdir(d)); seen++) {
        if (e->d_name[0] == '.')
            continue;
        found =
            (size_t)snprintf(b->path, sizeof b->path, "%s/%s/%s/config.json", dir, e->d_name, name) < sizeof b->path &&
            is_file(b->path);
        b->docker = strcmp(e->d_name, "moby") == 0;
    }
    if (d)
        closedir(d);
    return found;
}

/* runc's own state names the bundle. */
static bool in_runc(skr_mem *mem, bundle *b, const char *root, const char *name)
{
    bundle state = { 0 };
    if (!in_place(&state, root, "/run/runc", name, "/state.json"))
        return false;
    cJSON *doc = skr_lookup_read(mem, state.path);
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(doc, "config"), "labels"),
                *m;
    bool found = false;
    cJSON_ArrayForEach(m, labels)
    {
        const char *text = cJSON_GetStringValue(m);
        if (text && strncmp(text, "bundle=/", 8) == 0)
            found = (size_t)snprintf(b->path, sizeof b->path, "%s%s/config.json", root, text + 7) < sizeof b->path &&
                    is_file(b->path);
    }
    cJSON_Delete(doc);
    return found;
}

static bool find_bundle(skr_mem *mem, bundle *b, const char *root, const char *name)
{
    static const char *const containerd[] = { "/run/containerd/io.containerd.runtime.v2.task",
                                              "/run/k3s/containerd/io.containerd.runtime.v2.task",
                                              "/run/containerd/io.containerd.runtime.v1.linux" };
    static const char *const storage[] = { "/run/containers/storage/overlay-containers",
                                           "/var/lib/containers/storage/overlay-containers" };
    for (size_t i = 0; i < sizeof containerd / sizeof containerd[0]; i++)
        if (in_containerd(b, root, containerd[i], name))
            return true;
    for (size_t i = 0; i < sizeof storage / sizeof storage[0]; i++)
        if (in_place(b, root, storage[i], name, "/userdata/config.json"))
            return true;
    return in_runc(mem, b, root, name);
}

/* ---- What a bundle says ---- */

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool any_with(const cJSON *list, const char *key, const char *value)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, list)
    {
        if (strcmp(skr_lookup_text(m, key), value) == 0)
            return true;
    }
    return false;
}

static bool has_option(const cJSON *mount, const char *option)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, get(mount, "options"))
    {
        const char *text = cJSON_GetStringValue(m);
        if (text && strcmp(text, option) == 0)
            return true;
    }
    return false;
}

static const char *propagation(const cJSON *mount)
{
    if (has_option(mount, "rshared") || has_option(mount, "shared"))
        return "rshared";
    if (has_option(mount, "rslave") || has_option(mount, "slave"))
        return "rslave";
    return "private";
}

static void read_mounts(skr_container *c, const cJSON *mounts)
{
    const cJSON *m;
    int n = cJSON_IsArray(mounts) ? cJSON_GetArraySize(mounts) : 0;
    c->mounts = n > 0 ? skr_arena_array(&c->arena, (size_t)n, sizeof *c->mounts) : NULL;
    if (!c->mounts)
        return;
    cJSON_ArrayForEach(m, mounts)
    {
        if (strcmp(skr_lookup_text(m, "type"), "bind") != 0)
            continue; /* the runtime's own */
        c->mounts[c->mount_count++] = (skr_mount){ .source = skr_lookup_dup(c, skr_lookup_text(m, "source")),
                                                   .destination = skr_lookup_dup(c, skr_lookup_text(m, "destination")),
                                                   .mode = SKR_STR(""),
                                                   .propagation = skr_str_of(propagation(m)),
                                                   .rdwr = !has_option(m, "ro") };
    }
}

/* No list says so: privileged is what lacks all that runtimes add otherwise. */
static bool is_privileged(const cJSON *spec)
{
    const cJSON *linux_part = get(spec, "linux"), *process = get(spec, "process"), *m;
    const char *profile = skr_lookup_text(process, "apparmorProfile");
    if (!cJSON_IsObject(linux_part) || cJSON_GetArraySize(get(linux_part, "maskedPaths")) > 0 ||
        cJSON_GetArraySize(get(linux_part, "readonlyPaths")) > 0 || skr_lookup_text(process, "selinuxLabel")[0] ||
        (profile[0] && strcmp(profile, "unconfined") != 0) || cJSON_IsObject(get(linux_part, "seccomp")))
        return false;
    cJSON_ArrayForEach(m, get(spec, "mounts"))
    {
        const char *type = skr_lookup_text(m, "type");
        if ((strcmp(type, "sysfs") == 0 || strcmp(type, "cgroup") == 0) && has_option(m, "ro"))
            return false;
    }
    return true;
}

static int64_t number(const cJSON *object, const char *key)
{
    double v = cJSON_GetNumberValue(get(object, key));
    return v > -9e18 && v < 9e18 ? (int64_t)v : 0;
}

/* "0-3,8": how many? */
static int64_t count_cpus(const char *list)
{
    int64_t count = 0;
    for (const char *at = list; skr_is_digit(*at);) {
        char *end;
        long from = strtol(at, &end, 10), to = *end == '-' ? strtol(end + 1, &end, 10) : from;
        if (to < from || to > 65535)
            return 0;
        count += to - from + 1;
        at = *end == ',' ? end + 1 : end;
    }
    return count;
}

static void read_limits(skr_container *c, const cJSON *resources)
{
    const cJSON *cpu = get(resources, "cpu"), *memory = get(resources, "memory");
    c->cpu_shares = number(cpu, "shares");
    c->cpu_quota = number(cpu, "quota");
    c->cpu_period = number(cpu, "period");
    c->cpuset_cpu_count = count_cpus(skr_lookup_text(cpu, "cpus"));
    c->memory_limit = number(memory, "limit");
    c->swap_limit = number(memory, "swap");
}

static void read_spec(skr_container *c, const cJSON *spec)
{
    const cJSON *namespaces = get(get(spec, "linux"), "namespaces");
    const cJSON *uid = get(get(get(spec, "process"), "user"), "uid");
    c->host_pid = !any_with(namespaces, "type", "pid");
    c->host_network = !any_with(namespaces, "type", "network");
    c->host_ipc = !any_with(namespaces, "type", "ipc");
    c->privileged = is_privileged(spec);
    if (cJSON_IsNumber(uid)) {
        const char *text = skr_arena_printf(&c->arena, "%.0f", uid->valuedouble);
        c->user = skr_str_of(text);
    }
    read_mounts(c, get(spec, "mounts"));
    read_limits(c, get(get(spec, "linux"), "resources"));
}

/* ---- What managers add ---- */

static const char *first_of(const cJSON *notes, const char *const *keys)
{
    for (; *keys; keys++)
        if (skr_lookup_text(notes, *keys)[0])
            return skr_lookup_text(notes, *keys);
    return "";
}

/* The pod, as labels, which is where fields look for it. */
static void read_pod(skr_container *c, const cJSON *notes)
{
    static const char *const names[] = { CRI "sandbox-name", "io.kubernetes.pod.name", CRIO_KEY "KubeName", NULL };
    static const char *const spaces[] = { CRI "sandbox-namespace", "io.kubernetes.pod.namespace", CRIO_KEY "Namespace",
                                          NULL };
    static const char *const uids[] = { CRI "sandbox-uid", "io.kubernetes.pod.uid", NULL };
    static const char *const sandboxes[] = { CRI "sandbox-id", CRIO_KEY "SandboxID", NULL };
    static const char *const kinds[] = { CRI "container-type", CRIO_KEY "ContainerType", NULL };
    static const char *const containers[] = { CRI "container-name", "io.kubernetes.container.name", NULL };
    skr_lookup_label(c, "io.kubernetes.pod.name", first_of(notes, names));
    skr_lookup_label(c, "io.kubernetes.pod.namespace", first_of(notes, spaces));
    skr_lookup_label(c, "io.kubernetes.pod.uid", first_of(notes, uids));
    skr_lookup_label(c, "io.kubernetes.container.name", first_of(notes, containers));
    c->pod_sandbox_id = skr_lookup_dup(c, first_of(notes, sandboxes));
    c->is_pod_sandbox = strcmp(first_of(notes, kinds), "sandbox") == 0;
    if (first_of(notes, containers)[0])
        c->name = skr_lookup_dup(c, first_of(notes, containers));
}

/* "sha256:..." alone is a digest of the image; without the prefix it is its id. */
static void read_image(skr_container *c, const cJSON *notes)
{
    static const char *const images[] = { CRI "image-name", CRIO_KEY "ImageName", CRIO_KEY "Image",
                                          CRI "podsandbox.image-name", NULL };
    static const char *const refs[] = { CRIO_KEY "ImageRef", CRIO_KEY "Image", NULL };
    const char *ref = first_of(notes, refs), *at = strstr(ref, "@sha256:");
    skr_lookup_image(c, first_of(notes, images));
    if (at && !c->image_digest.len)
        c->image_digest = skr_lookup_dup(c, at + 1);
    if (ref[0] && !at)
        c->image_id = skr_lookup_dup(c, strncmp(ref, "sha256:", 7) == 0 ? ref + 7 : ref);
}

static void read_json_labels(skr_container *c, const char *text)
{
    cJSON *labels = text[0] ? skr_lookup_parse(text, strlen(text)) : NULL;
    skr_lookup_labels(c, labels);
    cJSON_Delete(labels);
}

/* Labels of the pod: in CRI-O they are those of its sandbox. */
static void read_sandbox(skr_mem *mem, const char *root, skr_container *c)
{
    bundle b = { 0 };
    skr_container sandbox = { 0 };
    if (!c->pod_sandbox_id.len || c->is_pod_sandbox || c->pod_sandbox_id.len > 127 ||
        memchr(c->pod_sandbox_id.ptr, '/', c->pod_sandbox_id.len) || !find_bundle(mem, &b, root, c->pod_sandbox_id.ptr))
        return;
    cJSON *spec = skr_lookup_read(mem, b.path);
    const cJSON *notes = get(spec, "annotations");
    const char *labels = skr_lookup_text(notes, CRIO_KEY "Labels");
    sandbox.arena = c->arena; /* the texts are the container's */
    read_json_labels(&sandbox, labels);
    c->arena = sandbox.arena;
    c->sandbox_labels = sandbox.labels;
    c->sandbox_label_count = sandbox.label_count;
    cJSON_Delete(spec);
}

static void read_notes(skr_mem *mem, const char *root, skr_container *c, const cJSON *notes, bool docker)
{
    const char *manager = skr_lookup_text(notes, "io.container.manager");
    c->type = strcmp(manager, "cri-o") == 0    ? CRIO
              : strcmp(manager, "libpod") == 0 ? PODMAN
              : docker                         ? DOCKER
                                               : CONTAINERD;
    read_pod(c, notes);
    read_image(c, notes);
    read_json_labels(c, skr_lookup_text(notes, CRIO_KEY "Labels"));
    c->ip = skr_lookup_dup(c, skr_lookup_text(notes, CRIO_KEY "IP.0"));
    c->cni_json = skr_lookup_dup(c, skr_lookup_text(notes, CRIO_KEY "CNIResult"));
    if (strcmp(skr_lookup_text(notes, CRIO_KEY "HostNetwork"), "true") == 0)
        c->host_network = true;
    if (strcmp(skr_lookup_text(notes, "io.podman.annotations.privileged"), "TRUE") == 0)
        c->privileged = true;
    read_sandbox(mem, root, c);
}

bool skr_lookup_bundle(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c)
{
    bundle b = { 0 };
    struct stat st;
    if (!find_bundle(mem, &b, root, w->name))
        return false;
    cJSON *spec = skr_lookup_read(mem, b.path);
    if (!cJSON_IsObject(spec)) {
        cJSON_Delete(spec);
        return false;
    }
    c->full_id = c->name = skr_lookup_dup(c, w->name);
    read_spec(c, spec);
    read_notes(mem, root, c, get(spec, "annotations"), b.docker);
    if (stat(b.path, &st) == 0)
        c->created_time = st.st_mtim.tv_sec;
    if (c->type == PODMAN || c->type == CRIO)
        skr_lookup_podman_names(mem, root, w, c);
    cJSON_Delete(spec);
    return true;
}

/* ---- containers/storage ---- */

/* containers.json: names and image of podman's containers, which their bundles do not tell. */
bool skr_lookup_podman_names(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c)
{
    char path[512];
    snprintf(path, sizeof path, "%s/var/lib/containers/storage/overlay-containers/containers.json", root);
    cJSON *list = skr_lookup_read(mem, path);
    const cJSON *m;
    bool found = false;
    cJSON_ArrayForEach(m, list)
    {
        if (strcmp(skr_lookup_text(m, "id"), w->name) != 0)
            continue;
        found = true;
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(get(m, "names"), 0));
        const char *text = skr_lookup_text(m, "metadata");
        cJSON *more = skr_lookup_parse(text, strlen(text));
        if (name && c->type == PODMAN)
            c->name = skr_lookup_dup(c, name);
        if (!c->image.len)
            skr_lookup_image(c, skr_lookup_text(more, "image-name"));
        if (!c->image_id.len)
            c->image_id = skr_lookup_dup(c, skr_lookup_text(more, "image-id"));
        if (cJSON_IsBool(get(more, "privileged")))
            c->privileged = cJSON_IsTrue(get(more, "privileged"));
        cJSON_Delete(more);
        break;
    }
    cJSON_Delete(list);
    return found;
}
