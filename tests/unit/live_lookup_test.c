/* SPDX-License-Identifier: Apache-2.0 */
/* lib/live: metadata of containers from the files of runtimes below a root of our own, and from a socket. */
#include "live.h"

#include <saker/live.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ID "3d41f7be9b1d1a4c6b5a0c9d8e7f60123456789abcdef0123456789abcdef012"
#define PATH "cpu=/kubepods/burstable/podaaaaaaaa-1111-2222-3333-bbbbbbbbbbbb/" ID
#define DOCKER_PATH "cpu=/system.slice/docker-" ID ".scope"

static skr_mem mem;
static skr_lookup *lookup;
static char root[64];
static skr_container *found;

static void setup(void)
{
    skr_mem_init(&mem, NULL, 0);
    strcpy(root, "/tmp/saker-lookup-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    lookup = skr_lookup_new(&mem, root, NULL, NULL);
    found = NULL;
}

static void teardown(void)
{
    char command[128];
    skr_container_free(&mem, found);
    skr_lookup_free(lookup);
    ck_assert_uint_eq(mem.used, 0);
    snprintf(command, sizeof command, "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

/* Writes a file below the root, with the folders that it needs. */
static void file(const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    for (char *at = whole + strlen(root) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        ck_assert(mkdir(whole, 0700) == 0 || errno == EEXIST);
        *at = '/';
    }
    FILE *f = fopen(whole, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    fclose(f);
}

static bool take(void)
{
    skr_str json;
    if (!skr_lookup_take(lookup, &json))
        return false;
    skr_container_free(&mem, found);
    found = skr_container_parse(&mem, json);
    ck_assert_ptr_nonnull(found);
    return true;
}

static void see(const char *pairs)
{
    skr_lookup_see(lookup, skr_str_of(pairs), 0);
}

static const char *label(const char *key)
{
    for (size_t i = 0; i < found->label_count; i++)
        if (skr_str_is(found->labels[i].key, key))
            return found->labels[i].value.ptr;
    return "(none)";
}

#define is(text, expected) ck_assert_msg(skr_str_is(text, expected), "%s is \"%s\"", #text, (text).ptr)

START_TEST(a_pod_of_containerd)
{
    file("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
         "{\"annotations\":{\"io.kubernetes.cri.container-name\":\"web\",\"io.kubernetes.cri.container-type\":"
         "\"container\","
         "\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1.25@sha256:77\","
         "\"io.kubernetes.cri.sandbox-id\":\"box\",\"io.kubernetes.cri.sandbox-name\":\"web-1\","
         "\"io.kubernetes.cri.sandbox-namespace\":\"shop\"},"
         "\"process\":{\"user\":{\"uid\":33},\"apparmorProfile\":\"cri-containerd.apparmor.d\"},"
         "\"mounts\":[{\"type\":\"bind\",\"source\":\"/var/log\",\"destination\":\"/"
         "log\",\"options\":[\"ro\",\"rslave\"]},"
         "{\"type\":\"proc\",\"source\":\"proc\",\"destination\":\"/proc\"}],"
         "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"ipc\"}],\"maskedPaths\":[\"/proc/kcore\"],"
         "\"resources\":{\"cpu\":{\"shares\":2,\"cpus\":\"0-2,5\"},\"memory\":{\"limit\":1048576}}}}");
    see(PATH);
    ck_assert(take());
    ck_assert_int_eq(found->type, 7);
    is(found->id, "3d41f7be9b1d");
    is(found->full_id, ID);
    is(found->name, "web");
    is(found->image_repo, "docker.io/library/nginx");
    is(found->image_tag, "1.25");
    is(found->image_digest, "sha256:77");
    is(found->user, "33");
    is(found->pod_sandbox_id, "box");
    ck_assert_str_eq(label("io.kubernetes.pod.name"), "web-1");
    ck_assert_str_eq(label("io.kubernetes.pod.namespace"), "shop");
    ck_assert_str_eq(label("io.kubernetes.pod.uid"), "aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb");
    ck_assert(found->host_network && !found->host_pid && !found->host_ipc && !found->privileged);
    ck_assert_uint_eq(found->mount_count, 1);
    is(found->mounts[0].propagation, "rslave");
    ck_assert(!found->mounts[0].rdwr);
    ck_assert_int_eq(found->cpuset_cpu_count, 4);
    ck_assert_int_eq(found->memory_limit, 1048576);
    ck_assert(!take());
    see(PATH); /* known */
    ck_assert(!take());
}
END_TEST

START_TEST(privileged_is_what_lacks_all)
{
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
         "{\"process\":{},\"linux\":{},\"mounts\":[{\"type\":\"sysfs\",\"options\":[\"rw\"]}]}");
    see(PATH);
    ck_assert(take());
    ck_assert(found->privileged && found->host_pid);
    is(found->name, ID);
}
END_TEST

START_TEST(crio_tells_the_labels_of_the_pod)
{
    file(
        "/run/containers/storage/overlay-containers/" ID "/userdata/config.json",
        "{\"annotations\":{\"io.container.manager\":\"cri-o\",\"io.kubernetes.cri-o.SandboxID\":\"sandbox1\","
        "\"io.kubernetes.cri-o.ImageName\":\"quay.io/a/b:2\",\"io.kubernetes.cri-o.ImageRef\":\"quay.io/a/"
        "b@sha256:99\","
        "\"io.kubernetes.pod.name\":\"p\",\"io.kubernetes.pod.namespace\":\"n\",\"io.kubernetes.container.name\":\"c\","
        "\"io.kubernetes.cri-o.Labels\":\"{\\\"app\\\":\\\"x\\\"}\",\"io.kubernetes.cri-o.HostNetwork\":\"true\"}}");
    file("/run/containers/storage/overlay-containers/sandbox1/userdata/config.json",
         "{\"annotations\":{\"io.kubernetes.cri-o.Labels\":\"{\\\"team\\\":\\\"red\\\"}\"}}");
    see("cpu=/kubepods.slice/crio-" ID ".scope");
    ck_assert(take());
    ck_assert_int_eq(found->type, 8);
    is(found->image_tag, "2");
    is(found->image_digest, "sha256:99");
    ck_assert_str_eq(label("app"), "x");
    ck_assert_uint_eq(found->sandbox_label_count, 1);
    is(found->sandbox_labels[0].key, "team");
    is(found->sandbox_labels[0].value, "red");
}
END_TEST

START_TEST(podman_keeps_names_in_a_list)
{
    file("/var/lib/containers/storage/overlay-containers/" ID "/userdata/config.json",
         "{\"annotations\":{\"io.container.manager\":\"libpod\",\"io.podman.annotations.privileged\":\"TRUE\"}}");
    file("/var/lib/containers/storage/overlay-containers/containers.json",
         "[{\"id\":\"other\"},{\"id\":\"" ID "\",\"names\":[\"happy\"],"
         "\"metadata\":\"{\\\"image-name\\\":\\\"docker.io/library/"
         "busybox:latest\\\",\\\"image-id\\\":\\\"abc\\\"}\"}]");
    see("cpu=/machine.slice/libpod-" ID ".scope");
    ck_assert(take());
    ck_assert_int_eq(found->type, 11);
    is(found->name, "happy");
    is(found->image_repo, "docker.io/library/busybox");
    is(found->image_id, "abc");
    ck_assert(found->privileged);
}
END_TEST

START_TEST(docker_by_its_files)
{
    file("/var/lib/docker/containers/" ID "/config.v2.json",
         "{\"Name\":\"/db\",\"Image\":\"sha256:1234\",\"Created\":\"2024-05-01T10:20:30.5Z\","
         "\"Config\":{\"Image\":\"postgres:16\",\"User\":\"pg\",\"Labels\":{\"a\":\"b\"}},"
         "\"MountPoints\":{\"/data\":{\"Source\":\"/srv\",\"Destination\":\"/data\",\"RW\":true}}}");
    file("/var/lib/docker/containers/" ID "/hostconfig.json", "{\"Privileged\":true,\"PidMode\":\"host\"}");
    see(DOCKER_PATH);
    ck_assert(take());
    ck_assert_int_eq(found->type, 0);
    is(found->name, "db");
    is(found->image_id, "1234");
    is(found->image_tag, "16");
    ck_assert_int_eq(found->created_time, 1714558830);
    ck_assert(found->privileged && found->host_pid && !found->host_network);
    ck_assert_uint_eq(found->mount_count, 1);
}
END_TEST

START_TEST(a_runtime_without_a_manager)
{
    file("/run/runc/" ID "/state.json", "{\"config\":{\"labels\":[\"x=y\",\"bundle=/srv/b\"]}}");
    file("/srv/b/config.json", "{\"annotations\":{\"io.kubernetes.pod.namespace\":\"n\"}}");
    see(PATH);
    ck_assert(take());
    ck_assert_str_eq(label("io.kubernetes.pod.namespace"), "n");
}
END_TEST

/* The files come later than the first event: tried again for a while, then given up. */
START_TEST(late_files_are_found)
{
    see(PATH);
    skr_lookup_work(lookup, 0);
    ck_assert(!take());
    ck_assert_int_gt(skr_lookup_next_ms(lookup, 0), 0);
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json", "{}");
    skr_lookup_work(lookup, 10);
    ck_assert(!take());
    skr_lookup_work(lookup, 100);
    ck_assert(take());
    ck_assert_int_eq(skr_lookup_next_ms(lookup, 100), -1);
}
END_TEST

/* Runtimes write their files after their own process is in the group, and before the container's program begins. */
START_TEST(files_are_there_when_the_program_begins)
{
    see(PATH);
    ck_assert(!take());
    see(PATH);
    ck_assert(!take());
    file("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json", "{\"process\":{}}");
    see(PATH);
    ck_assert(take());
    is(found->full_id, ID);
    see(PATH);
    ck_assert(!take());
    ck_assert_int_eq(skr_lookup_next_ms(lookup, 0), -1);
}
END_TEST

START_TEST(what_never_comes_is_given_up)
{
    see(PATH);
    for (int64_t now = 0; now < 100000; now += 10)
        skr_lookup_work(lookup, now);
    ck_assert(!take());
    ck_assert_int_eq(skr_lookup_next_ms(lookup, 100000), -1);
    skr_lookup_forget(lookup, SKR_STR("3d41f7be9b1d")); /* ended: it may come again */
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json", "{}");
    see(PATH);
    ck_assert(take());
}
END_TEST

/* A container that was given up is looked for again, less and less often; on a machine that was started now, or 390
 * days ago. */
START_TEST(what_was_given_up_is_tried_again)
{
    static const int64_t begins[] = { 0, 390 * 86400000ll };
    int64_t now = begins[_i];
    skr_lookup_see(lookup, skr_str_of(PATH), now);
    ck_assert_int_ge(skr_lookup_next_ms(lookup, 0), 0);
    while (skr_lookup_next_ms(lookup, now) >= 0)
        skr_lookup_work(lookup, now += 10);
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json", "{}");
    skr_lookup_see(lookup, skr_str_of(PATH), now + 1000);
    ck_assert(!take());
    skr_lookup_see(lookup, skr_str_of(PATH), now + 2000);
    ck_assert(take());
}
END_TEST

START_TEST(names_do_not_lead_astray)
{
    file("/secret/config.json", "{}");
    see("cpu=/a/../../secret");
    see("cpu=/../secret/x");
    see("cpu=/ctr/.hidden");
    see("cpu=");
    see("=");
    see("");
    for (int64_t now = 0; now < 10000; now += 10)
        skr_lookup_work(lookup, now);
    ck_assert(!take());
}
END_TEST

/* Whoever may write where runtimes do could put anything there. A reader that opens a pipe waits for a writer. */
START_TEST(what_is_no_file_is_not_waited_for)
{
    static const char *const places[] = { "/var/lib/docker/containers/" ID "/config.v2.json",
                                          "/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
                                          "/run/runc/" ID "/state.json",
                                          "/var/lib/containers/storage/overlay-containers/containers.json" };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char whole[512];
        file(places[i], "");
        snprintf(whole, sizeof whole, "%s%s", root, places[i]);
        ck_assert(unlink(whole) == 0 && mkfifo(whole, 0600) == 0);
    }
    see(PATH);
    ck_assert(!take());
    file("/run/containers/storage/overlay-containers/" ID "/userdata/config.json",
         "{\"annotations\":{\"io.container.manager\":\"libpod\",\"io.kubernetes.cri-o.Image\":\"web\"}}");
    see(PATH);
    ck_assert(take());
    ck_assert_int_eq(found->type, 11);
}
END_TEST

START_TEST(damaged_files_are_no_answer)
{
    static const char *const texts[] = { "", "[", "{\"annotations\":", "[1,2]", "\"x\"", "null" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json", texts[i]);
        see(PATH);
        ck_assert(!take());
        skr_lookup_forget(lookup, SKR_STR("3d41f7be9b1d"));
    }
    /* members of types that they should not have */
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
         "{\"annotations\":[1],\"process\":7,\"linux\":\"x\",\"mounts\":{\"a\":{\"type\":\"bind\"}}}");
    see(PATH);
    ck_assert(take());
    file("/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
         "{\"mounts\":[7,null,{\"type\":\"bind\",\"options\":7}],\"linux\":{\"namespaces\":[3],\"resources\":{\"cpu\":"
         "3}}}");
    skr_lookup_forget(lookup, SKR_STR("3d41f7be9b1d"));
    see(PATH);
    ck_assert(take());
}
END_TEST

/* ---- A socket ---- */

static int listener;
static const char *answer;

static void *serve(void *ctx)
{
    (void)ctx;
    char request[1024];
    int fd = accept(listener, NULL, NULL);
    if (read(fd, request, sizeof request) > 0)
        ck_assert_int_gt(write(fd, answer, strlen(answer)), 0);
    close(fd);
    return NULL;
}

static bool ask(const char *text)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    pthread_t thread;
    file("/run/x", "");
    snprintf(a.sun_path, sizeof a.sun_path, "%s/run/docker.sock", root);
    unlink(a.sun_path);
    answer = text;
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    see(DOCKER_PATH);
    bool told = false;
    for (int i = 0; i < 1000 && !told; i++) {
        skr_lookup_work(lookup, 1); /* the time stands: nothing is late */
        told = take();
        usleep(1000);
        if (skr_lookup_next_ms(lookup, 1) != 5) /* no connection any more */
            break;
    }
    pthread_join(thread, NULL);
    close(listener);
    skr_lookup_forget(lookup, SKR_STR("3d41f7be9b1d"));
    return told;
}

#define BODY                                                                                                           \
    "{\"Id\":\"" ID "\",\"Name\":\"/"                                                                                  \
    "web\",\"Config\":{\"Image\":\"nginx:1\"},\"HostConfig\":{\"NetworkMode\":\"host\"}}"

START_TEST(docker_by_its_socket)
{
    ck_assert(ask("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" BODY));
    is(found->name, "web");
    ck_assert(found->host_network);
    ck_assert(ask("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{\"Id\":\"7\"\r\n1\r\n}\r\n0\r\n\r\n"));
    is(found->full_id, "7");
}
END_TEST

START_TEST(answers_that_are_none)
{
    static const char *const texts[] = {
        "HTTP/1.0 404 Not Found\r\n\r\n" BODY,
        "HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n" BODY,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        "HTTP/1.0 200 OK\r\n\r\n[]",
        "HTTP/1.0 200 OK\r\n\r\n{}",
        "HTTP/1.0 200 OK",
        "no",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(!ask(texts[i]), "taken: %s", texts[i]);
}
END_TEST

/* ---- The host's own look-up ---- */

static bool own(void *ctx, const char *id, const char *cgroup, saker_container *out)
{
    ck_assert_ptr_eq(ctx, &mem);
    ck_assert_str_eq(id, "3d41f7be9b1d");
    ck_assert_ptr_nonnull(strstr(cgroup, ID));
    out->name = "mine";
    out->image = "r/i:t";
    out->pod_name = "pod";
    out->privileged = true;
    return true;
}

START_TEST(a_host_may_know_better)
{
    skr_lookup_free(lookup);
    lookup = skr_lookup_new(&mem, root, own, &mem);
    see(PATH);
    ck_assert(take());
    is(found->name, "mine");
    is(found->image_tag, "t");
    ck_assert_str_eq(label("io.kubernetes.pod.name"), "pod");
    ck_assert(found->privileged);
}
END_TEST

static int no_event(void *ctx, const saker_event *event)
{
    (void)ctx, (void)event;
    return 0;
}

/* Nothing is read from a path that was cut. */
START_TEST(a_root_that_is_too_long)
{
    char path[300];
    saker_live_options o = SAKER_LIVE_OPTIONS_INIT;
    memset(path, '/', sizeof path);
    path[sizeof path - 1] = 0;
    o.capture.host_root = path;
    saker_capture *c = saker_capture_open_live(&o);
    ck_assert_int_eq(saker_capture_poll(c, 0, no_event, NULL), SAKER_EIO);
    ck_assert_str_eq(saker_capture_error(c), "the path of the host is longer than 255 bytes");
    saker_capture_free(c);
}
END_TEST

/* ---- Users of containers ---- */

static bool note_user(void *ctx, const skr_user_entry *u)
{
    snprintf(ctx, 32, "%.*s %u", (int)u->name.len, u->name.ptr, u->uid);
    return false;
}

START_TEST(users_come_from_files_only)
{
    char text[32] = "", path[128], events[4096], group[4096], rest[3000] = "";
    file("/etc/place", "ann:x:7:8::/:/bin/sh\n");
    file("/outside", "bob:x:9:9::/:/bin/sh\n");
    snprintf(path, sizeof path, "%s/etc/passwd", root);
    ck_assert_int_eq(symlink("/etc/place", path), 0); /* a link of the container's means its own files */
    skr_procfs p;
    skr_procfs_open(&p, &mem, NULL, 0);
    int dir = open(root, O_PATH | O_DIRECTORY);
    memset(rest, '#', sizeof rest - 1);
    snprintf(group, sizeof group, "staff:x:8:ann\n%s", rest);
    file("/etc/group", group);
    ck_assert(skr_passwd_read(&p, skr_proc_open_etc(&p, getpid(), dir, "group"), true, note_user, text));
    ck_assert_str_eq(text, "staff 0");
    ck_assert_uint_ge(p.work, 1 + sizeof rest / 1024);
    /* Links are followed since Linux 5.6. */
    if (skr_passwd_read(&p, skr_proc_open_etc(&p, getpid(), dir, "passwd"), false, note_user, text))
        ck_assert_str_eq(text, "ann 7");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    int opened = inotify_init1(IN_NONBLOCK);
    ck_assert_int_ge(inotify_add_watch(opened, path, IN_OPEN), 0);
    ck_assert(!skr_passwd_read(&p, skr_proc_open_etc(&p, getpid(), dir, "passwd"), false, note_user, text));
    ck_assert_int_lt(read(opened, events, sizeof events),
                     0); /* nor was it opened: devices do something when they are */
    close(opened);
    close(dir);
    skr_procfs_close(&p);
}
END_TEST

/* ---- Sockets ---- */

static int note_fd(void *ctx, const skr_fd_entry *f)
{
    *(skr_fd_entry *)ctx = *f;
    return 0;
}

/* The kernel prints names of unix sockets as they are, newlines too. */
START_TEST(names_of_sockets_are_no_sockets)
{
    skr_procfs p;
    struct stat st;
    skr_fd_entry f = { .type = 0 };
    const skr_scap_handler h = { .ctx = &f, .fd = note_fd };
    int tcp = socket(AF_INET, SOCK_STREAM, 0), named = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert(listen(tcp, 1) == 0 && fstat(tcp, &st) == 0);
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    const int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1,
                             "%d\n0000000000000000: 00000002 00000000 00010000 0001 01 %llu /run/nice\n", getpid(),
                             (unsigned long long)st.st_ino);
    ck_assert_int_eq(bind(named, (const struct sockaddr *)&a, (socklen_t)(sizeof a.sun_family + 1 + (size_t)len)), 0);
    skr_procfs_open(&p, &mem, NULL, 0);
    ck_assert(skr_procfs_fd(&p, getpid(), tcp, &h));
    ck_assert_int_eq(f.type, SKR_FD_IPV4_SERVSOCK);
    skr_procfs_close(&p);
    close(tcp);
    close(named);
}
END_TEST

/* ---- What went away while it was read ---- */

START_TEST(a_file_that_is_gone)
{
    skr_procfs p;
    skr_procfs_open(&p, &mem, root, 0);
    const skr_str text = skr_proc_read(&p, AT_FDCWD, "/none", 1024);
    ck_assert_ptr_null(text.ptr);
    ck_assert_ptr_null(skr_proc_value(text, "mnt_id").ptr);
    skr_procfs_close(&p);
}
END_TEST

/* ---- Lists of mounts ---- */

static unsigned long long mount_of(int fd)
{
    char path[64], line[128];
    unsigned long long id = 0;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "mnt_id:", 7) == 0)
            id = strtoull(line + 7, NULL, 10);
    fclose(f);
    return id;
}

/* What a list says in which this process's mount has that form. */
static void looks(skr_procfs *p, int dir, const char *rest, bool read_only, skr_proc_server server)
{
    char text[400];
    snprintf(text, sizeof text, "1 1 0:1 / / ro - fuse.x x ro\n%llu %s\n2 1 0:2 / / ro - tmpfs x ro\n", mount_of(dir),
             rest);
    file("/list/mountinfo", text);
    file("/proc/7/mountinfo", text);
    ck_assert_msg(skr_proc_is_read_only(p, dir, dir) == read_only, "%s", rest);
    ck_assert_msg(skr_proc_server_of(p, 7, dir) == server, "%s", rest);
}

START_TEST(mounts_are_read_from_lists)
{
    skr_procfs p;
    char list[128];
    file("/list/mountinfo", "");
    file("/proc/7/mountinfo", "");
    snprintf(list, sizeof list, "%s/list", root);
    int dir = open(list, O_PATH | O_DIRECTORY);
    skr_procfs_open(&p, &mem, root, 0);
    ck_assert(!skr_proc_is_read_only(&p, dir, dir));
    ck_assert_int_eq(skr_proc_server_of(&p, 7, dir), SKR_SERVER_UNKNOWN);
    looks(&p, dir, "1 8:1 / / rw,relatime - ext4 /dev/a rw", false, SKR_SERVER_KERNEL);
    looks(&p, dir, "1 8:1 / / ro,relatime shared:1 master:2 - ext4 /dev/a rw", true, SKR_SERVER_KERNEL);
    looks(&p, dir, "1 8:1 / / rw - ext4 /dev/a ro,errors=x", true, SKR_SERVER_KERNEL);
    looks(&p, dir, "1 8:1 / /a\\040-\\040b rw,root - fuse.sshfs a:ro rw,rounded", false, SKR_SERVER_PROGRAM);
    looks(&p, dir, "1 8:1 / / ro - fuse x ro", true, SKR_SERVER_PROGRAM);
    looks(&p, dir, "1 8:1 / / ro - autofs x", true, SKR_SERVER_PROGRAM);
    looks(&p, dir, "1 8:1 / / ro", false, SKR_SERVER_UNKNOWN);
    looks(&p, dir, "1 8:1 / / ro -", false, SKR_SERVER_UNKNOWN);
    looks(&p, dir, "", false, SKR_SERVER_UNKNOWN);
    close(dir);
    skr_procfs_close(&p);
}
END_TEST

/* ---- /proc while events wait ---- */

START_TEST(looking_up_has_its_limits)
{
    skr_live l = { .mem = &mem };
    skr_scap_handler h = { .ctx = NULL };
    for (int i = 0; i < 2000; i++)
        ck_assert(skr_live_may_look(&l, true, 7));
    ck_assert(!skr_live_may_look(&l, true, 7));
    ck_assert(skr_live_may_look(&l, true, 8));
    skr_procfs_open(&l.procfs, &mem, NULL, 0);
    while (l.procfs.work - l.lookup_work < 50000) {
        const uint64_t before = l.procfs.work;
        ck_assert(skr_live_may_look(&l, false, 8));
        skr_procfs_fd(&l.procfs, getpid(), STDIN_FILENO, &h);
        ck_assert_uint_gt(l.procfs.work, before);
        l.procfs.work += 1000; /* as much as long tables of sockets and mounts are */
    }
    ck_assert(!skr_live_may_look(&l, false, 8) && !skr_live_may_look(&l, true, 8));
    ck_assert_uint_eq(l.lookups_refused, 3);
    ck_assert(skr_live_may_look(&l, false, 9) && skr_live_may_look(&l, true, 9));
    skr_proc_charge(&l.procfs, skr_proc_now_ns() - 1000000000); /* that took a second */
    ck_assert(!skr_live_may_look(&l, false, 9));
    skr_procfs_close(&l.procfs);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("live-lookup");
    TCase *t = tcase_create("lookup");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_pod_of_containerd);
    tcase_add_test(t, privileged_is_what_lacks_all);
    tcase_add_test(t, crio_tells_the_labels_of_the_pod);
    tcase_add_test(t, podman_keeps_names_in_a_list);
    tcase_add_test(t, docker_by_its_files);
    tcase_add_test(t, a_runtime_without_a_manager);
    tcase_add_test(t, late_files_are_found);
    tcase_add_test(t, files_are_there_when_the_program_begins);
    tcase_add_test(t, what_never_comes_is_given_up);
    tcase_add_loop_test(t, what_was_given_up_is_tried_again, 0, 2);
    tcase_add_test(t, names_do_not_lead_astray);
    tcase_add_test(t, what_is_no_file_is_not_waited_for);
    tcase_add_test(t, damaged_files_are_no_answer);
    tcase_add_test(t, docker_by_its_socket);
    tcase_add_test(t, answers_that_are_none);
    tcase_add_test(t, a_host_may_know_better);
    tcase_add_test(t, a_root_that_is_too_long);
    tcase_add_test(t, users_come_from_files_only);
    tcase_add_test(t, names_of_sockets_are_no_sockets);
    tcase_add_test(t, a_file_that_is_gone);
    tcase_add_test(t, mounts_are_read_from_lists);
    tcase_add_test(t, looking_up_has_its_limits);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
