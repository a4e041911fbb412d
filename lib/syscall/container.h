/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata of containers (state.md 8.3): JSON of the container events, or what a runtime's files say. Hostile input. */
#ifndef SKR_CONTAINER_H
#define SKR_CONTAINER_H

#include "found.h"

typedef struct skr_label {
    skr_str key, value;
} skr_label;
typedef struct skr_mount {
    skr_str source, destination, mode, propagation;
    bool rdwr;
} skr_mount;
typedef struct skr_port {
    skr_str host_ip;
    uint32_t host_port, container_port;
} skr_port;

enum { SKR_CONTAINER_HOST = -1, SKR_CONTAINER_UNKNOWN = -2 };

struct skr_container {
    int type; /* rows of container_types.def, or one of the two above */
    skr_str id, full_id, name, image, image_id, image_repo, image_tag, image_digest, user, ip, cni_json;
    bool privileged, host_pid, host_network, host_ipc, is_pod_sandbox;
    skr_str pod_sandbox_id;
    skr_label *labels;
    size_t label_count; /* sorted by key */
    skr_label *sandbox_labels;
    size_t sandbox_label_count;
    skr_mount *mounts;
    size_t mount_count;
    skr_str mounts_text; /* of all; NULL: nobody asked for it yet */
    skr_finds *found;    /* patterns among the mounts; NULL: none was asked for yet */
    skr_port *ports;
    size_t port_count;
    skr_str *env;
    size_t env_count;
    int64_t cpu_period, cpu_quota, cpu_shares, cpuset_cpu_count, memory_limit, swap_limit, created_time, size_bytes;
    skr_arena arena;
};
typedef struct skr_container skr_container;

/* Parses the payload of a container event. Every member but the id may be missing or of a type that it should not have.
 * NULL: not understood, or out of memory (mem->failed). */
skr_container *skr_container_parse(skr_mem *mem, skr_str json);
skr_container *skr_container_host(skr_mem *mem); /* the entry "", whose id and name are "host" */
void skr_container_free(skr_mem *mem, skr_container *c);
const char *skr_container_type_name(int type); /* "docker", ...; "" */

/* Id from one cgroup path by the matchers of state.md 8.2, a part of it; empty: none. */
SKR_SHARED skr_str skr_container_id(skr_str cgroup_path);

/* "registry:5000/name:tag@digest" in its parts; those that are not there are empty. */
typedef struct skr_image {
    skr_str repository, tag, digest;
} skr_image;
SKR_SHARED skr_image skr_image_split(skr_str image);

#endif
