/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a verb that reports alerts: a file (`-c`), what `-o KEY=VALUE` changes of it, and the keys' own
 * values where neither says anything. Options of the verb come last and win. A falco.yaml is such a file. */
#ifndef SAKER_CONFIG_H
#define SAKER_CONFIG_H

#include "config_tree.h"
#include "livesrc.h"
#include "output.h"

#define KEY_TYPE_FLAG bool
#define KEY_TYPE_FLAG_OFF bool
#define KEY_TYPE_NUMBER uint32_t
#define KEY_TYPE_REAL double
#define KEY_TYPE_TEXT const char *
#define KEY_TYPE_LIST const cnode *

typedef struct config {
#define KEY(key, kind, member, value, help) KEY_TYPE_##kind member;
#include "config.def"
#undef KEY
    const char *verb;
    const char **rules_files;
    size_t rules_file_count;
    selection *selections;
    size_t selection_count;
    saker_append *extra;
    size_t extra_count;
    const char **files; /* that it was read from */
    size_t file_count;
    ctree tree;
} config;

enum { OPT_METRICS = 4000 };

/* Rows of a getopt_long table; their short form is "c:o:". */
#define CONFIG_OPTIONS                                                                                                 \
    { "config", required_argument, NULL, 'c' }, { "option", required_argument, NULL, 'o' },                            \
    {                                                                                                                  \
        "metrics", required_argument, NULL, OPT_METRICS                                                                \
    }

#define CONFIG_HELP                                                                                                    \
    "  -c, --config FILE      configuration: a saker.yaml or Falco's falco.yaml; options given here come on top\n"     \
    "  -o, --option KEY=VALUE set a key of the configuration, as -o http_output.url=http://localhost:2801/\n"          \
    "      --metrics FILE or ADDRESS:PORT\n"                                                                           \
    "                         counters for Prometheus, in a file or at http://ADDRESS:PORT/metrics\n"

/* Looks through the command line for -c and -o and reads them; then options can be taken as usual, which are the same
 * rows: config_take() returns -1 for those that are none of its own. config_free() is due whatever the result. */
int config_open(config *c, const char *verb, int argc, char **argv, const char *letters, const struct option *rows);
int config_take(config *c, int option, const char *value);
void config_free(config *c);

/* For scandir(): is it one of the files that count in a folder, by its name? */
struct dirent;
int config_is_yaml(const struct dirent *e);

/* Room for rule_args_init() besides the command line, and what the configuration says about rules. */
int config_rows(const config *c);
int config_rules(const config *c, rule_args *a);

/* How alerts look, to change by options before outputs are opened. */
void config_form(const config *c, alert_form *form);

/* What it says about live captures. */
void config_live(const config *c, live_args *a);

/* Opens all outputs that are enabled. `wait`: what a full queue does, if the configuration does not say. */
int config_outputs(const config *c, const alert_form *form, bool wait, outputs **set);

/* ---- Parts: config_keys.c, config_rules.c --------------------------------- */

void config_defaults(config *c);

/* Takes what the tree says. Says all that is wrong. */
int config_keys(config *c);

/* `rules`, `rules_files` and `append_output` of the tree. False if it is none of these; `*status` may become worse. */
bool config_rules_key(config *c, const cnode *n, int *status);

/* Something is wrong with a node, or was expected: returns CMD_USAGE. */
int config_wrong(const cnode *n, const char *path, const char *expected);

/* Text of a node with ${NAME} replaced from the environment; NULL: it is no scalar. */
const char *config_text(config *c, const cnode *n);

#endif
