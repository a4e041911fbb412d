#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""metrics.py SAKER ROOT: counters for Prometheus in a file and over HTTP, read by a strict parser; hostile clients."""
import hashlib
import http.client
import os
import re
import socket
import time
import unittest

from base import CAPTURE, Case, RULES, main
from prometheus import labels_of, parse, value

# What dashboards made for the reference ask for.
KNOWN = '''falcosecurity_falco_version_info falcosecurity_falco_sha256_rules_files_info falcosecurity_scap_engine_name_info
falcosecurity_falco_kernel_release_info falcosecurity_evt_hostname_info falcosecurity_falco_start_timestamp_nanoseconds
falcosecurity_falco_reload_timestamp_nanoseconds falcosecurity_falco_duration_seconds_total
falcosecurity_falco_host_boot_timestamp_nanoseconds falcosecurity_falco_host_num_cpus_total
falcosecurity_falco_rules_matches_total falcosecurity_falco_outputs_queue_num_drops_total falcosecurity_scap_n_evts_total
falcosecurity_scap_n_drops_total falcosecurity_scap_n_threads_total falcosecurity_scap_n_fds_total
falcosecurity_falco_cpu_usage_ratio falcosecurity_falco_memory_rss_bytes falcosecurity_falco_memory_vsz_bytes'''.split()


class Parser(unittest.TestCase):
    def test_it_is_strict(self):
        parse('# HELP a_total x\n# TYPE a_total counter\na_total{b="c\\"\\\\\\n"} 1\n')
        self.assertEqual(labels_of('b="c\\n",d="e"'), {'b': 'c\n', 'd': 'e'})
        for wrong in ('a 1\n', '# HELP a x\n# TYPE a counter\na 1\n', '# HELP a x\n# TYPE a gauge\na 1',
                      '# HELP a x\n# TYPE a gauge\na{b="c} 1\n', '# HELP a x\n# TYPE a gauge\na 1\na 1\n',
                      '# HELP a x\n# TYPE a gauge\na x\n', '# HELP a x\n# TYPE a gauge\n\n',
                      '# HELP a x\n# TYPE a gauge\na{b="c" d="e"} 1\n'):
            with self.assertRaises(ValueError, msg=wrong):
                parse(wrong)


class File(Case):
    def counters(self, *words, **settings):
        path = self.folder / 'counters.prom'
        done = self.replay('--metrics', path, *words, **settings)
        self.assertEqual(os.listdir(self.folder).count('counters.prom'), 1)
        self.assertFalse([name for name in os.listdir(self.folder) if name.endswith('.new')])
        return parse(path.read_text()), done

    def test_names(self):
        families, _ = self.counters()
        self.assertEqual([name for name in KNOWN if name not in families], [])

    def test_readable_by_others(self):
        before = os.umask(0o022)
        self.addCleanup(os.umask, before)
        self.counters()
        self.assertEqual((self.folder / 'counters.prom').stat().st_mode & 0o777, 0o644)

    def test_a_link_in_its_way(self):
        """The folder may be the exporter's, and a process that runs may be waited for."""
        pipe, release = self.held_back()
        other, path = self.file('other', 'precious'), self.folder / 'link.prom'
        child = self.start('--metrics', path, captures=(pipe,))
        while not path.exists():
            time.sleep(0.01)
        os.symlink(other, f'{path}.{child.pid}.new')
        release()
        child.communicate()
        self.assertEqual((child.returncode, other.read_text()), (0, 'precious'))
        self.assertFalse(path.is_symlink())
        self.assertIn('falcosecurity_falco_version_info', path.read_text())

    def test_matches_of_rules(self):
        families, done = self.counters()
        lines = done.stdout.splitlines()
        name = 'falcosecurity_falco_rules_matches_total'
        self.assertEqual(sum(v for _, v in families[name]), len(lines))
        shell = [row for row, _ in families[name] if row['rule_name'] == 'Shell in a container'][0]
        self.assertEqual(shell['priority'], '5')
        self.assertEqual(shell['source'], 'syscall')
        self.assertEqual(shell['tag_container'], 'true')

    def test_two_captures(self):
        one, _ = self.counters()
        two, _ = self.counters(captures=[CAPTURE, CAPTURE])
        for name in 'falcosecurity_scap_n_evts_total', 'saker_output_alerts_total':
            labels = {'result': 'sent'} if name.startswith('saker') else {}
            self.assertEqual(value(two, name, **labels), 2 * value(one, name, **labels))

    def test_digests(self):
        families, _ = self.counters()
        found = {row['file_name']: row['sha256']
                 for row, _ in families['falcosecurity_falco_sha256_rules_files_info']}
        expected = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in RULES.glob('*.yaml')}
        self.assertEqual(found, expected)

    def test_digests_of_all_lengths_around_a_block(self):
        rule = '- rule: r\n  desc: d\n  condition: evt.type = open\n  output: o\n  priority: ERROR\n#'
        for more in range(70):
            path = self.file('rule.yaml', rule + 'x' * more)
            families, _ = self.counters(rules=path)
            found = families['falcosecurity_falco_sha256_rules_files_info'][0][0]['sha256']
            self.assertEqual(found, hashlib.sha256(path.read_bytes()).hexdigest())

    def test_names_that_need_escaping(self):
        rules = self.file('a "b\\c".yaml', '''
- rule: "a \\"rule\\" \\\\ with\\nlines"
  desc: d
  condition: evt.type in (open, openat)
  output: o
  priority: ERROR
  tags: ["a.b", "a-b", "c d"]
''')
        families, _ = self.counters('-r', rules, rules=rules)  # the same file twice is one row
        row = families['falcosecurity_falco_rules_matches_total'][0][0]
        self.assertEqual(row['rule_name'], 'a "rule" \\ with\nlines')
        self.assertEqual({key for key in row if key.startswith('tag_')}, {'tag_a_b', 'tag_c_d'})
        self.assertEqual([r['file_name'] for r, _ in families['falcosecurity_falco_sha256_rules_files_info']],
                         ['a "b\\c".yaml'])

    def test_groups_can_be_left_out(self):
        families, _ = self.counters(metrics__rules_counters_enabled=False, metrics__state_counters_enabled=False,
                                    metrics__kernel_event_counters_enabled=False,
                                    metrics__resource_utilization_enabled=False)
        for name in families:
            self.assertNotRegex(name, 'rules_matches|n_threads|n_evts|memory')

    def test_a_path_that_does_not_work(self):
        done = self.replay('--metrics', '/proc/none/counters', status=4)
        self.assertIn('metrics.textfile: /proc/none/counters: No such file or directory', done.stderr)


class Served(Case):
    """The command waits for a second capture meanwhile."""

    def setUp(self):
        super().setUp()
        pipe, self.release = self.held_back()
        self.child = self.start('--metrics', '127.0.0.1:0', captures=[CAPTURE, pipe])
        said = self.child.stderr.readline()
        self.port = int(re.search(r'listening at 127.0.0.1 port (\d+)', said)[1])

    def get(self, path='/metrics', method='GET'):
        connection = http.client.HTTPConnection('127.0.0.1', self.port)
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response, body

    def raw(self, data):
        with socket.create_connection(('127.0.0.1', self.port)) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            answer = b''
            while part := s.recv(65536):
                answer += part
            return answer

    def finish(self):
        self.release()
        out, err = self.child.communicate()
        self.assertEqual(self.child.returncode, 0, err)
        return out.splitlines()

    def test_counters(self):
        while True:  # the text is made after some events
            response, body = self.get()
            if response.status == 200:
                break
        self.assertEqual(response.headers['Content-Type'], 'text/plain; version=0.0.4; charset=utf-8')
        self.assertIn('falcosecurity_scap_n_evts_total', parse(body))
        response, body = self.get('/metrics?x=y')
        self.assertEqual(response.status, 200)
        head, body = self.get(method='HEAD')
        self.assertEqual((head.status, body), (200, ''))
        self.finish()

    def test_health(self):
        response, body = self.get('/healthz')
        self.assertEqual((response.status, body), (200, '{"status": "ok"}'))
        self.finish()

    def test_requests_that_are_refused(self):
        for method, path, status in (('POST', '/metrics', 405), ('GET', '/other', 404), ('DELETE', '/', 405),
                                     ('GET', '/metrics/../etc/passwd', 404)):
            self.assertEqual(self.get(path, method)[0].status, status)
        for data, status in ((b'\r\n\r\n', b'400'), (b'GET\r\n\r\n', b'400'), (b'GET metrics HTTP/1.1\r\n\r\n', b'400'),
                             (b'GET /metrics FTP/1.1\r\n\r\n', b'400'), (b'GET /metrics\r\n\r\n', b'400'),
                             (b'\0\xff' * 2048, b'431'), (b'GET /' + b'x' * 4091, b'431')):
            self.assertIn(status, self.raw(data)[:13], data[:40])
        self.finish()

    def test_clients_that_only_hold_on(self):
        idle = [socket.create_connection(('127.0.0.1', self.port)) for _ in range(100)]
        for s in idle[:50]:
            s.sendall(b'GET /metrics HTTP/1.1\r\nX: ')
        self.assertEqual(self.get('/healthz')[0].status, 200)
        lines = self.finish()
        for s in idle:
            s.close()
        self.assertEqual(lines, self.alerts(captures=[CAPTURE, CAPTURE]))


class Address(Case):
    def test_forms(self):
        for address, shown in (':0', '127.0.0.1'), ('127.0.0.1:0', '127.0.0.1'), ('localhost:0', 'localhost'):
            done = self.replay('--metrics', address)
            self.assertRegex(done.stderr, f'listening at {re.escape(shown)} port [1-9]')

    def test_taken(self):
        with socket.create_server(('127.0.0.1', 0)) as s:
            port = s.getsockname()[1]
            done = self.replay('--metrics', f'127.0.0.1:{port}', status=4)
        self.assertIn(f'webserver: 127.0.0.1 port {port}: Address already in use', done.stderr)

    def test_wrong(self):
        self.assertIn('ports end at 65535', self.replay('--metrics', ':65536', status=2).stderr)
        self.assertIn('webserver: 300.1.1.1:', self.replay('--metrics', '300.1.1.1:0', status=4).stderr)


if __name__ == '__main__':
    main()
