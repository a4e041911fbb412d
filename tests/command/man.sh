#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh SAKER MANUAL: is the manual page sound, and does it tell of every verb?
set -eu
for verb in $("$1" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'); do
    grep -q "^\.SS saker $verb\$" "$2" || { echo "nothing about $verb"; exit 1; }
done
grep -q '^\.SS saker check$' "$2"
command -v groff >/dev/null || { echo "skipped: groff is not installed"; exit 77; }
said=$(LC_ALL=C groff -ww -man -Tascii -z "$2" 2>&1)
[ -z "$said" ] || { echo "$said"; exit 1; }
