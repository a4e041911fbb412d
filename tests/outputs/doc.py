#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""doc.py ROOT [--update]: the tables of doc/outputs.md are those of the sources (or become so)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])
SOURCE, DOC = ROOT / 'examples' / 'saker', ROOT / 'doc' / 'outputs.md'
TEXT = r'"((?:[^"\\]|\\.)*)"'


def keys():
    rows = re.findall(rf'^KEY\({TEXT}, (\w+), \w+, (.+?), {TEXT}\)$', (SOURCE / 'config.def').read_text(), re.M)
    yield '| key | value | default | what it says |'
    yield '|---|---|---|---|'
    kinds = {'FLAG': 'true, false', 'FLAG_OFF': 'false', 'NUMBER': 'number', 'REAL': 'number',
             'TEXT': 'text', 'LIST': 'list'}
    for key, kind, default, said in rows:
        default = default.strip('"').replace('NULL', '')
        yield f'| `{key}` | {kinds[kind]} | {f"`{default}`" if default else ""} | {said} |'


def ignored():
    names = re.findall(rf'^IGNORED\({TEXT}\)$', (SOURCE / 'config_ignored.def').read_text(), re.M)
    yield ', '.join(f'`{name}`' for name in names) + '.'


def metrics():
    text = (SOURCE / 'metrics_text.c').read_text() + (SOURCE / 'metrics.c').read_text()
    names = sorted(set(re.findall(r'"((?:falcosecurity|saker)_\w+)[{"]', text)))
    yield ', '.join(f'`{name}`' for name in names) + '.'


def main():
    old = DOC.read_text()
    new = old
    for name, rows in (('keys', keys()), ('ignored', ignored()), ('metrics', metrics())):
        begin, end = f'<!-- {name} -->\n', f'<!-- end of {name} -->\n'
        head, rest = new.split(begin)
        new = head + begin + '\n'.join(rows) + '\n' + end + rest.split(end)[1]
    if '--update' in sys.argv:
        DOC.write_text(new)
    elif new != old:
        sys.exit(f'doc/outputs.md is out of date: {sys.argv[0]} {sys.argv[1]} --update')


main()
