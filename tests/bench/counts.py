#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counts.py SAKER SHARED: looks of the evaluator per event of busy.scap, which are exact where times are not. Candidates
are rules that got a full look, checks the comparisons made for these, probes the look-ups in an index, gates the
comparisons that decide which rules can match at all. The bounds are what the number of rules may cost."""
import json
import os
import subprocess
import sys
import tempfile

RULES = ['falco_rules.yaml', 'falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']
KEYS = ('candidates', 'checks', 'probes', 'gates')
HERE = os.path.dirname(os.path.abspath(__file__))


def bench(saker, files, capture, loops=1):
    args = [saker, 'bench', '--json', '--loops', str(loops)]
    for file in files:
        args += ['-r', file]
    run = subprocess.run([*args, capture], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return json.loads(run.stdout)


def run_script(path, args, to):
    subprocess.run([sys.executable, path, *map(str, args)], stdout=to, check=True)
    to.flush()


def multiply(shared, times, files, to):
    run_script(os.path.join(shared, 'bench', 'multiply.py'), [times, *files], to)


def generate(shared, number, to):
    run_script(os.path.join(shared, 'bench', 'genrules.py'), [number], to)


def hard_case(times, files, to):
    run_script(os.path.join(HERE, 'hardcase.py'), [times, *files], to)


def check(name, found, bounds, each_match=0):
    """Bounds are per event; `each_match` more candidates are granted for each match."""
    bounds = dict(zip(KEYS, bounds))
    bounds['candidates'] += each_match * found['matches'] / found['events']
    fine = found['events'] > 40000 and found['probes'] > 0 and all(found[key] <= bounds[key] for key in KEYS)
    print(f'{name}: {found["matches"]} matches,', *(f'{key} {found[key]} of {bounds[key]:.3f},' for key in KEYS),
          'fine' if fine else 'NOT FINE', flush=True)
    return fine


def main():
    saker, shared = sys.argv[1:3]
    files = [os.path.join(shared, 'rules', name) for name in RULES]
    capture = os.path.join(shared, 'captures', 'busy.scap.gz')
    if not os.path.exists(capture) or not all(map(os.path.exists, files)):
        sys.exit(77)
    fine = check('stock rules', bench(saker, files, capture), (.1, .15, .85, 1.5))
    with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
        generate(shared, 10000, many)
        fine &= check('10,000 generated rules', bench(saker, [many.name], capture), (.001, .005, .3, 1.1))
    try:
        import yaml # the others need it
    except ImportError:
        sys.exit(not fine)
    for times, bounds in (10, (.06, .12, .9, 1.6)), (100, (.1, .25, .95, 1.6)):
        with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
            multiply(shared, times, files, many)
            fine &= check(f'{times} times the stock rules', bench(saker, [many.name], capture), bounds)
    with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
        hard_case(30, files, many)
        fine &= check('30 times, only exceptions differ', bench(saker, [many.name], capture), (.1, 1.6, 1.2, 2.3), 1)
    sys.exit(not fine)


if __name__ == '__main__':
    main()
