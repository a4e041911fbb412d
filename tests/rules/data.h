/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the conformance data, and keeping the score. */
#ifndef TEST_RULES_DATA_H
#define TEST_RULES_DATA_H

#include <cjson/cJSON.h>
#include <saker/rules.h>

typedef struct score {
    const char *name;
    int passed, total;
    bool verbose;
} score;

/* Counts one case; a failing one is shown with -v. */
void count(score *s, bool passed, const char *row, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* "score: NAME PASSED of TOTAL"; true if all passed. */
bool print_score(const score *s);

/* Whole file with a NUL behind; NULL: not there. Free it. `len` may be NULL. */
char *read_file(const char *path, size_t *len);
char *read_gzip(const char *path);
cJSON *read_json(const char *path);

/* Names in a directory, sorted; NULL-terminated; free each and all. NULL: no directory. */
char **list_dir(const char *path);
void free_names(char **names);

/* A member's text, or "". */
const char *text_of(const cJSON *object, const char *key);
const cJSON *get(const cJSON *object, const char *key);

/* A line named in a file of deliberate differences ("name<TAB>why", '#' comments). */
bool is_listed(const char *list, const char *name);

#endif
