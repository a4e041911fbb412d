/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts to the standard input of a program, which the shell starts: once for all alerts, or anew for each. One that
 * ended is started again; the line that it did not take is not lost. The sooner it ends, the longer are the pauses. */
#define _GNU_SOURCE /* pipe2 */
#include "output_worker.h"
#include "output_write.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { LIVES_MS = 10000, PAUSE_MS = 100, DOUBLINGS = 8 }; /* one that lives so long is well */

typedef struct program_output {
    output base;
    const char *command;
    bool keep_open;
    int fd; /* its standard input; -1: it does not run */
    pid_t pid;
    unsigned short_lives;            /* in a row */
    uint64_t started_at, not_before; /* monotonic ns */
} program_output;

/* The child gets signals as a shell expects them: this thread blocks them all, this process ignores SIGPIPE. */
static int spawn_attributes(posix_spawnattr_t *attr)
{
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    const int e = posix_spawnattr_init(attr);
    if (e)
        return e;
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &usual);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return 0;
}

static int spawn_shell(program_output *p, int input)
{
    char shell[] = "/bin/sh", name[] = "sh", option[] = "-c";
    char *const argv[] = { name, option, (char *)(uintptr_t)p->command, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int e = posix_spawn_file_actions_init(&actions);
    if (e)
        return e;
    e = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!e)
        e = spawn_attributes(&attr);
    if (!e) {
        e = posix_spawn(&p->pid, shell, &actions, &attr, argv, environ);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return e;
}

static bool start(program_output *p)
{
    int ends[2];
    if (monotonic_ns() < p->not_before)
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        output_fault(&p->base, "%s", strerror(errno));
        return false;
    }
    const int e = spawn_shell(p, ends[0]);
    close(ends[0]);
    if (e) {
        output_fault(&p->base, "%s: %s", p->command, strerror(e));
        close(ends[1]);
        return false;
    }
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    p->fd = ends[1];
    p->started_at = monotonic_ns();
    return true;
}

/* What it was given and did not read is lost; how much is still in the pipe. */
static int unread_bytes(const program_output *p)
{
    int n = 0;
    return ioctl(p->fd, FIONREAD, &n) == 0 ? n : 0;
}

static void say_ended(program_output *p, int status, int unread)
{
    char how[64], left[64] = "";
    if (WIFSIGNALED(status))
        snprintf(how, sizeof(how), "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(status));
    if (unread)
        snprintf(left, sizeof(left), " and left %d bytes unread", unread);
    output_fault(&p->base, "'%s' %s%s", p->command, how, left);
}

static void put_off(program_output *p)
{
    const uint64_t now = monotonic_ns();
    if (now - p->started_at >= LIVES_MS * 1000000ull)
        p->short_lives = 0;
    else if (p->short_lives < DOUBLINGS)
        p->short_lives++;
    p->not_before = now + ((uint64_t)PAUSE_MS << p->short_lives) * 1000000u;
}

/* Ends its input and waits for it; a program that goes on is left alone when the command ends. `early`: it has closed
 * its input itself. */
static void finish(program_output *p, bool early)
{
    int status = 0;
    pid_t got;
    if (p->fd < 0)
        return;
    const int unread = early ? unread_bytes(p) : 0;
    close(p->fd);
    p->fd = -1;
    for (long pause = 1000000; (got = waitpid(p->pid, &status, WNOHANG)) == 0; pause += pause < 50000000 ? pause : 0) {
        if (output_ending(&p->base))
            return;
        nanosleep(&(struct timespec){ .tv_nsec = pause }, NULL);
    }
    if (early)
        put_off(p);
    if (got > 0 && (status || early) && p->base.worker)
        say_ended(p, status, unread);
}

static int program_emit(output *o, const alert_line *line)
{
    program_output *p = (program_output *)o;
    size_t done = 0;
    if (p->fd < 0 && !start(p))
        return OUTPUT_RETRY;
    if (write_line(o, p->fd, line, &done) != 0) {
        finish(p, errno == EPIPE);
        return OUTPUT_RETRY;
    }
    if (!p->keep_open)
        finish(p, false);
    return 0;
}

static void program_close(output *o)
{
    finish((program_output *)o, false);
    free(o);
}

output *output_program_new(const char *command, bool keep_open)
{
    static const output_ops ops = { .emit = program_emit, .close = program_close };
    program_output *p = calloc(1, sizeof(*p));
    if (!p) {
        no_memory();
        return NULL;
    }
    *p = (program_output){
        .base = { .ops = &ops, .name = "program_output" }, .command = command, .keep_open = keep_open, .fd = -1
    };
    return &p->base;
}
