#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""channels.py SAKER ROOT: alerts to standard output, files and programs: all of them, in order; and what happens when one
does not take them."""
import os
import re
import signal
import time
import unittest

from base import Case, main
from prometheus import parse, value


def wait_for(condition):
    """Only ever ends with the condition; the runner's timeout is the other end."""
    while not condition():
        time.sleep(0.01)


class Counts:
    """What the metrics say about one output at the end of a run."""

    def __init__(self, text, output):
        families = parse(text)
        self.sent, self.failed, self.dropped = (
            value(families, 'saker_output_alerts_total', output=output, result=result)
            for result in ('sent', 'failed', 'dropped'))
        self.total = self.sent + self.failed + self.dropped
        self.matches = sum(v for _, v in families['falcosecurity_falco_rules_matches_total'])
        self.queue_drops = value(families, 'falcosecurity_falco_outputs_queue_num_drops_total')


class File(Case):
    def test_lines_are_appended(self):
        expected = self.alerts()
        for keep in True, False:
            path = self.file(f'{keep}.txt', 'old\n')
            self.replay(stdout_output__enabled=False, file_output__enabled=True, file_output__filename=path,
                        file_output__keep_alive=keep)
            self.assertEqual(path.read_text().splitlines(), ['old'] + expected)

    def test_beside_standard_output(self):
        path = self.folder / 'alerts.txt'
        lines = self.alerts(file_output__enabled=True, file_output__filename=path)
        self.assertEqual(path.read_text().splitlines(), lines)
        self.assertEqual(path.stat().st_mode & 0o007, 0)

    def test_a_path_that_does_not_work_is_said_at_once(self):
        done = self.replay(status=4, file_output__enabled=True, file_output__filename='/proc/none/alerts')
        self.assertIn('saker: file_output: /proc/none/alerts: No such file or directory', done.stderr)
        self.assertEqual(done.stdout, '')

    def reopened(self, keep):
        once = self.alerts()
        path, rotated = self.folder / 'alerts.txt', self.folder / 'alerts.txt.1'
        pipe, release = self.held_back()
        child = self.start(captures=[self.capture(), pipe], stdout_output__enabled=False, file_output__enabled=True,
                           file_output__filename=path, file_output__keep_alive=keep)
        wait_for(lambda: path.exists() and len(path.read_text().splitlines()) == len(once))
        path.rename(rotated)
        child.send_signal(signal.SIGHUP)
        release()
        self.assertEqual(child.wait(), 0, child.stderr.read())
        self.assertEqual(rotated.read_text().splitlines(), once)
        self.assertEqual(path.read_text().splitlines(), once)

    def capture(self):
        from base import CAPTURE
        return CAPTURE

    def test_hangup_opens_it_anew(self):
        self.reopened(True)

    def test_not_kept_open(self):
        self.reopened(False)

    def test_no_hangup_no_new_file(self):
        once = self.alerts()
        path, rotated = self.folder / 'alerts.txt', self.folder / 'alerts.txt.1'
        pipe, release = self.held_back()
        child = self.start(captures=[self.capture(), pipe], stdout_output__enabled=False, file_output__enabled=True,
                           file_output__filename=path, file_output__keep_alive=True)
        wait_for(lambda: path.exists() and len(path.read_text().splitlines()) == len(once))
        path.rename(rotated)
        release()
        self.assertEqual(child.wait(), 0, child.stderr.read())
        self.assertEqual(rotated.read_text().splitlines(), once + once)
        self.assertFalse(path.exists())

    def test_a_full_disk_is_said_and_counted(self):
        text = self.folder / 'm.prom'
        done = self.replay('--metrics', text, status=4, stdout_output__enabled=False, file_output__enabled=True,
                           file_output__filename='/dev/full', outputs_queue__drain=500)
        self.assertRegex(done.stderr, r'file_output: /dev/full: No space left on device')
        self.assertRegex(done.stderr, r'file_output: \d+ alerts lost')


class StandardOutput(Case):
    def test_off(self):
        path = self.folder / 'alerts.txt'
        done = self.replay(stdout_output__enabled=False, file_output__enabled=True, file_output__filename=path)
        self.assertEqual(done.stdout, '')

    def test_with_a_queue_it_says_the_same(self):
        self.assertEqual(self.alerts(outputs_queue__when_full='drop'), self.alerts())

    def test_a_reader_that_does_not_read_holds_up_nothing(self):
        text = self.folder / 'm.prom'
        child = self.start('--metrics', text, rules=self.noisy(), outputs_queue__when_full='drop',
                           outputs_queue__capacity=10, outputs_queue__drain=500)
        self.assertEqual(child.wait(), 4)
        lines = child.stdout.read().splitlines()
        counts = Counts(text.read_text(), 'stdout_output')
        self.assertGreater(counts.dropped, 0)
        self.assertEqual(counts.dropped, counts.queue_drops)
        self.assertRegex(child.stderr.read(), r'stdout_output: \d+ alerts lost')
        self.assertTrue(lines)

    def test_a_reader_that_goes_away_ends_it(self):
        for when_full in 'wait', 'drop':
            child = self.start(rules=self.noisy(), outputs_queue__when_full=when_full)
            child.stdout.close()
            child.wait()
            self.assertNotIn('Broken pipe', child.stderr.read())


class Program(Case):
    def replay_to(self, program, *words, keep=True, status=0, **settings):
        return self.replay(*words, status=status, stdout_output__enabled=False, program_output__enabled=True,
                           program_output__program=program, program_output__keep_alive=keep, **settings)

    def test_once_for_all(self):
        out = self.folder / 'out'
        expected = self.alerts()
        self.replay_to(f'echo begin >> {out}; cat >> {out}')
        self.assertEqual(out.read_text().splitlines(), ['begin'] + expected)

    def test_anew_for_each(self):
        out = self.folder / 'out'
        expected = self.alerts()
        self.replay_to(f'echo begin >> {out}; cat >> {out}', keep=False)
        self.assertEqual(out.read_text().splitlines(), [line for alert in expected for line in ('begin', alert)])

    def test_signals_are_as_a_shell_expects(self):
        out = self.folder / 'out'
        self.replay_to(f'grep -E "^Sig(Blk|Ign)" /proc/self/status > {out}; cat > /dev/null')
        rows = dict(re.findall(r'Sig(\w+):\s+([0-9a-f]+)', out.read_text()))
        self.assertEqual(int(rows['Blk'], 16), 0)
        self.assertEqual(int(rows['Ign'], 16) & (1 << (signal.SIGPIPE - 1)), 0)

    def test_nothing_of_ours_is_open_in_it(self):
        out = self.folder / 'out'
        self.replay_to(f'ls -l /proc/$$/fd > {out}; cat > /dev/null', '--metrics', self.folder / 'm')
        self.assertNotIn('socket', out.read_text())
        self.assertNotIn('.scap', out.read_text())

    def test_one_that_ends_is_started_again(self):
        out, mark = self.folder / 'out', self.folder / 'mark'
        rules = self.noisy()
        expected = self.alerts(rules=rules)
        done = self.replay_to(f'if [ ! -e {mark} ]; then : > {mark}; exit 3; fi; exec cat >> {out}', rules=rules)
        lines = out.read_text().splitlines()
        # What lay unread in the pipe of the first is lost, the rest comes in order and without a hole.
        self.assertTrue(lines)
        self.assertEqual(lines, expected[-len(lines):])
        self.assertIn("ended with status 3", done.stderr)

    def test_its_status_is_told(self):
        done = self.replay_to('cat > /dev/null; exit 7')
        self.assertIn("program_output: 'cat > /dev/null; exit 7' ended with status 7", done.stderr)

    def test_one_that_does_not_read_holds_up_nothing(self):
        pid, text = self.folder / 'pid', self.folder / 'm.prom'
        done = self.replay_to(f'echo $$ > {pid}; exec sleep 1000 > /dev/null 2>&1', '--metrics', text, status=4, rules=self.noisy(),
                              outputs_queue__capacity=10, outputs_queue__when_full='drop', outputs_queue__drain=500)
        os.kill(int(pid.read_text()), signal.SIGKILL)
        counts = Counts(text.read_text(), 'program_output')
        self.assertGreater(counts.dropped, 0)
        self.assertEqual(counts.dropped, counts.queue_drops)
        lost = re.findall(r'program_output: (\d+) alerts? lost', done.stderr)
        sent = counts.matches - sum(map(int, lost))
        self.assertGreaterEqual(sent, counts.sent)
        self.assertLessEqual(sent, counts.matches - counts.dropped)


if __name__ == '__main__':
    main()
