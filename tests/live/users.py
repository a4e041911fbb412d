#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""users.py SAKER: names of users that a container's own /etc/passwd has: as a file, as a mount, behind a link of the
container's, on a mount of /etc. Needs root and control groups."""
import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile

SAKER = sys.argv[1]
SECONDS = 40  # for what takes one
NEWNS, REC_PRIVATE, BIND = 0x20000, 0x44000, 4096
RULE = b"""- rule: r
  desc: d
  condition: evt.type in (mkdir, mkdirat) and evt.arg.path contains saker-users
  output: "%evt.arg.path %user.name"
  priority: ERROR
"""
GROUPS = '/sys/fs/cgroup/pids' if os.path.isdir('/sys/fs/cgroup/pids') else '/sys/fs/cgroup'
libc = ctypes.CDLL(None, use_errno=True)


def mount(what, where, kind=None, flags=0):
    if libc.mount(what.encode(), where.encode(), kind and kind.encode(), flags, None) != 0:
        raise OSError(ctypes.get_errno(), 'mount')


def passwd(path, name):
    with open(path, 'w') as f:
        f.write(f'root:x:0:0::/:/bin/sh\n{name}:x:4321:4321::/:/bin/sh\n')


def as_file(root):
    os.mkdir(root + '/etc')
    passwd(root + '/etc/passwd', 'of-a-file')


def as_mount(root):
    as_file(root)
    passwd(root + '/other', 'of-a-mount')
    mount(root + '/other', root + '/etc/passwd', None, BIND)


def as_link(root):
    os.mkdir(root + '/etc')
    passwd(root + '/other', 'of-a-link')
    os.symlink('/other', root + '/etc/passwd')


def as_folder(root):
    os.mkdir(root + '/etc')
    mount('tmpfs', root + '/etc', 'tmpfs')
    passwd(root + '/etc/passwd', 'of-a-folder')


CASES = {'file': as_file, 'mount': as_mount, 'link': as_link, 'folder': as_folder}


def group_of(case):
    return f'{GROUPS}/docker-{list(CASES).index(case)}{os.getpid():063x}.scope'


def contained(case, group, root, ready, go):
    """A container with a root of its own, in which a user makes a folder when told."""
    libc.prctl(1, signal.SIGKILL)
    with open(group + '/cgroup.procs', 'w') as f:
        f.write('0')
    if libc.unshare(NEWNS) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    mount('none', '/', None, REC_PRIVATE)
    mount('tmpfs', root, 'tmpfs')
    CASES[case](root)
    os.chdir(root)
    os.chroot('.')
    os.write(ready, b'!')
    os.read(go, 1)
    os.setresgid(4321, 4321, 4321)
    os.setresuid(4321, 4321, 4321)
    try:
        os.mkdir(f'/saker-users-{case}')
    except PermissionError:
        pass
    signal.pause()


def read_until(stream, done):
    text = b''
    while not done(text) and select.select([stream], [], [], SECONDS)[0]:
        part = os.read(stream.fileno(), 4096)
        if not part:
            break
        text += part
    return text.decode()


def watch(go):
    child = subprocess.Popen([SAKER, 'watch', '-r', '/dev/stdin'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    child.stdin.write(RULE)
    child.stdin.close()
    child.stdin = None  # communicate() would flush it
    said = read_until(child.stderr, lambda t: b'watching' in t)
    os.write(go, b'!' * len(CASES))
    alerts = read_until(child.stdout, lambda t: t.count(b'\n') >= len(CASES)) if 'watching' in said else ''
    child.send_signal(signal.SIGINT)
    child.communicate()
    return said, alerts


def main():
    root = tempfile.mkdtemp()
    is_ready, ready = os.pipe()
    go, tell = os.pipe()
    children = []
    try:
        for case in CASES:
            group = group_of(case)
            os.mkdir(group)
            children.append(os.fork())
            if children[-1] == 0:
                try:
                    contained(case, group, root, ready, go)
                finally:
                    os.write(ready, b'?')
                    os._exit(1)
            if os.read(is_ready, 1) != b'!':
                print('skipped: no container can be made')
                return 77
        said, alerts = watch(tell)
    except OSError as e:
        print(f'skipped: {e}')
        return 77
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        for case in CASES:
            if os.path.isdir(group_of(case)):
                os.rmdir(group_of(case))
        os.rmdir(root)
    if 'BPF' in said or 'cannot be watched' in said:
        print('skipped:', said)
        return 77
    print(alerts or said)
    return 0 if all(f'/saker-users-{case} of-a-{case}\n' in alerts for case in CASES) else 1


if __name__ == '__main__':
    sys.exit(main())
