#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cli.py SAKER ROOT: the command as its users meet it, on the rules and captures of examples/."""
import gzip
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import unittest

SAKER, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
RULES = str(ROOT / 'examples' / 'rules')
MISTAKES = str(ROOT / 'examples' / 'mistakes.yaml')
ATTACK = str(ROOT / 'examples' / 'captures' / 'container-attack.scap.gz')
USER = str(ROOT / 'examples' / 'captures' / 'user-rules.scap.gz')
VERBS = ['replay', 'check', 'watch', 'record', 'print', 'match', 'list', 'doctor']


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()
        self.lines = self.out.splitlines()


def environment(**more):
    env = {k: v for k, v in os.environ.items() if k not in ('NO_COLOR', 'TERM')}
    return {**env, 'TZ': 'UTC', 'TERM': 'xterm', **more}


def saker(*args, input=b'', **env):
    return Result(subprocess.run([SAKER, *map(str, args)], input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=environment(**env)))


def on_terminal(*args, **env):
    """Standard output and error of a run whose terminal they are."""
    master, slave = pty.openpty()
    child = subprocess.Popen([SAKER, *map(str, args)], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                             env=environment(**env))
    os.close(slave)
    text = b''
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(master)
    return child.wait(), text.decode()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def fails(self, result, status, *texts):
        self.assertEqual(result.status, status, result.err)
        for text in texts:
            self.assertIn(text, result.err)


class Usage(Case):
    def test_no_verb(self):
        self.fails(saker(), 2, 'usage: saker', *VERBS)

    def test_help(self):
        for args in ['--help'], ['-h'], ['help']:
            result = saker(*args)
            self.assertEqual((result.status, result.err), (0, ''))
            for verb in VERBS:
                self.assertIn(f'\n  {verb} ', result.out)

    def test_help_of_verbs(self):
        for verb in VERBS:
            result = saker(verb, '--help')
            self.assertEqual((result.status, result.err), (0, ''))
            self.assertTrue(result.out.startswith(f'usage: saker {verb}'))
            self.assertIn('Exit status:', result.out)
            self.assertLessEqual(max(map(len, result.lines)), 120)

    def test_version(self):
        result = saker('--version')
        self.assertEqual(result.status, 0)
        self.assertRegex(result.out, r'^saker \d+\.\d+\.\d+')

    def test_unknown_verb(self):
        self.fails(saker('replya'), 2, "'replya'", "did you mean 'replay'?")
        self.fails(saker('xyzzy'), 2, "'xyzzy'")

    def test_unknown_option(self):
        for verb in VERBS:
            self.fails(saker(verb, '--no-such-option'), 2, '--no-such-option', f'saker {verb} --help')

    def test_missing_arguments(self):
        self.fails(saker('replay'), 2, '-r')
        self.fails(saker('replay', '-r', RULES), 2, 'capture')
        self.fails(saker('check'), 2, 'file')
        self.fails(saker('print'), 2, 'capture')
        self.fails(saker('watch'), 2, '-r')
        self.fails(saker('record'), 2, '-o')
        self.fails(saker('record', '-o', '/dev/null', '--all', '-r', RULES), 2, '--all')
        self.fails(saker('match', ATTACK), 2, '-c')
        self.fails(saker('match', '-c', '/dev/null'), 2, 'capture')
        self.fails(saker('list'), 2, 'fields')
        self.fails(saker('list', 'nonsense'), 2, "'nonsense'")
        self.fails(saker('replay', '--priority', 'loud', '-r', RULES, ATTACK), 2, "'loud'")
        self.fails(saker('print', '--count', '0', ATTACK), 2, "'0'")
        self.fails(saker('print', '--pid', '1', ATTACK), 2, '-w')
        self.fails(saker('print', '--fields', 'proc.name', ATTACK), 2, '--json')


class Replay(Case):
    def test_text(self):
        result = saker('replay', '-r', RULES, ATTACK)
        self.assertEqual(result.status, 0, result.err)
        self.assertGreater(len(result.lines), 5)
        for line in result.lines:
            self.assertRegex(line, r'^\d\d:\d\d:\d\d\.\d{9}: [A-Z][a-z]+ A ')
        self.assertRegex(result.err, r'\d+ events, 10 rules, \d+ alerts:')

    def test_summary_counts_the_alerts(self):
        result = saker('replay', '-r', RULES, ATTACK, USER)
        rows = re.findall(r'^ +(\d+)  [A-Z]\w+ +\S', result.err, re.M)
        self.assertEqual(sum(map(int, rows)), len(result.lines))
        self.assertEqual(rows, sorted(rows, key=int, reverse=True))

    def test_quiet(self):
        self.assertEqual(saker('replay', '-q', '-r', RULES, ATTACK).err, '')

    def test_json(self):
        text = saker('replay', '-r', RULES, ATTACK).lines
        result = saker('replay', '--json', '-r', RULES, ATTACK)
        alerts = [json.loads(line) for line in result.lines]
        self.assertEqual([a['output'] for a in alerts], text)
        for alert in alerts:
            self.assertEqual(list(alert), ['output', 'output_fields', 'priority', 'rule', 'source', 'tags', 'time'])
            self.assertEqual(list(alert['output_fields']), sorted(alert['output_fields']))

    def test_json_keys(self):
        lines = saker('replay', '--json', '--no-output', '--no-output-fields', '--no-tags', '--message', '--hostname', 'h',
                      '-r', RULES, ATTACK).lines
        for line in lines:
            self.assertEqual(list(json.loads(line)), ['hostname', 'message', 'priority', 'rule', 'source', 'time'])

    def test_all(self):
        first = saker('replay', '-r', RULES, USER).lines
        every = saker('replay', '--all', '-r', RULES, USER).lines
        self.assertLessEqual(set(first), set(every))

    def test_selection(self):
        result = saker('replay', '-r', RULES, '--disable', '*', '--enable', 'Secret*', '--json', ATTACK)
        self.assertEqual({json.loads(line)['rule'] for line in result.lines}, {'Secret file read'})
        result = saker('replay', '-r', RULES, '--disable', '*', '--enable-tag', 'T1105', '--json', USER)
        self.assertEqual({json.loads(line)['rule'] for line in result.lines}, {'Download from outside'})

    def test_priority(self):
        result = saker('replay', '-r', RULES, '--priority', 'error', '--json', ATTACK, USER)
        self.assertLessEqual({json.loads(line)['priority'] for line in result.lines}, {'Error', 'Critical'})
        self.assertTrue(result.lines)

    def test_append(self):
        result = saker('replay', '--json', '-r', RULES, '-p', 'pid=%proc.pid', '--append-field', 'evt.num',
                       '--append-to', 'tag=T1105', '--append-field', 'who=<%proc.name>', USER)
        for alert in map(json.loads, result.lines):
            self.assertRegex(alert['output'], r' pid=\d+$')
            self.assertIsInstance(alert['output_fields']['evt.num'], int)
            self.assertEqual('who' in alert['output_fields'], 'T1105' in alert['tags'])

    def test_time_zone(self):
        hour = lambda zone: int(saker('replay', '-r', RULES, ATTACK, TZ=zone).lines[0][:2])
        self.assertEqual((hour('XYZ-9') - hour('UTC')) % 24, 9)
        self.assertEqual((hour('XYZ+5') - hour('UTC')) % 24, 19)

    def test_standard_input(self):
        with open(ATTACK, 'rb') as f:
            result = saker('replay', '-r', RULES, '-', input=f.read())
        self.assertEqual(result.lines, saker('replay', '-r', RULES, ATTACK).lines)

    def test_not_gzip(self):
        plain = self.file('x.scap', gzip.open(ATTACK).read())
        self.assertEqual(saker('replay', '-r', RULES, plain).lines, saker('replay', '-r', RULES, ATTACK).lines)

    def test_several_captures_and_a_missing_one(self):
        result = saker('replay', '-r', RULES, ATTACK, self.folder / 'none', USER)
        self.fails(result, 3, f'{self.folder}/none: ', 'No such file')
        self.assertEqual(result.lines, saker('replay', '-r', RULES, ATTACK).lines + saker('replay', '-r', RULES, USER).lines)

    def test_broken_captures(self):
        for name, text in ('empty', b''), ('text', b'hello\n' * 1000), ('binary', bytes(range(256)) * 64):
            self.fails(saker('replay', '-r', RULES, self.file(name, text)), 3, name)
        self.fails(saker('replay', '-r', RULES, self.folder), 3, str(self.folder))

    def test_truncated_capture(self):
        whole = gzip.open(ATTACK).read()
        lines = saker('print', ATTACK).lines
        cut = self.file('cut.scap', whole[:-5])
        result = saker('print', cut)
        self.fails(result, 3, 'cut.scap')
        self.assertRegex(result.err, r'\b\d{4,}\b')
        self.assertEqual(result.lines, lines[:-1])

    def test_unreadable_rules(self):
        self.fails(saker('replay', '-r', self.folder / 'none.yaml', ATTACK), 3, 'none.yaml: No such file')

    def test_wrong_rules(self):
        result = saker('replay', '-r', MISTAKES, ATTACK)
        self.fails(result, 1, 'mistakes.yaml:8:', "proc.nam'", '^')
        self.assertEqual(result.out, '')


class Check(Case):
    def test_sound(self):
        result = saker('check', RULES)
        self.assertEqual((result.status, result.err), (0, ''))
        self.assertIn('no errors', result.out)

    def test_mistakes(self):
        result = saker('check', MISTAKES)
        self.assertEqual(result.status, 1)
        for text in ':8:', "'proc.nam'", "did you mean 'proc.name'?", ':15:', "'spawn_process'", ':23:', ':25:':
            self.assertIn(text, result.out)

    def test_strict(self):
        path = self.file('unused.yaml', '- list: unused\n  items: [a]\n')
        self.assertEqual(saker('check', path).status, 0)
        self.assertEqual(saker('check', '--strict', path).status, 1)

    def test_json(self):
        result = saker('check', '--json', MISTAKES)
        self.assertEqual(result.status, 1)
        load = json.loads(result.out)['falco_load_results']
        self.assertEqual([r['name'] for r in load], [MISTAKES])
        self.assertFalse(load[0]['successful'])
        self.assertEqual(len(load[0]['errors']), 1)
        self.assertTrue(json.loads(saker('check', '--json', RULES).out)['falco_load_results'][0]['successful'])

    def test_github(self):
        result = saker('check', '--format', 'github', MISTAKES)
        self.assertEqual(result.status, 1)
        self.assertTrue(any(re.match(r'::error file=\S+mistakes\.yaml,line=8,col=\d+,endColumn=\d+,title=\S+::.*proc\.nam',
                                     line) for line in result.lines), result.out)

    def test_sarif(self):
        result = saker('check', '--format', 'sarif', MISTAKES)
        self.assertEqual(result.status, 1)
        document = json.loads(result.out)
        self.assertEqual(document['version'], '2.1.0')
        found = document['runs'][0]['results']
        self.assertIn(8, [r['locations'][0]['physicalLocation']['region']['startLine'] for r in found])
        self.assertEqual(json.loads(saker('check', '--format', 'sarif', RULES).out)['runs'][0]['results'], [])

    def test_unreadable(self):
        self.fails(saker('check', self.folder / 'none.yaml'), 3, 'none.yaml: No such file')

    def test_hostile_files(self):
        for name, text in ('empty', b''), ('binary', bytes(range(256)) * 64), ('long', b'a' * (1 << 20)):
            result = saker('check', self.file(name + '.yaml', text))
            self.assertEqual(result.status, 0 if name == 'empty' else 1)


class Print(Case):
    def test_line(self):
        result = saker('print', USER)
        self.assertEqual((result.status, result.err), (0, ''))
        for line in result.lines:
            self.assertRegex(line, r'^\d+ \d\d:\d\d:\d\d\.\d{9} \d+ .+ \(-?\d+\) [<>] \w+')

    def test_condition(self):
        words = ['evt.type', '=', 'execve', 'and', 'proc.name', '=', 'nc']
        whole = saker('print', USER, ' '.join(words))
        self.assertTrue(whole.lines)
        for line in whole.lines:
            self.assertIn(' < execve ', line)
        self.assertEqual(saker('print', USER, *words).lines, whole.lines)

    def test_wrong_condition(self):
        self.fails(saker('print', USER, 'proc.nam = x'), 1, 'proc.nam')

    def test_format(self):
        result = saker('print', '-p', '%evt.num %evt.type', '-c', '3', USER)
        self.assertEqual(len(result.lines), 3)
        for line in result.lines:
            self.assertRegex(line, r'^\d+ \w+$')

    def test_format_with_missing_values(self):
        some = saker('print', '-p', '%evt.num %fd.sip', USER).lines
        every = saker('print', '-p', '*%evt.num %fd.sip', USER).lines
        self.assertLess(len(some), len(every))
        self.assertEqual(some, [line for line in every if '<NA>' not in line])

    def test_wrong_format(self):
        self.fails(saker('print', '-p', '%no.such', USER), 1, 'no.such')

    def test_json_fields(self):
        result = saker('print', '--json', '--fields', 'proc.name,evt.arg[0],fd.name,evt.num', USER, 'evt.type = openat')
        for line in result.lines:
            event = json.loads(line)
            self.assertEqual(list(event)[:2], ['evt.num', 'proc.name'])
            self.assertTrue(all(isinstance(v, str) for v in event.values()))
        self.assertTrue(result.lines)

    def test_json_format(self):
        event = json.loads(saker('print', '--json', '-p', '%evt.num %proc.name', '-c', '1', USER).lines[0])
        self.assertIsInstance(event['evt.num'], int)

    def test_verbose(self):
        lines = saker('print', '-v', '-c', '1', USER).lines
        names = [line.split()[0] for line in lines[1:]]
        self.assertIn('proc.name', names)
        self.assertIn('evt.type', names)
        self.assertGreater(len(names), 50)

    def test_write(self):
        path = self.folder / 'some.scap.gz'
        result = saker('print', '-w', path, USER, 'evt.type = execve')
        self.assertEqual((result.status, result.out), (0, ''), result.err)
        line = re.compile(r'^\d+ ')
        before = [line.sub('', x) for x in saker('print', USER, 'evt.type = execve').lines]
        after = [line.sub('', x) for x in saker('print', path, 'evt.type = execve').lines]
        self.assertEqual(after, before)

    def test_write_a_process_tree(self):
        known = '*%proc.pid %proc.ppid %thread.tid %evt.type %proc.exepath %proc.cmdline %fd.name %user.name %evt.res'
        born = '*%proc.pid %proc.ppid %thread.tid %evt.type %fd.num %evt.res'  # a recording that begins later holds less
        shown = lambda fields, path: [line.split(' ', 3) for line in saker('print', '-p', fields, path).lines]
        rows = shown(known, ATTACK)
        for root, fields in (rows[0][0], known), (rows[-1][0], born), (rows[len(rows) // 2][0], born):
            rows, tree = shown(fields, ATTACK), {root}
            for pid, parent, *_ in rows:
                if parent in tree:
                    tree.add(pid)
            path = self.folder / 'tree.scap'
            result = saker('print', '-w', path, '--pid', root, ATTACK)
            self.assertEqual(result.status, 0, result.err)
            want, got = [row for row in rows if row[0] in tree], shown(fields, path)
            born_meanwhile = len(got) < len(want)  # that was in the event before the first
            self.assertEqual([row[2:] for row in got], [row[2:] for row in want[born_meanwhile:]])
            self.assertLessEqual({row[0] for row in got}, tree)
            self.assertIn(f': {len(got)} event', result.err)

    def test_write_a_deep_process_tree(self):
        block = lambda kind, body: struct.pack('<II', kind, len(body) + 12) + body + struct.pack('<I', len(body) + 12)
        section = block(0x0A0D0D0A, struct.pack('<IHHq', 0x1A2B3C4D, 1, 2, -1))
        processes = b''.join(struct.pack('<qqq', pid, pid, pid - 1) + bytes(28) for pid in range(1, 10000))
        event = struct.pack('<HQqIHIH', 0, 10 ** 9, 9999, 28, 203, 1, 0)  # getuid
        deep, path = self.folder / 'deep.scap', self.folder / 'tree.scap'
        deep.write_bytes(section + block(0x202, processes) + block(0x216, event + bytes(-len(event) % 4)))
        for root, events in (1, '1 event'), (9000, '1 event'), (10000, '0 events'):
            result = saker('print', '-w', path, '--pid', root, deep)
            self.assertIn(f': {events}', result.err)

    def test_write_where_nothing_can_be(self):
        self.fails(saker('print', '-w', self.folder / 'no' / 'x.scap', USER), 4, 'x.scap')

    def test_control_characters(self):
        for line in saker('print', ATTACK).lines:
            self.assertTrue(line.isprintable(), repr(line))


class Match(Case):
    def test_match(self):
        conditions = self.file('c', 'evt.num <= 3\nevt.num = 0\nproc.nam = x\n\nevt.num > 5 and')
        result = saker('match', '-c', conditions, USER)
        self.assertEqual(result.status, 0, result.err)
        rows = [line.split('\t') for line in result.lines]
        self.assertEqual(rows[0], ['evt.num <= 3', '1-3'])
        self.assertEqual(rows[1], ['evt.num = 0', ''])
        self.assertEqual(rows[2], ['proc.nam = x', 'error: filter_check called with nonexistent field proc.nam'])
        self.assertTrue(rows[3][1].startswith('error: '))
        self.assertTrue(rows[4][1].startswith('error: '))
        self.assertEqual(len(rows), 5)

    def test_as_print(self):
        text = 'evt.type = openat and proc.name = nc'
        with_print = saker('print', '-p', '%evt.num', USER, text).lines
        row = saker('match', '-c', '-', USER, input=text.encode()).lines[0]
        numbers = []
        for part in row.split('\t')[1].split(','):
            first, _, last = part.partition('-')
            numbers += range(int(first), int(last or first) + 1)
        self.assertEqual(with_print, list(map(str, numbers)))

    def test_files(self):
        self.assertEqual(saker('match', '-c', '/dev/null', USER).out, '')
        self.fails(saker('match', '-c', self.folder / 'none', USER), 3, 'none: No such file')
        self.fails(saker('match', '-c', '/dev/null', self.folder / 'none'), 3, 'none: ', 'No such file')


class List(Case):
    def test_fields(self):
        result = saker('list', 'fields', 'proc.n')
        self.assertEqual(result.status, 0)
        self.assertIn('proc.name', result.out)
        fields = {f['name']: f for f in json.loads(saker('list', 'fields', '--json').out)}
        self.assertGreater(len(fields), 200)
        self.assertEqual(fields['proc.aname']['argument'], 'allowed')

    def test_events(self):
        events = json.loads(saker('list', 'events', '--json').out)
        names = [event['name'] for event in events]
        self.assertEqual(len(names), len(set(names)))
        openat = next(event for event in events if event['name'] == 'openat')
        self.assertEqual(openat['params'][2], {'name': 'name', 'type': 'FSRELPATH'})
        lines = saker('list', 'events', 'openat').lines
        self.assertEqual([line.split()[0] for line in lines], ['openat', 'openat2'])
        self.assertIn(', FLAGS32 flags,', lines[0])

    def test_rules(self):
        result = saker('list', 'rules', '-r', RULES)
        self.assertEqual(result.status, 0, result.err)
        self.assertIn('Secret file read', result.out)
        self.assertRegex(result.out, r'30-files\.yaml:\d+')
        for kind in 'rules', 'macros', 'lists':
            described = json.loads(saker('list', kind, '--json', '-r', RULES).out)
            self.assertTrue(described[kind])


class Streams(Case):
    def test_colours(self):
        for args in ['replay', '-r', RULES, ATTACK], ['print', '-c', '5', USER], ['check', MISTAKES]:
            self.assertIn('\033[', on_terminal(*args)[1])
            self.assertNotIn('\033[', on_terminal(*args, NO_COLOR='1')[1])
            self.assertNotIn('\033[', on_terminal(*args, TERM='dumb')[1])
            self.assertIn('\033[', on_terminal(*args, NO_COLOR='')[1])
            self.assertNotIn('\033[', saker(*args).out + saker(*args).err)

    def test_what_a_terminal_obeys(self):
        rules = self.file('rules.yaml', r"""
- rule: "name \e[31m"
  desc: one alert
  condition: evt.num = 1
  output: "bell \a, delete \x7f, C1 \x9b31m, letter \u00e9"
  priority: NOTICE
""")
        conditions = self.file('conditions', 'evt.type = "\033[31m"\nproc.name = \033[31m\n')
        for args in (['replay'], ['replay', '--json'], ['replay', '--escape'], ['profile'], ['list', 'rules'],
                     ['list', 'rules', '--json'], ['check', '--json'], ['match', '-c', conditions]):
            words = [*args, *(['-r'] if args[0] in ('replay', 'profile', 'list') else []),
                     *([rules] if args[0] != 'match' else []),
                     *([ATTACK] if args[0] in ('replay', 'profile', 'match') else [])]
            status, text = on_terminal(*words, NO_COLOR='1')
            self.assertIn(status, (0, 1), text)
            self.assertNotRegex(text, r'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]', words)
            if '--json' in args:
                line = next(i for i in text.splitlines() if i.startswith('{'))
                self.assertEqual(json.loads(line), json.loads(saker(*words).out))

    def test_reader_goes_away(self):
        child = subprocess.Popen([SAKER, 'print', '-v', ATTACK], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=environment())
        child.stdout.readline()
        child.stdout.close()
        err = child.stderr.read()
        child.stderr.close()
        self.assertEqual((child.wait(), err), (0, b''))

    def test_full_disk(self):
        replay = ['replay', '-r', RULES, ATTACK]
        for args in ['print', ATTACK], replay, replay + ['-q'], ['list', 'fields'], ['--help']:
            with open('/dev/full', 'wb') as full:
                done = subprocess.run([SAKER, *args], stdout=full, stderr=subprocess.PIPE, env=environment())
            self.assertEqual(done.returncode, 4)
            self.assertIn(b'No space left', done.stderr)
        for words in [], ['evt.num > 1']:
            done = saker('print', '-w', '/dev/full', ATTACK, *words)
            self.assertEqual((done.status, done.err), (4, 'saker: /dev/full: No space left on device\n'))


if __name__ == '__main__':
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
