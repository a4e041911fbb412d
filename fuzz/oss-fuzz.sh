#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The build script of an OSS-Fuzz project. It wants what the base builder gives: CC, CFLAGS, LIB_FUZZING_ENGINE, OUT and
# WORK; and meson, ninja, zlib, PCRE2 and cJSON, which are linked statically where there are static libraries. Into OUT go
# for each harness the program, its dictionary and its corpus.
#
#      CC=clang CFLAGS='-O1 -g -fsanitize=address,fuzzer-no-link' LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
#          OUT=/tmp/out WORK=/tmp/work fuzz/oss-fuzz.sh
set -eu
: "${CC:?}" "${CFLAGS:?}" "${LIB_FUZZING_ENGINE:?}" "${OUT:?}" "${WORK:?}"
root=$(cd "$(dirname "$0")/.." && pwd)
build=$WORK/saker
[ -f "$build/build.ninja" ] || meson setup "$build" "$root" --buildtype=plain -Ddefault_library=static -Dprefer_static=true \
    -Dfuzzing=libfuzzer -Dfuzz_engine="$LIB_FUZZING_ENGINE" -Dtests=disabled -Dexamples=false -Dlive=disabled -Db_lundef=false
ninja -C "$build"
mkdir -p "$OUT"
for corpus in "$root"/fuzz/corpus/*; do
    name=fuzz_$(basename "$corpus")
    cp "$build/fuzz/$name" "$build/fuzz/$name.dict" "$OUT/"
    (cd "$corpus" && python3 -m zipfile -c "$OUT/${name}_seed_corpus.zip" .)
done
