/* SPDX-License-Identifier: Apache-2.0 */
/* The state engine under events that fit the table but make no sense: every byte of the input decides something. All
 * numbers are small, so that threads, descriptors and addresses meet again and again. After each step all records must
 * agree. */
#include "world.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
    const uint8_t *at, *end;
} input;

static uint8_t byte(input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

/* Mostly a small number, now and then one of the edges. */
static int64_t number(input *in)
{
    static const int64_t edges[] = { -1, -100, -115, 4096, INT64_MAX, INT64_MIN, UINT32_MAX, 1 << 29 };
    uint8_t b = byte(in);
    return b < 240 ? b % 16 : edges[b % 8];
}

static uint32_t flags(input *in)
{
    uint8_t b = byte(in);
    return b & 0x80 ? 1u << (b & 31) | 1u << (byte(in) & 31) : b & 1;
}

static void put_address(world *w, input *in, bool pair)
{
    static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
    uint8_t text[64], family = byte(in) % 4, n = 0;
    static const uint8_t families[] = { 1, 2, 10, 16 };
    text[n++] = families[family];
    for (int end = 0; end <= pair; end++) {
        if (family == 1) {
            memcpy(text + n, mapped + 12, 4);
            text[n + 3] = byte(in) % 3;
            n += 4;
        } else if (family == 2) {
            memcpy(text + n, mapped, 16);
            text[n + (byte(in) & 1 ? 0 : 15)] = byte(in) % 3;
            n += 16;
        } else {
            memset(text + n, byte(in) % 4, 8);
            n = (uint8_t)(n + (pair ? 8 : 0));
        }
        if (family == 1 || family == 2) {
            text[n++] = byte(in) % 3;
            text[n++] = 0;
        }
    }
    if (family == 0) {
        text[n++] = '/';
        text[n++] = byte(in);
        text[n++] = 0;
    }
    ev_bytes(w, text, byte(in) % 16 ? n : byte(in) % (n + 1u));
}

/* Messages beside the data of a socket: descriptors, each by a byte. */
static void put_rights(world *w, input *in, unsigned count)
{
    uint8_t text[64] = { 0 };
    const uint64_t len = 16 + 4 * (count % 8);
    const int32_t level_and_type[] = { 1, count & 8 ? 2 : 1 };
    memcpy(text, &len, sizeof len);
    memcpy(text + 8, level_and_type, sizeof level_and_type);
    for (uint64_t at = 16; at < len; at += 4)
        text[at] = byte(in) % 16;
    ev_bytes(w, text, count & 16 ? len - 1 : (len + 7) & ~UINT64_C(7));
}

static void put_text(world *w, input *in)
{
    static const char *const texts[] = { "", "/", "a", "../b", "/tmp/x", "(NULL)", "./", "container_removed" };
    uint8_t b = byte(in);
    if ((b & 0xe0) == 0xe0) {
        put_rights(w, in, b & 0x1f);
    } else if (b & 0x80) {
        size_t len = (size_t)(in->end - in->at), most = b & 0x3f;
        ev_bytes(w, in->at, len < most ? len : most);
        in->at += len < most ? len : most;
    } else {
        ev_str(w, texts[b % 8]);
    }
}

static void put_param(world *w, input *in, skr_pt type)
{
    int64_t v;
    switch (type) {
    case SKR_PT_SOCKADDR:
        put_address(w, in, false);
        return;
    case SKR_PT_SOCKTUPLE:
        put_address(w, in, true);
        return;
    case SKR_PT_FLAGS32:
        ev_u32(w, flags(in));
        return;
    default:
        break;
    }
    size_t len = skr_pt_size(type);
    if (!len) {
        put_text(w, in);
        return;
    }
    v = number(in);
    ev_bytes(w, &v, len > 8 ? 8 : len);
}

static void one_event(world *w, input *in)
{
    /* Codes whose parsers are many-sided come up more often. */
    static const uint16_t busy[] = { SKR_E_SYSCALL_CLONE_20_X,    SKR_E_SYSCALL_CLONE3_X,   SKR_E_SYSCALL_EXECVE_19_X,
                                     SKR_E_PROCEXIT_1_E,          SKR_E_SYSCALL_OPENAT_2_X, SKR_E_SYSCALL_OPENAT_2_E,
                                     SKR_E_SYSCALL_CLOSE_X,       SKR_E_SYSCALL_DUP3_X,     SKR_E_SOCKET_SENDTO_X,
                                     SKR_E_SOCKET_RECVMSG_X,      SKR_E_SOCKET_CONNECT_X,   SKR_E_SOCKET_BIND_X,
                                     SKR_E_SYSCALL_CLOSE_RANGE_X, SKR_E_SYSCALL_PRCTL_X };
    uint8_t b = byte(in);
    uint16_t code = (uint16_t)((b << 8 | byte(in)) % SKR_EVENT_CODES);
    if (b & 0x80)
        code = busy[code % (sizeof busy / sizeof busy[0])];
    const skr_event_info *info = &skr_events[code];
    ev(w, code, number(in));
    w->ts += byte(in) == 255 ? 3000000000 : 0;
    unsigned n = byte(in) == 0 ? byte(in) % (info->nparams + 1u) : info->nparams;
    for (unsigned i = 0; i < n; i++) {
        if (in->at < in->end && *in->at == 0xfe) { /* an empty one */
            in->at++;
            ev_none(w, 1);
        } else {
            put_param(w, in, skr_event_params(info)[i].type);
        }
    }
    ev_run(w);
}

static void one_entry(world *w, input *in)
{
    if (byte(in) & 1) {
        skr_proc_entry p = a_process(number(in), number(in), number(in), "listed");
        p.flags = flags(in);
        p.vtid = number(in);
        add_process(w, &p);
        return;
    }
    skr_fd_entry f;
    memset(&f, 0, sizeof f);
    f.tid = number(in);
    f.fd = number(in);
    f.type = byte(in) % 22;
    f.l4 = byte(in) % 6;
    f.sport = byte(in) % 4;
    f.dport = byte(in) % 4;
    f.name = SKR_STR("/listed");
    add_fd(w, &f);
}

static bool sometimes(void *ctx, const skr_thread *t)
{
    (void)ctx;
    return t->tid & 1;
}

static bool passed(void *ctx, int64_t pid, int64_t fd, const skr_scap_handler *h)
{
    (void)ctx;
    skr_fd_entry f;
    memset(&f, 0, sizeof f);
    f.tid = pid;
    f.fd = fd;
    f.type = SKR_FD_FILE_V2;
    f.name = SKR_STR("/passed");
    return h->fd(h->ctx, &f) == 0;
}

static bool read_thread(void *ctx, int64_t tid, const skr_scap_handler *h)
{
    (void)ctx;
    skr_proc_entry p = a_process(tid, tid & ~(int64_t)1, tid / 2, "read");
    return tid % 3 == 0 && h->proc(h->ctx, &p) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const skr_state_os os = { .thread = read_thread, .alive = sometimes, .fd = passed };
    static world w;
    input in = { data, data + size };
    saker_capture_options o = SAKER_CAPTURE_OPTIONS_INIT;
    uint8_t mode = byte(&in);
    if (mode & 1) {
        o.max_threads = 6;
        o.max_fds = 4;
    }
    if (mode & 2)
        o.max_memory = 100000;
    world_open(&w, &o, NULL);
    if (!w.state)
        return 0;
    if (mode & 4)
        skr_state_set_os(w.state, &os);
    for (unsigned steps = 0; in.at < in.end && steps < 2000; steps++) {
        uint8_t what = byte(&in);
        if (what == 0xfd || what == 0xfc) { /* what the last event pointed to goes with it */
            memset(&w.event, 0, sizeof w.event);
            if (what == 0xfd)
                w.lists.section(w.lists.ctx);
            else
                skr_state_purge(w.state, w.ts - 3000);
        } else if (what >= 0xf0) {
            memset(&w.event, 0, sizeof w.event);
            one_entry(&w, &in);
        } else {
            one_event(&w, &in);
        }
        if (w.event.state)
            world_look(&w);
        if (world_wrong(&w))
            abort();
    }
    world_close(&w);
    if (w.mem.used)
        abort();
    return 0;
}
