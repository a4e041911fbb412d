#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""profile.py SAKER ROOT: what `saker profile` counts, against alerts and against rules whose counts are known."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SAKER, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
RULES = str(ROOT / 'examples' / 'rules')
ATTACK = str(ROOT / 'examples' / 'captures' / 'container-attack.scap.gz')

# One rule whose only comparison is a gate, one that a look-up finds, one that nothing leads to, one without a chance.
KNOWN = """
- rule: every execve
  desc: d
  condition: evt.type = execve
  output: o
  priority: NOTICE
- rule: a shell
  desc: d
  condition: evt.type = execve and proc.name in (sh, bash) and not proc.cmdline contains nothing-of-the-sort
  output: o
  priority: NOTICE
- rule: no such program
  desc: d
  condition: evt.type = execve and proc.name = no-such-program
  output: o
  priority: NOTICE
- rule: not here
  desc: d
  condition: evt.type = userfaultfd and proc.name = x
  output: o
  priority: NOTICE
"""


def run(*args):
    return subprocess.run([SAKER, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Profile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.known = pathlib.Path(folder.name) / 'known.yaml'
        self.known.write_text(KNOWN)

    def profile(self, *args):
        done = run('profile', '--json', '--top', 100000, *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def alerts(self, rules):
        done = run('replay', '-r', rules, '--all', '--quiet', '--json', ATTACK)
        self.assertEqual(done.returncode, 0, done.stderr)
        count = {}
        for line in done.stdout.splitlines():
            rule = json.loads(line)['rule']
            count[rule] = count.get(rule, 0) + 1
        return count

    def test_matches_are_the_alerts(self):
        found = self.profile('-r', RULES, ATTACK)
        self.assertEqual({r['rule']: r['matches'] for r in found['rules'] if r['matches']}, self.alerts(RULES))
        self.assertGreater(found['matches'], 0)

    def test_counts_are_those_of_bench(self):
        found = self.profile('-r', RULES, ATTACK)
        bench = json.loads(run('bench', '--json', '--loops', 1, '-r', RULES, ATTACK).stdout)
        self.assertEqual(sum(r['candidates'] for r in found['rules']), found['candidates'])
        for key in 'events', 'matches':
            self.assertEqual(found[key], bench[key])
        for key, value in ('candidates', found['candidates']), ('probes', found['probes']), ('gates', found['gates']):
            self.assertAlmostEqual(value / found['events'], bench[key], 4)
        # each comparison is made for a gate or for a rule
        self.assertAlmostEqual((sum(c['runs'] for c in found['checks']) - found['gates']) / found['events'],
                               bench['checks'], 4)

    def test_known_rules(self):
        shells = self.alerts(self.known)['a shell']
        execs = self.alerts(self.known)['every execve']
        found = self.profile('-r', self.known, ATTACK)
        rules = {r['rule']: r for r in found['rules']}
        self.assertEqual(found['asked'], execs)
        self.assertEqual((rules['every execve']['candidates'], rules['every execve']['matches']), (execs, execs))
        self.assertEqual(rules['a shell']['matches'], shells)
        self.assertEqual(rules['every execve']['line'], 2)
        self.assertEqual(rules['every execve']['file'], str(self.known))
        self.assertIn('not here', [r['rule'] for r in found['never']])
        self.assertEqual(len(rules) + len(found['never']), 4)
        checks = {c['check']: c for c in found['checks']}
        shell = checks['proc.name in (sh, bash)']
        self.assertEqual((shell['true'], shell['rules'], shell['rule']), (shells, 1, 'a shell'))
        self.assertEqual(checks['proc.cmdline contains nothing-of-the-sort']['true'], 0)

    def test_text(self):
        done = run('profile', '-r', self.known, ATTACK, '--top', 1)
        out = done.stdout.decode()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f'every execve  {self.known}:2', out)
        self.assertRegex(out, r'\d of 4 rules never got a look')
        again = run('profile', '-r', self.known, ATTACK, '--by', 'time')
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_usage(self):
        for args in (['-r', self.known], [ATTACK], ['-r', self.known, '--by', 'size', ATTACK],
                     ['-r', self.known, '--top', '0', ATTACK], ['-r', self.known, '--naive', ATTACK]):
            done = run('profile', *args)
            self.assertEqual(done.returncode, 2, args)
            self.assertIn(b'saker profile --help', done.stderr)
        self.assertEqual(run('profile', '-r', self.known, ATTACK + '.none').returncode, 3)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
