/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to show an event: what `saker print` chooses from. Each view_X() makes one in `*v` and returns a status of the
 * command; it says what is wrong with a format or a field. */
#ifndef SAKER_VIEWS_H
#define SAKER_VIEWS_H

#include "cmd.h"

typedef struct view view;

/* One readable line: number, time, CPU, process, direction, type, arguments. */
int view_line(view **v);
/* That line, and below it every field that has a value. */
int view_all(view **v);
/* A line as `format` says; events that lack a value are left out, unless it begins with `*`. */
int view_format(view **v, const char *format);
/* The fields of `format` as a JSON object. */
int view_json_format(view **v, const char *format);
/* A JSON object of the named fields (separated by commas), evt.num first, values as text. */
int view_json_fields(view **v, const char *names);
/* The same with the fields of the line, or with all. */
int view_json_all(view **v, bool all);

/* Prints one event: 1; 0 if it lacks a value that the format wants; or a saker_status. */
int view_put(view *v, const saker_event *event);
void view_free(view *v);

#endif
