/* SPDX-License-Identifier: Apache-2.0 */
/* Counters for Prometheus, under the names that Falco's have where there are such: in a file, or from a small web
 * server.
 *
 *      verb --(metrics_update, some times a second)--> text --> thread --> file, clients
 *
 * The thread serves the last text; whatever clients do, the loop over events goes on. */
#ifndef SAKER_METRICS_H
#define SAKER_METRICS_H

#include "config.h"
#include "tally.h"

typedef struct metrics metrics;

/* What there is to tell; anything may be NULL. */
typedef struct metrics_facts {
    const saker_ruleset *rules;
    const uint64_t *counts; /* alerts per rule of `rules` */
    const tally *past;      /* and of rulesets before     */
    const saker_capture *capture;
    bool live;
    saker_capture_stats before; /* of captures before */
    const outputs *outputs;
} metrics_facts;

/* The capture is about to be freed: its counters become part of `before`. */
void metrics_capture_ends(metrics_facts *facts, const saker_capture_stats *stats);

/* `*m` stays NULL if the configuration asks for none. `always`: also for the web server's health check alone. */
int metrics_open(metrics **m, const config *c, bool always);

/* Tells the files that the rules come from: at the start, and after they have been read again. */
void metrics_rules(metrics *m, const rule_args *a);

/* Makes a new text if the last one is old enough. `m` may be NULL, as everywhere. */
void metrics_update(metrics *m, const metrics_facts *facts);

/* The last text, and the end. Returns `status`, or CMD_OUTPUT if the file could not be written. */
int metrics_close(metrics *m, const metrics_facts *facts, int status);

/* ---- Parts: metrics_text.c, metrics_serve.c -------------------------------- */

typedef struct metrics_text {
    const config *c;
    const metrics_facts *facts;
    uint64_t started, reloaded; /* ns since the epoch */
    uint64_t started_at;        /* monotonic ns       */
    const char *files;          /* rows about rule files and configuration */
} metrics_text;

/* The whole text, for free(); NULL: no memory. */
char *metrics_write(const metrics_text *t, size_t *len);

/* A row about a file's content, if it can be read and the same row is not there yet: rows must differ. `out` writes to
 * `*so_far`. */
void metrics_file_row(FILE *out, char *const *so_far, const char *name, const char *path);

typedef struct server server;

/* Listens; NULL after it has said what is wrong. `port` 0 becomes the one that was free. */
server *server_open(const char *address, uint32_t *port, const char *healthz);
void server_close(server *s);

/* One round: waits for clients or for `wake` to become readable, at most `timeout_ms`, and serves `text` (NULL: there
 * are no metrics). `s` may be NULL: then it only waits. */
void server_round(server *s, int wake, int timeout_ms, const char *text, size_t len);

#endif
