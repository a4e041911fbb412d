#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""symbols.py LIBRARY EXPORTS IMPORTS: what a shared library shows, and what it asks of others.

EXPORTS lists, one a line, exactly the functions that the library has. IMPORTS lists everything it may call: a library
that does not know `abort`, `stdout`, `getenv`, `pthread_create` or `signal` cannot do what these do.
"""
import pathlib
import re
import shutil
import subprocess
import sys


def listed(path):
    lines = (line.split("#")[0].strip() for line in pathlib.Path(path).read_text().splitlines())
    return {name for line in lines for name in line.split()}


def dynamic(library, which):
    text = subprocess.run(["nm", "-D", which, library], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines() if line.split()[-2:-1] != ["w"]}


def plain(name):
    """The name in the source: of a large-file variant, a fortified or a standard-specific one."""
    name = re.sub(r"^__(?:xpg|isoc99|isoc23)_", "", name)
    name = re.sub(r"^__(\w+)_chk$", r"\1", name)
    return re.sub(r"(?<=[a-z])64(?=$|_)", "", name)


def differences(what, found):
    for name in sorted(found):
        print("%s: %s" % (what, name))
    return len(found)


def main():
    library, exports, imports = sys.argv[1:4]
    if not shutil.which("nm"):
        return 77
    shown, asked = dynamic(library, "--defined-only"), dynamic(library, "--undefined-only")
    if any(re.match(r"__(?:asan|ubsan|tsan|msan|gcov|llvm)_", name) for name in shown | asked):
        return 77
    wanted, allowed = listed(exports), listed(imports)
    wrong = differences("exported but not listed", shown - wanted)
    wrong += differences("listed but not exported", wanted - shown)
    wrong += differences("exported without the prefix", {n for n in shown if not n.startswith(("saker_", "skr_"))})
    wrong += differences("called but not allowed", {plain(n) for n in asked} - allowed)
    print("%d exported, %d called" % (len(shown), len(asked)))
    return 1 if wrong else 0


sys.exit(main())
