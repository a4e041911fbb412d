#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verdicts.py SAKER SHARED [-v]: does `saker match` give the recorded answers, after the corrections of defects.tsv?"""
import gzip
import re

import common

setup = common.Setup(['conformance/verdicts', 'conformance/defects.tsv', 'captures'])
folder = setup.shared / 'conformance'


def read_defects():
    """(capture, condition) -> (class, added, removed); None for rows without a sensible answer."""
    rows = {}
    for line in (folder / 'defects.tsv').read_text(errors='surrogateescape').splitlines():
        if line.startswith('#'):
            continue
        capture, condition, kind, add, remove = line.split('\t')
        rows[capture, condition] = None if '?' in (add, remove) else (common.ranges(add), common.ranges(remove))
    return rows


def read_answers(path):
    with gzip.open(path, 'rt', errors='surrogateescape', newline='\n') as f:
        return [line.rstrip('\n').rsplit('\t', 1) for line in f]


def match(capture):
    conditions = ''.join(c + '\n' for c, _ in answers[capture]).encode('utf-8', 'surrogateescape')
    return setup.run('match', '-c', '-', setup.captures[capture], input=conditions)


def compare(capture, condition, want, got):
    """None if the answer is right, else what is wrong."""
    if want.startswith('error: ') or got.startswith('error: '):
        return None if got == want else f'`{got[:150]}`, not `{want[:150]}`'
    numbers = common.ranges(want)
    add, remove = defects.get((capture, condition)) or (set(), set())
    wanted, given = (numbers | add) - remove, common.ranges(got)
    if wanted == given:
        return None
    return f'lacking {sample(wanted - given)}, too much {sample(given - wanted)}'


def sample(numbers):
    return f'{len(numbers)} {sorted(numbers)[:6]}' if numbers else '0'


def fields(condition):
    """The fields of a condition: what rows that fail for one reason have in common."""
    names = re.findall(r'\b(?:evt|fd|fs|proc|thread|user|group|container|k8s|fdlist|util)(?:\.[a-z_0-9]+)+', condition)
    return ' '.join(sorted(set(names)))


defects = read_defects()
answers = {path.name.split('.')[0]: read_answers(path) for path in sorted((folder / 'verdicts').glob('*.tsv.gz'))}
captures = list(answers)
for capture, done in zip(captures, common.each(match, captures)):
    rows = [row for row in answers[capture] if defects.get((capture, row[0]), ()) is not None]
    got = dict(line.rsplit('\t', 1) for line in common.decode(done.stdout).split('\n')[:-1])
    if done.returncode != 0:
        setup.detail(f'{capture}: exit {done.returncode}: {common.decode(done.stderr)}')
    wrong = []
    for condition, want in rows:
        what = compare(capture, condition, want, got.get(condition, 'error: no answer'))
        if what:
            wrong.append((condition, what))
    for line in common.grouped(wrong, lambda row: fields(row[0]), lambda row: f'{row[0]}\n         {row[1]}'):
        setup.detail(line)
    setup.score(f'verdicts/{capture}.tsv.gz', len(rows) - len(wrong), len(rows))
setup.finish()
