/* SPDX-License-Identifier: Apache-2.0 */
/* A host that polls only when the descriptor of a live capture is readable: it gets to the first event, and to each
 * after that. Ends with 77 where BPF may not be used. */
#include <saker/live.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { TRIES = 300, WAIT_MS = 1000, EVENTS = 20 };

static int count(void *ctx, const saker_event *event)
{
    (void)event;
    ++*(unsigned *)ctx;
    return 0;
}

int main(void)
{
    saker_capture *c = saker_capture_open_live(NULL);
    unsigned events = 0, first = 0, polls = 0;
    int status = 0;
    for (int i = 0; i < TRIES && events < EVENTS && status >= 0; i++) {
        struct pollfd ready = { saker_capture_fd(c), POLLIN, 0 };
        if (poll(&ready, 1, WAIT_MS) > 0) {
            first = polls++ ? first : (unsigned)i + 1;
            status = saker_capture_poll(c, 0, count, &events);
        }
        if (polls) /* something happens */
            close(open("/dev/null", O_RDONLY | O_CLOEXEC));
    }
    printf("%u events, the first poll at once: %s; %s\n", events, first == 1 ? "yes" : "no",
           status < 0 ? saker_capture_error(c) : "");
    saker_capture_free(c);
    if (first != 1)
        return 1;
    return status < 0 ? 77 : events < EVENTS;
}
