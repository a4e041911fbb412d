/* SPDX-License-Identifier: Apache-2.0 */
/* A driver for the harnesses of this folder without libFuzzer: gives them the files named, or the files of the folders
 * named, and, if asked, changed copies of these, always the same ones.
 *
 *      fuzz_x [-m COPIES] PATH...
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST = 16 << 20, ROOM = 64 };

static uint64_t state = 1;

/* xorshift64*: the same numbers on every machine */
static uint64_t next_number(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545F4914F6CDD1D);
}

static size_t below(size_t n)
{
    return n ? (size_t)(next_number() >> 16) % n : 0;
}

/* One change: a byte other, gone or more, a piece twice, the end cut off. `data` has ROOM bytes behind `size`. */
static size_t change(uint8_t *data, size_t size)
{
    static const char interesting[] = "()[]{}\"'\\,=!<>|*?+^$.-%@:\n\t 09azAZ\xFF\x80\xC3";
    size_t at = below(size + 1), n;
    uint8_t byte = next_number() & 1 ? (uint8_t)interesting[below(sizeof interesting)] : (uint8_t)next_number();
    switch (next_number() % 5) {
    case 0:
        if (at < size)
            data[at] = byte;
        return size;
    case 1:
        if (at < size) {
            memmove(data + at, data + at + 1, size - at - 1);
            size--;
        }
        return size;
    case 2:
        memmove(data + at + 1, data + at, size - at);
        data[at] = byte;
        return size + 1;
    case 3:
        n = below(size - at < 8 ? size - at + 1 : 8);
        memmove(data + at + n, data + at, size - at);
        return size + n;
    default:
        return size ? size - below(size < 8 ? size : 8) : 0;
    }
}

static void run(const uint8_t *data, size_t size, unsigned copies)
{
    uint8_t *copy = malloc(size + ROOM);
    state = 1; /* the copies of an input do not depend on those before it */
    LLVMFuzzerTestOneInput(data, size);
    for (unsigned i = 0; copy && i < copies; i++) {
        size_t n = size;
        memcpy(copy, data, size);
        for (size_t k = 1 + below(4); k; k--)
            n = change(copy, n);
        uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees a read behind the end */
        if (exact) {
            memcpy(exact, copy, n);
            LLVMFuzzerTestOneInput(exact, n);
        }
        free(exact);
    }
    free(copy);
}

static int run_file(const char *path, unsigned copies)
{
    FILE *f = fopen(path, "rb");
    const long size = f && fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;
    uint8_t *data = size >= 0 && size <= LARGEST ? malloc((size_t)size + 1) : NULL;
    if (f)
        rewind(f);
    const size_t n = data ? fread(data, 1, (size_t)size, f) : 0;
    int ok = data && !ferror(f);
    if (f)
        fclose(f);
    if (ok)
        run(data, n, copies);
    else
        fprintf(stderr, "%s: cannot be read\n", path);
    free(data);
    return ok ? 1 : -1;
}

/* Files run, or -1. */
static int run_path(const char *path, unsigned copies)
{
    DIR *d = opendir(path);
    if (!d)
        return run_file(path, copies);
    int count = 0;
    for (struct dirent *e; count >= 0 && (e = readdir(d));) {
        char name[4096];
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        int n = run_path(name, copies);
        count = n < 0 ? -1 : count + n;
    }
    closedir(d);
    return count;
}

int main(int argc, char **argv)
{
    unsigned copies = 0;
    int i = 1, count = 0;
    if (argc > 2 && strcmp(argv[1], "-m") == 0) {
        copies = (unsigned)strtoul(argv[2], NULL, 10);
        i = 3;
    }
    for (; i < argc && count >= 0; i++) {
        int n = run_path(argv[i], copies);
        count = n < 0 ? -1 : count + n;
    }
    if (count <= 0) {
        fprintf(stderr, "nothing was run\n");
        return 1;
    }
    printf("%d inputs, %u changed copies of each\n", count, copies);
    return 0;
}
