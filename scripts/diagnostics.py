#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""diagnostics.py [--check]: writes doc/diagnostics.md from lib/rules/diags.def, or says whether it is current."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
table, page = root / 'lib/rules/diags.def', root / 'doc/diagnostics.md'
text = ['# Diagnostics', '',
        'What `saker check` and saker_compiler_diag() can say, by number. Numbers and names do not change; new ones may come. '
        'Falco\'s code is that of its `-V` results; where there is none, Falco says nothing. Examples of each, with what is printed, '
        'are in tests/diagnostics/.', '']
row = re.compile(r'SKR_DIAG\((\d+), \w+, "([^"]*)", (\w+), (NULL|"[^"]*"),\s*"((?:[^"\\]|\\.)*)"\)', re.S)
source = re.sub(r'"\s*\n\s*"', '', table.read_text())
for part in re.split(r'\n/\* (.*?) \*/\n', source.split('*/', 1)[1])[1:]:
    rows = row.findall(part)
    if not rows:
        text += ['## ' + part, '']
        continue
    text += ['| number | name | severity | Falco\'s code | meaning |', '| --- | --- | --- | --- | --- |']
    for number, name, severity, code, doc in rows:
        code = '' if code == 'NULL' else '`' + code.strip('"') + '`'
        text.append(f'| {number} | `{name}` | {severity.lower()} | {code} | {doc.replace("|", chr(92) + "|")} |')
    text.append('')
made = '\n'.join(text)
if '--check' in sys.argv[1:]:
    current = page.exists() and page.read_text() == made
    print(f'{page.name} is {"current" if current else "not current: run scripts/diagnostics.py"}')
    sys.exit(0 if current else 1)
page.write_text(made)
