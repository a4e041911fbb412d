#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# files.sh ROOT: every source file begins with its licence, none has a trailing blank, C files have no tabs, no line of
# more than 120 columns and at most 800 lines. Generated tables (in folders named tables) may be of any size.
set -eu
cd "$1"
find examples fuzz include lang lib tests scripts .ci -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.sh' \
    -o -path 'scripts/*' -o -path '.ci/*' \) ! -path '*/__pycache__/*' ! -name vmlinux.h -exec awk '
    function is_c() { return name ~ /\.[ch]$/ && name !~ /\/tables\// }
    function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; bad = 1 }
    function finish() { if (lines > 800 && is_c()) { printf "%s: %d lines\n", name, lines; bad = 1 } }
    FNR == 1 { finish(); name = FILENAME; named = 0 }
    { lines = FNR }
    FNR <= 3 && /SPDX-License-Identifier: Apache-2.0/ { named = 1 }
    FNR == 3 && !named { complain("no SPDX line") }
    /[ \t]$/ { complain("trailing blank") }
    is_c() && /\t/ { complain("tab") }
    is_c() && length($0) > 120 { complain("more than 120 columns") }
    END { finish(); exit bad }' {} +
