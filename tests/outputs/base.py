# SPDX-License-Identifier: Apache-2.0
"""What the tests of outputs share. Each is called as SCRIPT SAKER ROOT."""
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SAKER, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
RULES = ROOT / 'examples' / 'rules'
CAPTURE = ROOT / 'examples' / 'captures' / 'container-attack.scap.gz'
# One alert for each of many events.
NOISY = """
- rule: Noise
  desc: one alert an event
  condition: evt.type in (open, openat, close, read, write)
  output: "noise number=%evt.num type=%evt.type pod=%k8s.pod.name ns=%k8s.ns.name"
  priority: NOTICE
"""


def options(settings):
    """-o for each key."""
    words = []
    for key, value in settings.items():
        words += ['-o', f'{key}={str(value).lower() if isinstance(value, bool) else value}']
    return words


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def command(self, *words, rules=RULES, captures=(CAPTURE,), **settings):
        keys = {key.replace('__', '.'): value for key, value in settings.items()}
        rule_words = ['-r', str(rules)] if rules else []
        return [SAKER, 'replay', '-q', *rule_words, *options(keys), *map(str, words), *map(str, captures)]

    def start(self, *words, **settings):
        child = subprocess.Popen(self.command(*words, **settings), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env={**os.environ, 'TZ': 'UTC'}, text=True)
        self.addCleanup(child.stdout.close)
        self.addCleanup(child.stderr.close)
        self.addCleanup(lambda: child.poll() is None and (child.kill(), child.wait()))
        return child

    def replay(self, *words, status=0, **settings):
        done = subprocess.run(self.command(*words, **settings), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, 'TZ': 'UTC'}, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def alerts(self, *words, **settings):
        """Lines on standard output, which is what other outputs are compared with."""
        lines = self.replay(*words, **settings).stdout.splitlines()
        self.assertTrue(lines)
        return lines

    def noisy(self):
        return self.file('noisy.yaml', NOISY)

    def held_back(self):
        """A named pipe as a second capture: until release() is called, the command waits for it."""
        path = self.folder / 'pipe'
        os.mkfifo(path)

        def release():
            with open(path, 'wb') as pipe:
                pipe.write(gzip.decompress(CAPTURE.read_bytes()))
        return path, release


def main():
    unittest.main(argv=sys.argv[:1])
