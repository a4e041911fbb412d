#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutants.py SAKER SHARED [-v]: are damaged conditions refused, and in the recorded words?"""
import common

NAME = 'mutant-conditions.tsv'
setup = common.Setup([f'conformance/{NAME}', 'captures'])
rows = []
for line in common.decode((setup.shared / 'conformance' / NAME).read_bytes()).split('\n'):
    if line and not line.startswith('# condition'):
        rows.append((line.split('\t') + [''])[:3])
conditions = ''.join(row[0] + '\n' for row in rows).encode('utf-8', 'surrogateescape')
smallest = min(setup.captures.values(), key=lambda path: len(open(path, 'rb').read()))
done = setup.run('match', '-c', '-', smallest, input=conditions)
lines = common.decode(done.stdout).split('\n')[:-1]
if len(lines) != len(rows):
    setup.detail(f'exit {done.returncode}, {len(lines)} lines for {len(rows)} conditions: {common.decode(done.stderr)}')
wrong = []
for (condition, verdict, text), line in zip(rows, lines):
    got = line[len(condition) + 1:]
    want = f'error: {text}' if verdict == 'error' else None
    if got != want if want else got.startswith('error: '):
        wrong.append((condition, want or 'ok', got))
for line in common.grouped(wrong, lambda row: row[1].split(': ')[-1][:70],
                           lambda row: f'{row[0]}\n         want {row[1]}\n         got  {row[2]}'):
    setup.detail(line)
setup.score(NAME, min(len(lines), len(rows)) - len(wrong), len(rows))
setup.finish()
