/* SPDX-License-Identifier: Apache-2.0 */
/* Every field on events of any content: the input is u16 length and a raw event, again and again. */
#include "fields.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char more[] =
    "%evt.arg.flags %evt.arg[0] %evt.arg[1] %evt.arg[31] %evt.arg.data %evt.rawarg.res %evt.rawarg.data "
    "%evt.rawarg.addr "
    "%evt.rawarg.tuple %evt.abspath.dst %evt.type.is.open %proc.aname[1] %proc.acmdline[3] %proc.aargs[2] "
    "%proc.apid[9] "
    "%proc.args[1] %proc.env[A] %proc.aenv[A] %proc.aenv[1] %thread.cgroup.cpu %fd.types[1] %container.mount[0] "
    "%container.mount[a.*b|c] %container.mount.source[(x+)+y] %container.mount.mode[(a|(b|c)*d){0,2}\\.x+$] "
    "%container.mount.dest[\"[^a-c]{2,3}[0-9\\\\W]?\"] %container.mount[\"^/[]x]+\"] "
    "%container.mount.rdwr[.+\\s*] %container.mount.propagation[\"^(.)?[[:alpha:]_]{1,}(ab|a)+b$\"] "
    "%container.label[a] %k8s.pod.label[a]";
static const char condition[] =
    "fd.ip = 9.9.9.9 or fd.net = 9.9.9.0/24 or fd.port = 9 or proc.aname = nobody or proc.aenv = x or proc.apid = "
    "99999 "
    "or proc.aexepath = x or evt.around[5] = 1 or fd.types intersects (x) or evt.buffer bcontains ffff "
    "or evt.rawarg.res = 77777 or evt.rawarg.flags = 77777 or evt.rawarg.data = x";

typedef struct eyes {
    saker_format *format;
    saker_ruleset *rules;
    saker_eval *eval;
} eyes;

/* One format with every field that needs no argument, and some that do. */
static bool open_eyes(eyes *x)
{
    const saker_schema *s = saker_syscall_schema();
    char error[256];
    skr_mem mem;
    skr_buf b;
    skr_mem_init(&mem, NULL, 0);
    skr_buf_init(&b, &mem);
    skr_buf_char(&b, '*');
    for (size_t i = 0; i < s->field_count; i++)
        if (!(s->fields[i].flags & (SAKER_ARG_REQUIRED | SAKER_REMOVED)))
            skr_buf_printf(&b, "%%%s ", s->fields[i].name);
    skr_buf_cstr(&b, more);
    bool good =
        !b.failed && saker_format_compile(NULL, s, b.ptr, b.len, &x->format, error, sizeof error) == 0 &&
        saker_filter_compile(NULL, s, condition, sizeof condition - 1, NULL, &x->rules, error, sizeof error) == 0 &&
        (x->eval = saker_eval_new(x->rules)) != NULL;
    skr_buf_free(&b);
    return good;
}

static void close_eyes(eyes *x)
{
    saker_eval_free(x->eval);
    saker_ruleset_unref(x->rules);
    saker_format_free(x->format);
}

static void look(eyes *x, const skr_sysevent *e)
{
    const char *text;
    size_t len;
    saker_event event = { saker_syscall_schema(), e, e->evt.ts, e->num, skr_sysevent_kind(e) };
    if (event.kind >= event.schema->kind_count)
        abort();
    if (saker_format_text(x->format, &event, &text, &len) != 1 || strlen(text) > len)
        abort();
    if (saker_format_json(x->format, &event, &text, &len) < 0)
        abort();
    if (saker_eval_run(x->eval, &event) < 0)
        abort();
}

static void populate(const skr_scap_handler *h)
{
    skr_proc_entry p = { .tid = 1, .pid = 1, .ptid = 0, .vtid = 1, .vpid = 1, .sid = 1, .vpgid = 1, .pgid = 1 };
    p.comm = SKR_STR("init");
    p.exe = p.exepath = SKR_STR("/sbin/init");
    p.cwd = p.root = SKR_STR("/");
    p.args = SKR_STR("a\0b");
    p.env = SKR_STR("A=1\0B=");
    p.cgroups = SKR_STR("cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    for (int64_t tid = 1; tid <= 3; tid++) {
        p.tid = p.pid = tid;
        p.ptid = tid - 1;
        h->proc(h->ctx, &p);
        for (uint8_t type = SKR_FD_FILE; type <= SKR_FD_PIDFD; type++) {
            skr_fd_entry f = { .tid = tid, .fd = type, .type = type, .l4 = type % 6 };
            f.name = skr_is_inet(type) ? SKR_STR("") : SKR_STR("/x"); /* lists have no names of these */
            h->fd(h->ctx, &f);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    skr_mem mem;
    skr_scap_handler h;
    skr_sysevent e;
    eyes x = { NULL, NULL, NULL };
    skr_mem_init(&mem, NULL, 0);
    skr_state *s = skr_state_new(&mem, NULL, true);
    if (!s || !open_eyes(&x))
        abort();
    skr_state_handler(s, &h);
    populate(&h);
    while (size > 2) {
        uint16_t len;
        memcpy(&len, data, 2);
        data += 2;
        size -= 2;
        size_t n = len < size ? len : size;
        if (!skr_evt_decode(data, n, &e.evt) && skr_state_event(s, &e.evt, &e))
            look(&x, &e);
        data += n;
        size -= n;
    }
    close_eyes(&x);
    skr_state_free(s);
    if (mem.used)
        abort();
    return 0;
}
