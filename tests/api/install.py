#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""install.py BUILD_DIR PREFIX SOURCE_DIR: what `meson install` leaves can be built against, with pkg-config alone."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def main():
    build, prefix, source = sys.argv[1:4]
    cc = os.environ.get("CC", "cc").split()
    if not (shutil.which("pkg-config") and shutil.which("meson") and shutil.which(cc[0])):
        return 77
    with tempfile.TemporaryDirectory() as root:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root], check=True,
                       stdout=subprocess.DEVNULL)
        pc, = pathlib.Path(root).rglob("saker.pc")
        env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent), PKG_CONFIG_SYSROOT_DIR=root)
        ask = lambda *what: subprocess.run(["pkg-config", *what], env=env, check=True, capture_output=True,
                                           text=True).stdout.split()
        library, = pathlib.Path(root).rglob("libsaker.so.0")
        headers = {p.name for p in (pathlib.Path(root) / prefix.lstrip("/") / "include/saker").iterdir()}
        missing = {"saker.h", "syscall.h", "rules.h", "profile.h", "version.h"} - headers
        if missing:
            print("not installed:", *missing)
            return 1

        def run(name, package, *args):
            program = pathlib.Path(root) / name
            subprocess.run(cc + [f"{source}/examples/{name}.c", "-o", str(program), *ask("--cflags", package),
                                 *ask("--libs", package)], check=True)
            done = subprocess.run([program, *args], env=dict(env, LD_LIBRARY_PATH=str(library.parent)),
                                  capture_output=True, text=True)
            print(done.stdout + done.stderr, ask("--modversion", package))
            return done
        good = run("login", "saker").stdout == "refused eve@example.com from 127.0.0.1\n"
        if (pc.parent / "saker-live.pc").exists():
            done = run("minimal", "saker-live", "/nowhere.yaml")
            good = good and done.returncode == 1 and "/nowhere.yaml" in done.stderr
        return 0 if good else 1


sys.exit(main())
