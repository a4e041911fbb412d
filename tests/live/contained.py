#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""contained.py SAKER SHARED: suspicious.py as the first process of a container that runc starts while several
instances look: they must say of it what they say of the same on the host, and know the container and its pod.

The container's files are this machine's, under a layer of its own. Root only; skipped (77) where something is missing."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import verbs

IMAGE = 'registry.example/shop/web'
KNOWN = {'name': '%container.name', 'image': '%container.image.repository', 'tag': '%container.image.tag',
         'pod': '%k8s.pod.name', 'ns': '%k8s.ns.name'}
VALUES = {'name': 'web', 'image': IMAGE, 'tag': '1.2', 'pod': 'web-1', 'ns': 'shop'}


def mount(cls, target, *words):
    target.mkdir()
    subprocess.run(['mount', *words, target], check=True)
    cls.addClassCleanup(subprocess.run, ['umount', '--lazy', target], check=False)


class Contained(verbs.Seen, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prepare()
        cls.bundle()
        cls.instances(f'container.id = {cls.id[:12]}', {'id': '%container.id', 'tid': '%thread.tid',
                                                             'comm': '%proc.name', **KNOWN})
        with open(cls.folder / 'runc', 'wb') as errors:
            actor = subprocess.Popen(['runc', 'run', '--bundle', cls.folder, cls.id], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=errors)
        cls.addClassCleanup(subprocess.run, ['runc', 'delete', '--force', cls.id], stderr=subprocess.DEVNULL,
                            check=False)
        cls.addClassCleanup(verbs.end, actor)
        if actor.stdout.readline() != b'ready\n':
            raise AssertionError((cls.folder / 'runc').read_text())
        cls.act(actor)

    @classmethod
    def bundle(cls):
        cls.id = hashlib.sha256(b'%d' % os.getpid()).hexdigest()
        mount(cls, cls.folder / 'layers', '-t', 'tmpfs', 'none')
        upper, work = (cls.folder / 'layers' / name for name in ('upper', 'work'))
        upper.mkdir()
        work.mkdir()
        mount(cls, cls.folder / 'rootfs', '-t', 'overlay', '-o', f'lowerdir=/,upperdir={upper},workdir={work}', 'none')
        subprocess.run(['runc', 'spec'], cwd=cls.folder, check=True)
        spec = json.loads((cls.folder / 'config.json').read_text())
        python = shutil.which(sys.executable)
        spec['process'].update(terminal=False, args=[python, '-S', '-E', str(verbs.HERE / 'suspicious.py'), '/home'])
        spec['process']['env'] = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']
        spec['root'] = {'path': str(cls.folder / 'rootfs'), 'readonly': False}
        # the network is the host's: connections within the machine are among the actions
        spec['linux']['namespaces'] = [n for n in spec['linux']['namespaces'] if n['type'] != 'network']
        for m in spec['mounts']:  # a program there is one of the actions
            m['options'] = [o for o in m.get('options', []) if o != 'noexec' or m['destination'] != '/dev/shm']
        spec['linux']['cgroupsPath'] = f'/kubepods/besteffort/pod{cls.id[:8]}/{cls.id}'
        cri = 'io.kubernetes.cri.'
        spec['annotations'] = {cri + 'container-type': 'container', cri + 'sandbox-name': 'web-1',
                               cri + 'sandbox-namespace': 'shop', cri + 'container-name': 'web',
                               cri + 'image-name': IMAGE + ':1.2'}
        (cls.folder / 'config.json').write_text(json.dumps(spec))

    def mine(self, fields):
        # runc's own steps inside may come before it has written down what it starts: what is known of it then depends on
        # when an instance looks
        return fields.get('id') == self.id[:12] and not fields['comm'].startswith('runc:')

    @classmethod
    def stable(cls, line):
        """The shell of a pipeline closes its end of a pipe while the child, which has its descriptors, begins in the
        namespace: which of both came first, two instances may see differently."""
        line = super().stable(line)
        if ' | ' in line:
            line = re.sub(r'\(<\w+>[^)]*\)', '', re.sub(r'(?<= root) .*?(?= \w+=)', '', line, count=1))
        return line

    def test_the_container_is_known(self):
        self.assertEqual(self.actor_status, 0, (self.folder / 'runc').read_text())
        for one in (self.all[name] for name in ('watch', 'stock') if name in self.all):
            alerts = self.alerts(one.text())
            self.assertTrue(alerts)
            for fields in (alert[3] for alert in alerts):
                self.assertEqual({key: fields[key] for key in VALUES}, VALUES, fields)


if __name__ == '__main__':
    overlay = 'overlay' in pathlib.Path('/proc/filesystems').read_text()
    if os.geteuid() != 0 or not shutil.which('runc') or not overlay:
        print('skipped: needs root, runc and overlayfs')
        sys.exit(77)
    verbs.refuse()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
