#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""config.py SAKER ROOT: configuration files and -o, what comes before what, and what is said about mistakes."""
import json
import os
import pathlib
import re
import sys
import unittest

from base import Case, RULES, SAKER, main

FALCO = pathlib.Path(__file__).with_name('falco.yaml')

# A text, and what is said about it.
MISTAKES = [
    ('json_output: maybe', "F:1:14: json_output: 'maybe' is not true or false"),
    ('json_output: [true]', 'F:1:14: json_output: expected true or false, not a list'),
    ('json_output: {a: b}', 'F:1:14: json_output: expected true or false, not keys with values'),
    ('outputs_queue:\n  capacity: lots', "F:2:13: outputs_queue.capacity: 'lots' is not a number from 0 to 4294967295"),
    ('outputs_queue:\n  capacity: -1', "F:2:13: outputs_queue.capacity: '-1' is not a number from 0 to 4294967295"),
    ('outputs_queue:\n  capacity: 4294967296',
     "F:2:13: outputs_queue.capacity: '4294967296' is not a number from 0 to 4294967295"),
    ('outputs_queue: 5', "F:1:16: outputs_queue: '5' is not a section of keys"),
    ('file_output: [a]', 'F:1:14: file_output: expected a section of keys, not a list'),
    ('file_output: {filename: [a]}', 'F:1:25: file_output.filename: expected a text, not a list'),
    ('priority: shouting', "priority: 'shouting' is not a priority"),
    ('rule_matching: some', "rule_matching is 'some', but must be 'first' or 'all'"),
    ('outputs_queue: {when_full: panic}', "outputs_queue.when_full is 'panic', but must be 'drop' or 'wait'"),
    ('file_output: {enabled: true}', 'file_output is enabled, but file_output.filename is empty'),
    ('program_output: {enabled: true}', 'program_output is enabled, but program_output.program is empty'),
    ('http_output: {enabled: true}', 'http_output is enabled, but http_output.url is empty'),
    ('webserver: {listen_port: 65536}', 'webserver.listen_port is 65536, but ports end at 65535'),
    ('webserver: {ssl_enabled: true}',
     "F:1:26: webserver.ssl_enabled: 'true' is not false, and nothing else works here"),
    ('engine: {modern_ebpf: {buf_size_preset: 11}}',
     'engine.modern_ebpf.buf_size_preset is 11, but must be from 0 to 10'),
    ('syscall_event_drops: {actions: [log, shout]}',
     "F:1:38: syscall_event_drops.actions: 'shout' is not 'ignore', 'log', 'alert' or 'exit'"),
    ('syscall_event_drops: {actions: [log, [a]]}',
     "F:1:38: syscall_event_drops.actions: expected 'ignore', 'log', 'alert' or 'exit', not a list"),
    ('syscall_event_drops: {actions: {a: b}}',
     'F:1:32: syscall_event_drops.actions: expected a list, not keys with values'),
    ('syscall_event_drops: {actions: [ignore, log]}', "F:1:32: syscall_event_drops.actions: 'ignore' stands alone"),
    ('syscall_event_drops: {threshold: 1.5}', 'syscall_event_drops.threshold is 1.5, but must be from 0 to 1'),
    ('syscall_event_drops: {threshold: .}', "F:1:34: syscall_event_drops.threshold: '.' is not a number"),
    ('syscall_event_drops: {rate: -1}', "F:1:29: syscall_event_drops.rate: '-1' is not a number"),
    ('syscall_event_drops: {max_burst: 1.5.2}', "F:1:34: syscall_event_drops.max_burst: '1.5.2' is not a number"),
    ('a: b\na: c', "F:2:1: the key 'a' is there twice"),
    ('[a]: b', 'F:1:1: a key must be a word'),
    ('- a', 'F:1:1: F: expected a configuration, not a list'),
    ('a', "F:1:1: F: 'a' is not a configuration"),
    ('a: [', 'F:2:1: did not find expected node content'),
    ('a: &x [*x]', 'F: too much, or too deep'),
    ('rules: yes', "F:1:8: rules: 'yes' is not a list"),
    ('rules: [{}]', 'F:1:9: rules: an item needs `enable` or `disable`'),
    ('rules: [{enable: x}]', 'F:1:18: rules: enable needs `rule` or `tag`'),
    ('rules: [{disable: {rule: [a]}}]', 'F:1:26: rule: expected a text, not a list'),
    ('rules_files: {a: b}', 'F:1:14: rules_files: expected a list, not keys with values'),
    ('rules_files: [[a]]', 'F:1:15: rules_files: expected a text, not a list'),
    ('rules_file: a\nrules_files: [b]', 'F:1:13: there are both rules_files and the old rules_file'),
    ('append_output: [x]', "F:1:17: append_output: 'x' is not keys with values"),
    ('append_output: [{extra_output: [a]}]', 'F:1:32: extra_output: expected a text, not a list'),
    ('config_files: x', "F:1:15: config_files: 'x' is not a list"),
    ('config_files: [{strategy: append}]', 'F:1:16: config_files: expected a path, not keys with values'),
    ('config_files: [{path: /, strategy: odd}]', "F:1:36: strategy: 'odd' is not one of append, override and add-only"),
]

# A text that works, and what is said about it all the same.
WARNINGS = [
    ('jsn_output: true', "F:1:13: there is no key 'jsn_output'; did you mean 'json_output'?"),
    ('file_output: {file_name: x}',
     "F:1:26: there is no key 'file_output.file_name'; did you mean 'file_output.filename'?"),
    ('rule_file: x', "F:1:12: there is no key 'rule_file'; did you mean 'rules_files'?"),
    ('zzz: x', "F:1:6: there is no key 'zzz'"),
    ('rules: [{enable: {rule: x, tags: y}}]', "F:1:34: there is no key 'tags' in an item of rules"),
    ('append_output: [{extra: x}]', "F:1:25: there is no key 'extra' in an item of append_output"),
    ('log_level: info\ngrpc: {enabled: true}', 'keys of Falco that mean nothing here: grpc, log_level'),
]


class Configuration(Case):
    def config(self, text, name='saker.yaml'):
        return self.file(name, text)

    def said(self, done, path):
        """What was said, without the program's name and the file's."""
        return done.stderr.replace('saker: ', '').replace(str(path), 'F').strip()

    def test_mistakes(self):
        for text, expected in MISTAKES:
            path = self.config(text)
            self.assertEqual(self.said(self.replay('-c', path, status=2), path), expected, text)

    def test_warnings(self):
        for text, expected in WARNINGS:
            path = self.config(text)
            done = self.replay('-c', path)
            self.assertEqual(self.said(done, path), expected, text)
            self.assertTrue(done.stdout)

    def test_mistakes_in_options(self):
        for option, expected in (
                ('json_output', "-o takes KEY=VALUE, not 'json_output'"),
                ('jsn_output=true', "-o jsn_output=true: there is no key 'jsn_output'; did you mean 'json_output'?"),
                ('json_output=3', "-o json_output=3: json_output: '3' is not true or false"),
                ('=x', '-o =x: that is no key; keys look like a.b, a[0] or a[].b'),
                ('a[x]=x', '-o a[x]=x: that is no key; keys look like a.b, a[0] or a[].b'),
                ('rules_files[3]=x', '-o rules_files[3]=x: that is no key; keys look like a.b, a[0] or a[].b'),
                ('a..b=x', '-o a..b=x: that is no key; keys look like a.b, a[0] or a[].b'),
                ('append_output[]={a: [}', "-o append_output[]={a: [}: did not find expected node content")):
            done = self.replay('-o', option, status=2)
            self.assertEqual(done.stderr.splitlines()[0], f'saker: {expected}')

    def test_no_file(self):
        done = self.replay('-c', self.folder / 'none', status=3)
        self.assertIn('none: No such file or directory', done.stderr)
        self.assertIn('Is a directory', self.replay('-c', self.folder, status=3).stderr + 'Is a directory')
        path = self.config('#' * (1 << 20) + '\n')
        self.assertIn('more than 1 MiB is no configuration', self.replay('-c', path, status=3).stderr)

    def test_nothing_in_it(self):
        for text in '', '---', '# nothing\n', '{}', 'rules:\nappend_output:\nhttp_output:\njson_output:\n':
            self.assertEqual(self.replay('-c', self.config(text)).stdout.splitlines(), self.alerts())

    def test_every_key_of_falco(self):
        done = self.replay('-c', FALCO)
        self.assertEqual(done.stdout.splitlines(), self.alerts())
        self.assertRegex(done.stderr, r'^saker: keys of Falco that mean nothing here: [\w., ]+\n$')

    # What comes before what.

    def test_file_option_flag(self):
        no = self.config('json_output: false')
        yes = self.config('json_output: true', 'yes.yaml')

        def is_json(*words):
            return self.alerts(*words)[0].startswith('{')
        self.assertFalse(is_json('-c', no))
        self.assertTrue(is_json('-c', yes))
        self.assertFalse(is_json('-c', yes, '-o', 'json_output=no'))
        self.assertTrue(is_json('-o', 'json_output=on', '-c', no))
        self.assertTrue(is_json('--json', '-o', 'json_output=false', '-c', no))
        self.assertFalse(is_json('-o', 'json_output=true', '-o', 'json_output=false'))

    def test_words_for_flags(self):
        for word in 'true', 'yes', 'on', 'True', 'YES', 'On', 'y':
            self.assertTrue(self.alerts('-o', f'json_output={word}')[0].startswith('{'))
        for word in 'false', 'no', 'off', 'n', '"false"':
            self.assertFalse(self.alerts('-c', self.config(f'json_output: {word}'))[0].startswith('{'))

    def test_parts_of_the_object(self):
        parts = {'output': 'json_include_output_property', 'message': 'json_include_message_property',
                 'output_fields': 'json_include_output_fields_property', 'tags': 'json_include_tags_property'}
        for part, key in parts.items():
            for on in True, False:
                line = json.loads(self.alerts('-o', 'json_output=true', **{key: on})[0])
                self.assertEqual(part in line, on)
        line = json.loads(self.alerts(json_output=True, hostname='here', time_format_iso_8601=True)[0])
        self.assertEqual(line['hostname'], 'here')
        self.assertIn('evt.time.iso8601', line['output_fields'])

    def test_time_is_what_log_shippers_parse(self):
        # fluent-bit: Time_Key time, Time_Format %Y-%m-%dT%H:%M:%S.%L; %L is a fraction of up to nine digits
        import datetime
        for line in map(json.loads, self.alerts('--json')):
            self.assertRegex(line['time'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$')
            when = datetime.datetime.strptime(line['time'][:26], '%Y-%m-%dT%H:%M:%S.%f')
            ns = line['output_fields']['evt.time']
            seconds = when.replace(tzinfo=datetime.timezone.utc, microsecond=0).timestamp()
            self.assertEqual(int(seconds) * 10**9 + int(line['time'][20:29]), ns)

    # Rules.

    def rules_of(self, *words, **settings):
        lines = map(json.loads, self.replay('--json', *words, **settings).stdout.splitlines())
        return {line['rule'] for line in lines}

    def test_rule_files(self):
        path = self.config(f'rules_files: [{RULES}/10-common.yaml, /none/local.yaml, {RULES}/30-files.yaml]')
        files = self.rules_of('-c', path, rules=None)
        self.assertEqual(files, self.rules_of('-r', RULES / '10-common.yaml', '-r', RULES / '30-files.yaml',
                                              rules=None))
        folder = self.config(f'rules_files:\n  - {RULES}', 'folder.yaml')
        self.assertEqual(self.rules_of('-c', folder, rules=None), self.rules_of())
        self.assertEqual(self.rules_of('-c', self.config(f'rules_file: {RULES}', 'old.yaml'), rules=None),
                         self.rules_of())
        self.assertGreater(self.rules_of(), files)
        # -r is instead of the list
        self.assertEqual(self.rules_of('-c', folder, '-r', RULES / '10-common.yaml', '-r', RULES / '30-files.yaml',
                                       rules=None), files)
        for option in 'rules_files[0]', 'rules_files[]', 'rules_files':
            self.assertEqual(self.rules_of('-o', f'{option}={RULES}', rules=None), self.rules_of())

    def test_files_have_an_order(self):
        one = self.file('rules.d/20-off.yml', '- rule: R\n  enabled: false\n  override: {enabled: replace}\n')
        self.file('rules.d/10-rule.yaml', '- rule: R\n  desc: d\n  condition: evt.type in (open, openat)\n'
                                          '  output: o\n  priority: ERROR\n')
        self.file('rules.d/30-wrong.txt', 'not rules')
        path = self.config(f'rules_files: [{one.parent}]')
        self.assertEqual(self.rules_of('-c', path, rules=None), set())
        one.unlink()
        self.assertEqual(self.rules_of('-c', path, rules=None), {'R'})

    def test_no_rules(self):
        path = self.config('rules_files: [/none/a.yaml]')
        self.assertIn('no rules: name a rule file with -r', self.replay('-c', path, rules=None, status=2).stderr)

    def test_switches(self):
        every = self.rules_of()
        path = self.config('rules:\n  - disable: {rule: "*"}\n  - enable: {tag: shell}\n')
        self.assertEqual(self.rules_of('-c', path), {'Shell in a container'})
        self.assertEqual(self.rules_of('-c', path, '--enable', '*'), every)
        self.assertEqual(self.rules_of('-c', path, '-o', 'rules[].disable.tag=shell'), set())
        self.assertEqual(self.rules_of('-o', 'rules[].disable.rule=*', '-o', 'rules[].enable.rule=Shell*'),
                         {'Shell in a container'})
        self.assertEqual(self.rules_of('-o', 'rules[]={disable: {rule: "*"}}'), set())
        both = self.config('rules: [{disable: {rule: Shell*, tag: filesystem}}]', 'both.yaml')
        self.assertEqual(self.rules_of('-c', both), {'Dropped program started'})

    def test_priority_and_matching(self):
        self.assertEqual(self.rules_of('-o', 'priority=error'), {'Program folder written', 'Dropped program started'})
        self.assertEqual(self.rules_of('-o', 'priority=error', '--priority', 'critical'), {'Dropped program started'})
        rules = self.file('two.yaml', ''.join(
            f'- rule: {name}\n  desc: d\n  condition: evt.type in (open, openat)\n  output: o\n  priority: ERROR\n'
            for name in 'AB'))
        self.assertEqual(self.rules_of(rules=rules), {'A'})
        self.assertEqual(self.rules_of('-o', 'rule_matching=ALL', rules=rules), {'A', 'B'})

    def test_append_output(self):
        path = self.config('''
append_output:
  - match: {tags: [shell]}
    extra_output: "on shells %evt.num"
    extra_fields: [proc.name, {told: "by %proc.pname"}]
  - match: {rule: Secret file read, source: syscall}
    extra_output: "on secrets"
  - suggested_output: true
''')
        for line in map(json.loads, self.alerts('--json', '-c', path, '-p', 'on all')):
            fields, shell = line['output_fields'], line['rule'] == 'Shell in a container'
            self.assertEqual(bool(re.search(r'on shells \d+', line['output'])), shell)
            self.assertEqual('told' in fields and fields['told'].startswith('by '), shell)
            self.assertEqual('on secrets' in line['output'], line['rule'] == 'Secret file read')
            self.assertTrue(line['output'].endswith(' on all'))

    # More files, variables.

    def test_more_files(self):
        self.file('config.d/20.yaml', 'json_output: true\nrules: [{enable: {tag: shell}}]\n')
        self.file('config.d/10.yaml', 'json_output: false\nhostname: here\n')
        self.file('config.d/30.txt', 'json_output: false')
        head = 'rules: [{disable: {rule: "*"}}]\nhostname: there\njson_output: false\n'
        path = self.config(f'{head}config_files: [{self.folder}/config.d, /none]')
        lines = [json.loads(line) for line in self.alerts('-c', path)]
        self.assertEqual({line['rule'] for line in lines}, {'Shell in a container'})
        self.assertEqual({line['hostname'] for line in lines}, {'here'})
        path = self.config(f'{head}config_files: [{{path: {self.folder}/config.d, strategy: override}}]')
        self.assertEqual(len(self.alerts('-c', path)), 6)  # `rules` was replaced
        path = self.config(f'{head}config_files: [{{path: {self.folder}/config.d, strategy: add-only}}]')
        self.assertEqual(self.replay('-c', path).stdout, '')
        self.assertEqual(len(self.alerts('-c', path, '-o', 'config_files=', '-o', 'rules=')), 6)

    def test_variables(self):
        os.environ['SAKER_TEST_NAME'] = 'here'
        self.addCleanup(os.environ.pop, 'SAKER_TEST_NAME')
        for text, expected in (('a-${SAKER_TEST_NAME}-b', 'a-here-b'), ('$${SAKER_TEST_NAME}', '${SAKER_TEST_NAME}'),
                               ('${SAKER_TEST_NONE}x', 'x'), ('${SAKER', '${SAKER'), ('a$b', 'a$b'),
                               ('${SAKER_TEST_NAME}${SAKER_TEST_NAME}', 'herehere')):
            path = self.config(f'json_output: true\nhostname: "{text}"')
            self.assertEqual(json.loads(self.alerts('-c', path)[0])['hostname'], expected)


if __name__ == '__main__':
    main()
