#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# format.sh ROOT: are all C files as clang-format 14 writes them? Other versions differ in details. Generated tables
# (in folders named tables) are left out.
set -eu
cd "$1"
tool=$(command -v clang-format-14 || command -v clang-format || true)
case $("${tool:-true}" --version 2>/dev/null) in
*"version 14."*) ;;
*) echo "clang-format 14 is not installed"; exit 77 ;;
esac
find examples fuzz include lang lib tests \( -name '*.c' -o -name '*.h' \) ! -name vmlinux.h ! -path '*/tables/*' -print0 |
    xargs -0 "$tool" --dry-run -Werror
