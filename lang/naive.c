/* SPDX-License-Identifier: Apache-2.0 */
#include "eval.h"
bool skr_naive_run(saker_eval *ev, const skr_plain *tree)
{
    (void)ev;
    (void)tree;
    return false;
}
