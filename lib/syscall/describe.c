/* SPDX-License-Identifier: Apache-2.0 */
/* What hosts may ask about the kinds of events, for listings. */
#include <saker/syscall.h>

#include "tables.h"

size_t saker_syscall_params(uint32_t kind, saker_param *params, size_t size)
{
    if (kind >= skr_event_count)
        return 0;
    const skr_event_info *info = &skr_events[kind];
    const skr_param_info *p = skr_event_params(info);
    for (size_t i = 0; i < info->nparams && i < size; i++)
        params[i] = (saker_param){ skr_name(p[i].name), skr_pt_name(p[i].type) };
    return info->nparams;
}
