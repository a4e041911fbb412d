/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

const char *saker_version(void)
{
    return SAKER_VERSION;
}

unsigned saker_version_number(void)
{
    return SAKER_VERSION_NUMBER;
}

const char *saker_strerror(int status)
{
    switch (status) {
    case SAKER_OK:
        return "success";
    case SAKER_ENOMEM:
        return "out of memory";
    case SAKER_EINVAL:
        return "invalid argument";
    case SAKER_ERULES:
        return "the rules have errors";
    case SAKER_EIO:
        return "input/output error";
    case SAKER_ELIMIT:
        return "a limit was reached";
    case SAKER_ENOTSUP:
        return "not supported";
    case SAKER_EEND:
        return "no more events";
    default:
        return status > 0 ? "success" : "unknown error";
    }
}

const char *saker_priority_name(saker_priority p)
{
    return skr_priority_name(p);
}
