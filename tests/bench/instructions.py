#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""instructions.py SAKER SHARED [--update|--judge]: instructions of loading and of evaluating, counted by valgrind. Unlike
times they repeat, so instructions.txt beside this file says what they were when it was last written (--update, of a
build with buildtype=release and b_lto=true by gcc 12). With --judge a tenth more is an error."""
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import counts

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, 'instructions.txt')
MORE = 1.1


def callgrind(folder, args, function=None):
    """Instructions of the command, or of one of its functions and what that calls; and what it printed."""
    out = os.path.join(folder, 'callgrind.out')
    tool = ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}']
    if function:
        tool.append(f'--toggle-collect={function}')
    run = subprocess.run(tool + args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(f'{args}: exit status {run.returncode}')
    with open(out, encoding='utf-8') as f:
        total = re.search(r'^(?:summary|totals): (\d+)', f.read(), re.M)
    return int(total[1]), run.stdout


def measure(saker, files, capture, folder):
    """Name and number of each count."""
    rules = [part for file in files for part in ('-r', file)]
    bench = [saker, 'bench', '--json', '--loops', '1', *rules, capture]
    yield 'check', callgrind(folder, [saker, 'check', *files])[0]
    yield 'load', callgrind(folder, bench, 'rules_build')[0]
    total, printed = callgrind(folder, bench, 'evaluate')
    yield 'event', round(total / json.loads(printed)['events'])


def recorded():
    with open(RECORDED, encoding='utf-8') as f:
        rows = [line.split() for line in f if line.strip() and not line.startswith('#')]
    return {name: int(number) for name, number in rows}


def write(found):
    with open(RECORDED, 'w', encoding='utf-8') as f:
        f.write('# Instructions with the three stock files: `saker check` as a whole, loading (to a ruleset), and the\n'
                '# rules per event of busy.scap. Written by instructions.py --update.\n')
        f.writelines(f'{name} {number}\n' for name, number in found.items())


def main():
    saker, shared = sys.argv[1:3]
    files = [os.path.join(shared, 'rules', name) for name in counts.RULES]
    packed = os.path.join(shared, 'captures', 'busy.scap.gz')
    missing = [path for path in [*files, packed] if not os.path.exists(path)]
    if not shutil.which('valgrind'):
        missing.append('valgrind')
    if missing:
        print('skipped, missing:', *missing)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        capture = os.path.join(folder, 'busy.scap')
        with gzip.open(packed) as f, open(capture, 'wb') as g:
            shutil.copyfileobj(f, g)
        found = dict(measure(saker, files, capture, folder))
    if '--update' in sys.argv:
        write(found)
    before = recorded()
    for name, number in found.items():
        print(f'{name}: {number:,} instructions, {100 * number / before[name] - 100:+.1f} % of what is recorded')
    if '--judge' not in sys.argv:
        print('not judged: what is recorded is of a release build with b_lto=true')
        return
    sys.exit(any(not number or number > MORE * before[name] for name, number in found.items()))


if __name__ == '__main__':
    main()
