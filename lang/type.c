/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

static const skr_type_info types[] = {
#define SKR_TYPE(id, name, store, group, bits, sign) [SAKER_##id] = { name, SAKER_##store, SKR_G_##group, bits, sign },
#include "types.def"
#undef SKR_TYPE
};

static const skr_type_info no_type = { "NONE", (saker_type)0, SKR_G_NONE, 0, false };

const skr_type_info *skr_type(saker_type t)
{
    size_t i = (size_t)t;
    return i < sizeof types / sizeof types[0] && types[i].name ? &types[i] : &no_type;
}
