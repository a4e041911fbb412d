/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest agent: what rules say about the running kernel, as root.   minimal RULES... */
#include <saker/live.h>

#include <stdio.h>

static int on_event(void *eval, const saker_event *event)
{
    int matches = saker_eval_run(eval, event);
    for (int i = 0; i < matches; i++) {
        const char *line = saker_match_alert(eval, i, NULL);
        puts(line ? line : "(out of memory)");
    }
    return fflush(stdout) ? SAKER_EIO : matches < 0 ? matches : 0;
}

int main(int argc, char **argv)
{
    saker_compiler *compiler = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    saker_compiler_add_schema(compiler, saker_syscall_schema());
    for (int i = 1; i < argc; i++)
        saker_compiler_add_file(compiler, argv[i]);
    int status = saker_compiler_build(compiler, &rules);
    saker_compiler_print_diags(compiler, stderr);
    saker_live_options options = SAKER_LIVE_OPTIONS_INIT;
    options.rules = rules;
    saker_capture *capture = status < 0 ? NULL : saker_capture_open_live(&options);
    saker_eval *eval = status < 0 ? NULL : saker_eval_new(rules);
    while (status >= 0)
        status = saker_capture_poll(capture, 1000, on_event, eval);
    fprintf(stderr, "minimal: %s\n", capture ? saker_capture_error(capture) : saker_strerror(status));
    return 1;
}
