#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""naive.py SAKER SHARED: with ten times the stock rules, does the plan raise the alerts that testing every rule as written
raises, on every capture?"""
import glob
import os
import subprocess
import sys
import tempfile

import counts


def alerts(saker, rules, capture, *more):
    return subprocess.run([saker, 'replay', *more, '-r', rules, '--all', '--enable', '*', '--quiet', '--json', capture],
                          stdout=subprocess.PIPE, check=False)


def main():
    saker, shared = sys.argv[1:3]
    stock = [os.path.join(shared, 'rules', name) for name in counts.RULES]
    captures = sorted(glob.glob(os.path.join(shared, 'captures', '*.scap*')))
    try:
        import yaml # multiply.py needs it
    except ImportError:
        sys.exit(77)
    if not captures or not all(map(os.path.exists, stock)):
        sys.exit(77)
    passed = total = 0
    with tempfile.NamedTemporaryFile(suffix='.yaml') as many:
        counts.multiply(shared, 10, stock, many)
        for capture in captures:
            fast, slow = (alerts(saker, many.name, capture, *more) for more in ([], ['--naive']))
            same = fast.returncode == slow.returncode == 0 and fast.stdout == slow.stdout
            passed += same
            total += fast.stdout.count(b'\n')
            if not same:
                print(os.path.basename(capture), 'differs')
    print(f'score: ten times the stock rules {passed} of {len(captures)}, {total} alerts')
    sys.exit(passed != len(captures) or total == 0)


if __name__ == '__main__':
    main()
