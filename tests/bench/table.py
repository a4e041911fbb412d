#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py SAKER SHARED: prints what rules cost as their number grows, as a table (doc/performance.md). Times are of this
machine at this moment; the counts are exact."""
import os
import subprocess
import sys
import tempfile

import counts


def generated(shared, number, to):
    subprocess.run([sys.executable, os.path.join(shared, 'bench', 'genrules.py'), str(number)], stdout=to, check=True)
    to.flush()


def main():
    saker, shared = sys.argv[1:3]
    stock = [os.path.join(shared, 'rules', name) for name in counts.RULES]
    if not os.path.exists(os.path.join(shared, 'captures', 'busy.scap.gz')):
        sys.exit(77)
    print('| rules | read ns | + state ns | + rules ns | load ms | resident MB | gates | probes | candidates | checks |')
    print('|---|---|---|---|---|---|---|---|---|---|')

    def row(name, files):
        r = counts.bench(saker, shared, files)
        print(f'| {name} | {r["read_ns"]:.0f} | {r["state_ns"]:.0f} | {r["rules_ns"]:.0f} | {r["load_ms"]:.1f} '
              f'| {r["rss_kb"] / 1024:.1f} | {r["gates"]:.2f} | {r["probes"]:.2f} | {r["candidates"]:.2f} '
              f'| {r["checks"]:.2f} |', flush=True)

    row('falco_rules.yaml', stock[:1])
    row('the three stock files', stock)
    for times in 10, 100:
        with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
            counts.multiply(shared, times, stock, many)
            row(f'`multiply.py {times}` of the three', [many.name])
    for number in 100, 1000, 10000:
        with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
            generated(shared, number, many)
            row(f'`genrules.py {number}`', [many.name])


if __name__ == '__main__':
    main()
