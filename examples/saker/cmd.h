/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of the command share. The command is a host like any other: it uses include/saker only. */
#ifndef SAKER_CMD_H
#define SAKER_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <saker/saker.h>
#include <saker/syscall.h>

/* Exit statuses, as the help of the command lists them. */
enum {
    CMD_OK = 0,
    CMD_RULES = 1,    /* the rules or the condition are at fault            */
    CMD_USAGE = 2,    /* the command line is                                */
    CMD_INPUT = 3,    /* a file could not be read, or not to its end        */
    CMD_OUTPUT = 4,   /* the output could not be written, or no memory left */
    CMD_DEGRADED = 5, /* `doctor`: events of the kernel can be had, but something will be missing */
};

#define VERB(name, fn, help) int fn(int argc, char **argv);
#include "verbs.def"
#undef VERB

/* Memory comes in large pieces from here on: heap.c */
void heap_open(void);

/* ---- Messages and output: out.c ------------------------------------------ */

/* "saker: " and the text on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, pointing at `saker VERB --help`; returns CMD_USAGE. */
int usage_error(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The second line of that alone, after getopt_long() has said what is wrong. */
int usage_hint(const char *verb);

/* Says that memory ran out; returns CMD_OUTPUT. */
int no_memory(void);

/* After this standard output is buffered in full and a reader that goes away is no signal. */
void out_open(void);

/* Flushes standard output, and remembers for out_close() why that failed first. Any thread. */
void out_flush(void);
/* Has a write failed? Then going on is pointless. */
bool out_failed(void);
/* Another thread says that its did. */
void out_fail(void);

/* Flushes. Turns `status` into CMD_OUTPUT when something could not be written, and says so; a reader that went
 * away (saker print | head) is no failure. */
int out_close(int status);

void put(const char *text, size_t len);
void put_cstr(const char *text);

/* A JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void put_json(const char *text, size_t len);
void put_json_cstr(const char *text);
/* A part of one: the text without quotes around it. */
void put_json_part(const char *text, size_t len);

/* Text of unknown origin as one line that a terminal can show: control characters are escaped. */
void put_shown(const char *text, size_t len);
/* The same, but newlines and tabs stay. */
void put_safe(const char *text, size_t len);
/* JSON that the library made, as it is, but for a terminal: there without what that would obey in strings. */
void put_made_json(const char *text, size_t len);
/* put_shown() to another stream. */
void put_shown_to(FILE *stream, const char *text);

/* ---- Terminal: term.c ---------------------------------------------------- */

typedef enum tone { TONE_NONE, TONE_DIM, TONE_BOLD, TONE_RED, TONE_YELLOW, TONE_GREEN, TONE_BLUE, TONE_CYAN } tone;

/* Is there a terminal, and one that shows colours (NO_COLOR not set, TERM not "dumb")? Found out once, at the start. */
void term_open(void);
bool term_is(FILE *stream);
bool term_colours(FILE *stream);
/* Control sequence that begins a tone, and the one that ends all; "" where there are no colours. */
const char *term_on(FILE *stream, tone t);
const char *term_off(FILE *stream);
tone term_priority(saker_priority priority);

/* A line on standard error about how far a long run has come, if that is a terminal. */
typedef struct progress {
    const char *what;
    bool on, shown;
    uint64_t begun, next; /* monotonic ns */
} progress;

void progress_begin(progress *p, const char *what);
void progress_show(progress *p, const saker_capture_stats *stats);
void progress_clear(progress *p);

/* ---- Rules: rules.c ------------------------------------------------------ */

typedef struct selection {
    saker_select by;
    const char *pattern;
    bool enabled;
} selection;

/* What the options about rules said. The arrays are as long as the command line at most. */
typedef struct rule_args {
    saker_options options;
    const char **files;
    size_t file_count;
    selection *selections;
    size_t selection_count;
    saker_append *extra; /* what options add to outputs */
    size_t extra_count;
    const char **strings; /* of `extra` */
    size_t string_count;
    size_t given_files, given_extra; /* of the configuration: the first of `files`, until -r is given, and of `extra` */
    bool all;                        /* report every matching rule, not only the first */
    bool verbose;                    /* print warnings too, not only their number      */
} rule_args;

enum {
    OPT_ENABLE = 1000,
    OPT_DISABLE,
    OPT_ENABLE_TAG,
    OPT_DISABLE_TAG,
    OPT_PRIORITY,
    OPT_NAIVE,
    OPT_SKIP,
    OPT_APPEND_TO,
    OPT_APPEND_FIELD,
    OPT_OWN,
    OPT_APPEND_OUTPUT = 'p'
};

/* Rows of a getopt_long table; their short form is "r:". */
#define RULE_OPTIONS                                                                                                   \
    { "rules", required_argument, NULL, 'r' }, { "enable", required_argument, NULL, OPT_ENABLE },                      \
        { "disable", required_argument, NULL, OPT_DISABLE },                                                           \
        { "enable-tag", required_argument, NULL, OPT_ENABLE_TAG },                                                     \
        { "disable-tag", required_argument, NULL, OPT_DISABLE_TAG },                                                   \
        { "priority", required_argument, NULL, OPT_PRIORITY }, { "skip-unknown", no_argument, NULL, OPT_SKIP },        \
    {                                                                                                                  \
        "naive", no_argument, NULL, OPT_NAIVE                                                                          \
    }

#define RULE_HELP                                                                                                      \
    "  -r, --rules FILE       rule file, or a folder of them; may be repeated: later files append and override\n"      \
    "      --enable GLOB      switch rules on by name (* stands for any text), whatever the files say\n"               \
    "      --disable GLOB     switch rules off by name; these options apply in the order given\n"                      \
    "      --enable-tag TAG, --disable-tag TAG\n"                                                                      \
    "                         the same for all rules with this tag\n"                                                  \
    "      --priority LEVEL   only rules at least as urgent: emergency, alert, critical, error, warning, notice,\n"    \
    "                         informational, debug\n"                                                                  \
    "      --skip-unknown     leave out rules with fields that do not exist, instead of failing\n"

/* Begins with nothing given; `argc` bounds what may come. rule_args_free() is due whatever the result. */
int rule_args_init(rule_args *a, int argc);
void rule_args_free(rule_args *a);
/* Takes a row of RULE_OPTIONS. Returns -1 for an option that is none of them, else a status. */
int rule_args_take(rule_args *a, const char *verb, int option, const char *value);
/* Adds one more rule file. */
int rule_args_file(rule_args *a, const char *path);

/* Rows of a getopt_long table for what is added to the outputs; their short form is "p:". */
#define APPEND_OPTIONS                                                                                                 \
    { "append-output", required_argument, NULL, OPT_APPEND_OUTPUT },                                                   \
        { "append-field", required_argument, NULL, OPT_APPEND_FIELD },                                                 \
    {                                                                                                                  \
        "append-to", required_argument, NULL, OPT_APPEND_TO                                                            \
    }

#define APPEND_HELP                                                                                                    \
    "  -p, --append-output TEXT\n"                                                                                     \
    "                         add TEXT, with %fields, to the output of rules\n"                                        \
    "      --append-field NAME[=TEXT]\n"                                                                               \
    "                         add a field to the JSON object\n"                                                        \
    "      --append-to rule=NAME, tag=TAG or source=NAME\n"                                                            \
    "                         the -p and --append-field that follow are for such rules only\n"

/* As rule_args_take(), for a row of APPEND_OPTIONS. May cut `value` in two. */
int append_take(rule_args *a, const char *verb, int option, char *value);

/* Gives the files and the selections to a compiler; goes on after a file that cannot be read, but says so. */
int rules_load(const rule_args *a, saker_compiler *c);

/* Compiles the files. Errors are printed, warnings counted in one line (all of them if a->verbose). */
int rules_build(const rule_args *a, saker_ruleset **rules);
/* The same, and the compiler to ask for more; free it whatever the result. */
int rules_compile(const rule_args *a, saker_compiler **c, saker_ruleset **rules);

/* One condition as a ruleset of one rule; says what is wrong with it. */
int condition_build(const char *text, bool naive, saker_ruleset **rules);

/* The same with a condition whose words were not given in quotes. */
int condition_join(char **words, int count, bool naive, saker_ruleset **rules);

/* A diagnostic as text, coloured if the stream is a terminal. */
void diag_print(const saker_diag *d, FILE *stream);

/* A number from 1 to `most`; `what` it should be is for the message. Returns a status. */
int take_number(const char *verb, const char *what, const char *text, uint64_t most, uint64_t *n);

/* A priority by name, any case; 0: no such. */
saker_priority priority_named(const char *name);

/* ---- Captures: source.c -------------------------------------------------- */

/* Seconds east of UTC, now and here: times are printed so, as the reference does. */
int32_t utc_offset(void);

/* A clock that only goes forward. */
int64_t now_ms(void);

saker_capture *capture_open(const char *path);

/* What a callback of capture_each() returns to end the run. */
enum { CAPTURE_STOP = -1000 };

/* Delivers every event to `fn`, which returns 0 to go on. Shows progress. Says what went wrong, and which events were
 * lost. Returns a status. `p` may be NULL, else it is set up here and the callback clears it before it writes. */
int capture_each(saker_capture *c, const char *path, progress *p, saker_event_fn *fn, void *ctx);

#endif
