/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

void skr_warn_test(skr_checker *c, const skr_node *n)
{
    (void)c;
    (void)n;
}
