#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""minimal.py PROGRAM: the smallest host says what its rule sees on the running kernel. Skipped (77) without the right to."""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

RULE = """
- rule: Test file
  desc: a file of this test is opened
  condition: evt.type in (open, openat, openat2) and fd.name = %s
  output: "opened %%fd.name by %%proc.pid"
  priority: NOTICE
"""


def main():
    if os.geteuid() != 0:
        print("skipped: root only")
        return 77
    with tempfile.TemporaryDirectory() as root:
        target, rules = pathlib.Path(root) / "opened", pathlib.Path(root) / "rules.yaml"
        target.write_text("")
        rules.write_text(RULE % target)
        host = subprocess.Popen([sys.argv[1], str(rules)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lines = []
        reader = threading.Thread(target=lambda: lines.append(host.stdout.readline()))
        reader.start()
        for _ in range(1200):
            target.read_text()
            if not reader.is_alive() or host.poll() is not None:
                break
            time.sleep(0.05)
        host.terminate()
        _, errors = host.communicate()
        reader.join()
    if errors and not lines[0]:
        print(errors, end="")
        return 77 if "not permitted" in errors or "not supported" in errors else 1
    print(lines[0], end="")
    return 0 if f"Notice opened {target} by {os.getpid()}" in lines[0] else 1


sys.exit(main())
