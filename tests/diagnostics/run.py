# SPDX-License-Identifier: Apache-2.0
"""run.py SAKER [--update]: what `saker check` says of each wrong rule file of this folder, word for word.

FILE.yaml has its text in FILE.expected, carets included; the last line is the exit status. --update writes them anew: read
the difference before it is committed. `saker check --json` must end with the same status and print results."""
import json
import pathlib
import subprocess
import sys

folder = pathlib.Path(__file__).resolve().parent
saker, update = str(pathlib.Path(sys.argv[1]).resolve()), '--update' in sys.argv[2:]
wrong = 0
files = sorted(folder.glob('*.yaml'))
for path in files:
    run = subprocess.run([saker, 'check', path.name], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    results = subprocess.run([saker, 'check', '--json', path.name], cwd=folder, stdout=subprocess.PIPE)
    if results.returncode != run.returncode or 'falco_load_results' not in json.loads(results.stdout or '{}'):
        wrong += 1
        print(f'{path.name}: results end with {results.returncode}: {results.stdout}')
    text = run.stdout.decode('utf-8', 'backslashreplace') + f'exit status {run.returncode}\n'
    expected = path.with_suffix('.expected')
    before = expected.read_text() if expected.exists() else ''
    if text == before:
        continue
    wrong += 1
    if update:
        expected.write_text(text)
    else:
        print(f'{path.name}: expected\n{before}\ngot\n{text}')
print(f'{len(files)} files, {wrong} {"written" if update else "wrong"}')
sys.exit(1 if wrong and not update else 0)
