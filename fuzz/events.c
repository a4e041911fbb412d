/* SPDX-License-Identifier: Apache-2.0 */
#include "events.h"
#include "fields.h"
#include "world.h"

static const char args[] = "-c\0echo 1 > /etc/passwd";
static const char container[] = "cpu=/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void populate(world *w)
{
    skr_proc_entry shell = a_process(100, 100, 50, "bash");
    skr_proc_entry server = a_process(50, 50, 1, "nginx"), first = a_process(1, 1, 0, "init");
    server.cgroups = (skr_str){ container, sizeof container };
    server.exepath = SKR_STR("/usr/sbin/nginx");
    shell.env = SKR_STR("A=1\0HOME=/root");
    add_process(w, &first);
    add_process(w, &server);
    add_process(w, &shell);
    skr_fd_entry f;
    memset(&f, 0, sizeof f);
    f.tid = 100;
    f.fd = 3;
    f.type = SKR_FD_FILE_V2;
    f.name = SKR_STR("/etc/shadow");
    add_fd(w, &f);
}

static void connect_to(world *w, int64_t tid, uint8_t last_byte)
{
    const uint8_t pair[] = { 2, 10, 0, 0, 1, 0x10, 0x27, 10, 0, 0, last_byte, 80, 0 };
    const uint8_t address[] = { 2, 10, 0, 0, last_byte, 80, 0 };
    ev(w, SKR_E_SOCKET_CONNECT_X, tid);
    ev_i64(w, 0);
    ev_bytes(w, pair, sizeof pair);
    ev_i64(w, 5);
    ev_bytes(w, address, sizeof address);
    ev_run(w);
}

static void make(world *w, int what)
{
    switch (what) {
    case 0:
        ev_exec(w, 100, 100, 50, "/bin/sh", "sh", args, sizeof args);
        break;
    case 1:
        ev_open(w, 100, 4, "/etc/passwd", 1 << 1 | 1 << 2);
        break;
    case 2:
        ev_open(w, 50, -2, "../var/x y", 1);
        break;
    case 3:
        connect_to(w, 50, 7);
        break;
    case 4:
        ev_clone(w, (clone_args){ .res = 0, .tid = 101, .pid = 101, .ptid = 100, .comm = "bash" });
        break;
    case 5:
        ev_close(w, 100, 3);
        break;
    default:
        ev_nothing(w, 4000); /* of a process that nobody knows */
        break;
    }
}

const saker_event *some_events(void)
{
    static world worlds[SOME_EVENTS];
    static saker_event events[SOME_EVENTS];
    for (int i = 0; i < SOME_EVENTS && !events[i].schema; i++) {
        world *w = &worlds[i];
        world_open(w, NULL, NULL);
        populate(w);
        make(w, i);
        events[i] = (saker_event){ saker_syscall_schema(), &w->event, w->event.evt.ts, w->event.num,
                                   skr_sysevent_kind(&w->event) };
    }
    return events;
}
