/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of events made by hand: what the recorded captures do not reach. */
#include "fields.h"
#include "pattern.h"
#include "world.h"

#include <check.h>
#include <stdlib.h>

static world w;
static char shown[4096];

static void setup(void)
{
    world_open(&w, NULL, NULL);
}

static void teardown(void)
{
    world_close(&w);
}

/* Text of a field on the last event; "-": missing. */
static const char *field(const char *name)
{
    char format[128], error[256];
    const char *text = NULL;
    saker_format *f = NULL;
    saker_event event = { saker_syscall_schema(), &w.event, w.event.evt.ts, w.event.num, skr_sysevent_kind(&w.event) };
    snprintf(format, sizeof format, "%%%s", name);
    int status = saker_format_compile(NULL, event.schema, format, strlen(format), &f, error, sizeof error);
    ck_assert_msg(status == SAKER_OK, "%s: %s", name, error);
    snprintf(shown, sizeof shown, "%s", saker_format_text(f, &event, &text, NULL) == 1 ? text : "-");
    saker_format_free(f);
    return shown;
}

static bool holds(const char *condition)
{
    char error[256];
    saker_ruleset *rs = NULL;
    saker_event event = { saker_syscall_schema(), &w.event, w.event.evt.ts, w.event.num, skr_sysevent_kind(&w.event) };
    int status = saker_filter_compile(NULL, event.schema, condition, strlen(condition), NULL, &rs, error, sizeof error);
    ck_assert_msg(status == SAKER_OK, "%s: %s", condition, error);
    saker_eval *ev = saker_eval_new(rs);
    int matches = saker_eval_run(ev, &event);
    saker_eval_free(ev);
    saker_ruleset_unref(rs);
    return matches == 1;
}

static bool compiles(const char *condition)
{
    saker_ruleset *rs = NULL;
    int status = saker_filter_compile(NULL, saker_syscall_schema(), condition, strlen(condition), NULL, &rs, NULL, 0);
    saker_ruleset_unref(rs);
    return status == SAKER_OK;
}

#define is(name, text) ck_assert_str_eq(field(name), text)

static void process(int64_t pid, int64_t ptid, const char *comm, const char *args, size_t args_len)
{
    skr_proc_entry p = a_process(pid, pid, ptid, comm);
    p.args = (skr_str){ args, args_len };
    p.cwd = SKR_STR("/home/");
    add_process(&w, &p);
}

static void event_on(int64_t tid)
{
    ev_nothing(&w, tid);
}

static void openat(int64_t fd, uint32_t flags, uint32_t mode)
{
    ev(&w, SKR_E_SYSCALL_OPENAT_2_X, 10);
    ev_i64(&w, fd);
    ev_i64(&w, -100);
    ev_str(&w, "f");
    ev_u32(&w, flags);
    ev_u32(&w, mode);
    ev_u32(&w, 0);
    ev_none(&w, 1);
    ev_run(&w);
}

/* ---- Time ---- */

START_TEST(test_time)
{
    process(10, 1, "sh", "", 0);
    w.ts = 951827696000000007; /* a leap day */
    event_on(10);
    is("evt.time", "12:34:56.000000007");
    is("evt.datetime", "2000-02-29 12:34:56.000000007");
    is("evt.datetime.s", "2000-02-29 12:34:56");
    is("evt.time.iso8601", "2000-02-29T12:34:56.000000007+0000");
    is("evt.rawtime.s", "951827696");
    is("evt.rawtime.ns", "000000007");
    is("evt.deltatime", "0");
    w.ts = 4102444800000000000; /* the last second but one of 2099 is behind it */
    event_on(10);
    is("evt.datetime.s", "2100-01-01 00:00:00");
    ck_assert(holds("evt.around[4102444800005000000] = 5"));
    ck_assert(!holds("evt.around[4102444800005000001] = 5"));
    ck_assert(holds("evt.around[4102444799995000000] = 5"));
    ck_assert(!compiles("evt.around[x] = 5"));
}
END_TEST

/* ---- Kinds ---- */

static void generic(uint16_t sc, uint16_t native)
{
    ev(&w, SKR_E_GENERIC_X, 10);
    ev_u16(&w, sc);
    ev_u16(&w, native);
    ev_run(&w);
}

START_TEST(test_kinds)
{
    process(10, 1, "sh", "", 0);
    generic(SKR_SC_SYNC, 0);
    is("evt.type", "sync");
    is("syscall.type", "sync");
    is("evt.args", "");
    ck_assert(holds("evt.type = sync and evt.dir = <"));
    generic(SKR_SC_UNKNOWN, 162); /* the probe knew no name; 162 is sync on x86-64 */
    is("evt.type", "sync");
    ck_assert(holds("evt.type = sync"));
    ck_assert_int_eq(saker_syscall_kind("sync"), (int)skr_sysevent_kind(&w.event));
    ev_close(&w, 10, 3);
    is("evt.type.is.close", "1");
    ck_assert(holds("evt.type.is.close = 1 and evt.type.is.open = 0"));
    openat(3, 1, 0); /* a name stands for its oldest version */
    is("evt.type.is.openat", "0");
    ck_assert(!compiles("evt.type.is.nothing = 1"));
    ck_assert(!compiles("evt.type = nothing"));
    ck_assert(compiles("evt.type = container_removed"));
}
END_TEST

START_TEST(test_async)
{
    ev(&w, SKR_E_ASYNCEVENT_E, -1);
    ev_u32(&w, 0);
    ev_str(&w, "made_up");
    ev_bytes(&w, "{}", 2);
    ev_run(&w);
    is("evt.type", "made_up");
    is("evt.asynctype", "made_up");
    is("evt.is_async", "true");
    is("evt.source", "syscall");
    is("syscall.type", "-");
    is("evt.category", "other");
    ck_assert(!holds("evt.type = container"));
    ck_assert(holds("not evt.type in (open, openat) and evt.is_async = true"));
    ev(&w, SKR_E_ASYNCEVENT_E, -1);
    ev_u32(&w, 9); /* of a plugin that is not here */
    ev_str(&w, "container");
    ev_none(&w, 1);
    ev_run(&w);
    is("evt.type", "container");
    is("evt.source", "-");
    ck_assert(holds("evt.type = container"));
}
END_TEST

START_TEST(test_infrastructure)
{
    ev(&w, SKR_E_INFRASTRUCTURE_EVENT_E, -1);
    ev_str(&w, "docker");
    ev_str(&w, "name");
    ev_str(&w, "Event:start; ID:0123456789abcdef; name:web; Image:nginx:1");
    ev_str(&w, "scope");
    ev_run(&w);
    is("evt.infra.docker.name", "start");
    is("evt.infra.docker.container.id", "0123456789ab");
    is("evt.infra.docker.container.name", "web");
    is("evt.infra.docker.container.image", "nginx:1");
}
END_TEST

/* ---- Opens ---- */

START_TEST(test_open_flags)
{
    enum { READ = 1, WRITE = 2, CREAT = 4, TMPFILE = 1 << 13, CREATED = 1 << 14, UPPER = 1 << 15, LOWER = 1 << 16 };
    process(10, 1, "sh", "", 0);
    openat(3, READ | WRITE | CREAT | CREATED | UPPER, 0755);
    is("evt.is_open_read", "true");
    is("evt.is_open_write", "true");
    is("evt.is_open_exec", "true");
    is("evt.is_open_create", "true");
    is("fd.is_upper_layer", "true");
    is("fd.is_lower_layer", "false");
    openat(3, READ | LOWER, 0755);
    is("evt.is_open_exec", "false");
    is("evt.is_open_create", "false");
    is("fd.is_lower_layer", "true");
    openat(3, TMPFILE | WRITE, 0600);
    is("evt.is_open_create", "true");
    is("evt.is_open_exec", "false");
    openat(-2, TMPFILE | WRITE, 0711);
    is("evt.is_open_create", "false");
    is("evt.is_open_exec", "true");
    is("fd.num", "-1");
    is("fd.typechar", "f");
    is("fd.name", "/home/f");
    is("fd.filename", "-");
    ev(&w, SKR_E_SYSCALL_CREAT_X, 10);
    ev_i64(&w, 4);
    ev_str(&w, "/new");
    ev_u32(&w, 0700);
    ev_u32(&w, 0);
    ev_none(&w, 1);
    ev_u16(&w, 1); /* upper layer */
    ev_run(&w);
    is("evt.is_open_exec", "true");
    is("evt.is_open_write", "false");
    is("fd.is_upper_layer", "true");
    is("fd.is_lower_layer", "false");
}
END_TEST

/* ---- Paths ---- */

typedef struct path_case {
    uint16_t code;
    const char *params; /* one letter each: i i64 result, d/D dirfd (AT_FDCWD / 5), s/t texts, u u32 */
    const char *name, *source, *target, *abspath, *dst;
} path_case;

static const path_case path_cases[] = {
    { SKR_E_SYSCALL_MKDIR_2_X, "isu", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_RMDIR_2_X, "is", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_UNLINK_2_X, "it", "/two", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_MKDIRAT_X, "idsu", "<UNKNOWN>one", "-", "-", "/home/one", "/home/one" },
    { SKR_E_SYSCALL_MKDIRAT_X, "iDsu", "/dir/one", "-", "-", "/dir/one", "/dir/one" },
    { SKR_E_SYSCALL_UNLINKAT_2_X, "iDsu", "/dir/one", "-", "-", "/dir/one", "/dir/one" },
    { SKR_E_SYSCALL_CHMOD_X, "isu", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_FCHMODAT_X, "iDsu", "/dir/one", "-", "-", "/dir/one", "/dir/one" },
    { SKR_E_SYSCALL_FCHMOD_X, "iDu", "/dir", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_FCHOWN_X, "iDuu", "/dir", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_CHOWN_X, "isuu", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_LCHOWN_X, "isuu", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_FCHOWNAT_X, "idsuuu", "<UNKNOWN>one", "-", "-", "/home/one", "/home/one" },
    { SKR_E_SYSCALL_UMOUNT2_X, "isu", "/home/one", "-", "-", "-", "-" },
    { SKR_E_SYSCALL_RENAME_X, "ist", "-", "/home/one", "/two", "-", "-" },
    { SKR_E_SYSCALL_RENAMEAT_X, "iDsdt", "-", "/home/one", "/two", "/dir/one", "/two" },
    { SKR_E_SYSCALL_RENAMEAT2_X, "iDsdtu", "-", "/dir/one", "/two", "/dir/one", "/two" },
    { SKR_E_SYSCALL_LINK_2_X, "ist", "-", "/two", "/home/one", "-", "-" },
    { SKR_E_SYSCALL_LINKAT_2_X, "iDsdtu", "-", "/two", "/home/one", "/dir/one", "/two" },
    { SKR_E_SYSCALL_SYMLINK_X, "ist", "-", "/two", "/home/one", "-", "-" },
    { SKR_E_SYSCALL_SYMLINKAT_X, "isDs", "-", "/dir/one", "<UNKNOWN>one", "/dir/one", "/dir/one" },
    { SKR_E_SYSCALL_SYMLINKAT_X, "itdt", "-", "/two", "/two", "/two", "/two" },
    { SKR_E_SYSCALL_MOUNT_X, "ist", "-", "/home/one", "/two", "-", "-" },
};

static void run_path_case(const path_case *c, int64_t result)
{
    ev(&w, c->code, 10);
    for (const char *p = c->params; *p; p++)
        switch (*p) {
        case 'i':
            ev_i64(&w, result);
            break;
        case 'd':
            ev_i64(&w, -100);
            break;
        case 'D':
            ev_i64(&w, 5);
            break;
        case 's':
            ev_str(&w, "one");
            break;
        case 't':
            ev_str(&w, "/two");
            break;
        default:
            ev_u32(&w, 0);
        }
    ev_run(&w);
}

START_TEST(test_paths)
{
    const path_case *c = &path_cases[_i];
    process(10, 1, "sh", "", 0);
    event_on(10);
    openat(3, 1, 0);
    ev_open(&w, 10, 5, "/dir", 1 << 10); /* O_DIRECTORY */
    run_path_case(c, 0);
    is("fs.path.name", c->name);
    is("fs.path.source", c->source);
    is("fs.path.target", c->target);
    is("evt.abspath", c->abspath);
    is("evt.abspath.src", c->abspath);
    is("evt.abspath.dst", c->dst);
    run_path_case(c, -1);
    is("fs.path.name", "-");
    is("fs.path.source", "-");
    is("fs.path.target", "-");
}
END_TEST

/* ---- Relatives ---- */

START_TEST(test_ancestors)
{
    process(1, 0, "init", "", 0);
    process(10, 1, "bash", "-l\0-c", 5);
    process(11, 10, "make", "", 0);
    process(12, 11, "cc", "a\0\0b", 4);
    event_on(12);
    is("proc.aname", "make bash init");
    is("proc.aname[0]", "cc");
    is("proc.aname[2]", "bash");
    is("proc.aname[4]", "-");
    is("proc.aname[-1]", "make bash init");
    is("proc.apid", "12");
    is("proc.apid[1]", "11");
    is("proc.aargs", "-l -c ");
    is("proc.aargs[1]", "");
    is("proc.args", "a  b");
    is("proc.args[1]", "");
    is("proc.args[2]", "b");
    is("proc.args[3]", "");
    is("proc.cmdnargs", "3");
    is("proc.cmdlenargs", "2");
    is("proc.loginshellid", "10");
    is("proc.acmdline[2]", "bash -l -c");
    ck_assert(holds("proc.aname = bash and proc.aname != bash and not proc.aname = cc"));
    ck_assert(holds("proc.aname in (init, nobody) and proc.apid in (1, 99)"));
    ck_assert(holds("proc.aname[2] = bash and proc.aname[0] = cc and not proc.aname[4] exists"));
    ck_assert(holds("proc.aargs startswith -l"));
    event_on(1);
    is("proc.aname", "-");
    ck_assert(!holds("proc.aname exists") && !holds("proc.aname != x"));
}
END_TEST

START_TEST(test_ancestor_loop)
{
    process(20, 21, "a", "", 0);
    process(21, 22, "b", "", 0);
    process(22, 20, "c", "", 0);
    process(30, 30, "self", "", 0);
    event_on(20);
    ck_assert(strncmp(field("proc.aname"), "b", 1) == 0);
    ck_assert(holds("proc.aname = b") && !holds("proc.aname = d"));
    is("proc.aname[1000000000]", "-");
    field("proc.loginshellid");
    event_on(30);
    ck_assert(!holds("proc.aname = nobody"));
}
END_TEST

START_TEST(test_environment)
{
    skr_proc_entry p = a_process(10, 10, 1, "sh");
    p.env = SKR_STR("HOME=/root\0PATH=  /bin \0EMPTY=\0HOMER=simpson\0=x");
    add_process(&w, &p);
    p = a_process(11, 11, 10, "ls");
    p.env = SKR_STR("HOME=\0A=1");
    add_process(&w, &p);
    event_on(10);
    is("proc.env[HOME]", "/root");
    is("proc.env[PATH]", "/bin");
    is("proc.env[EMPTY]", "");
    is("proc.env[HOM]", "");
    is("proc.env[1]", "HOME=/root PATH=  /bin  EMPTY= HOMER=simpson =x");
    event_on(11);
    is("proc.env", "HOME= A=1");
    is("proc.aenv", "HOME= A=1");
    is("proc.aenv[HOME]", "/root");
    is("proc.aenv[NOPE]", "");
    is("proc.aenv[0]", "HOME= A=1");
    is("proc.aenv[1]", "HOME=/root PATH=  /bin  EMPTY= HOMER=simpson =x");
    is("proc.aenv[9]", "-");
    ck_assert(holds("proc.aenv contains simpson and not proc.aenv contains \"A=1\""));
    ck_assert(holds("proc.aenv[7] contains simpson")); /* a condition knows no levels */
    ck_assert(holds("proc.aenv[HOME] = /root"));
}
END_TEST

/* Where a variable of a long one lies is remembered, for the few that were asked for last. */
START_TEST(test_long_environment)
{
    static char env[8192];
    char name[128], value[128];
    size_t len = 0;
    for (int i = 0; i < 40; i++)
        len += 1 + (size_t)snprintf(env + len, sizeof env - len, "V%0*d= of %d ", i, i, i);
    skr_proc_entry p = a_process(10, 10, 1, "sh");
    p.env = (skr_str){ env, len };
    add_process(&w, &p);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 42; i++) {
            snprintf(name, sizeof name, "proc.env[V%0*d]", i, i);
            snprintf(value, sizeof value, "of %d", i);
            event_on(10);
            is(name, i < 40 ? value : "");
            is(name, i < 40 ? value : "");
        }
    memset(name, 0, sizeof name);
    memcpy(name, "proc.env[", 9);
    memset(name + 9, 'x', 70);
    name[79] = ']';
    is(name, "");
    is(name, "");
}
END_TEST

START_TEST(test_leaders)
{
    skr_proc_entry p = a_process(100, 100, 1, "leader");
    p.sid = p.vpgid = p.pgid = 100;
    p.vpid = p.vtid = 100;
    p.exe = SKR_STR("/bin/leader");
    add_process(&w, &p);
    p = a_process(101, 101, 100, "child");
    p.sid = p.vpgid = 100;
    p.pgid = -1;
    p.vpid = p.vtid = 101;
    add_process(&w, &p);
    p = a_process(102, 102, 101, "inner"); /* in a pid namespace: 5 is no id of the host */
    p.sid = 5;
    p.vpgid = 100;
    p.pgid = 100;
    p.vpid = p.vtid = 7;
    add_process(&w, &p);
    event_on(101);
    is("proc.sname", "leader");
    is("proc.sid.exe", "/bin/leader");
    is("proc.vpgid.name", "leader");
    is("proc.pgid.name", "");
    is("proc.is_sid_leader", "false");
    event_on(102);
    is("proc.sname", "");
    is("proc.vpgid.name", "leader"); /* by the walk: 100 is not looked up */
    is("proc.pgid.name", "leader");
    event_on(100);
    is("proc.sname", "leader");
    is("proc.is_sid_leader", "true");
}
END_TEST

/* ---- Who ---- */

START_TEST(test_unknown_thread)
{
    event_on(77);
    is("proc.name", "<NA>");
    is("proc.exeline", "<NA> ");
    is("proc.pid", "-1");
    is("proc.cwd", "./");
    is("user.uid", "4294967295");
    is("user.name", "<NA>");
    is("container.id", "host");
    is("proc.pname", "-");
    is("proc.fdopencount", "0");
    is("proc.nthreads", "0");
    is("thread.cgroups", "-");
    ck_assert(!holds("proc.vpid exists") && holds("proc.pid = -1"));
}
END_TEST

START_TEST(test_control_groups)
{
    skr_proc_entry p = a_process(10, 10, 1, "sh");
    p.cgroups = SKR_STR("cpuset=/a\0mem_cgroup=/b\0io=/c\0net_cls=/d=e");
    add_process(&w, &p);
    event_on(10);
    is("thread.cgroups", "cpuset=/a memory=/b blkio=/c net_cls=/d=e");
    is("thread.cgroup.memory", "/b");
    is("thread.cgroup.net_cls", "/d=e");
    is("thread.cgroup.cpu", "-");
}
END_TEST

/* ---- Containers ---- */

static void container(const char *json)
{
    ev(&w, SKR_E_CONTAINER_JSON_2_E, -1);
    ev_str(&w, json);
    ev_run(&w);
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

START_TEST(test_container)
{
    skr_proc_entry p = a_process(10, 10, 1, "sh");
    p.cgroups = SKR_STR("cpu=/docker/" ID);
    add_process(&w, &p);
    event_on(10);
    is("container.id", "0123456789ab");
    is("container.name", "-");
    is("container.privileged", "-");
    container("{\"container\":{\"id\":\"0123456789ab\",\"full_id\":\"" ID "\",\"type\":0,\"name\":\"web\","
              "\"image\":\"nginx:1.2\",\"imagerepo\":\"nginx\",\"imagetag\":\"1.2\",\"User\":\"www\","
              "\"privileged\":true,\"labels\":{\"b\":\"2\",\"a\":\"\",\"io.kubernetes.pod.name\":\"pod1\","
              "\"io.kubernetes.pod.namespace\":\"ns1\"},\"Mounts\":[{\"Source\":\"/var/run/docker.sock\","
              "\"Destination\":\"/sock\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":\"rprivate\"},"
              "{\"Source\":\"/srv\",\"Destination\":\"/data\",\"Mode\":\"\",\"RW\":true,\"Propagation\":\"\"}],"
              "\"pod_sandbox_id\":\"" ID "\"}}");
    is("container.id", "0123456789ab");
    is("container.name", "web");
    is("user.name", "www");
    event_on(10);
    is("container.full_id", ID);
    is("container.type", "docker");
    is("container.image.tag", "1.2");
    is("container.image.digest", "");
    is("container.privileged", "true");
    is("container.host_pid", "false");
    is("container.mounts", "/var/run/docker.sock:/sock:ro:false:rprivate,/srv:/data::true:");
    is("container.mount[0]", "/var/run/docker.sock:/sock:ro:false:rprivate");
    is("container.mount[2]", "-");
    is("container.mount[docker.*]", "/var/run/docker.sock:/sock:ro:false:rprivate");
    is("container.mount[/nowhere]", "-");
    is("container.mount.source[^/data$]", "/srv");
    is("container.mount.source[1]", "/srv");
    is("container.mount.dest[/srv]", "/data");
    is("container.mount.rdwr[/srv]", "true");
    is("container.mount.mode[0]", "ro");
    is("container.mount.propagation[0]", "rprivate");
    is("container.label[b]", "2");
    is("container.label[a]", "");
    is("container.label[c]", "-");
    is("container.labels", "a, b:2");
    is("k8s.pod.name", "pod1");
    is("k8s.ns.name", "ns1");
    is("k8s.pod.uid", "-");
    is("k8s.pod.sandbox_id", "0123456789ab");
    is("k8s.pod.full_sandbox_id", ID);
    is("container.healthcheck", "-");
    ck_assert(!compiles("container.mount[(] = x"));
    ev(&w, SKR_E_ASYNCEVENT_E, -1);
    ev_u32(&w, 0);
    ev_str(&w, "container_removed");
    ev_str(&w, "{\"container\":{\"id\":\"0123456789ab\",\"name\":\"web\",\"User\":\"www\"}}");
    ev_run(&w);
    is("container.name", "web");
    is("user.name", "-");
    event_on(10);
    is("container.name", "-");
}
END_TEST

START_TEST(test_host)
{
    process(10, 1, "sh", "", 0);
    event_on(10);
    is("container.id", "host");
    is("container.name", "host");
    is("container.full_id", "host");
    is("container.type", "host");
    is("container.image", "");
    is("container.privileged", "false");
    is("container.mount[0]", "-");
    is("k8s.pod.name", "-");
}
END_TEST

/* ---- Parameters ---- */

START_TEST(test_rawarg)
{
    process(10, 1, "sh", "", 0);
    openat(3, 0x1001, 0644);
    is("evt.rawarg.flags", "1001");
    is("evt.rawarg.mode", "644");
    is("evt.rawarg.name", "f");
    is("evt.rawarg.res", "-");
    is("evt.arg.flags", "O_RDONLY|O_CLOEXEC");
    is("evt.arg[2]", "/home/f");
    is("evt.arg[7]", "-");
    ck_assert(holds("evt.rawarg.flags = 4097 and evt.rawarg.fd in (1, 3) and evt.rawarg.name = f"));
    ck_assert(!holds("evt.rawarg.ino exists") && !holds("evt.rawarg.ino != 5"));
    ck_assert(holds("evt.rawarg.dev exists"));
    ck_assert(!compiles("evt.rawarg[0] = 1"));
    ck_assert(!compiles("evt.arg.nosuch = 1"));
}
END_TEST

/* ---- Patterns ---- */

START_TEST(test_pattern)
{
    static const struct {
        const char *pattern, *text;
        bool found;
    } cases[] = {
        { "a", "xay", true },
        { "^a", "xay", false },
        { "^x.y$", "xay", true },
        { "a|b", "xb", true },
        { "(ab)+c", "xababc", true },
        { "(ab){2}c", "xabc", false },
        { "a{2,3}$", "aaa", true },
        { "a{2,}", "a", false },
        { "[a-c]+d", "abcd", true },
        { "[^a-c]", "abc", false },
        { "x*", "", true },
        { "/var/.*/docker", "/var/lib/docker", true },
        { "(a|ab)(c|bcd)$", "abcd", true },
        { "\\.so", "libso", false },
        { "\\d+", "a12", true },
        { "[]a]b", "]b", true },
        { "(a*)*b", "aaab", true },
        { "(a*)*c", "aaab", false },
        { "", "abc", true },
        { "(|a)b", "b", true },
        { "a?b", "b", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(skr_pattern_valid(skr_str_of(cases[i].pattern)), "%s", cases[i].pattern);
        ck_assert_msg(skr_pattern_found(skr_str_of(cases[i].pattern), skr_str_of(cases[i].text)) == cases[i].found,
                      "%s in %s", cases[i].pattern, cases[i].text);
    }
    static const char *const bad[] = { "(", ")", "[a", "a{", "a{3,2}", "*a", "a**", "(*)", "\\", "a{,3}" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!skr_pattern_valid(skr_str_of(bad[i])), "%s", bad[i]);
    char deep[2001];
    memset(deep, '(', 1000);
    memset(deep + 1000, ')', 1000);
    deep[2000] = 0;
    ck_assert(!skr_pattern_valid(skr_str_of(deep)));
    memset(deep, 'a', 2000); /* what would take for ever is given up */
    ck_assert(!skr_pattern_found(SKR_STR("((a+)+)+b"), (skr_str){ deep, 2000 }));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fields");
    TCase *t = tcase_create("events");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_time);
    tcase_add_test(t, test_kinds);
    tcase_add_test(t, test_async);
    tcase_add_test(t, test_infrastructure);
    tcase_add_test(t, test_open_flags);
    tcase_add_loop_test(t, test_paths, 0, (int)(sizeof path_cases / sizeof path_cases[0]));
    tcase_add_test(t, test_ancestors);
    tcase_add_test(t, test_ancestor_loop);
    tcase_add_test(t, test_environment);
    tcase_add_test(t, test_long_environment);
    tcase_add_test(t, test_leaders);
    tcase_add_test(t, test_unknown_thread);
    tcase_add_test(t, test_control_groups);
    tcase_add_test(t, test_container);
    tcase_add_test(t, test_host);
    tcase_add_test(t, test_rawarg);
    tcase_add_test(t, test_pattern);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
