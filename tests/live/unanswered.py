#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unanswered.py SAKER: a process keeps a file open whose file system does not answer any more; another runs it; another
has its root directory there; so has one in a container; of another container /etc is there. Needs root and FUSE."""
import ctypes
import errno
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile

SAKER = sys.argv[1]
LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, OPENDIR, RELEASEDIR = 1, 2, 3, 14, 15, 18, 25, 26, 27, 29
with open('/bin/cat', 'rb') as f:
    PROGRAM = f.read()
OWNER = 4321  # of the program, so that one asks whether root could write it
SECONDS = 40  # for a start that takes one
PIDS = '/sys/fs/cgroup/pids' if os.path.isdir('/sys/fs/cgroup/pids') else '/sys/fs/cgroup'
GROUPS = [f'{PIDS}/docker-{i}{os.getpid():063x}.scope' for i in range(2)]


def attributes(inode, mode):
    return struct.pack('<6Q10I', inode, len(PROGRAM), 0, 0, 0, 0, 0, 0, 0, mode, 1, OWNER, 0, 0, 4096, 0)


def answer(device):
    """One request. The attributes of what is opened are good for no time at all: the kernel asks for them each time."""
    request = os.read(device, 1 << 18)
    _, kind, unique, node = struct.unpack_from('<IIQQ', request)
    entry = {1: attributes(1, 0o40755), 2: attributes(2, 0o100755)}
    offset, size = struct.unpack_from('<QI', request, 48) if kind == READ else (0, 0)
    bodies = {INIT: struct.pack('<4I2H2I2H8I', 7, 31, 0, 0, 0, 0, 4096, 1, *[0] * 10),
              LOOKUP: struct.pack('<4Q2I', 2, 0, 3600, 0, 0, 0) + entry[2],
              GETATTR: struct.pack('<Q2I', 0, 0, 0) + entry.get(node, b''),
              OPEN: struct.pack('<Q2I', 1, 0, 0), OPENDIR: struct.pack('<Q2I', 1, 0, 0),
              READ: PROGRAM[offset:offset + size], RELEASE: b'', FLUSH: b'', RELEASEDIR: b''}
    if kind != FORGET:
        body = bodies.get(kind, b'')
        os.write(device, struct.pack('<IiQ', 16 + len(body), 0 if kind in bodies else -errno.ENOSYS, unique) + body)


def serve(device, told):
    """Answers until `told` can be read; then keeps silent."""
    while True:
        ready, _, _ = select.select([device, told], [], [])
        if told in ready:
            signal.pause()
        answer(device)


def watch():
    """Does it begin to watch?"""
    child = subprocess.Popen([SAKER, 'watch', '-r', '/dev/stdin'], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
    child.stdin.write(b'- {rule: r, desc: d, condition: evt.type = chroot, output: o, priority: ERROR}\n')
    child.stdin.close()
    text = b''
    while b'watching' not in text and select.select([child.stderr], [], [], SECONDS)[0]:
        part = os.read(child.stderr.fileno(), 4096)
        if not part:
            break
        text += part
    child.send_signal(signal.SIGINT)
    return child, text


def enter_container(number, root):
    """Where control groups cannot be made, without a container."""
    try:
        os.mkdir(GROUPS[number])
        with open(GROUPS[number] + '/cgroup.procs', 'w') as f:
            f.write('0')
    except OSError as e:
        print('no container:', e)
    os.chroot(root)


def run(program, words, say):
    """It says what it is fed; then all of it that it needs has been read."""
    os.dup2(words, 0)
    os.dup2(say, 1)
    os.execv(program, ['cat'])


def bind(libc, what, where):
    if libc.mount(what.encode(), where.encode(), None, 4096, None) != 0:
        raise OSError(ctypes.get_errno(), 'mount')


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    place = tempfile.mkdtemp()
    try:
        device = os.open('/dev/fuse', os.O_RDWR)
        options = f'fd={device},rootmode=40000,user_id=0,group_id=0,allow_other'.encode()
        if libc.mount(b'unanswered', place.encode(), b'fuse', 0, options) != 0:
            raise OSError(ctypes.get_errno(), 'mount')
        base = tempfile.mkdtemp()
        bind(libc, base, base)  # a mount, as the root of a container is
        os.mkdir(base + '/etc')
        bind(libc, place, base + '/etc')
    except OSError as e:
        print(f'skipped: {e}')
        return 77
    told, tell = os.pipe()
    server = os.fork()
    if server == 0:
        libc.prctl(1, signal.SIGKILL)  # not to be left behind with all who wait for it
        os.close(tell)
        serve(device, told)
    os.close(device)  # when the server is ended, so is every request
    os.close(told)
    opened, say = os.pipe()
    words, feed = os.pipe()
    os.write(feed, b'!')
    keepers = []  # whoever has the file would have to close it before it starts a program, and wait
    keeps = ((lambda: os.open(place + '/file', os.O_RDONLY)), (lambda: os.chroot(place)),
             (lambda: enter_container(0, place)), (lambda: enter_container(1, base)),
             (lambda: run(place + '/file', words, say)))
    for keep in keeps:
        keepers.append(os.fork())
        if keepers[-1] == 0:
            os.close(tell)
            keep()
            os.write(say, b'!')
            signal.pause()
        os.read(opened, 1)
    os.close(tell)
    try:
        child, text = watch()
    finally:
        for process in server, *keepers:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        for mount in base + '/etc', base, place:
            libc.umount2(mount.encode(), 2)
        for folder in base + '/etc', base, place, *GROUPS:
            if os.path.isdir(folder):
                os.rmdir(folder)
    child.wait()
    if b'BPF' in text or b'cannot be watched' in text:
        print('skipped:', text.decode())
        return 77
    print(text.decode())
    return 0 if b'watching' in text else 1


if __name__ == '__main__':
    sys.exit(main())
