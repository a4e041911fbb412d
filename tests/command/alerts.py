#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""alerts.py SAKER SHARED [-v]: does `saker replay --json` print the alerts that were recorded, in their order?"""
import difflib
import json
import re

import common

setup = common.Setup(['conformance/alerts', 'captures', 'rules'])
folder = setup.shared / 'conformance' / 'alerts'
BOOT_TIMES = ['container.start_ts', 'container.duration', 'proc.pidns_init_start_ts',
              'proc.exe_ino.ctime_duration_pidns_start']
SETS = {
    'stock': setup.rules(),
    'user': setup.rules(user=True),
    'stock3-all': [*setup.rules(three=True), '--all'],
    'stock3-enabled-all': [*setup.rules(three=True), '--all', '--enable', '*'],
}


def alerts(text):
    return [json.loads(line) for line in text.splitlines()]


def replay(job):
    kind, capture = job
    done = setup.run('replay', '--quiet', '--json', *SETS[kind], setup.captures[capture])
    if done.returncode != 0:
        return done.returncode, common.decode(done.stderr)
    return 0, alerts(done.stdout)


def differing(got, want):
    """The keys in which two alerts of one rule and time differ."""
    for key in sorted(got.keys() | want.keys()):
        if got.get(key) != want.get(key):
            if isinstance(got.get(key), dict) and isinstance(want.get(key), dict):
                yield from (f'{key}.{k}' for k in differing(got[key], want[key]))
            else:
                yield key


def corrected(got, want):
    """The recorded alert without a defect of the reference (doc/differences.md, machine-info): where it has no value for
    a time that counts from the boot time of the capture, the field and its place in the text take ours."""
    fields, ours = want['output_fields'], got['output_fields']
    for key in BOOT_TIMES:
        if key in fields and fields[key] is None and isinstance(ours.get(key), int):
            text = re.sub(r'\b' + key.replace('.', '_') + '=<NA>', f'{key.replace(".", "_")}={ours[key]}', want['output'])
            want = {**want, 'output': text, 'output_fields': {**want['output_fields'], key: ours[key]}}
    return want


def tell(got, want):
    """How two lists of alerts differ, as (cause, alert) pairs."""
    name = lambda a: (a['rule'], a['time'])
    match = difflib.SequenceMatcher(None, list(map(name, got)), list(map(name, want)), autojunk=False)
    for op, i, j, m, n in match.get_opcodes():
        if op == 'equal':
            for g, w in zip(got[i:j], want[m:n]):
                if g != w:
                    keys = [k for k in differing(g, w) if k != 'output'] or ['output']
                    yield f'{g["rule"]}: other {", ".join(keys)}', (g, w)
        else:
            yield from ((f'{a["rule"]}: too much', (a, None)) for a in got[i:j])
            yield from ((f'{a["rule"]}: lacking', (None, a)) for a in want[m:n])


def shown(row):
    return '\n      '.join(json.dumps(a, sort_keys=True) for a in row[1] if a)


jobs = [(kind, path.name.split('.')[0]) for kind in SETS for path in sorted(folder.glob(f'*.{kind}.jsonl'))]
results = dict(zip(jobs, common.each(replay, jobs)))
for kind in SETS:
    passed = total = mended = 0
    for job in (job for job in jobs if job[0] == kind):
        status, got = results[job]
        want = alerts((folder / f'{job[1]}.{kind}.jsonl').read_text())
        total += 1
        if status == 0 and got == want:
            passed += 1
            continue
        if status == 0 and len(got) == len(want) and got == [corrected(g, w) for g, w in zip(got, want)]:
            passed += 1
            mended += 1
            continue
        setup.detail(f'{job[1]}.{kind}.jsonl:', f'exit {status}: {got}' if status else f'{len(got)} alerts for {len(want)}')
        if status == 0:
            for line in common.grouped(tell(got, want), lambda row: row[0], shown, 2):
                setup.detail('  ', line)
    setup.score(f'alerts/*.{kind}.jsonl', passed, total)
    if mended:
        print(f'note: {mended} of them after the correction machine-info (doc/differences.md)')
setup.finish()
