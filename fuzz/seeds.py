#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py HARNESS SHARED FOLDER             writes inputs made of the conformance data into FOLDER
   seeds.py HARNESS SHARED --run PROGRAM ...  gives them to PROGRAM, as one more argument, and removes them
Ends with 77 if the data is not there. What every harness gets besides is in corpus/."""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
shared = None


def table(name):
    """Rows of a TSV file of the conformance data, unescaped."""
    for line in (shared / 'conformance' / name).read_text(encoding='latin-1').splitlines():
        if line and not line.startswith('#'):
            yield [unescape(cell) for cell in line.split('\t')]


def unescape(cell):
    out, i, letters = bytearray(), 0, {'\\': '\\', 't': '\t', 'n': '\n', 'r': '\r'}
    while i < len(cell):
        if cell[i] == '\\' and i + 1 < len(cell):
            if cell[i + 1] == 'x':
                out.append(int(cell[i + 2:i + 4], 16))
                i += 4
                continue
            out += letters.get(cell[i + 1], cell[i:i + 2]).encode('latin-1')
            i += 2
        else:
            out += cell[i].encode('latin-1')
            i += 1
    return bytes(out)


def conditions():
    for name, column in (('conditions.tsv', 0), ('conditions-extra.tsv', 0), ('mutant-conditions.tsv', 0), ('evttypes.tsv', 0),
                         ('condition-warnings.tsv', 0), ('eval.tsv', 1)):
        for row in table(name):
            yield row[column]


def rules():
    for case in sorted((shared / 'conformance/rules').iterdir()):
        yield b'\f'.join(f.read_bytes() for f in sorted(case.glob('*.yaml')))
    with gzip.open(shared / 'conformance/mutants.jsonl.gz', 'rt', encoding='utf-8') as f:
        for line in f:
            yield json.loads(line)['yaml'].encode()


def evaluated():
    """Eight to an input: with fields of the schema that the harness has."""
    known = {b'proc.name': b't.name', b'fd.name': b't.path', b'proc.args': b't.args', b'evt.rawres': b't.int', b'proc.pid': b't.uint',
             b'fd.ip': b't.ips', b'fd.net': b't.nets', b'fd.sip': b't.ip', b'evt.buffer': b't.data', b'proc.aname': b't.kin'}
    lines = []
    for text in conditions():
        for theirs, ours in known.items():
            text = text.replace(theirs, ours)
        lines.append(text.replace(b'\n', b' ').replace(b'\t', b' '))
    for i in range(0, len(lines), 8):
        yield b'\n'.join(lines[i:i + 8])


def formats():
    for row in table('formats.tsv'):
        yield row[0].replace(b'proc.name', b't.name').replace(b'proc.aname', b't.kin').replace(b'evt.res', b't.other')


def captures(most=60000):
    """Small ones; of large ones the beginning, which is then a capture cut off."""
    for f in sorted((shared / 'captures').glob('*.scap*')):
        yield (gzip.open(f) if f.suffix == '.gz' else open(f, 'rb')).read(most)


def dumps():
    """Captures as fuzz_dump has them: a byte of options; type, length, content of each block."""
    types = [int(t, 16) for t in re.findall(r'(?m)^BLOCK\((0x\w+)', (root / 'lib/capture/blocks.def').read_text())]
    for i, data in enumerate(captures(1 << 20)):
        out, at = bytearray([2 * i % 8]), 0
        while at + 12 < len(data) and len(out) < 20000:
            kind, size = int.from_bytes(data[at:at + 4], 'little'), int.from_bytes(data[at + 4:at + 8], 'little')
            if size < 12 or at + size > len(data):
                break
            if kind in types and size - 12 < 2000:
                body = data[at + 8:at + size - 4]
                out += bytes([types.index(kind)]) + len(body).to_bytes(2, 'little') + body
            at += size
        yield bytes(out)


def events():
    """The bodies of event blocks, each after its length."""
    for data in captures():
        out, at = bytearray(), 0
        while at + 12 < len(data) and len(out) < 8000:
            kind, size = int.from_bytes(data[at:at + 4], 'little'), int.from_bytes(data[at + 4:at + 8], 'little')
            if size < 12 or at + size > len(data):
                break
            skip = {0x204: 2, 0x208: 6, 0x216: 2, 0x217: 6, 0x221: 2, 0x222: 6}.get(kind)
            if skip is not None and size - 12 - skip < 65536:
                body = data[at + 8 + skip:at + size - 4]
                out += len(body).to_bytes(2, 'little') + body
            at += size
        if out:
            yield bytes(out)


harnesses = {'condition': conditions, 'rules': rules, 'eval': evaluated, 'format': formats, 'capture': captures, 'dump': dumps,
             'event': events, 'fields': events}


def write(name, folder):
    made = list(dict.fromkeys(harnesses[name]()))
    for i, data in enumerate(made):
        (pathlib.Path(folder) / f'shared-{i:05}').write_bytes(data)
    return len(made)


def main():
    global shared
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    if sys.argv[1] not in harnesses:
        print('no data for it')
        sys.exit(77)
    shared = pathlib.Path(sys.argv[2])
    if not (shared / 'conformance').is_dir():
        print('no conformance data')
        sys.exit(77)
    if sys.argv[3] != '--run':
        print(write(sys.argv[1], sys.argv[3]), 'inputs')
        return
    with tempfile.TemporaryDirectory() as folder:
        write(sys.argv[1], folder)
        sys.exit(subprocess.run(sys.argv[4:] + [folder], check=False).returncode)


main()
