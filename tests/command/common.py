# SPDX-License-Identifier: Apache-2.0
"""What the comparisons with the recorded answers share. Each is called as SCRIPT SAKER SHARED [-v], prints a line
`score: FILE PASSED of TOTAL` per file and ends with 0 (all pass), 1, or 77 (the data is not there)."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

STOCK = ['falco_rules.yaml']
STOCK3 = STOCK + ['falco-incubating_rules.yaml', 'falco-sandbox_rules.yaml']
# In the order of the folder's README.
USER = ['disable-contacts-k8s.yaml', 'allow-terminal-shell.yaml', 'detect-nc-port-scan.yaml',
        'detect-chmod-all-open.yaml', 'detect-outside-domain-call.yaml', 'write_binary_dir.yaml']


class Setup:
    def __init__(self, needs):
        if len(sys.argv) < 3:
            sys.exit(f'usage: {sys.argv[0]} SAKER SHARED [-v]')
        self.saker = sys.argv[1]
        self.shared = pathlib.Path(sys.argv[2])
        self.verbose = '-v' in sys.argv[3:]
        self.failed = False
        for need in needs:
            if not (self.shared / need).exists():
                print(f'{need} is not in the folder of the conformance data')
                sys.exit(77)
        self.captures = {}
        for path in sorted((self.shared / 'captures').glob('*.scap*')):
            self.captures[path.name.split('.')[0]] = str(path)

    def rules(self, *, three=False, user=False):
        files = [self.shared / 'rules' / name for name in (STOCK3 if three else STOCK)]
        if user:
            files += [self.shared / 'rules' / 'user' / name for name in USER]
        return [word for file in files for word in ('-r', str(file))]

    def run(self, *args, **options):
        """The command in UTC, as the answers were recorded."""
        return subprocess.run([self.saker, *args], env={**os.environ, 'TZ': 'UTC'}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **options)

    def score(self, name, passed, total):
        print(f'score: {name} {passed} of {total}', flush=True)
        self.failed |= passed != total

    def detail(self, *words):
        if self.verbose:
            print('   ', *words)

    def finish(self):
        sys.exit(1 if self.failed else 0)


def each(fn, items):
    """fn of every item, two at a time, results in order."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(fn, items))


def decode(text):
    return text.decode('utf-8', 'surrogateescape')


def ranges(text):
    """'3,7-9' as a set of numbers."""
    numbers = set()
    for part in filter(None, text.split(',')):
        first, _, last = part.partition('-')
        numbers.update(range(int(first), int(last or first) + 1))
    return numbers


def grouped(rows, cause, show, limit=5):
    """Lines that tell failing rows by cause, the most frequent first."""
    groups = {}
    for row in rows:
        groups.setdefault(cause(row), []).append(row)
    for name, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        yield f'{len(members)} x {name}'
        for row in members[:limit]:
            yield f'      {show(row)}'
