/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded answers of one capture: rows of conformance/fields/, with the corrections for defects. */
#ifndef TESTS_FIELDS_RECORDED_H
#define TESTS_FIELDS_RECORDED_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct correction {
    uint64_t num; /* 0: every event */
    char *field, *text;
} correction;

typedef struct recorded {
    char name[64];
    cJSON **rows; /* by number */
    uint64_t *nums;
    size_t row_count, met;
    correction *corrections; /* by number, then field */
    size_t correction_count;
} recorded;

/* false: not there, or damaged (said on stdout). */
bool recorded_load(recorded *r, const char *shared, const char *name);
void recorded_free(recorded *r);

const cJSON *recorded_row(const recorded *r, uint64_t num); /* NULL: not sampled */
/* Expected text; NULL: missing. */
const char *recorded_value(const recorded *r, const cJSON *row, uint64_t num, const char *field);

/* Names of the captures with answers, NULL at the end; to be freed. NULL: the data is not there. */
char **recorded_captures(const char *shared);
void recorded_capture_path(const char *shared, const char *name, char *out, size_t size);

/* Calls `fn` with every name in the answers of all captures. */
void recorded_each_name(const char *shared, void (*fn)(void *ctx, const char *name), void *ctx);

/* The text as the release shows it: U+FFFD for control characters and for what is no UTF-8. To be freed. */
char *recorded_as_shown(const char *text);

#endif
