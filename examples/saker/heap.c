/* SPDX-License-Identifier: Apache-2.0 */
/* A page that is touched for the first time is a trap into the kernel, and in a virtual machine often one into its host
 * as well: up to 20 us for each 4 KiB, which for loading rules was half of the time. So the heap lies on huge pages
 * where the kernel has them to give (transparent_hugepage "always" or "madvise"): one trap for 512 of them. */
#include "cmd.h"

#ifdef __GLIBC__
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* ROOM: of address space, which costs nothing until it is touched; behind it the heap grows by STEP. DIRECT: blocks
 * from this size on are mapped apart, each. */
enum { PAGE = 4096, HUGE_PAGE = 2 << 20, ROOM = 256 << 20, STEP = 1 << 20, DIRECT = 32 << 20 };

static bool is_limited(int what)
{
    struct rlimit r;
    return getrlimit(what, &r) != 0 || r.rlim_cur != RLIM_INFINITY;
}

void heap_open(void)
{
    static void *filler; /* what lies before the first huge page; it is never touched */
    if (is_limited(RLIMIT_AS) || is_limited(RLIMIT_DATA))
        return;
    mallopt(M_MMAP_THRESHOLD, DIRECT);
    mallopt(M_TRIM_THRESHOLD, 2 * ROOM);
    mallopt(M_TOP_PAD, ROOM);
    void *first = malloc(PAGE);
    const uintptr_t next = (uintptr_t)first;
    free(first);
    const uintptr_t huge = (next + PAGE + HUGE_PAGE) / HUGE_PAGE * HUGE_PAGE;
    filler = malloc(huge - next - PAGE);
    mallopt(M_TOP_PAD, STEP);
    const uintptr_t end = (uintptr_t)sbrk(0);
    if (next && (uintptr_t)filler == next && end > huge)
        madvise((char *)filler + (huge - next), (end - huge) / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
}
#else
void heap_open(void)
{
}
#endif
