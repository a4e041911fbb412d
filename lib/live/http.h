/* SPDX-License-Identifier: Apache-2.0 */
/* One GET over a unix socket, without ever blocking: step after step, until it is done, wrong or late. */
#ifndef SKR_HTTP_H
#define SKR_HTTP_H

#include "str.h"

typedef enum skr_http_state {
    SKR_HTTP_IDLE,
    SKR_HTTP_SENDING,
    SKR_HTTP_READING,
    SKR_HTTP_DONE,
    SKR_HTTP_FAILED
} skr_http_state;

typedef struct skr_http {
    skr_http_state state;
    int fd;
    skr_buf request, answer;
    size_t sent, limit;
    int status; /* of the answer */
    size_t body;
} skr_http;

void skr_http_init(skr_http *h, skr_mem *mem, size_t limit);
void skr_http_free(skr_http *h);
/* Connects. false: nobody listens there. */
bool skr_http_get(skr_http *h, const char *socket_path, const char *target);
skr_http_state skr_http_step(skr_http *h);
/* After SKR_HTTP_DONE: the body. */
skr_str skr_http_body(skr_http *h);

#endif
