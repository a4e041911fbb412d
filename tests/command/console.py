#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""console.py SAKER ROOT DOCUMENT...: do the `console` blocks of the documents show what the command prints?

A line `$ saker ...` is run in ROOT; the lines below it must be what it prints on standard output. `...` as the last line
stands for more."""
import os
import pathlib
import re
import shlex
import subprocess
import sys


def check(saker, root, command, shown):
    done = subprocess.run([saker, *shlex.split(command)], cwd=root, capture_output=True, text=True,
                          env=dict(os.environ, TZ="UTC", NO_COLOR="1"))
    printed = done.stdout
    if shown.endswith("\n...\n"):
        ok = printed.startswith(shown[:-4]) and len(printed) > len(shown) - 4
    else:
        ok = printed == shown
    if not ok:
        print(f"saker {command}\nprints\n{printed[:2000]}{done.stderr[:500]}instead of\n{shown}")
    return ok


def main():
    saker, root, *documents = sys.argv[1:]
    saker, shown = os.path.abspath(saker), []
    for document in documents:
        for block in re.findall(r"^```console\n(.*?)^```$", pathlib.Path(document).read_text(), re.MULTILINE | re.DOTALL):
            shown += re.findall(r"^\$ saker (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    good = sum(check(saker, root, command, text) for command, text in shown)
    print(f"{good} of {len(shown)} commands print what is shown")
    return 0 if shown and good == len(shown) else 1


sys.exit(main())
