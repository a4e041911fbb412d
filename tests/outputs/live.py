#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live.py SAKER ROOT: outputs, metrics and configuration of `watch` on the running kernel. Skipped (77) without the right
to."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from prometheus import parse, value

SAKER = sys.argv[1]
RULE = '''
- rule: Canary
  desc: a file of this test is opened
  condition: evt.type in (open, openat, openat2) and fd.name startswith %s and proc.pid = %d
  output: "opened %%fd.name pod=%%k8s.pod.name"
  priority: CRITICAL
  tags: [canary]
'''
CONFIG = '''
rules_files: [{0}/rules.yaml]
json_output: true
stdout_output: {{enabled: true}}
file_output: {{enabled: true, keep_alive: true, filename: {0}/alerts.json}}
program_output: {{enabled: true, keep_alive: true, program: "cat > {0}/program.json"}}
webserver: {{enabled: true, listen_address: 127.0.0.1, listen_port: 0, prometheus_metrics_enabled: true}}
metrics: {{enabled: true, textfile: {0}/counters.prom}}
'''


class Skip(Exception):
    pass


def until(condition, child):
    while not condition():
        if child.poll() is not None:
            raise Skip
        time.sleep(0.02)


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def check(what, good):
    if not good:
        sys.exit(f'failed: {what}')


def run(folder):
    canary, out, err = folder / 'canary', folder / 'out', folder / 'err'
    canary.write_text('')
    (folder / 'rules.yaml').write_text(RULE % (canary, os.getpid()))
    (folder / 'saker.yaml').write_text(CONFIG.format(folder))
    child = subprocess.Popen([SAKER, 'watch', '-c', folder / 'saker.yaml'], stdin=subprocess.DEVNULL,
                             stdout=out.open('w'), stderr=err.open('w'))
    try:
        port = int(follow(child, folder, canary, out, err))
    except Skip:
        print(err.read_text())
        sys.exit(77 if child.returncode == 3 else 1)
    finally:
        if child.poll() is None:
            child.kill()
    check('the port is closed', socket.socket().connect_ex(('127.0.0.1', port)) != 0)


def follow(child, folder, canary, out, err):
    alerts, rotated = folder / 'alerts.json', folder / 'alerts.1'

    def seen(path):
        canary.read_text()
        return lines(path)
    until(lambda: 'watching' in err.read_text(), child)
    until(lambda: seen(alerts) and seen(out), child)
    port = re.search(r'listening at 127.0.0.1 port (\d+)', err.read_text())[1]
    url = f'http://127.0.0.1:{port}'

    def matches():
        families = parse(urllib.request.urlopen(f'{url}/metrics').read().decode())
        rows = families.get('falcosecurity_falco_rules_matches_total')
        return rows and (rows[0][0], rows[0][1], value(families, 'falcosecurity_scap_n_evts_total'))
    until(matches, child)
    labels, count, events = matches()
    check('labels', labels == {'rule_name': 'Canary', 'priority': '2', 'source': 'syscall', 'tag_canary': 'true'})
    check('events', events >= count >= 1)
    check('health', json.load(urllib.request.urlopen(f'{url}/healthz')) == {'status': 'ok'})
    alerts.rename(rotated)
    child.send_signal(signal.SIGHUP)
    until(lambda: seen(alerts), child)
    until(lambda: 'rules read again' in err.read_text(), child)
    child.send_signal(signal.SIGTERM)
    check('status', child.wait() == 0)
    written = lines(rotated) + lines(alerts)
    check('all outputs the same', written == lines(out) == lines(folder / 'program.json'))
    check('JSON', all(json.loads(line)['rule'] == 'Canary' for line in written))
    check('name', json.loads(written[0])['hostname'] == (os.environ.get('FALCO_HOSTNAME') or socket.gethostname()))
    families = parse((folder / 'counters.prom').read_text())
    check('count at the end', value(families, 'falcosecurity_falco_rules_matches_total') == len(written))
    return port


with tempfile.TemporaryDirectory() as name:
    if os.geteuid() != 0:
        print('skipped: root only')
        sys.exit(77)
    run(pathlib.Path(name))
