/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl, loaded when an output needs it: it brings thirty libraries along, and loading these costs each run of the
 * command more than checking rules does. */
#ifndef CMD_CURL_H
#define CMD_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_getinfo
#undef curl_easy_setopt

typedef struct curl_functions {
#define CURL_FUNCTION(name) __typeof__(curl_##name) *name;
#include "curl.def"
#undef CURL_FUNCTION
} curl_functions;

/* NULL: it is not there, which has been said. Stays loaded. */
const curl_functions *curl_load(void);

#endif
