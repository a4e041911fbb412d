/* SPDX-License-Identifier: Apache-2.0 */
/* lib/syscall/container: the JSON of container events, ids in control groups, names of images. */
#include "container.h"
#include "../pool.h"

#include <check.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static skr_mem mem;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
}

static void teardown(void)
{
    ck_assert_uint_eq(mem.used, 0);
}

static bool is(skr_str s, const char *text)
{
    return s.ptr && skr_str_is(s, text);
}

/* ---- Metadata ---- */

static const char full[] =
    "{\"container\":{\"type\":0,\"id\":\"697956520d89\",\"full_id\":\"697956520d89aa\",\"name\":\"web\\u00e9\","
    "\"image\":\"reg:5000/nginx:1.2\",\"imageid\":\"f68d\",\"imagerepo\":\"reg:5000/nginx\",\"imagetag\":\"1.2\","
    "\"imagedigest\":\"sha256:96fb\",\"User\":\"www\",\"ip\":\"172.17.0.2\",\"cni_json\":\"{}\",\"privileged\":true,"
    "\"host_pid\":true,\"host_network\":false,\"host_ipc\":true,\"is_pod_sandbox\":false,\"pod_sandbox_id\":\"abc\","
    "\"pod_sandbox_labels\":{\"app\":\"x\"},\"labels\":{\"z\":\"1\",\"a\":\"2\",\"m\":\"\",\"n\":5},"
    "\"env\":[\"A=1\",null,\"B=2\"],"
    "\"Mounts\":[{\"Source\":\"/a\",\"Destination\":\"/b\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":\"rprivate\"},"
    "7,{\"Source\":\"/c\",\"RW\":true}],"
    "\"port_mappings\":[{\"HostIp\":16909060,\"HostPort\":8080,\"ContainerPort\":80},"
    "{\"HostIp\":\"::1\",\"HostPort\":70000}],"
    "\"cpu_period\":100000,\"cpu_quota\":-1,\"cpu_shares\":1024,\"cpuset_cpu_count\":2,\"memory_limit\":1099511627776,"
    "\"swap_limit\":1e300,\"created_time\":1663770709,\"size\":\"-1\",\"Healthcheck\":{\"exe\":\"x\"}}}\n";

START_TEST(all_members)
{
    skr_container *c = skr_container_parse(&mem, SKR_STR(full));
    ck_assert_ptr_nonnull(c);
    ck_assert_str_eq(skr_container_type_name(c->type), "docker");
    ck_assert(is(c->id, "697956520d89") && is(c->full_id, "697956520d89aa") && is(c->name, "web\xC3\xA9"));
    ck_assert(is(c->image, "reg:5000/nginx:1.2") && is(c->image_id, "f68d") && is(c->image_repo, "reg:5000/nginx"));
    ck_assert(is(c->image_tag, "1.2") && is(c->image_digest, "sha256:96fb") && is(c->user, "www"));
    ck_assert(is(c->ip, "172.17.0.2") && is(c->cni_json, "{}") && is(c->pod_sandbox_id, "abc"));
    ck_assert(c->privileged && c->host_pid && !c->host_network && c->host_ipc && !c->is_pod_sandbox);
    ck_assert_uint_eq(c->label_count, 3);
    ck_assert(is(c->labels[0].key, "a") && is(c->labels[0].value, "2"));
    ck_assert(is(c->labels[1].key, "m") && is(c->labels[1].value, "") && is(c->labels[2].key, "z"));
    ck_assert_uint_eq(c->sandbox_label_count, 1);
    ck_assert_uint_eq(c->env_count, 2);
    ck_assert(is(c->env[1], "B=2"));
    ck_assert_uint_eq(c->mount_count, 2);
    ck_assert(is(c->mounts[0].source, "/a") && is(c->mounts[0].destination, "/b") && is(c->mounts[0].mode, "ro"));
    ck_assert(is(c->mounts[0].propagation, "rprivate") && !c->mounts[0].rdwr);
    ck_assert(is(c->mounts[1].source, "/c") && is(c->mounts[1].mode, "") && c->mounts[1].rdwr);
    ck_assert_uint_eq(c->port_count, 2);
    ck_assert(is(c->ports[0].host_ip, "1.2.3.4"));
    ck_assert_uint_eq(c->ports[0].host_port, 8080);
    ck_assert_uint_eq(c->ports[0].container_port, 80);
    ck_assert(is(c->ports[1].host_ip, "::1"));
    ck_assert_uint_eq(c->ports[1].host_port, 0); /* no port */
    ck_assert_int_eq(c->cpu_quota, -1);
    ck_assert_int_eq(c->memory_limit, INT64_C(1099511627776));
    ck_assert_int_eq(c->swap_limit, 0); /* no integer */
    ck_assert_int_eq(c->created_time, 1663770709);
    ck_assert_int_eq(c->size_bytes, -1);
    skr_container_free(&mem, c);
}
END_TEST

START_TEST(only_the_id)
{
    static const char *const texts[] = {
        "{\"container\":{\"id\":\"x\"}}",
        "{\"container\":{\"id\":\"x\",\"labels\":null,\"Mounts\":null,\"env\":{},\"port_mappings\":5,\"type\":null}}",
        "{\"container\":{\"id\":\"x\",\"labels\":[],\"Mounts\":{},\"env\":[1,{}],\"type\":\"docker\",\"name\":1}}",
        " {\"more\":[], \"container\":{\"id\":\"x\",\"privileged\":\"true\",\"cpu_shares\":\"many\",\"type\":-3}}  ",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        skr_container *c = skr_container_parse(&mem, skr_str_of(texts[i]));
        ck_assert_ptr_nonnull(c);
        ck_assert(is(c->id, "x") && is(c->name, "") && is(c->cni_json, ""));
        ck_assert_str_eq(skr_container_type_name(c->type), "");
        ck_assert(c->label_count + c->mount_count + c->env_count + c->port_count == 0);
        ck_assert(!c->privileged && c->cpu_shares == 0);
        skr_container_free(&mem, c);
    }
}
END_TEST

START_TEST(not_understood)
{
    static const char *const texts[] = { "",
                                         "x",
                                         "[]",
                                         "{\"container\":[]}",
                                         "{\"container\":{}}",
                                         "{\"container\":{\"id\":\"\"}}",
                                         "{\"container\":{\"id\":5}}",
                                         "{\"container\":{\"id\":\"x\"",
                                         "{\"id\":\"x\"}" };
    for (size_t i = 0; i < COUNT(texts); i++)
        ck_assert_msg(!skr_container_parse(&mem, skr_str_of(texts[i])), "%s", texts[i]);
}
END_TEST

START_TEST(every_cut)
{
    for (size_t n = 0; n + 2 < sizeof full; n++) {
        skr_container *c = skr_container_parse(&mem, (skr_str){ full, n });
        ck_assert_msg((c != NULL) == (n >= sizeof full - 2), "%zu bytes", n);
        skr_container_free(&mem, c);
    }
}
END_TEST

/* What would make cJSON recur or allocate without bound. */
START_TEST(too_large)
{
    size_t size = 3 << 20;
    char *text = malloc(size);
    memset(text, '[', size);
    ck_assert_ptr_null(skr_container_parse(&mem, (skr_str){ text, 900000 }));
    ck_assert_ptr_null(skr_container_parse(&mem, (skr_str){ text, 50000 }));
    int n = snprintf(text, size, "{\"container\":{\"id\":\"x\",\"name\":\"");
    memset(text + n, 'a', size - (size_t)n);
    memcpy(text + 1000000, "\"}}", 3);
    skr_container *c = skr_container_parse(&mem, (skr_str){ text, 1000003 });
    ck_assert_ptr_nonnull(c);
    ck_assert_uint_eq(c->name.len, 1000000 - (size_t)n);
    skr_container_free(&mem, c);
    memset(text + 1000000, 'a', 3);
    memcpy(text + 2000000, "\"}}", 3);
    ck_assert_ptr_null(skr_container_parse(&mem, (skr_str){ text, 2000003 }));
    free(text);
}
END_TEST

START_TEST(host_and_types)
{
    skr_container *c = skr_container_host(&mem);
    ck_assert(is(c->id, "host") && is(c->full_id, "host") && is(c->name, "host") && is(c->image, ""));
    ck_assert_str_eq(skr_container_type_name(c->type), "host");
    ck_assert(!c->privileged);
    skr_container_free(&mem, c);
    skr_container_free(&mem, NULL);
    ck_assert_str_eq(skr_container_type_name(8), "cri-o");
    ck_assert_str_eq(skr_container_type_name(11), "podman");
    ck_assert_str_eq(skr_container_type_name(5), "");
    ck_assert_str_eq(skr_container_type_name(12), "");
    ck_assert_str_eq(skr_container_type_name(-7), "");
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    bool done = false;
    for (size_t n = 0; !done; n++) {
        pool p = pool_of(n);
        saker_alloc hook = pool_alloc(&p);
        skr_mem m;
        skr_mem_init(&m, &hook, 0);
        skr_container *c = skr_container_parse(&m, SKR_STR(full));
        done = c != NULL;
        ck_assert(done || m.failed);
        ck_assert_uint_lt(n, 100);
        skr_container_free(&m, c);
        ck_assert_uint_eq(m.used, 0);
    }
}
END_TEST

/* ---- Ids ---- */

#define D12 "0123456789ab"
#define D64 D12 "cdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG_FOLDER "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0123.slice"

static const struct {
    const char *path, *id;
} ids[] = {
    { "", "" },
    { "/", "" },
    { "/user.slice", "" },
    { "/system.slice/sshd.service", "" },
    { "/docker/" D64, D12 },
    { "/system.slice/docker-" D64 ".scope", D12 },
    { "/system.slice/docker-" D64 ".scope/init", D12 }, /* the suffix need not be at the end */
    { "/machine.slice/libpod-" D64 ".scope", D12 },
    { "/machine.slice/libpod-" D64 ".scope/container", D12 },
    { "/libpod_parent/libpod-" D64, D12 },
    { "/libpod_parent/libpod-payload-" D64, D12 },
    { "/kubepods/besteffort/pod1234/" D64, D12 },
    { "/kubepods.slice/cri-containerd-" D64 ".scope", D12 },
    { "/kubepods.slice/crio-" D64 ".scope", D12 },
    { "/kubepods.slice/crio-" D64, D12 },
    { "/system.slice:cri-containerd:" D64, D12 },
    { "/x/nerdctl-" D64 ".scope", D12 },
    { "/docker/" D64 "0", "" }, /* too long for any matcher */
    { "/docker/" D12, D12 },    /* the loose one            */
    { "/x.slice/docker-g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "" },
    { LONG_FOLDER "/docker-ghijklmnopqrcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope", "ghijklmnopqr" },
    { "/user.slice/user-1000.slice/user@1000.service/app.slice/foo", "user-1000.sl" },
    { "/user.slice/session-1.scope/user-workload-000", "session-1.sc" },
    { "/user.slice/user-1000.slice", "" },
    { "/default/mytask", "mytask" },
    { "/a/b/a/c", "c" }, /* behind the last /a/ */
    { "/a b/c.d/e", "e" },
    { "/a..b/c", "" },
    { "/x/lxc/box", "lxc/box" }, /* the loose matcher comes first */
    { "/lxc.payload.box", "box" },
    { "/lxc.payload.a-name-longer-than-twelve/x.slice", "a-name-longer-than-twelve" },
    { "/a b/lxc/box/init.scope", "box" },
    { "/machine/web.libvirt-lxc", "web.libvirt-" },
    { "/a b/web.libvirt-lxc", "web" },
    { "/machine.slice/machine-lxc\\x2d1234web.scope", "1234web" },
    { "/machine.slice/machine-lxc\\x2dweb.scope/libvirt", "machine-lxc\\" }, /* the loose one */
    { "/a b/machine-lxc\\x2dweb.scope/libvirt", "web" },
    { "/a b/libvirt/lxc/web.scope", "web.scope" },
    { "/system.slice/bpm-my_job.1.scope", "my_job.1" },
    { "bpm-job", "job" },
    { "bpm-jo b", "" },
};

START_TEST(id_rows)
{
    for (size_t i = 0; i < COUNT(ids); i++) {
        skr_str id = skr_container_id(skr_str_of(ids[i].path));
        ck_assert_msg(skr_str_is(id, ids[i].id), "%s: %.*s, not %s", ids[i].path, (int)id.len, id.ptr, ids[i].id);
    }
}
END_TEST

START_TEST(names_are_whole)
{
    char path[300];
    memset(path, 'a', sizeof path);
    memcpy(path, "/lxc.payload.", 13);
    ck_assert_uint_eq(skr_container_id((skr_str){ path, sizeof path }).len, sizeof path - 13);
    for (size_t n = 0; n <= 64; n++)
        ck_assert_uint_le(skr_container_id((skr_str){ path, n }).len, n);
}
END_TEST

START_TEST(image_rows)
{
    static const struct {
        const char *image, *repository, *tag, *digest;
    } rows[] = { { "", "", "", "" },
                 { "nginx", "nginx", "", "" },
                 { "nginx:1.2", "nginx", "1.2", "" },
                 { "reg:5000/nginx", "reg:5000/nginx", "", "" },
                 { "reg:5000/a/nginx:x", "reg:5000/a/nginx", "x", "" },
                 { "nginx@sha256:ab", "nginx", "", "sha256:ab" },
                 { "r/nginx:1@sha256:ab", "r/nginx", "1", "sha256:ab" },
                 { "a:b@c:d@e", "a", "b", "c:d@e" } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        skr_image p = skr_image_split(skr_str_of(rows[i].image));
        ck_assert_msg(is(p.repository, rows[i].repository) && is(p.tag, rows[i].tag) && is(p.digest, rows[i].digest),
                      "%s", rows[i].image);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("container");
    TCase *t = tcase_create("container");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, all_members);
    tcase_add_test(t, only_the_id);
    tcase_add_test(t, not_understood);
    tcase_add_test(t, every_cut);
    tcase_add_test(t, too_large);
    tcase_add_test(t, host_and_types);
    tcase_add_test(t, every_allocation_may_fail);
    tcase_add_test(t, id_rows);
    tcase_add_test(t, names_are_whole);
    tcase_add_test(t, image_rows);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
