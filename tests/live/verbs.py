#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verbs.py SAKER SHARED: watch, record, print --live and doctor on this machine's kernel, by several instances beside
each other. Ends with 77 (skipped) where the kernel cannot be watched."""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SAKER, SHARED = sys.argv[1], pathlib.Path(sys.argv[2])
HERE = pathlib.Path(__file__).resolve().parent
RULES = str(HERE / 'suspicious.yaml')
STOCK = SHARED / 'rules' / 'falco_rules.yaml'
TIMES = re.compile(r'(\w+_duration\w*|container_start_ts)=\d+')
MOVING = re.compile(r' (vm_\w+|pgft_\w+)=\d+')  # what other threads of a process change between two looks at it
CHILD = re.compile(r'( res=\d+)\((?!<)[^ )]*\)')  # with the name that it has by then; no descriptor
LONG = 120  # seconds after which something that must come is given up
TYPES = ('open, openat, openat2, creat, close, execve, execveat, clone, clone3, fork, vfork, connect, socket,'
         ' dup2, dup3, unlinkat, unlink, rename, renameat2, chmod, fchmodat, symlink, symlinkat, setresuid, ptrace,'
         ' listen, bind, procexit, kill')
# One program for all calls: as good as any, where it is not about that, and let go of in a moment (a tracepoint for each
# call takes the kernel some 50 ms, one instance after the other).
ONE = '--32-bit'
LINE = '*%thread.tid %evt.type %evt.dir %proc.name %proc.pname %proc.cmdline %user.name %fd.name %fd.type %evt.args'


class Instance:
    """A running saker, ready when it has said so."""

    def __init__(self, folder, *args, ready=None):
        self.out = pathlib.Path(tempfile.mkstemp(dir=folder)[1])
        self.err = pathlib.Path(tempfile.mkstemp(dir=folder)[1])
        self.ready = ready or {'watch': 'watching', 'record': 'recording', 'print': 'printing'}[args[0]]
        with open(self.out, 'wb') as out, open(self.err, 'wb') as err:
            self.process = subprocess.Popen([SAKER, *map(str, args)], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                                            env={**os.environ, 'TZ': 'UTC'})

    def errors(self):
        return self.err.read_text(errors='replace')

    def text(self):
        return self.out.read_text(errors='replace')

    def wait_for(self, what):
        end = time.monotonic() + LONG
        while time.monotonic() < end:
            if what():
                return True
            if self.process.poll() is not None:
                return bool(what())
            time.sleep(0.05)
        return False

    def wait_ready(self):
        if not self.wait_for(lambda: self.ready in self.errors()):
            raise AssertionError(f'not ready: {self.errors()}')

    def says(self, text, times=1):
        return self.wait_for(lambda: self.errors().count(text) >= times)

    def prints(self, text, times=1):
        return self.wait_for(lambda: self.text().count(text) >= times)

    def stop(self, number=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(LONG)


def refuse():
    """Ends the test, as skipped, where the kernel cannot be watched."""
    if saker('doctor', ONE).returncode not in (0, 5):
        print('skipped:', saker('doctor', ONE).stdout.decode())
        sys.exit(77)


def end(process):
    if process.poll() is None:
        process.kill()
        process.wait(LONG)


def saker(*args):
    return subprocess.run([SAKER, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**os.environ, 'TZ': 'UTC'})


def programs():
    """Programs of ours in the kernel; None: bpftool is not there."""
    if not shutil.which('bpftool'):
        return None
    done = subprocess.run(['bpftool', '-j', 'prog'], stdout=subprocess.PIPE)
    return sum(p.get('name') == 't_exec' for p in json.loads(done.stdout or b'[]'))


def comparable(line):
    """What must be equal of an alert that two instances saw: not the number of the event, and neither its time nor what
    is counted from it, for each instance has a clock look of its own."""
    alert = json.loads(TIMES.sub(r'\1=*', line))
    fields = {key: value for key, value in alert['output_fields'].items() if key != 'evt.time' and 'duration' not in key
              and key != 'container.start_ts'}
    return alert['rule'], alert['priority'], alert['message'], fields


def by_thread(rows, key):
    """Each thread's in their order: two threads on two processors may be seen in either."""
    threads = collections.defaultdict(list)
    for row in rows:
        threads[key(row)].append(row)
    return threads


class Seen:
    """One run of suspicious.py under the eyes of several instances: mixed into a test case, which starts it."""

    @classmethod
    def prepare(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix='saker-live-'))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.work = cls.folder / 'work'
        cls.work.mkdir()

    @classmethod
    def instances(cls, condition, fields, **more):
        """Starts them; `fields` come with every alert."""
        cls.condition = f'{condition} and evt.type in ({TYPES})'
        cls.rules = ['-r', RULES, '--json', '--message', '--all']
        for name, field in fields.items():
            cls.rules += ['--append-field', f'{name}={field}']
        cls.stock = ['-r', STOCK, *cls.rules[2:]]
        cls.scap, cls.some = cls.captures = [cls.folder / f'{name}.scap' for name in ('all', 'some')]
        made = {
            'watch': ['watch', *cls.rules],
            'stock': ['watch', ONE, *cls.stock],
            'record': ['record', '-o', cls.scap],
            'some': ['record', ONE, '-o', cls.some, '-r', RULES],
            'print': ['print', ONE, '-p', LINE, '--live', cls.condition],
            **more,
        }
        if not STOCK.exists():
            del made['stock']
        cls.all = {}
        for name, args in made.items():
            cls.all[name] = Instance(cls.folder, *args)
            cls.addClassCleanup(end, cls.all[name].process)
        for one in cls.all.values():
            one.wait_ready()

    @classmethod
    def act(cls, actor):
        """Lets it begin, and waits for its end and that of the instances."""
        actor.stdin.write(b'go\n')
        actor.stdin.close()
        cls.actor_status = actor.wait(LONG)
        actor.stdout.close()
        for one in cls.all.values():
            one.process.send_signal(signal.SIGINT)
        cls.status = {name: one.stop(0) for name, one in cls.all.items()}

    def alerts(self, text):
        """Those of the actor and its children."""
        return [alert for alert in map(comparable, text.splitlines()) if self.mine(alert[3])]

    def assert_same(self, got, want, key):
        got, want = by_thread(got, key), by_thread(want, key)
        self.assertEqual(list(got.keys() - want.keys()), [])
        self.assertEqual(list(want.keys() - got.keys()), [])
        for thread in want:
            self.assertEqual(got[thread], want[thread])

    def replay(self, capture, rules):
        done = saker('replay', '--quiet', *rules, capture)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.alerts(done.stdout.decode(errors='replace'))

    def test_all_ended_well(self):
        for name, status in self.status.items():
            self.assertEqual(status, 0, (name, self.all[name].errors()))
            self.assertNotIn('were lost', self.all[name].errors(), 'the machine was too busy for this test')

    def test_every_action_is_seen(self):
        lines = pathlib.Path(RULES).read_text().splitlines()
        want = {line.split('rule: ')[1] for line in lines if line.startswith('- rule: ')}
        got = {alert[0] for alert in self.alerts(self.all['watch'].text())}
        self.assertEqual(want - got, set())
        self.assertGreaterEqual(len(want), 30)

    def test_replay_gives_what_watch_gave(self):
        for capture in self.scap, self.some:
            with self.subTest(capture.name):
                self.assert_same(self.replay(capture, self.rules), self.alerts(self.all['watch'].text()),
                                 lambda a: a[3]['tid'])

    def test_stock_rules(self):
        if 'stock' not in self.all:
            self.skipTest('no stock rules')
        live = self.alerts(self.all['stock'].text())
        self.assertIn('Read sensitive file untrusted', {alert[0] for alert in live})
        self.assert_same(self.replay(self.scap, self.stock), live, lambda a: a[3]['tid'])

    @staticmethod
    def stable(line):
        """What must be equal of a line of LINE. A child may have started a program before its parent returns from the
        call that made it: which of both came first, two instances may see differently."""
        return CHILD.sub(r'\1', MOVING.sub('', line))

    def test_print_of_a_recording(self):
        done = saker('print', '-p', LINE, self.scap, self.condition)
        got, want = ([self.stable(line) for line in text.splitlines()]
                     for text in (done.stdout.decode(errors='replace'), self.all['print'].text()))
        self.assertGreater(len(got), 500)
        self.assert_same(got, want, lambda line: line.split()[0])

    def test_summary(self):
        text = self.all['watch'].errors()
        self.assertRegex(text, r'\d+ events, \d+ rules, \d+ alerts:\n')
        self.assertRegex(text, r' +\d+ +Warning +read_shadow\n')

    def test_captures_are_sound(self):
        tool = SHARED / 'tools' / 'scapdump.py'
        if not tool.exists():
            self.skipTest('no scapdump')
        for capture in self.captures:
            done = subprocess.run([sys.executable, tool, capture], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout)
            for fact in b'leftover=0', b'errors=0', b'odd-params=0':
                self.assertIn(fact, done.stdout)


class Actions(Seen, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prepare()
        actor = subprocess.Popen([sys.executable, '-S', '-E', HERE / 'suspicious.py', cls.work], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
        cls.addClassCleanup(end, actor)
        actor.stdout.readline()
        cls.sid = actor.pid
        cls.tree = cls.folder / 'tree.scap'
        cls.instances(f'proc.sid = {cls.sid}', {'sid': '%proc.sid', 'tid': '%thread.tid'},
                      tree=['record', ONE, '-o', cls.tree, '--pid', cls.sid])
        cls.captures.append(cls.tree)
        cls.act(actor)

    def mine(self, fields):
        return str(fields.get('sid')) == str(self.sid)

    def test_a_tree_and_nothing_else(self):
        tool = SHARED / 'tools' / 'scapdump.py'
        if not tool.exists():
            self.skipTest('no scapdump')
        lists, events = (subprocess.run([sys.executable, tool, how, self.tree], stdout=subprocess.PIPE).stdout
                         .decode(errors='replace').splitlines() for how in ('-m', '-e'))
        processes = [line for line in lists if line.startswith('process ')]
        self.assertEqual([line.split()[1] for line in processes], [f'tid={self.sid}'])
        descriptors = [line for line in lists if line.startswith('fd ')]
        self.assertTrue(descriptors)
        self.assertEqual({line.split()[1] for line in descriptors}, {f'tid={self.sid}'})
        self.assertLess(len([line for line in lists if line.startswith(('user ', 'group '))]), 5)
        self.assertGreater(len(events), 1000)
        whose = saker('print', '-p', '*%proc.sid', self.tree).stdout.decode().split()
        self.assertEqual(set(whose), {str(self.sid)})
        whole = saker('print', '-p', LINE, self.scap, self.condition).stdout.decode(errors='replace').splitlines()
        tree = saker('print', '-p', LINE, self.tree, self.condition).stdout.decode(errors='replace').splitlines()
        first = lambda line: line.split()[0]
        self.assertEqual({k: len(v) for k, v in by_thread(tree, first).items()},
                         {k: len(v) for k, v in by_thread(whole, first).items()})


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='saker-live-'))
        self.addCleanup(shutil.rmtree, self.folder)
        self.rules = self.folder / 'rules.yaml'

    def start(self, *args):
        one = Instance(self.folder, *args)
        self.addCleanup(end, one.process)
        one.wait_ready()
        return one

    def write_rules(self, word, condition, more=''):
        new = self.folder / 'new'
        new.write_text(f'- rule: {word}\n  desc: d\n  condition: {condition}\n  output: "{word} %evt.args"\n'
                       f'  priority: INFO\n{more}')
        new.rename(self.rules)

    def touch(self, mode=0o600):
        path = self.folder / 'file'
        path.touch()
        path.chmod(mode)

    def test_changed_rules(self):
        chmod = f'evt.type in (chmod, fchmodat) and evt.args contains {self.folder.name}'
        mkdir = f'evt.type in (mkdir, mkdirat) and evt.args contains {self.folder.name}'
        self.write_rules('first', chmod)
        one = self.start('watch', '-r', self.rules)
        self.touch()
        self.assertTrue(one.prints('first '), one.errors())
        self.write_rules('second', mkdir)  # a call that was not wanted before
        self.assertTrue(one.says('rules read again'), one.errors())
        (self.folder / 'sub').mkdir()
        self.assertTrue(one.prints('second '), one.errors())
        self.write_rules('third', mkdir, 'x: [')
        self.assertTrue(one.says('stay as they were'), one.errors())
        self.assertIn('rules.yaml:6:', one.errors())
        (self.folder / 'sub2').mkdir()
        self.assertTrue(one.prints('second ', 2), one.errors())
        self.assertNotIn('third', one.text())
        self.rules.write_text('')
        self.assertTrue(one.says('no rule is active'), one.errors())
        self.assertEqual(one.stop(), 0)
        self.assertRegex(one.errors(), r' 1 +Informational +first\n')
        self.assertRegex(one.errors(), r' 2 +Informational +second\n')

    def test_hangup(self):
        chmod = f'evt.type in (chmod, fchmodat) and evt.args contains {self.folder.name}'
        self.write_rules('first', chmod)
        one = self.start('watch', ONE, '--no-reload', '-r', self.rules)
        self.write_rules('second', chmod)
        self.touch()
        self.assertTrue(one.prints('first '), one.errors())
        one.process.send_signal(signal.SIGHUP)
        self.assertTrue(one.says('rules read again'), one.errors())
        self.touch()
        self.assertTrue(one.prints('second '), one.errors())

    def test_nothing_is_lost_while_rules_change(self):
        both = f'evt.type in (chmod, fchmodat) and evt.args contains {self.folder.name}'
        self.write_rules('first', both)
        one = self.start('watch', '--json', '-r', self.rules)
        done = 0
        for turn in range(4):
            self.write_rules(f'turn{turn}', both + (' or evt.type = mkdir' if turn % 2 else ' or evt.type = rmdir'))
            one.process.send_signal(signal.SIGHUP)
            while one.errors().count('rules read again') <= turn and done < 100000 and one.process.poll() is None:
                self.touch(0o600)
                done += 1
        self.touch(0o711)
        self.assertTrue(one.prints('S_IXOTH'), one.errors())
        one.stop()
        self.assertNotIn('were lost', one.errors(), 'the machine was too busy for this test')
        ours = [line for line in one.text().splitlines() if f'{self.folder.name}/file' in line]
        self.assertEqual(len(ours), done + 1)

    def lose(self, *runs):
        """Instances that have lost events: nobody read their rings for a while."""
        all = [self.start('watch', '--buffer', 1, '-r', RULES, *args) for args in runs]
        for one in all:
            one.process.send_signal(signal.SIGSTOP)
        for _ in range(40000):
            os.close(os.open('/dev/null', os.O_RDONLY))
        for one in all:
            one.process.send_signal(signal.SIGCONT)
        return all

    def test_losses(self):
        one, = self.lose([ONE])
        self.assertTrue(one.says('events were lost'), one.errors())
        self.assertTrue(one.prints('Falco internal: syscall event drop. '), one.errors())
        self.assertEqual(one.stop(), 0)
        self.assertRegex(one.errors(), r'because the buffer was full')
        self.assertRegex(one.errors(), r'by CPU:( \d+: \d+)+\n')
        self.assertRegex(one.errors(), r'by type:.*\b(openat|close): \d+')
        self.assertRegex(one.text(), r'(?m)^[\d:.]{18}: Debug Falco internal: syscall event drop\. (\d+) system calls '
                                     r'dropped in last second\. \(n_drops=\1 .*n_evts=\d+\)$')

    def test_losses_that_end_it(self):
        one, = self.lose(['--json', '-o', 'syscall_event_drops.threshold=0', '-o', 'hostname=a"b', '-o',
                          'syscall_event_drops.actions=[alert, exit]'])
        self.assertEqual(one.process.wait(LONG), 3, one.errors())
        self.assertIn('says to end', one.errors())
        told = [alert for alert in map(json.loads, one.text().splitlines()) if alert['source'] == 'internal']
        self.assertEqual([alert['rule'] for alert in told], ['Falco internal: syscall event drop'])
        self.assertEqual(list(told[0]), ['hostname', 'output', 'output_fields', 'priority', 'rule', 'source', 'time'])
        self.assertEqual((told[0]['hostname'], told[0]['priority']), ('a"b', 'Debug'))
        figures = told[0]['output_fields']
        self.assertGreater(int(figures['n_drops']), 0)
        self.assertGreater(int(figures['n_evts']), int(figures['n_drops']))

    def test_losses_that_nobody_wants_to_hear_of(self):
        bucket = ['-o', 'syscall_event_drops.max_burst=0', '-o', 'syscall_event_drops.threshold=0']
        all = self.lose([ONE, '--json', '-o', 'syscall_event_drops.actions=ignore'],
                        [ONE, '--json', '-o', 'syscall_event_drops.actions=[exit]', *bucket])
        for one in all:  # an alert after the loss, and what comes with the next look at it
            self.assertTrue(one.wait_for(lambda: self.touch(0o777) or 'open_to_all' in one.text()), one.errors())
        time.sleep(2)
        for one in all:
            self.assertEqual(one.stop(), 0)
            self.assertEqual(one.errors().count('events were lost'), 1)  # at the end
            self.assertNotIn('internal', one.text())

    def test_killed(self):
        before = programs()
        scap = self.folder / 'killed.scap'
        one = self.start('record', '-o', scap, 'evt.type in (chmod, fchmodat)')
        watching = self.start('watch', ONE, '-r', RULES)
        self.touch(0o711)
        size = lambda: b'S_IXOTH' in saker('print', scap).stdout
        self.assertTrue(one.wait_for(size), 'what was recorded is in the file before the end')
        for each in one, watching:
            each.stop(signal.SIGKILL)
        self.assertEqual(saker('print', '-c', 1, scap).returncode, 0)
        if before is None:
            self.skipTest('no bpftool')
        end = time.monotonic() + LONG
        while programs() > before and time.monotonic() < end:
            time.sleep(0.2)
        self.assertLessEqual(programs(), before)


class Usage(unittest.TestCase):
    def test_count(self):
        busy = subprocess.Popen(['sh', '-c', 'while :; do /bin/true; done'])  # an idle machine may have no event for long
        self.addCleanup(end, busy)
        with tempfile.TemporaryDirectory() as folder:
            scap = pathlib.Path(folder) / 'five.scap'
            self.assertEqual(saker('record', '-o', scap, '-c', 5).returncode, 0)
            self.assertEqual(len(saker('print', scap).stdout.splitlines()), 5)
        self.assertEqual(len(saker('print', ONE, '--live', '-c', 3).stdout.splitlines()), 3)

    def test_doctor(self):
        done = saker('doctor', '--json')
        self.assertEqual(done.returncode, {'ok': 0, 'degraded': 5}[json.loads(done.stdout)['result']])
        findings = {f['name']: f for f in json.loads(done.stdout)['findings']}
        self.assertEqual(findings['trial']['state'], 'ok')
        self.assertLessEqual({'kernel', 'privileges', 'btf', 'proc', 'cgroups', 'containers'}, findings.keys())

    def test_without_privileges(self):
        if not shutil.which('setpriv'):
            self.skipTest('no setpriv')
        lower = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all', SAKER]
        run = lambda *args: subprocess.run([*lower, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd='/')
        done = run('doctor', '--json')
        if done.returncode == 126 or done.returncode == 127:
            self.skipTest('others may not run the command')
        self.assertEqual(done.returncode, 3)
        words = [f for f in json.loads(done.stdout)['findings'] if f['state'] == 'fatal']
        self.assertEqual([f['name'] for f in words], ['privileges'])
        for verb in (['print', '--live'], ['record', '-o', '/dev/null']):
            done = run(*verb)
            self.assertEqual(done.returncode, 3)
            self.assertIn(words[0]['text'].encode(), done.stderr)
            self.assertIn(words[0]['hint'].encode(), done.stderr)

    def test_with_the_least_rights(self):
        least = '+bpf,+perfmon,+sys_ptrace,+dac_read_search'
        done = subprocess.run(['setpriv', '--bounding-set', '-all,' + least, '--inh-caps', '-all,' + least, SAKER,
                               'doctor', '--json'], stdout=subprocess.PIPE)
        findings = {f['name']: f for f in json.loads(done.stdout)['findings']}
        self.assertEqual(findings['trial']['state'], 'ok', findings)

    def test_in_a_pid_namespace(self):
        """As in a container: with a /proc of its own the kernel's numbers are not ours; with the host's all is well."""
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(f'{folder}/proc')
            script = f'mount --rbind /proc {folder}/proc && exec unshare --pid --fork --mount-proc "$@"'
            run = lambda *args: subprocess.run(['unshare', '--mount', 'sh', '-c', script, 'sh', SAKER, *args],
                                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            alone = json.loads(run('doctor', '--json').stdout)
            self.assertEqual(alone['result'], 'fatal')
            self.assertEqual([f['name'] for f in alone['findings'] if f['state'] == 'fatal'], ['pid-namespace'])
            done = run('doctor', ONE, '--json', '--host-root', folder)
            self.assertIn(done.returncode, (0, 5), done.stdout)
            busy = subprocess.Popen(['sh', '-c', 'while :; do /bin/true; done'])
            self.addCleanup(end, busy)
            done = run('print', ONE, '--live', '--host-root', folder, '-p', '*%proc.ppid', '-c', '3',
                       f'proc.ppid = {busy.pid} and evt.type = procexit')
            self.assertEqual(done.stdout.split(), [b'%d' % busy.pid] * 3, done.stderr)


if __name__ == '__main__':
    refuse()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
