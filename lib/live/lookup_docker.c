/* SPDX-License-Identifier: Apache-2.0 */
/* Docker: its files, and the same over its socket. */
#include "lookup.h"

#include <cjson/cJSON.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static int64_t number(const cJSON *object, const char *key)
{
    double v = cJSON_GetNumberValue(get(object, key));
    return v > -9e18 && v < 9e18 ? (int64_t)v : 0;
}

static bool is_host(const cJSON *config, const char *key)
{
    return strcmp(skr_lookup_text(config, key), "host") == 0;
}

static void read_host_config(skr_container *c, const cJSON *h)
{
    c->privileged = cJSON_IsTrue(get(h, "Privileged"));
    c->host_pid = is_host(h, "PidMode");
    c->host_network = is_host(h, "NetworkMode");
    c->host_ipc = is_host(h, "IpcMode");
    c->cpu_shares = number(h, "CpuShares");
    c->cpu_quota = number(h, "CpuQuota");
    c->cpu_period = number(h, "CpuPeriod");
    c->memory_limit = number(h, "Memory");
    c->swap_limit = number(h, "MemorySwap");
}

/* An array of the API, or an object by destination of the file; the members have the same names in both. */
static void read_mounts(skr_container *c, const cJSON *mounts)
{
    const cJSON *m;
    int n = cJSON_IsArray(mounts) || cJSON_IsObject(mounts) ? cJSON_GetArraySize(mounts) : 0;
    c->mounts = n > 0 ? skr_arena_array(&c->arena, (size_t)n, sizeof *c->mounts) : NULL;
    if (!c->mounts)
        return;
    cJSON_ArrayForEach(m, mounts)
    {
        const char *mode = skr_lookup_text(m, get(m, "Mode") ? "Mode" : "Relabel");
        c->mounts[c->mount_count++] = (skr_mount){ .source = skr_lookup_dup(c, skr_lookup_text(m, "Source")),
                                                   .destination = skr_lookup_dup(c, skr_lookup_text(m, "Destination")),
                                                   .mode = skr_lookup_dup(c, mode),
                                                   .propagation = skr_lookup_dup(c, skr_lookup_text(m, "Propagation")),
                                                   .rdwr = cJSON_IsTrue(get(m, "RW")) };
    }
}

/* "2024-05-01T10:20:30.123Z" */
static int64_t seconds_of(const char *text)
{
    struct tm t = { 0 };
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec) !=
        6)
        return 0;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    return timegm(&t);
}

static void read_container(skr_container *c, const cJSON *doc, const skr_wanted_container *w)
{
    const cJSON *config = get(doc, "Config");
    const char *name = skr_lookup_text(doc, "Name"), *id = skr_lookup_text(doc, "Image");
    c->type = 0;
    c->full_id = skr_lookup_dup(c, w->name);
    c->name = skr_lookup_dup(c, name[0] == '/' ? name + 1 : name);
    c->user = skr_lookup_dup(c, skr_lookup_text(config, "User"));
    c->image_id = skr_lookup_dup(c, strncmp(id, "sha256:", 7) == 0 ? id + 7 : id);
    skr_lookup_image(c, skr_lookup_text(config, "Image"));
    skr_lookup_labels(c, get(config, "Labels"));
    c->pod_sandbox_id = skr_lookup_dup(c, skr_lookup_text(get(config, "Labels"), "io.kubernetes.sandbox.id"));
    c->is_pod_sandbox = strstr(name, "k8s_POD") != NULL;
    c->created_time = seconds_of(skr_lookup_text(doc, "Created"));
    c->ip = skr_lookup_dup(c, skr_lookup_text(get(doc, "NetworkSettings"), "IPAddress"));
}

bool skr_lookup_docker_files(skr_mem *mem, const char *root, const skr_wanted_container *w, skr_container *c)
{
    char path[512];
    snprintf(path, sizeof path, "%s/var/lib/docker/containers/%s/config.v2.json", root, w->name);
    cJSON *doc = skr_lookup_read(mem, path);
    if (!cJSON_IsObject(doc)) {
        cJSON_Delete(doc);
        return false;
    }
    snprintf(path, sizeof path, "%s/var/lib/docker/containers/%s/hostconfig.json", root, w->name);
    cJSON *host = skr_lookup_read(mem, path);
    read_container(c, doc, w);
    read_mounts(c, get(doc, "MountPoints"));
    read_host_config(c, host);
    cJSON_Delete(host);
    cJSON_Delete(doc);
    return true;
}

bool skr_lookup_docker_json(const char *text, size_t len, const skr_wanted_container *w, skr_container *c)
{
    cJSON *doc = skr_lookup_parse(text, len);
    bool good = cJSON_IsObject(doc) && skr_lookup_text(doc, "Id")[0];
    if (good) {
        read_container(c, doc, w);
        c->full_id = skr_lookup_dup(c, skr_lookup_text(doc, "Id"));
        read_mounts(c, get(doc, "Mounts"));
        read_host_config(c, get(doc, "HostConfig"));
    }
    cJSON_Delete(doc);
    return good;
}
