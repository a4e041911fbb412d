#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""syslog.py SAKER ROOT: alerts to the system log: a socket of our own at /dev/log, in a private mount namespace. Root
only; skipped (77) elsewhere."""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

from base import Case, main

RULES = ''.join(f'''
- rule: R{number}
  desc: d
  condition: evt.type in (open, openat) and evt.num > 0
  output: "at {priority} %evt.num"
  priority: {priority}
''' for number, priority in enumerate(
    'EMERGENCY ALERT CRITICAL ERROR WARNING NOTICE INFO DEBUG'.split()))
FACILITIES = {'user': 1, 'daemon': 3, 'authpriv': 10, 'local0': 16, 'local7': 23}


class Syslog(Case):
    def received(self, **settings):
        """Messages of a run, as (facility, severity, name, text), and its alerts."""
        rules = self.file('rules.yaml', RULES)
        with tempfile.TemporaryFile('w+') as out, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind('/dev/log')
            command = self.command('--all', rules=rules, syslog_output__enabled=True, **settings)
            # It waits until messages are taken, so the socket is read while it runs.
            child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE, text=True)
            child.stdin.close()
            log.settimeout(0.1)
            messages = []
            while True:
                ended = child.poll() is not None
                try:
                    messages.append(log.recv(65536).decode())
                except socket.timeout:
                    if ended:
                        break
            self.assertEqual(child.returncode, 0, child.stderr.read())
            child.stderr.close()
            os.unlink('/dev/log')
            out.seek(0)
            alerts = out.read().splitlines()
        rows = [re.fullmatch(r'<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (\w+)\[\d+\]: (.*)', m) for m in messages]
        self.assertTrue(rows and all(rows), messages[:3])
        return [(int(r[1]) // 8, int(r[1]) % 8, r[2], r[3]) for r in rows], alerts

    def test_priorities(self):
        rows, alerts = self.received()
        self.assertEqual([text for *_, text in rows], alerts)
        self.assertEqual({(facility, name) for facility, _, name, _ in rows}, {(1, 'saker')})
        words = 'Emergency Alert Critical Error Warning Notice Informational Debug'.split()
        for _, severity, _, text in rows:
            self.assertIn(f': {words[severity]} at ', text)
        self.assertEqual({severity for _, severity, _, _ in rows}, set(range(8)))

    def test_name_and_facility(self):
        for name, number in FACILITIES.items():
            rows, _ = self.received(syslog_output__facility=name, syslog_output__ident='watcher', json_output=True)
            self.assertEqual({(facility, ident) for facility, _, ident, _ in rows}, {(number, 'watcher')})
            self.assertTrue(all(text.startswith('{') for *_, text in rows))

    def test_no_such_facility(self):
        done = subprocess.run(self.command(syslog_output__enabled=True, syslog_output__facility='kern'),
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 4)
        self.assertIn("syslog_output: there is no facility 'kern' here", done.stderr)


def enter():
    """Runs this again where /dev is ours, or ends with 77."""
    if os.geteuid() != 0 or not shutil.which('unshare'):
        print('skipped: needs root and unshare')
        sys.exit(77)
    script = 'mount -t tmpfs none /dev && SAKER_OWN_DEV=1 exec "$@"'
    done = subprocess.run(['unshare', '-m', '--propagation', 'private', 'sh', '-c', f'{script} || exit 77', 'sh',
                           sys.executable, *sys.argv])
    sys.exit(done.returncode)


if __name__ == '__main__':
    if 'SAKER_OWN_DEV' not in os.environ:
        enter()
    main()
