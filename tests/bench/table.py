#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""table.py SAKER SHARED [LOOPS]: prints what rules cost as their number grows, as a table (doc/performance.md). Times are
of this machine at this moment; the counts are exact."""
import gzip
import os
import shutil
import sys
import tempfile

import counts

HEAD = ['rules', 'read ns', '+ state ns', '+ rules ns', 'openat', 'execve', 'load ms', 'resident MB', 'gates', 'probes',
        'candidates', 'checks', 'matches']


def of_kind(result, kind):
    return f'{result["kinds"][kind]["rules_ns"]:.0f}' if kind in result['kinds'] else ''


def row(name, r):
    cells = [name, f'{r["read_ns"]:.0f}', f'{r["state_ns"]:.0f}', f'{r["rules_ns"]:.0f}', of_kind(r, 'openat'),
             of_kind(r, 'execve'), f'{r["load_ms"]:.1f}', f'{r["rss_kb"] / 1024:.1f}']
    cells += [f'{r[key]:.2f}' for key in ('gates', 'probes', 'candidates', 'checks')] + [str(r['matches'])]
    print('| ' + ' | '.join(cells) + ' |', flush=True)


def unpacked(path, folder):
    to = os.path.join(folder, os.path.basename(path)[:-3])
    with gzip.open(path) as f, open(to, 'wb') as g:
        shutil.copyfileobj(f, g)
    return to


def main():
    saker, shared = sys.argv[1:3]
    loops = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    stock = [os.path.join(shared, 'rules', name) for name in counts.RULES]
    packed = [os.path.join(shared, 'captures', name) for name in ('busy.scap.gz', 'busy-containers.scap.gz')]
    if not all(map(os.path.exists, stock + packed)):
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        for path in packed:
            capture = unpacked(path, folder)
            print(f'\n{os.path.basename(capture)}, ns per event, best of {loops}\n')
            print('| ' + ' | '.join(HEAD) + ' |\n|' + '---|' * len(HEAD))

            def measure(name, files):
                result = counts.bench(saker, files, capture, loops)
                row(name, result)
                return result['rules_ns']

            def measure_made(name, make):
                with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
                    make(many)
                    return measure(name, [many.name])

            measure('`falco_rules.yaml`', stock[:1])
            base = measure('the three stock files', stock)
            costs = [measure_made(f'`multiply.py {times}` of the three', lambda to: counts.multiply(shared, times, stock, to))
                     for times in (10, 100)]
            measure_made('`hardcase.py 100` of the three', lambda to: counts.hard_case(100, stock, to))
            for number in 100, 1000, 10000:
                measure_made(f'`genrules.py {number}`', lambda to: counts.generate(shared, number, to))
            print(f'\ngrowth 930 : 93 {costs[0] / base:.2f}, 9,300 : 93 {costs[1] / base:.2f}')


if __name__ == '__main__':
    main()
