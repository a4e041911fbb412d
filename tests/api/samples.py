#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""samples.py INCLUDE_DIR LIBRARY DOCUMENT...: are the C samples of the documents true?

The C blocks of a section (below one heading of the second level) are one file, or several if a later block includes a
header again. All must compile without a warning. A file with a main() is also linked and run; it must print the
section's text block. LIBRARY may be -: nothing is linked then."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FLAGS = ["-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror", "-Wno-unused-const-variable",
         "-Wno-unused-function"]
BLOCK = re.compile(r"^```(c|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files_of(section):
    files, said = [], None
    for kind, body in BLOCK.findall(section):
        if kind == "text":
            said = body
        elif not files or body.startswith("#include"):
            files.append(body)
        else:
            files[-1] += "\n" + body
    return files, said


def run(command, **kwargs):
    done = subprocess.run(command, capture_output=True, text=True, **kwargs)
    if done.returncode:
        print(*command, done.stdout, done.stderr, sep="\n")
    return done


def check(title, source, said, include, library, scratch):
    """The number of faults."""
    path = scratch / "sample.c"
    path.write_text(source)
    cc = os.environ.get("CC", "cc").split()
    program = scratch / "sample"
    linked = "int main(" in source and library != "-"
    how = ["-o", str(program), library, f"-Wl,-rpath,{os.path.dirname(library)}"] if linked else ["-fsyntax-only"]
    if run([*cc, *FLAGS, f"-I{include}", str(path), *how]).returncode:
        print(f"{title}: does not compile")
        return 1
    if not linked:
        return 0
    printed = run([str(program)]).stdout
    if printed != said:
        print(f"{title}: printed\n{printed}instead of\n{said}")
    return printed != said


def main():
    include, library, *documents = sys.argv[1:]
    count = bad = 0
    with tempfile.TemporaryDirectory() as scratch:
        for document in documents:
            for section in re.split(r"^## ", pathlib.Path(document).read_text(), flags=re.MULTILINE):
                files, said = files_of(section)
                for source in files:
                    count += 1
                    title = f"{document}: {section.splitlines()[0]}"
                    bad += check(title, source, said, include, library, pathlib.Path(scratch))
    print(f"{count - bad} of {count} samples are true")
    return 1 if bad or not count else 0


sys.exit(main())
