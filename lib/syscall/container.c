/* SPDX-License-Identifier: Apache-2.0 */
#include "container.h"

#include "num.h"

#include <stdlib.h>

#if SKR_HAVE_JSON
#include <cjson/cJSON.h>
#endif

/* cJSON allocates by itself, some 64 bytes for a value of two bytes of text: both are bounded before it sees the text.
 */
enum { LARGEST_TEXT = 1 << 20, MOST_VALUES = 100000 };

/* ---- Types ---- */

static const char *const type_names[] = {
#define SKR_CONTAINER_TYPE(number, name) [number] = name,
#include "container_types.def"
#undef SKR_CONTAINER_TYPE
};

const char *skr_container_type_name(int type)
{
    if (type == SKR_CONTAINER_HOST)
        return "host";
    bool known = type >= 0 && (size_t)type < sizeof type_names / sizeof *type_names && type_names[type];
    return known ? type_names[type] : "";
}

#if SKR_HAVE_JSON
/* ---- Members of an object: absent, null and of another type are all the same ---- */

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

typedef struct reader {
    skr_container *c;
    const cJSON *object;
    bool no_memory;
} reader;

static skr_str copy(reader *r, const char *text)
{
    skr_str s = text ? skr_str_dup(&r->c->arena, skr_str_of(text)) : SKR_STR("");
    if (!s.ptr) {
        r->no_memory = true;
        s = SKR_STR("");
    }
    return s;
}

static skr_str text_of(reader *r, const cJSON *object, const char *key)
{
    return copy(r, cJSON_GetStringValue(member(object, key)));
}

static bool bool_of(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(member(object, key));
}

/* A number in its range, or one in a string; else `other`. */
static int64_t number_of(const cJSON *object, const char *key, int64_t least, int64_t most, int64_t other)
{
    const cJSON *m = member(object, key);
    const char *text = cJSON_GetStringValue(m);
    double v = cJSON_GetNumberValue(m); /* NaN if it is none */
    int64_t n = 0;
    if (text ? !skr_parse_i64(skr_str_of(text), &n) : !(v >= (double)least && v <= (double)most))
        return other;
    if (!text)
        n = v >= (double)INT64_MAX ? INT64_MAX : (int64_t)v;
    return n >= least && n <= most ? n : other;
}

static int64_t int_of(const cJSON *object, const char *key)
{
    return number_of(object, key, INT64_MIN, INT64_MAX, 0);
}

/* Room for the elements of an array or object; NULL if there are none. */
static void *room_for(reader *r, const cJSON *list, size_t item)
{
    int n = list && (cJSON_IsArray(list) || cJSON_IsObject(list)) ? cJSON_GetArraySize(list) : 0;
    void *p = n > 0 ? skr_arena_array(&r->c->arena, (size_t)n, item) : NULL;
    r->no_memory = r->no_memory || (n > 0 && !p);
    return p;
}

/* ---- Parts ---- */

static int compare_labels(const void *a, const void *b)
{
    return skr_str_cmp(((const skr_label *)a)->key, ((const skr_label *)b)->key);
}

static void read_labels(reader *r, const char *key, skr_label **labels, size_t *count)
{
    const cJSON *object = member(r->object, key), *m;
    if (!cJSON_IsObject(object) || !(*labels = room_for(r, object, sizeof **labels)))
        return;
    cJSON_ArrayForEach(m, object)
    {
        if (cJSON_IsString(m) && m->string)
            (*labels)[(*count)++] = (skr_label){ copy(r, m->string), copy(r, m->valuestring) };
    }
    if (*count)
        qsort(*labels, *count, sizeof **labels, compare_labels);
}

static void read_mounts(reader *r)
{
    skr_container *c = r->c;
    const cJSON *list = member(r->object, "Mounts"), *m;
    if (!cJSON_IsArray(list) || !(c->mounts = room_for(r, list, sizeof *c->mounts)))
        return;
    cJSON_ArrayForEach(m, list)
    {
        if (!cJSON_IsObject(m))
            continue;
        skr_mount *to = &c->mounts[c->mount_count++];
        to->source = text_of(r, m, "Source");
        to->destination = text_of(r, m, "Destination");
        to->mode = text_of(r, m, "Mode");
        to->propagation = text_of(r, m, "Propagation");
        to->rdwr = bool_of(m, "RW");
    }
}

/* As text or, in older captures, as a number. */
static skr_str read_host_ip(reader *r, const cJSON *port)
{
    const cJSON *m = member(port, "HostIp");
    if (!cJSON_IsNumber(m))
        return text_of(r, port, "HostIp");
    uint32_t ip = (uint32_t)number_of(port, "HostIp", 0, UINT32_MAX, 0);
    return copy(r, skr_arena_printf(&r->c->arena, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255));
}

static void read_ports(reader *r)
{
    skr_container *c = r->c;
    const cJSON *list = member(r->object, "port_mappings"), *m;
    if (!cJSON_IsArray(list) || !(c->ports = room_for(r, list, sizeof *c->ports)))
        return;
    cJSON_ArrayForEach(m, list)
    {
        if (!cJSON_IsObject(m))
            continue;
        skr_port *to = &c->ports[c->port_count++];
        to->host_ip = read_host_ip(r, m);
        to->host_port = (uint32_t)number_of(m, "HostPort", 0, UINT16_MAX, 0);
        to->container_port = (uint32_t)number_of(m, "ContainerPort", 0, UINT16_MAX, 0);
    }
}

static void read_env(reader *r)
{
    skr_container *c = r->c;
    const cJSON *list = member(r->object, "env"), *m;
    if (!cJSON_IsArray(list) || !(c->env = room_for(r, list, sizeof *c->env)))
        return;
    cJSON_ArrayForEach(m, list)
    {
        if (cJSON_IsString(m))
            c->env[c->env_count++] = copy(r, m->valuestring);
    }
}

static void read_scalars(reader *r)
{
    skr_container *c = r->c;
    const cJSON *o = r->object;
    c->type = (int)number_of(o, "type", 0, INT32_MAX, SKR_CONTAINER_UNKNOWN);
#define SKR_CONTAINER_TEXT(to, key) c->to = text_of(r, o, key);
#define SKR_CONTAINER_BOOL(to, key) c->to = bool_of(o, key);
#define SKR_CONTAINER_INT(to, key) c->to = int_of(o, key);
#include "container_keys.def"
#undef SKR_CONTAINER_TEXT
#undef SKR_CONTAINER_BOOL
#undef SKR_CONTAINER_INT
}

#endif
/* ---- Whole ---- */

static skr_container *new_container(skr_mem *mem)
{
    skr_container *c = skr_zalloc(mem, sizeof *c);
    if (c)
        skr_arena_init(&c->arena, mem);
    return c;
}

void skr_container_free(skr_mem *mem, skr_container *c)
{
    if (!c)
        return;
    skr_arena_free(&c->arena);
    skr_free(mem, c, sizeof *c);
}

#if SKR_HAVE_JSON
/* false: more values than any container has. What looks like one inside a string counts, too. */
static bool is_of_sane_size(skr_str json)
{
    size_t values = 0;
    for (size_t i = 0; i < json.len; i++)
        values += json.ptr[i] == ',' || json.ptr[i] == '[' || json.ptr[i] == '{';
    return json.len <= LARGEST_TEXT && values <= MOST_VALUES;
}

static skr_container *read_container(skr_mem *mem, const cJSON *object)
{
    skr_container *c = new_container(mem);
    if (!c)
        return NULL;
    reader r = { .c = c, .object = object };
    read_scalars(&r);
    read_labels(&r, "labels", &c->labels, &c->label_count);
    read_labels(&r, "pod_sandbox_labels", &c->sandbox_labels, &c->sandbox_label_count);
    read_mounts(&r);
    read_ports(&r);
    read_env(&r);
    if (r.no_memory || c->id.len == 0) {
        skr_container_free(mem, c);
        return NULL;
    }
    return c;
}

skr_container *skr_container_parse(skr_mem *mem, skr_str json)
{
    cJSON *root = json.len && is_of_sane_size(json) ? cJSON_ParseWithLength(json.ptr, json.len) : NULL;
    const cJSON *object = root ? member(root, "container") : NULL;
    skr_container *c = cJSON_IsObject(object) ? read_container(mem, object) : NULL;
    cJSON_Delete(root);
    return c;
}
#else
skr_container *skr_container_parse(skr_mem *mem, skr_str json)
{
    (void)mem;
    (void)json;
    return NULL;
}
#endif

skr_container *skr_container_host(skr_mem *mem)
{
    skr_container *c = new_container(mem);
    if (!c)
        return NULL;
    const skr_str none = SKR_STR("");
#define SKR_CONTAINER_TEXT(to, key) c->to = none;
#define SKR_CONTAINER_BOOL(to, key)
#define SKR_CONTAINER_INT(to, key)
#include "container_keys.def"
#undef SKR_CONTAINER_TEXT
#undef SKR_CONTAINER_BOOL
#undef SKR_CONTAINER_INT
    c->type = SKR_CONTAINER_HOST;
    c->id = c->full_id = c->name = SKR_STR("host");
    return c;
}
