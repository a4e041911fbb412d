#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py SAKER [NAME...]: does Saker differ from the reference where doc/differences.md says so, and there only?

cases/NAME.case holds the difference NAME: files, and commands on them with two answers, Saker's and the reference's.

    == capture              the lines below, as scap.py writes them, become the file `capture`
    == file rules.yaml      the lines below become this file
    $ match fd.ip in (..)   a command: the numbers of the events of `capture` that the condition matches, or an error
    = 1-2                   what Saker answers
    ! none                  what the reference answers; left out where both say the same

Every file has a command whose answers differ, so that it fails if Saker behaves like the reference. What the reference
does that has no answer is told in words. Other commands: those of saker (what they print, then `exit N` if N is not
0); `errors FILE...` and `warnings FILE...`, what `check --json` has from Falco, `diagnostics FILE...`, what it has to
say itself; `distinct TZ=ZONE COMMAND`, how many different lines a command prints in a time zone; `sweep` (below). A
command may go on in the next line behind a backslash.

A difference may also have its test elsewhere, marked by `difference: NAME` in a comment."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import scap

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
saker = str(pathlib.Path(sys.argv[1]).resolve())
folder = None  # where the files of the case lie


def run(*words, input=None, zone='UTC'):
    return subprocess.run([saker, *words], cwd=folder, env={**os.environ, 'TZ': zone}, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, input=input)


def match(conditions):
    done = run('match', '-c', '-', 'capture', input='\n'.join(conditions).encode())
    lines = done.stdout.decode('utf-8', 'surrogateescape').splitlines()
    answers = [line.rsplit('\t', 1)[1] or 'none' for line in lines]
    return answers + [f'exit {done.returncode}'] * (done.returncode != 0)


def messages(kind, files):
    done = run('check', '--json', *files)
    return [f'{entry["code"]} {entry["message"]}' for result in json.loads(done.stdout)['falco_load_results']
            for entry in result[kind]]


def diagnostics(files):
    return [f'{d["file"]}:{d["line"]} {d["severity"]} {d["name"]}'
            for d in json.loads(run('check', '--json', *files).stdout).get('saker_diagnostics', [])]


def sweep():
    """Every field with every operator: none may end the run, whether it is refused or evaluated."""
    fields = json.loads(run('list', 'fields', '--json').stdout)
    operators = ['exists', '= 1', '!= x', '< 1', '>= 1.5', 'in (1, 2)', 'intersects (1, 2)', 'pmatch (/a, b)',
                 'contains a', 'icontains a', 'bcontains 6162', 'bstartswith 00', 'startswith a', 'endswith a',
                 'glob a*', 'iglob A*', 'regex a.*', '= anyof (1, 2)', '!= allof (1, 2)', 'in (10.0.0.1, 10.0.0.0/8)',
                 '= val(evt.type)']
    conditions = [f'{field["name"]}{arg} {operator}' for field in fields for operator in operators
                  for arg in ('', '[1]')[:1 if field['argument'] == 'none' else 2]]
    answers = match(conditions)
    refused = sum(a.startswith('error: ') for a in answers)
    if len(answers) != len(conditions):
        return [f'{len(answers)} answers to {len(conditions)} conditions']
    return ['all answered'] if 0 < refused < len(conditions) else [f'{refused} of {len(conditions)} refused']


def answer(command):
    verb, _, rest = command.partition(' ')
    if verb == 'match':
        return match([rest])
    if verb in ('errors', 'warnings'):
        return messages(verb, rest.split())
    if verb == 'diagnostics':
        return diagnostics(rest.split())
    if verb == 'distinct':
        zone, *words = shlex.split(rest)
        return [str(len(set(run(*words, zone=zone.removeprefix('TZ=')).stdout.splitlines())))]
    if verb == 'sweep':
        return sweep()
    done = run(*shlex.split(command))
    lines = done.stdout.decode('utf-8', 'backslashreplace').splitlines()
    return lines + [f'exit {done.returncode}'] * (done.returncode != 0)


def read(path):
    """{file name: text}, [(command, Saker's lines, the reference's lines)]"""
    files, tests, name = {}, [], None
    for line in path.read_text().replace('\\\n', '').splitlines():
        if line.startswith('== '):
            name = line.split()[-1]
            files[name] = ''
        elif line.startswith('$ '):
            tests.append((line[2:], [], []))
            name = None
        elif name:
            files[name] += line + '\n'
        elif line and line[0] in '=!':
            tests[-1][1 if line[0] == '=' else 2].append(line[2:])
        elif line and line[0] != '#':
            raise ValueError(f'{path.name}: {line}')
    return files, tests


def check(path):
    """What is wrong with the answers to a case, line by line."""
    global folder
    files, tests = read(path)
    if not any(theirs and theirs != ours for _, ours, theirs in tests):
        yield f'{path.stem}: no command tells Saker from the reference'
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).parent.mkdir(exist_ok=True)
            (pathlib.Path(folder) / name).write_bytes(scap.write(text) if name == 'capture' else text.encode())
        for command, ours, theirs in tests:
            got = answer(command)
            if got != ours:
                lines = [f'  not {line}' for line in ours] + [f'  but {line}' for line in got]
                yield '\n'.join([f'{path.stem}: {command}', *lines])
            if theirs and ours == theirs:
                yield f'{path.stem}: {command}: the same answer twice'


def documented():
    text = (ROOT / 'doc' / 'differences.md').read_text()
    return set(re.findall(r'^\| ([a-z0-9-]+) \|', text, re.M)) - {'name', '---'}


def marked():
    files = [p for p in (ROOT / 'tests').rglob('*') if p.suffix in ('.c', '.h', '.py', '.def') and p.parent != HERE]
    return {name for p in files for name in re.findall(r'difference: ([a-z0-9-]+)', p.read_text())}


cases = sorted((HERE / 'cases').glob('*.case'))
wanted = set(sys.argv[2:])
wrong = [what for path in cases if not wanted or path.stem in wanted for what in check(path)]
if not wanted:
    names, tested = documented(), {path.stem for path in cases} | marked()
    wrong += [f'{name}: in doc/differences.md, but without a test' for name in sorted(names - tested)]
    wrong += [f'{name}: tested, but not in doc/differences.md' for name in sorted(tested - names)]
for what in wrong:
    print(what)
print(f'{len(cases)} cases, {len(wrong)} wrong')
sys.exit(1 if wrong else 0)
