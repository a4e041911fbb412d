/* SPDX-License-Identifier: Apache-2.0 */
/* Where alerts go: standard output, a file, the system log, a program, a web server; any number of them at once.
 *
 *      match --> outputs_emit() --+--> standard output
 *                                 +--> bounded queue --> thread --> file
 *                                 +--> bounded queue --> thread --> web server
 *
 * An output is a few blocking functions (output_ops). Each has a thread of its own that calls them, so that one that
 * hangs holds up neither the events nor the other outputs: its queue fills, and what does not fit is counted as
 * dropped. */
#ifndef SAKER_OUTPUT_H
#define SAKER_OUTPUT_H

#include "cmd.h"

/* How alerts look. */
typedef struct alert_form {
    saker_alert_options options;
    bool json;
    bool show;  /* for a terminal: text coloured, and nothing in it that a terminal obeys        */
    bool flush; /* standard output after every alert (always, if `show`)                         */
} alert_form;

/* An alert as it is written: one line, without its newline. */
typedef struct alert_line {
    const char *text;
    size_t len;
    saker_priority priority;
} alert_line;

/* ---- One output: output_*.c ---------------------------------------------- */

typedef struct output output;

enum { OUTPUT_RETRY = 1 }; /* what emit() returns for "not now": it is called again with the same line, after a pause */

typedef struct output_ops {
    /* 0: written. OUTPUT_RETRY. -1: given up. What is wrong is told to output_fault(). */
    int (*emit)(output *o, const alert_line *line);
    void (*reopen)(output *o); /* SIGHUP came: forget what is open; or NULL */
    void (*close)(output *o);  /* frees `o` too */
} output_ops;

/* The head of every output's own struct. */
struct output {
    const output_ops *ops;
    const char *name;      /* in messages and metrics: "file_output" ... */
    bool json;             /* wants JSON, whatever the form says          */
    struct worker *worker; /* set by outputs_add()                        */
};

/* For the functions above, from the output's own thread: remembers what is wrong, outputs_tick() says it; and is it
 * time to give up waiting, because the command ends? */
void output_fault(output *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool output_ending(const output *o);

/* Each returns NULL after it has said why. Strings are borrowed. */
output *output_stdout_new(void);
output *output_file_new(const char *path, bool keep_open);
output *output_syslog_new(const char *ident, const char *facility);
output *output_program_new(const char *command, bool keep_open);

typedef struct http_settings {
    const char *url, *user_agent, *ca_cert, *ca_bundle, *ca_path, *client_cert, *client_key;
    bool insecure, mtls, echo, compress, keep_alive;
    uint32_t timeout_ms, max_timeouts;
} http_settings;

output *output_http_new(const http_settings *s);

/* ---- All of them: output.c ----------------------------------------------- */

typedef struct outputs outputs;

typedef struct output_stats {
    const char *name;
    uint64_t sent, failed, dropped; /* failed: given up by the output; dropped: its queue was full */
    uint64_t retries;
    size_t queued, capacity;
} output_stats;

/* A set that writes to standard output, in the calling thread. The form is copied; strings in it are borrowed.
 * NULL: no memory. */
outputs *outputs_new(const alert_form *form);
void outputs_stdout(outputs *set, bool on);

/* Lines that each output's queue holds (0: a default), and what happens when one more comes: it is dropped (live events
 * do not wait; standard output then has a queue as well, unless it is a terminal), or the caller waits (a capture file
 * can). Before the first outputs_add(). Returns a status. */
int outputs_queue(outputs *set, size_t capacity, bool wait);

/* Takes the output over, also when it fails, and starts its thread. NULL: does nothing but fail. Returns a status. */
int outputs_add(outputs *set, output *o);

/* Match `i` of the last run of `ev`, to all outputs. CMD_OK, or CMD_OUTPUT when memory ran out. */
int outputs_emit(outputs *set, saker_eval *ev, int i);

/* A line that is no match, to all outputs: as text or as JSON, as each wants it. */
void outputs_tell(outputs *set, const alert_line *text, const alert_line *json);

/* Now and then (every second or so): says what went wrong with outputs and what was lost. */
void outputs_tick(outputs *set);

/* After SIGHUP: files are closed and opened anew before the next line. May be called from a signal handler. */
void outputs_reopen(outputs *set);

size_t outputs_count(const outputs *set);
void outputs_stats(const outputs *set, size_t i, output_stats *stats);

/* Waits until all is written, at most so long: for what is told before outputs_close(). `set` may be NULL. */
void outputs_drain(outputs *set, uint32_t timeout_ms);

/* Waits until all is written, but at most `timeout_ms` in all, says what was lost, and frees. Returns `status`, or
 * CMD_OUTPUT if that was CMD_OK and something was lost. `set` may be NULL. */
int outputs_close(outputs *set, uint32_t timeout_ms, int status);

#endif
