#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flood.py SAKER SHARED BURST: the command under more load than its rings hold: alerts and losses are what happened, and
its memory is bounded. Ends with 77 (skipped) where the kernel cannot be watched."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import verbs

BURST = sys.argv[3]
OPENS, FORKS = 100000, 20000
GROWTH_KIB = 32 << 10


class Flood(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='saker-flood-'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / 'file'
        self.file.touch()

    def flood(self, condition, *burst, how=()):
        """Alerts of a rule with this condition, and events lost by type."""
        rules = self.folder / 'rules.yaml'
        rules.write_text(f'- rule: counted\n  desc: d\n  condition: {condition}\n  output: "%evt.num"\n  priority: INFO\n')
        one = verbs.Instance(self.folder, 'watch', *how, '--buffer', 1, '-r', rules, '-o', 'outputs_queue.when_full=wait')
        self.addCleanup(verbs.end, one.process)
        one.wait_ready()
        before = self.peak(one)
        subprocess.run([BURST, *map(str, burst)], check=True)
        after = self.peak(one)
        self.assertEqual(one.stop(), 0, one.errors())
        last = one.errors().split('watching: 1 rule')[1]
        alerts = int(re.search(r' (\d+) alert', last)[1])
        self.assertEqual(sum('Falco internal' not in line for line in one.text().splitlines()), alerts)
        lost = re.search(r'.*\n *by type:(.*)', last[last.index(' alert'):], re.S)
        lost = dict(re.findall(r'(\w+): (\d+)', lost[1])) if lost else {}
        print(f'{burst[0]}: {alerts} alerts, lost {lost}, memory {before} to {after} KiB')
        self.assertLess(after, before + GROWTH_KIB)
        self.assertGreater(alerts, 0)
        return alerts, {kind: int(n) for kind, n in lost.items()}

    def peak(self, one):
        return int(re.search(r'VmHWM:\s+(\d+)', pathlib.Path(f'/proc/{one.process.pid}/status').read_text())[1])

    def test_opens(self):
        alerts, lost = self.flood(f'evt.type = openat and fd.name = {self.file}', 'opens', OPENS, self.file)
        self.assertLessEqual(alerts, OPENS)
        self.assertGreaterEqual(alerts + lost.get('openat', 0), OPENS)

    def test_processes(self):
        # not those of the burst alone: of a process whose start was lost the name is not known
        alerts, lost = self.flood('evt.type = procexit', 'forks', FORKS, how=[verbs.ONE])
        self.assertGreaterEqual(alerts + lost.get('procexit', 0), FORKS)



if __name__ == '__main__':
    verbs.refuse()
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
