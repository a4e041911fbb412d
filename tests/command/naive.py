#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""naive.py SAKER SHARED [-v]: does the fast evaluator say what the naive one says, which evaluates every tree as written?
Compared are all alerts of the three stock files, every rule switched on, and the answers to all conditions of verdicts/."""
import gzip

import common

setup = common.Setup(['captures', 'rules', 'conformance/verdicts'])
captures = list(setup.captures)
rules = [*setup.rules(three=True), '--all', '--enable', '*', '--quiet', '--json']


def conditions(capture):
    path = setup.shared / 'conformance' / 'verdicts' / f'{capture}.tsv.gz'
    if not path.exists():
        return None
    with gzip.open(path, 'rb') as f:
        return b''.join(line.rsplit(b'\t', 1)[0] + b'\n' for line in f)


def alerts(capture):
    return [setup.run('replay', *extra, *rules, setup.captures[capture]) for extra in ([], ['--naive'])]


def matches(capture):
    text = conditions(capture)
    return text and [setup.run('match', *extra, '-c', '-', setup.captures[capture], input=text)
                     for extra in ([], ['--naive'])]


def compare(name, results):
    passed = total = 0
    for capture, pair in zip(captures, results):
        if not pair:
            continue
        fast, slow = pair
        total += 1
        if (fast.returncode, fast.stdout) == (slow.returncode, slow.stdout) and fast.returncode == 0:
            passed += 1
            continue
        setup.detail(f'{capture}: exit {fast.returncode} and {slow.returncode}, naive')
        both = zip(fast.stdout.split(b'\n'), slow.stdout.split(b'\n'))
        for one, other in [(a, b) for a, b in both if a != b][:3]:
            setup.detail('  fast ', common.decode(one)[:400])
            setup.detail('  naive', common.decode(other)[:400])
    setup.score(f'naive evaluator on {name}', passed, total)


compare('stock rules', common.each(alerts, captures))
compare('verdicts', common.each(matches, captures))
setup.finish()
