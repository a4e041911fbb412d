/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts may ask about the kinds of events, for listings. */
#include <saker/syscall.h>

#include "tables.h"

size_t saker_syscall_params(uint32_t kind, saker_param *params, size_t size)
{
    if (kind >= skr_event_count)
        return 0;
    const skr_event_info *info = &skr_events[kind];
    for (size_t i = 0; i < info->nparams && i < size; i++)
        params[i] = (saker_param){ info->params[i].name, skr_pt_name(info->params[i].type) };
    return info->nparams;
}
