#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""packaging.py SOURCE subproject|cmake|options|dist|size [BUILD PREFIX]: ways that others take Saker into their builds.

subproject  a Meson project with Saker below subprojects/, linked statically
cmake       a CMake project that finds the installed library through pkg-config
options     the library without rule files, JSON and live events: it works, and says what is missing
dist        the source package that `meson dist` makes is complete: it builds and its tests of the language pass
size        the smallest library, stripped, has at most 500 KB (500,000 bytes)"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PLAIN = ["--buildtype=plain", "-Dtests=disabled", "-Dexamples=false", "-Dfuzzing=none", "-Dlive=disabled"]
SMALLEST = ["-Doptimization=s", "-Db_lto=true", "-Db_ndebug=true", "-Dunwind=false"]
SAID = "refused eve@example.com from 127.0.0.1\n"  # by examples/login.c

MESON = """project('host', 'c', default_options: ['c_std=c11'])
saker = dependency('saker', fallback: 'saker', required: true, static: true, default_options: [
  'default_library=static', 'tests=disabled', 'examples=false', 'fuzzing=none', 'live=disabled'])
executable('host', 'login.c', dependencies: saker)
"""

CMAKE = """cmake_minimum_required(VERSION 3.16)
project(host C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SAKER REQUIRED IMPORTED_TARGET saker)
add_executable(host login.c)
target_link_libraries(host PRIVATE PkgConfig::SAKER)
"""

# A host of a build without rule files: one rule by hand works, a file is refused with a reason.
SMALL = r"""
#include <saker/saker.h>
#include <stdio.h>
int main(void)
{
    saker_compiler *c = saker_compiler_new(NULL);
    saker_ruleset *rules = NULL;
    int file = saker_compiler_add_yaml(c, "rules.yaml", "- list: a\n  items: []\n", 22);
    int built = saker_compiler_build(c, &rules);
    printf("%d %d\n", file, built);
    saker_compiler_print_diags(c, stdout);
    saker_ruleset_unref(rules);
    saker_compiler_free(c);
    return 0;
}
"""


def run(*command, **kwargs):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    if done.returncode:
        print(*command, done.stdout, sep="\n")
        sys.exit(1)
    return done.stdout


def sources(source, to):
    """A copy of what git knows: the work tree may hold build directories."""
    names = run("git", "-C", source, "ls-files", "-z").split("\0")
    for name in filter(None, names):
        if (pathlib.Path(source) / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(pathlib.Path(source) / name, to / name)


def subproject(source, root):
    sources(source, root / "subprojects/saker")
    (root / "meson.build").write_text(MESON)
    shutil.copy(pathlib.Path(source) / "examples/login.c", root)
    run("meson", "setup", root / "build", root, "--buildtype=plain")
    run("ninja", "-C", root / "build", "host")
    linked = run("ldd", root / "build/host")
    if "libsaker" in linked:
        print("not linked statically:", linked)
        return 1
    return 0 if run(root / "build/host") == SAID else 1


def cmake(root, source, build):
    run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root / "installed")
    pc, = (root / "installed").rglob("saker.pc")
    library, = (root / "installed").rglob("libsaker.so.0")
    (root / "CMakeLists.txt").write_text(CMAKE)
    shutil.copy(pathlib.Path(source) / "examples/login.c", root)
    lines = pc.read_text().splitlines()  # moved: a sysroot would move its dependencies, too
    pc.write_text("\n".join(f"prefix={root}/installed{line[7:]}" if line.startswith("prefix=") else line
                            for line in lines) + "\n")
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))
    run("cmake", "-S", root, "-B", root / "build", env=env)
    run("cmake", "--build", root / "build", env=env)
    return 0 if run(root / "build/host", env=dict(env, LD_LIBRARY_PATH=str(library.parent))) == SAID else 1


def options(source, root):
    sources(source, root / "saker")
    run("meson", "setup", root / "build", root / "saker", *PLAIN, "-Dyaml=disabled", "-Djson=disabled")
    run("ninja", "-C", root / "build")
    needed = run("readelf", "-d", root / "build/lib/libsaker.so.0")
    if "cjson" in needed:
        print("needs cJSON:", needed)
        return 1
    (root / "small.c").write_text(SMALL)
    run(*os.environ.get("CC", "cc").split(), root / "small.c", f"-I{source}/include", "-o", root / "small",
        f"-L{root}/build/lib", "-lsaker", f"-Wl,-rpath,{root}/build/lib")
    said = run(root / "small")
    print(said, end="")
    return 0 if "-Dyaml=disabled" in said else 1


def dist(source, root):
    run("git", "clone", "--quiet", source, root / "clone")
    run("meson", "setup", root / "build", root / "clone", "--buildtype=plain", "-Dlive=disabled")
    run("meson", "dist", "-C", root / "build", "--no-tests", "--formats", "gztar")
    package, = (root / "build/meson-dist").glob("*.tar.gz")
    shutil.unpack_archive(package, root / "unpacked")
    unpacked, = (root / "unpacked").iterdir()
    run("meson", "setup", root / "again", unpacked, "--buildtype=plain", "-Dlive=disabled")
    run("ninja", "-C", root / "again")
    said = run("meson", "test", "-C", root / "again", "--no-rebuild", "--suite", "unit", "--suite", "diagnostics", "--suite", "api",
               "--no-suite", "packaging")
    print(said[-400:])
    return 0


def size(source, root):
    sources(source, root / "saker")
    run("meson", "setup", root / "build", root / "saker", *PLAIN, *SMALLEST, env=dict(os.environ, CC="gcc"))
    library, = [line for line in run("ninja", "-C", root / "build", "-t", "targets", "all").splitlines()
                if line.startswith("lib/libsaker.so.") and line.endswith("c_LINKER")]
    library = root / "build" / library.split(":")[0]
    run("ninja", "-C", root / "build", library.relative_to(root / "build"))
    run("strip", library)
    print(library.stat().st_size, "bytes")
    return 0 if library.stat().st_size <= 500_000 else 1


def main():
    source, what = sys.argv[1:3]
    wanted = {"cmake": ["meson", "cmake", "pkg-config"], "dist": ["meson", "git"],
              "size": ["meson", "git", "gcc", "strip"]}.get(what, ["meson", "git", "readelf"])
    missing = [tool for tool in wanted if not shutil.which(tool)]
    if what != "cmake" and not (pathlib.Path(source) / ".git").exists():
        missing += ["a git checkout"]
    if missing:
        print("skipped: needs", *missing)
        return 77
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        if what == "cmake":
            return cmake(root, source, sys.argv[3])
        return {"subproject": subproject, "options": options, "dist": dist, "size": size}[what](source, root)


sys.exit(main())
