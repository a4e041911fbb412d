/* SPDX-License-Identifier: Apache-2.0 */
/* A host with its own loop, as with libpcap: poll(2) waits for the capture along with whatever else there is.
 *
 *      poll CAPTURE RULES...
 *
 * A file has no descriptor to wait for and is always ready. */
#include <saker/syscall.h>

#include <poll.h>
#include <stdio.h>

static int on_event(void *ctx, const saker_event *event)
{
    saker_eval *eval = ctx;
    int n = saker_eval_run(eval, event);
    for (int i = 0; i < n; i++) {
        const char *line = saker_match_alert(eval, i, NULL);
        puts(line ? line : "(out of memory)");
    }
    return n < 0 ? n : 0;
}

/* Until the end of a file, or a failure. */
static int loop(saker_capture *capture, saker_eval *eval)
{
    for (;;) {
        struct pollfd ready = { saker_capture_fd(capture), POLLIN, 0 };
        if (ready.fd >= 0 && poll(&ready, 1, 1000) <= 0)
            continue; /* nothing yet: a host looks after its other work here */
        int n = saker_capture_poll(capture, 0, on_event, eval);
        if (n < 0)
            return n;
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s CAPTURE RULES...\n", argv[0]);
        return 2;
    }
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(c, saker_syscall_schema());
    for (int i = 2; i < argc; i++)
        saker_compiler_add_file(c, argv[i]);
    int status = saker_compiler_build(c, &rules);
    saker_compiler_print_diags(c, stderr);
    saker_compiler_free(c);
    if (status < 0)
        return 1;

    saker_eval *eval = saker_eval_new(rules);
    saker_ruleset_unref(rules);
    saker_capture *capture = saker_capture_open_file(argv[1], NULL);
    status = loop(capture, eval);
    if (status != SAKER_EEND)
        fprintf(stderr, "%s: %s\n", argv[1], capture ? saker_capture_error(capture) : saker_strerror(status));
    saker_capture_free(capture);
    saker_eval_free(eval);
    return status == SAKER_EEND ? 0 : 1;
}
