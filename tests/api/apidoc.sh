#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# apidoc.sh ROOT: can the API reference be made, with every public name described and every reference resolved?
set -eu
command -v doxygen >/dev/null || { echo "skipped: doxygen is not installed"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1/scripts/apidoc" "$scratch"
for name in saker_compiler_build saker_capture_poll saker_live_doctor saker_put_ip; do
    grep -q "$name" "$scratch"/group__*.html || { echo "$name is not in the reference"; exit 1; }
done
