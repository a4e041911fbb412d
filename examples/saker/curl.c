/* SPDX-License-Identifier: Apache-2.0 */
#include "curl.h"

#include "output.h"

#include <dlfcn.h>
#include <string.h>

static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof(found)); /* POSIX: a function's address fits */
    return found != NULL;
}

const curl_functions *curl_load(void)
{
    static curl_functions functions;
    static bool loaded;
    if (loaded)
        return &functions;
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    bool ok = library != NULL;
#define CURL_FUNCTION(name) ok = ok && find(library, "curl_" #name, &functions.name);
#include "curl.def"
#undef CURL_FUNCTION
    if (!ok)
        say("http_output: libcurl cannot be loaded: %s", dlerror());
    loaded = ok && functions.global_init(CURL_GLOBAL_DEFAULT) == 0;
    return loaded ? &functions : NULL;
}
