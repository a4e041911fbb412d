#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counts.py SAKER SHARED: looks of the evaluator per event of busy.scap, which are exact where times are not. Candidates
are rules that got a full look, checks the comparisons made for these, probes the look-ups in an index. The bounds are
what the number of rules may cost; 9,300 rules are measured by table.py, for they take a while."""
import json
import os
import subprocess
import sys
import tempfile

RULES = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']
KEYS = ('candidates', 'checks', 'probes')


def bench(saker, shared, files):
    args = [saker, 'bench', '--json', '--loops', '1']
    for file in files:
        args += ['-r', file]
    run = subprocess.run([*args, os.path.join(shared, 'captures', 'busy.scap.gz')], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def multiply(shared, times, files, to):
    subprocess.run([sys.executable, os.path.join(shared, 'bench', 'multiply.py'), str(times), *files], stdout=to, check=True)
    to.flush()


def main():
    saker, shared = sys.argv[1:3]
    files = [os.path.join(shared, 'rules', name) for name in RULES]
    if not os.path.exists(os.path.join(shared, 'captures', 'busy.scap.gz')) or not all(map(os.path.exists, files)):
        sys.exit(77)
    try:
        import yaml # multiply.py needs it
    except ImportError:
        yaml = None
    cases = [('stock rules', files, (.1, .3, .9))]
    with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
        if yaml:
            multiply(shared, 10, files, many)
            cases.append(('ten times the stock rules', [many.name], (.25, .5, 1.6)))
        failed = False
        for name, rules, bounds in cases:
            found = bench(saker, shared, rules)
            fine = found['events'] > 40000 and found['matches'] > 0 and found['probes'] > 0
            for key, bound in zip(KEYS, bounds):
                fine &= found[key] <= bound
            print(name, *(f'{key} {found[key]} of {bound},' for key, bound in zip(KEYS, bounds)),
                  'fine' if fine else 'NOT FINE')
            failed |= not fine
    sys.exit(failed)


if __name__ == '__main__':
    main()
