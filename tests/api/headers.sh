#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# headers.sh INCLUDE_DIR C99_COMPILER...: each public header by itself, as C99 and as C++11, without a warning.
set -u
include=$1
shift
fail=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
for header in "$include"/saker/*.h; do
    name=$(basename "$header")
    printf '#include <saker/%s>\n#include <saker/%s>\nint unused_but_there(void);\nint unused_but_there(void) { return 0; }\n' \
        "$name" "$name" >"$scratch/one.c"
    cp "$scratch/one.c" "$scratch/one.cc"
    for how in '-x c -std=c99 -Wstrict-prototypes -Wc++-compat' '-x c -std=c11' '-x c++ -std=c++11' '-x c++ -std=c++17'; do
        case $how in
        *c++1*) file=$scratch/one.cc ;;
        *) file=$scratch/one.c ;;
        esac
        # shellcheck disable=SC2086
        if ! "$@" $how -I"$include" -pedantic -Wall -Wextra -Wshadow -Wundef -Werror -fsyntax-only "$file"; then
            echo "$name: $how"
            fail=1
        fi
    done
done
exit $fail
