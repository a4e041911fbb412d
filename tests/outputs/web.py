#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""web.py SAKER ROOT: alerts over HTTP, to a server of our own that refuses what falcosidekick refuses."""
import http.server
import json
import os
import pty
import re
import shutil
import socket
import ssl
import subprocess
import threading
import unittest

from base import Case, main
from channels import Counts

PRIORITIES = {'Emergency', 'Alert', 'Critical', 'Error', 'Warning', 'Notice', 'Informational', 'Debug'}


def fault(headers, body):
    """What is wrong with a request, or None."""
    if headers.get('Content-Type') != 'application/json':
        return 'type'
    try:
        alert = json.loads(body)
    except ValueError:
        return 'not JSON'
    if not isinstance(alert.get('rule'), str) or not alert['rule']:
        return 'rule'
    if alert.get('priority') not in PRIORITIES:
        return 'priority'
    if not re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z', alert.get('time', '')):
        return 'time'
    fields = alert.get('output_fields')
    if not isinstance(fields, dict) or not fields:
        return 'output_fields'
    for key in 'k8s.ns.name', 'k8s.pod.name':
        if not isinstance(fields.get(key), (str, type(None))):
            return key
    return None


class Server(http.server.ThreadingHTTPServer):
    """`plan` says what becomes of the first requests: a status to answer with, or 'hang'. Then all is judged."""
    daemon_threads = True
    block_on_close = False
    answer = b'ok'

    def __init__(self, plan=(), bind=True):
        self.plan, self.taken, self.faults, self.peers, self.requests = list(plan), [], [], set(), 0
        self.lock, self.end = threading.Lock(), threading.Event()
        super().__init__(('127.0.0.1', 0), Handler, bind_and_activate=bind)

    def begin(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    @property
    def url(self):
        return f'http://127.0.0.1:{self.server_address[1]}/'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        server = self.server
        with server.lock:
            server.requests += 1
            server.peers.add(self.client_address)
            step = server.plan.pop(0) if server.plan else None
            if step is None:
                wrong = fault(self.headers, body)
                if wrong:
                    server.faults.append(wrong)
                else:
                    server.taken.append(json.loads(body))
                step = 400 if wrong else 200
        if step == 'hang':
            server.end.wait()
            return
        self.send_response(step)
        self.send_header('Content-Length', str(len(server.answer)))
        self.end_headers()
        self.wfile.write(server.answer)


class Posting(Case):
    def serve(self, *plan):
        server = Server(plan).begin()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.addCleanup(server.end.set)
        return server

    def post(self, server, *words, status=0, **settings):
        return self.replay(*words, status=status, stdout_output__enabled=False, http_output__enabled=True,
                           http_output__url=server.url, **settings)

    def expected(self, **settings):
        return [json.loads(line) for line in self.alerts('--json', **settings)]


class Web(Posting):
    def test_all_arrive_in_order_over_one_connection(self):
        server = self.serve()
        rules = self.noisy()
        self.post(server, rules=rules)
        self.assertEqual(server.faults, [])
        self.assertEqual(server.taken, self.expected(rules=rules))
        self.assertEqual(len(server.peers), 1)
        self.assertIn('k8s.pod.name', server.taken[0]['output_fields'])

    def test_json_whatever_the_other_outputs_get(self):
        server = self.serve()
        done = self.replay(http_output__enabled=True, http_output__url=server.url)
        self.assertEqual(done.stdout.splitlines(), self.alerts())
        self.assertEqual(server.taken, self.expected())

    def test_without_what_the_receiver_needs(self):
        server = self.serve()
        done = self.post(server, status=4, json_include_output_fields_property=False)
        self.assertEqual(set(server.faults), {'output_fields'})
        self.assertIn('the answer was 400', done.stderr)

    def test_failures_are_tried_again(self):
        server = self.serve(503, 429, 200, 500)
        self.post(server)
        self.assertEqual(server.taken, self.expected()[1:])
        self.assertEqual(server.requests, len(self.expected()) + 3)

    def test_a_refusal_is_final(self):
        text = self.folder / 'm.prom'
        server = self.serve(400)
        done = self.post(server, '--metrics', text, status=4)
        self.assertEqual(server.taken, self.expected()[1:])
        counts = Counts(text.read_text(), 'http_output')
        self.assertEqual((counts.failed, counts.dropped, counts.total), (1, 0, counts.matches))
        self.assertIn('http_output: 1 alert lost', done.stderr)

    def test_failing_for_ever_is_given_up(self):
        server = self.serve(*[500] * 3)
        self.post(server, status=4, http_output__max_consecutive_timeouts=2)
        self.assertEqual(server.taken, self.expected()[1:])

    def test_a_server_that_is_not_there_yet(self):
        server = Server(bind=False)
        server.server_bind()  # but it does not listen
        self.addCleanup(server.server_close)
        child = self.start(stdout_output__enabled=False, http_output__enabled=True, http_output__url=server.url,
                           captures=[self.capture()])
        # The fault is told when the counters are looked at, which is after the first try.
        server.server_activate()
        server.begin()
        self.addCleanup(server.shutdown)
        self.assertEqual(child.wait(), 0, child.stderr.read())
        self.assertEqual(server.taken, self.expected())

    def capture(self):
        from base import CAPTURE
        return CAPTURE

    def test_a_connection_that_breaks(self):
        server = self.serve()
        rules = self.noisy()
        original = Handler.do_POST

        def broken(handler):
            with server.lock:
                first = server.requests == 0
                server.requests += first
            if first:
                handler.connection.shutdown(socket.SHUT_RDWR)
                handler.close_connection = True
            else:
                original(handler)
        Handler.do_POST = broken
        self.addCleanup(setattr, Handler, 'do_POST', original)
        self.post(server, rules=rules)
        self.assertEqual(server.taken, self.expected(rules=rules))

    def test_one_that_hangs_holds_up_nothing(self):
        text = self.folder / 'm.prom'
        server = self.serve(*['hang'] * 1000)
        done = self.post(server, '--metrics', text, status=4, rules=self.noisy(), outputs_queue__capacity=7,
                         outputs_queue__when_full='drop', outputs_queue__drain=500)
        counts = Counts(text.read_text(), 'http_output')
        self.assertEqual(counts.sent, 0)
        self.assertEqual(counts.dropped, counts.matches - 7)
        self.assertEqual(counts.dropped, counts.queue_drops)
        self.assertEqual(sum(map(int, re.findall(r'http_output: (\d+) alerts? lost', done.stderr))), counts.matches)

    def test_timeouts_are_counted(self):
        server = self.serve('hang', 'hang', 'hang')
        done = self.post(server, status=4, http_output__timeout=1000, http_output__max_consecutive_timeouts=2)
        self.assertEqual(server.taken, self.expected()[1:])
        self.assertIn('Timeout was reached', done.stderr)

    def test_settings(self):
        server = self.serve()
        seen = []
        original = Handler.do_POST

        def look(handler):
            seen.append(handler.headers['User-Agent'])
            original(handler)
        Handler.do_POST = look
        self.addCleanup(setattr, Handler, 'do_POST', original)
        done = self.post(server, http_output__user_agent='tests/1', http_output__echo=True,
                         http_output__keep_alive=True, http_output__compress_uploads=True)
        self.assertEqual(set(seen), {'tests/1'})
        self.assertEqual(done.stdout, 'ok' * len(seen))

    def test_an_answer_on_a_terminal(self):
        server = self.serve()
        server.answer = b'\033]0;title\007ok'
        master, slave = pty.openpty()
        done = subprocess.run(self.command(stdout_output__enabled=False, http_output__enabled=True,
                                           http_output__url=server.url, http_output__echo=True),
                              stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        text = os.read(master, 65536)
        os.close(master)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(text.startswith(rb'\x1b]0;title\x07ok'), text)
        self.assertNotIn(b'\033', text)

    def test_passwords_are_not_shown(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))  # but nothing listens
            port = s.getsockname()[1]
            url = f'http://name:s3cret@127.0.0.1:{port}/a@b'
            done = self.replay(status=4, stdout_output__enabled=False, http_output__enabled=True, http_output__url=url,
                               outputs_queue__drain=500)
        self.assertIn(f'http_output: http://127.0.0.1:{port}/a@b: ', done.stderr)
        self.assertNotIn('s3cret', done.stderr)

    def test_what_is_no_web_address(self):
        for url in 'file:///etc/passwd', 'gopher://127.0.0.1/':
            done = self.replay(status=4, stdout_output__enabled=False, http_output__enabled=True, http_output__url=url,
                               http_output__max_consecutive_timeouts=0)
            self.assertIn('http_output: ', done.stderr)


@unittest.skipUnless(shutil.which('openssl'), 'makes its certificates with openssl')
class Tls(Posting):
    def certificate(self, name):
        key, cert = self.folder / f'{name}.key', self.folder / f'{name}.crt'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                        '-subj', f'/CN={name}', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2',
                        '-keyout', key, '-out', cert], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return key, cert

    def serve_tls(self, clients=None):
        server = self.serve()
        key, cert = self.certificate('server')
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(clients)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # of clients that go away
        return server, cert

    def post_tls(self, server, status=0, **settings):
        return self.replay(status=status, stdout_output__enabled=False, http_output__enabled=True,
                           http_output__url=server.url.replace('http:', 'https:'),
                           http_output__max_consecutive_timeouts=0, **settings)

    def test_a_server_that_nobody_vouches_for(self):
        server, _ = self.serve_tls()
        done = self.post_tls(server, status=4)
        self.assertEqual(server.taken, [])
        self.assertRegex(done.stderr, 'http_output: https://.*certificate')

    def test_vouched_for(self):
        server, cert = self.serve_tls()
        for setting in {'http_output__ca_cert': cert}, {'http_output__ca_bundle': cert}, \
                {'http_output__insecure': True}:
            server.taken.clear()
            self.post_tls(server, **setting)
            self.assertEqual(server.taken, self.expected())

    def test_the_sender_shows_one_too(self):
        key, mine = self.certificate('client')
        server, cert = self.serve_tls(clients=mine)
        self.post_tls(server, status=4, http_output__ca_cert=cert)
        self.assertEqual(server.taken, [])
        self.post_tls(server, http_output__ca_cert=cert, http_output__mtls=True, http_output__client_cert=mine,
                      http_output__client_key=key)
        self.assertEqual(server.taken, self.expected())


if __name__ == '__main__':
    main()
