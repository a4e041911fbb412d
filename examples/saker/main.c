/* SPDX-License-Identifier: Apache-2.0 */
/* The `saker` command: finds the verb and calls it. */
#include "cmd.h"

#include <string.h>

typedef struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} verb;

static const verb verbs[] = {
#define VERB(name, fn, help) { #name, fn, help },
#include "verbs.def"
#undef VERB
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static void help(FILE *stream)
{
    fputs("usage: saker VERB [OPTION]... [ARGUMENT]...\n\n"
          "Runs Falco rules on the events of a Linux system.\n\n",
          stream);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stream, "  %-10s %s\n", verbs[i].name, verbs[i].help);
    fputs("\n`saker VERB --help` tells more about each; `saker --version` prints the version.\n\n"
          "Exit status: 0 fine, 1 the rules are at fault, 2 wrong usage, 3 an input could not be read (to its end),\n"
          "4 the output could not be written or memory ran out, 5 (doctor) something will be missing.\n"
          "Environment: NO_COLOR (no colours), TZ (time zone of printed times), HOST_ROOT (the host's files).\n",
          stream);
}

/* The verb that begins most like `name`, if that is beyond doubt, for the hint. */
static const verb *likely(const char *name)
{
    const verb *found = NULL;
    const size_t enough = strlen(name) < 2 ? 1 : 2;
    size_t most = 0;
    for (size_t i = 0; i < VERB_COUNT; i++) {
        size_t same = 0;
        while (name[same] && verbs[i].name[same] == name[same])
            same++;
        if (same < enough || same < most)
            continue;
        found = same == most ? NULL : &verbs[i];
        most = same;
    }
    return found;
}

static int unknown(const char *name)
{
    const verb *v = likely(name);
    if (v)
        say("there is no verb '%s'; did you mean '%s'?", name, v->name);
    else
        say("there is no verb '%s'; `saker --help` lists them", name);
    return CMD_USAGE;
}

int main(int argc, char **argv)
{
    heap_open();
    term_open();
    if (argc < 2) {
        help(stderr);
        return CMD_USAGE;
    }
    out_open();
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        help(stdout);
        return out_close(CMD_OK);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("saker %s, rules of Falco engine version %s\n", saker_version(), SAKER_ENGINE_VERSION);
        return out_close(CMD_OK);
    }
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(name, verbs[i].name) == 0)
            return out_close(verbs[i].run(argc - 1, argv + 1));
    return unknown(name);
}
