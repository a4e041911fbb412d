#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""suspicious.py FOLDER: waits for a line on standard input, then does what suspicious.yaml has rules for, one after the
other, in a session of its own. What it makes outside of FOLDER it removes."""
import ctypes
import os
import signal
import socket
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
ACTIONS = []


def action(f):
    ACTIONS.append(f)
    return f


def run(*args, **more):
    subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, **more)


def sh(text):
    run('/bin/sh', '-c', text)


def in_child(f):
    pid = os.fork()
    if pid == 0:
        try:
            f()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def call(number, *args):
    libc.syscall(number, *[ctypes.c_long(a) for a in args])


@action
def read_shadow():
    run('cat', '/etc/shadow')


@action
def write_below_etc():
    sh('echo x > /etc/.saker-live-test; rm -f /etc/.saker-live-test')


@action
def write_below_bin():
    sh('cp /bin/true /usr/local/bin/.saker-live-test; rm -f /usr/local/bin/.saker-live-test')


@action
def set_uid_bit():
    sh('cp /bin/true s; chmod u+s s')


@action
def open_to_all():
    sh('touch w; chmod 777 w')


@action
def link_to_shadow():
    os.symlink('/etc/shadow', 'link')
    try:
        os.link('/etc/shadow', 'hard')
    except OSError:
        pass


@action
def reverse_shell():
    run('bash', '-c', 'exec 5<>/dev/tcp/127.0.0.1/9')


@action
def shell_on_a_socket():
    def child():
        with socket.socket() as server:
            server.bind(('127.0.0.1', 0))
            server.listen(1)
            with socket.create_connection(server.getsockname()) as client:
                os.dup2(client.fileno(), 0)
    in_child(child)


@action
def fileless():
    def child():
        fd = os.memfd_create('x', 0)
        with open('/bin/true', 'rb') as f:
            os.write(fd, f.read())
        os.execve(fd, ['true'], {})
    in_child(child)


@action
def traced():
    in_child(lambda: libc.ptrace(0, 0, 0, 0))


@action
def history_removed():
    sh('echo x > .bash_history; rm .bash_history')


@action
def history_emptied():
    sh('echo x > .zsh_history; : > .zsh_history')


@action
def search_for_keys():
    sh('mkdir -p .ssh; touch .ssh/id_rsa; find . -name id_rsa')
    run('grep', '-r', 'BEGIN RSA PRIVATE', '.')


@action
def keys_written():
    sh('echo ssh-rsa x >> .ssh/authorized_keys')


@action
def file_in_dev():
    sh('echo x > /dev/.saker-live-test; rm -f /dev/.saker-live-test')


@action
def run_from_shm():
    sh('cp /bin/true /dev/shm/.saker-live-test; /dev/shm/.saker-live-test; rm -f /dev/shm/.saker-live-test')


@action
def decode_and_run():
    sh('echo dHJ1ZQ== | base64 -d | sh')


@action
def new_namespace():
    in_child(lambda: libc.unshare(0x04000000))  # UTS


@action
def enter_namespace():
    def child():
        fd = os.open('/proc/self/ns/uts', os.O_RDONLY)
        libc.setns(fd, 0)
    in_child(child)


@action
def mount():
    libc.mount(b'none', b'/no/such/folder', b'tmpfs', 0, None)


@action
def packet_socket():
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except OSError:
        pass


@action
def metadata_service():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(('169.254.169.254', 80))
        except OSError:
            pass


@action
def other_user():
    in_child(lambda: os.setresuid(65534, 65534, 65534))


@action
def log_emptied():
    sh('echo x > /var/log/.saker-live-test.log; : > /var/log/.saker-live-test.log; rm -f /var/log/.saker-live-test.log')


@action
def shell_of_python():
    os.system(':')


@action
def dropped_and_run():
    sh('cp /bin/true dropped; ./dropped')


@action
def device_made():
    try:
        os.mknod('device', 0o020600, os.makedev(1, 3))
    except OSError:
        pass


@action
def cron_written():
    sh('mkdir -p cron.d; echo "* * * * * root true" > cron.d/job')


@action
def listens():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen(1)


@action
def other_root():
    libc.chroot(b'/no/such/folder')


@action
def ring_made():
    call(425, 1, 0)  # io_uring_setup


@action
def preloaded():
    run('true', env={**os.environ, 'LD_PRELOAD': ''})


@action
def renamed():
    sh('cp /bin/true ls; mv ls sshd')


@action
def killed():
    pid = os.fork()
    if pid == 0:
        signal.pause()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == '__main__':
    os.chdir(sys.argv[1])
    if os.getsid(0) != os.getpid():  # the first process of a container has one
        os.setsid()
    print('ready', flush=True)
    sys.stdin.readline()
    for f in ACTIONS:
        f()
