/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of container events, and the same bytes as a path of a control group and as an image's name. */
#include "container.h"
#include "dump_state.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sum; /* so that the bytes are really read */

static void read_text(skr_str s)
{
    if (!s.ptr)
        abort();
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
}

static void read_labels(const skr_label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        read_text(labels[i].key);
        read_text(labels[i].value);
        if (i && skr_str_cmp(labels[i - 1].key, labels[i].key) > 0)
            abort();
    }
}

static void read_all(const skr_container *c)
{
    read_text(c->id);
    read_text(c->name);
    read_text(c->image);
    read_text(c->cni_json);
    read_text(c->pod_sandbox_id);
    read_labels(c->labels, c->label_count);
    read_labels(c->sandbox_labels, c->sandbox_label_count);
    for (size_t i = 0; i < c->mount_count; i++) {
        read_text(c->mounts[i].source);
        read_text(c->mounts[i].destination);
        read_text(c->mounts[i].mode);
        read_text(c->mounts[i].propagation);
    }
    for (size_t i = 0; i < c->port_count; i++)
        read_text(c->ports[i].host_ip);
    for (size_t i = 0; i < c->env_count; i++)
        read_text(c->env[i]);
    if (c->id.len == 0 || !skr_container_type_name(c->type))
        abort();
}

/* Written again it is the same again; the first time, numbers may lose digits. */
static void round_trip(skr_mem *mem, const skr_container *c)
{
    skr_buf text[3];
    for (int i = 0; i < 3; i++) {
        skr_buf_init(&text[i], mem);
        skr_container *again = i ? skr_container_parse(mem, (skr_str){ text[i - 1].ptr, text[i - 1].len }) : NULL;
        must(!i || again);
        skr_container_print(&text[i], i ? again : c);
        skr_container_free(mem, again);
    }
    must_same(skr_buf_cstring(&text[1]), skr_buf_cstring(&text[2]));
    for (int i = 0; i < 3; i++)
        skr_buf_free(&text[i]);
}

static void try_path(skr_str path)
{
    skr_str id = skr_container_id(path);
    read_text(id);
    if (id.len && (id.ptr < path.ptr || id.ptr + id.len > path.ptr + path.len))
        abort();
    skr_image parts = skr_image_split(path);
    read_text(parts.repository);
    read_text(parts.tag);
    read_text(parts.digest);
    if (parts.repository.len + parts.tag.len + parts.digest.len > path.len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_str text = { (const char *)data, size };
    skr_mem_init(&mem, NULL, 0);
    skr_container *c = skr_container_parse(&mem, text);
    if (c) {
        read_all(c);
        if (size < 100000)
            round_trip(&mem, c);
    }
    skr_container_free(&mem, c);
    if (mem.used)
        abort();
    try_path(text);
    return 0;
}
