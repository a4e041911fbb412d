# SPDX-License-Identifier: Apache-2.0
"""Captures from text, a block or an event a line, in order (words as a shell splits them; # begins a comment):

    machine boot=NS hostname=TEXT            a block about the machine; without one there is none
    process tid=N comm=TEXT ...              an entry of the process list: FIELDS below, and pid (default: tid)
    chain tid=N count=N                      N processes from tid on, each the child of the one before, named pTID
    file tid=N fd=N type=file|directory name=TEXT       an entry of a descriptor list
    socket tid=N fd=N tuple=A:P->B:Q         the same: a TCP connection over IPv4
    address A                                an address of this machine
    block TYPE HEX                           any block
    wait NS                                  the events that follow are so much later
    TID NAME PARAM=VALUE ...                 an event: the newest version of NAME, or NAME@N with its number;
                                             NAME/N: with the first N parameters, as an older writer has it

Parameters that are not given are empty. Values: numbers, texts with \\0 and \\n, A:P, A:P->B:Q, INDEX:NUMBER for those
whose type is in the value, and hex:BYTES for any."""
import pathlib
import re
import shlex
import socket
import struct

TABLES = pathlib.Path(__file__).resolve().parents[2] / 'lib' / 'capture'
WIDTHS = {m[1]: int(m[2]) for m in re.finditer(r'^TYPE\((\w+), (\d+)\)', (TABLES / 'types.def').read_text(), re.M)}
SIGNED = 'INT8 INT16 INT32 INT64 ERRNO FD PID FD32 PID32'.split()
LARGE = 'SKR_EF_LARGE_PAYLOAD'
START = 1_700_000_000_000_000_000  # ns; each event is a microsecond later than the one before

pack = struct.pack


def read_events():
    """code -> (name, flags, [(parameter, type)])"""
    events = {}
    for row in re.split(r'\n(?=EVENT)', (TABLES / 'tables' / 'events.def').read_text()):
        m = re.match(r'EVENT0?\((\d+), \w+, (\w+), \w+, (?:\w+|[\w |\n]+), ([\w |\n]+)', row)
        if m:
            params = re.findall(r'\b(?:P|FLAGS|PATH|DYN)\((\w+), (\w+)', row)
            events[int(m[1])] = m[2], m[3], params
    return events


EVENTS = read_events()
CURRENT = {}  # name -> code: of the newest version the exit, or the enter event where there is no other
for number, (event_name, event_flags, _) in EVENTS.items():
    if 'OLD_VERSION' not in event_flags and 'UNUSED' not in event_flags:
        if number % 2 or CURRENT.get(event_name, 0) % 2 == 0:
            CURRENT[event_name] = number


def plain(value):
    return value.encode('latin-1').decode('unicode_escape').encode('latin-1')


def address(text):
    ip, _, port = text.rpartition(':')
    return socket.inet_aton(ip) + pack('<H', int(port))


def encode(kind, value):
    if value.startswith('hex:'):
        return bytes.fromhex(value[4:])
    if kind in ('CHARBUF', 'FSPATH', 'FSRELPATH'):
        return plain(value) + b'\0'
    if kind == 'SOCKADDR':
        return b'\2' + address(value)
    if kind == 'SOCKTUPLE':
        return b'\2' + b''.join(address(end) for end in value.split('->'))
    if kind == 'DYN':
        index, _, number = value.partition(':')
        return pack('<BQ', int(index), int(number, 0))
    if WIDTHS[kind] == 0:
        return plain(value)
    return int(value, 0).to_bytes(WIDTHS[kind], 'little', signed=kind in SIGNED)


def string(text):
    return pack('<H', len(text)) + text


# Entry of the process list, version 9: name, struct format ('s': a string), default.
FIELDS = [('tid', 'q', None), ('pid', 'q', None), ('ptid', 'q', 1), ('sid', 'q', -1), ('vpgid', 'q', -1),
          ('comm', 's', ''), ('exe', 's', ''), ('exepath', 's', ''), ('args', 's', ''), ('cwd', 's', '/'),
          ('fdlimit', 'q', 1024), ('flags', 'I', 0), ('uid', 'I', 0), ('gid', 'I', 0), ('vmsize', 'I', 0),
          ('vmrss', 'I', 0), ('vmswap', 'I', 0), ('pfmajor', 'Q', 0), ('pfminor', 'Q', 0), ('env', 's', ''),
          ('vtid', 'q', None), ('vpid', 'q', None), ('cgroups', 's', ''), ('root', 's', '/'),
          ('pidns_init_start_ts', 'Q', 0), ('tty', 'I', 0), ('loginuid', 'I', 0xffffffff), ('exe_writable', 'B', 0),
          ('cap_inheritable', 'Q', 0), ('cap_permitted', 'Q', 0), ('cap_effective', 'Q', 0),
          ('exe_upper_layer', 'B', 0), ('exe_ino', 'Q', 0), ('exe_ino_ctime', 'Q', 0), ('exe_ino_mtime', 'Q', 0),
          ('exe_from_memfd', 'B', 0), ('exe_lower_layer', 'B', 0), ('pgid', 'q', -1)]


def process(given):
    given.setdefault('pid', given['tid'])
    given.setdefault('vtid', given['tid'])
    given.setdefault('vpid', given['pid'])
    entry = b''
    for name, form, default in FIELDS:
        value = given.pop(name, default)
        entry += string(plain(value)) if form == 's' else pack('<' + form, int(str(value), 0))
    if given:
        raise ValueError(f'a process has no {", ".join(given)}')
    return pack('<I', len(entry) + 4) + entry


class Capture:
    def __init__(self, text):
        self.out, self.now = b'', START
        self.block(0x0A0D0D0A, pack('<IHHq', 0x1A2B3C4D, 1, 2, -1))
        for line in text.splitlines():
            words = shlex.split(line, comments=True)
            if words:
                self.line(words)

    def block(self, kind, body):
        body += b'\0' * (-len(body) % 4)
        size = pack('<I', len(body) + 12)
        self.out += pack('<I', kind) + size + body + size

    def line(self, words):
        verb, rest = words[0], words[1:]
        if verb.lstrip('-').isdigit():
            return self.event(int(verb), rest[0], dict(word.split('=', 1) for word in rest[1:]))
        if verb == 'block':
            return self.block(int(rest[0], 0), bytes.fromhex(''.join(rest[1:])))
        if verb == 'wait':
            self.now += int(rest[0])
            return None
        if verb == 'address':
            ip = socket.inet_aton(rest[0])
            entry = pack('<HH', 1, 2) + ip + ip + ip + pack('<Q', 0) + b'if'
            return self.block(0x219, pack('<I', len(entry)) + entry)
        return getattr(self, verb)(dict(word.split('=', 1) for word in rest))

    def machine(self, given):
        self.block(0x201, pack('<IQQ128sQQQQ', 1, 1 << 30, 1 << 22, given['hostname'].encode(), int(given['boot']),
                               0, 0, 0))

    def process(self, given):
        self.block(0x215, process(given))

    def chain(self, given):
        first = int(given['tid'])
        for tid in range(first, first + int(given['count'])):
            self.process({'tid': str(tid), 'ptid': str(tid - 1), 'comm': f'p{tid}'})

    def descriptor(self, given, kind, data):
        entry = pack('<qQB', int(given['fd']), 0, kind) + data
        self.block(0x218, pack('<QI', int(given['tid']), len(entry) + 4) + entry)

    def file(self, given):
        self.descriptor(given, {'file': 1, 'directory': 2}[given['type']], string(plain(given['name'])))

    def socket(self, given):
        a, b = (address(end) for end in given['tuple'].split('->'))
        self.descriptor(given, 3, a[:4] + b[:4] + a[4:] + b[4:] + b'\2')

    def event(self, tid, name, given):
        name, number, count = re.fullmatch(r'(\w+)(?:@(\d+))?(?:/(\d+))?', name).groups()
        code = int(number) if number else CURRENT[name]
        _, flags, params = EVENTS[code]
        params = params[:int(count)] if count else params
        values = [encode(kind, given.pop(param)) if param in given else b'' for param, kind in params]
        if given:
            raise ValueError(f'{name} has no {", ".join(given)}')
        width = '<I' if LARGE in flags else '<H'
        body = b''.join(pack(width, len(v)) for v in values) + b''.join(values)
        head = pack('<QqIHI', self.now, tid, 26 + len(body), code, len(values))
        self.block(0x221 if LARGE in flags else 0x216, pack('<H', 0) + head + body)
        self.now += 1000


def write(text):
    return Capture(text).out
