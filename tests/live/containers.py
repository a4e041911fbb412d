#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""containers.py SAKER RULES runc|containerd: real containers under `saker watch`.

RULES holds falco_rules.yaml and the folder user/ with the operator's own files. One instance of the command runs for
each of these files, all beside each other; then containers with Kubernetes annotations do what the files are about, and
each instance must have said what its file is for, with pod, namespace and image filled in.

Root only. The container's file system is one busybox. Skipped (77) where a tool or a right is missing."""
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

APPLETS = ["sh", "cat", "sleep", "nc", "chmod", "curl", "cp", "true"]
SHOWN = "| pod=%k8s.pod.name ns=%k8s.ns.name image=%container.image.repository command=%proc.cmdline"
IMAGE = "registry.example/shop/web"
WAIT = 90  # s, at most, for what has to come


class Skip(Exception):
    pass


class Watch:
    """An instance of the command, and the alerts that it has printed."""

    def __init__(self, saker, *files, one=True):
        # one program for all calls is let go of in a moment, which seven instances with a tracepoint for each are not
        command = [saker, "watch", "--json", "--all", "-p", SHOWN] + (["--32-bit"] if one else []) + \
            [word for f in files for word in ("-r", str(f))]
        self.alerts, self.errors = [], []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.threads = [threading.Thread(target=self.read, args=a, daemon=True)
                        for a in ((self.process.stdout, self.alerts, json.loads),
                                  (self.process.stderr, self.errors, str))]
        for t in self.threads:
            t.start()

    @staticmethod
    def read(stream, to, convert):
        for line in stream:
            to.append(convert(line))

    def find(self, rule, **fields):
        want = {k.replace("_", "."): v for k, v in fields.items()}
        return [a for a in list(self.alerts) if a["rule"] == rule and
                all(v in str(a["output_fields"].get(k) or "") for k, v in want.items())]

    def wait(self, rule, again=None, **fields):
        end = time.monotonic() + WAIT
        while not self.find(rule, **fields):
            if self.process.poll() is not None:
                raise (Skip if self.process.returncode == 3 else AssertionError)("".join(self.errors))
            if time.monotonic() > end:
                raise AssertionError(f"no alert '{rule}' with {fields}; there were:\n" + "\n".join(
                    f"  {a['rule']}: {a['output']}" for a in self.alerts) + "\n" + "".join(self.errors))
            if again:
                again()
            time.sleep(0.1)
        return self.find(rule, **fields)[0]

    def rules(self):
        """How many it says it has."""
        return int(re.search(r"watching: (\d+) rules", "".join(self.errors))[1])

    def end(self):
        self.process.send_signal(signal.SIGINT)
        for t in self.threads:
            t.join(WAIT)
        return self.process.wait(WAIT)


def root_fs(folder):
    busybox = shutil.which("busybox")
    for sub in ("bin", "usr/bin", "etc", "proc", "dev", "sys", "tmp"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    for name in APPLETS:  # a copy each: programs, not links to one
        shutil.copy2(busybox, folder / "bin" / name)
    (folder / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (folder / "etc/shadow").write_text("root:*:1::::::\n")


def shared(folder):
    """The container's /tmp."""
    (folder / "shared").mkdir(exist_ok=True)
    return folder / "shared"


def annotations(namespace, pod):
    return {"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.sandbox-name": pod,
            "io.kubernetes.cri.sandbox-namespace": namespace, "io.kubernetes.cri.container-name": "web",
            "io.kubernetes.cri.image-name": IMAGE + ":1.2"}


class Runc:
    def __init__(self, folder):
        self.folder, self.names = folder, []
        root_fs(folder / "rootfs")

    def run(self, number, namespace, pod, script, terminal=False):
        name = hashlib.sha256(b"%d %d" % (os.getpid(), number)).hexdigest()
        bundle = self.folder / name
        bundle.mkdir()
        subprocess.run(["runc", "spec"], cwd=bundle, check=True)
        spec = json.loads((bundle / "config.json").read_text())
        spec["process"].update(terminal=terminal, args=["/bin/sh", "-c", script])
        spec["process"]["capabilities"]["bounding"] += ["CAP_DAC_OVERRIDE"]
        spec["root"] = {"path": str(self.folder / "rootfs"), "readonly": False}
        spec["mounts"].append({"destination": "/tmp", "type": "bind", "source": str(shared(self.folder)),
                               "options": ["rbind", "rw"]})
        spec["annotations"] = annotations(namespace, pod)
        spec["linux"]["cgroupsPath"] = f"/kubepods/besteffort/pod{name[:8]}/{name}"
        (bundle / "config.json").write_text(json.dumps(spec))
        self.names.append(name)
        spawn(["runc", "run", "--bundle", str(bundle), name], terminal)

    def stop(self):
        for name in self.names:  # what a failure left behind
            subprocess.run(["runc", "delete", "--force", name], stderr=subprocess.DEVNULL, check=False)


class Containerd:
    """A containerd of our own, at the place where the system's would keep its state, if none runs."""

    def __init__(self, folder):
        if pathlib.Path("/run/containerd/containerd.sock").exists():
            raise Skip("a containerd runs on this machine")
        self.folder, self.names = folder, []
        self.ours = not pathlib.Path("/run/containerd").exists()
        self.socket = folder / "containerd.sock"
        self.log = open(folder / "containerd.log", "w+")
        config = folder / "config.toml"
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        self.server = subprocess.Popen(["containerd", "--config", config, "--root", folder / "root", "--state",
                                        "/run/containerd", "--address", self.socket], stdout=self.log, stderr=self.log)
        for _ in range(WAIT * 10):
            if self.server.poll() is not None:
                self.log.seek(0)
                raise Skip("containerd does not start: " + self.log.read()[-500:])
            if self.socket.exists() and not self.ctr("version", check=False).returncode:
                break
            time.sleep(0.1)
        root_fs(folder / "rootfs")
        self.image(folder)

    def ctr(self, *words, **kwargs):
        return subprocess.run(["ctr", "--address", self.socket, "--namespace", "k8s.io", *words],
                              **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "check": True, **kwargs})

    def image(self, folder):
        layer, image = folder / "layer.tar", folder / "image.tar"
        with tarfile.open(layer, "w") as tar:
            tar.add(folder / "rootfs", arcname=".")
        digest = hashlib.sha256(layer.read_bytes()).hexdigest()
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/sh"]},
                             "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}})
        (folder / "image.json").write_text(config)
        (folder / "manifest.json").write_text(json.dumps(
            [{"Config": "image.json", "RepoTags": [IMAGE + ":1.2"], "Layers": ["layer.tar"]}]))
        with tarfile.open(image, "w") as tar:
            for name in ("image.json", "manifest.json", "layer.tar"):
                tar.add(folder / name, arcname=name)
        self.ctr("images", "import", "--snapshotter", "native", image)

    def run(self, number, namespace, pod, script, terminal=False):
        name = hashlib.sha256(b"c %d %d" % (os.getpid(), number)).hexdigest()
        notes = [w for k, v in annotations(namespace, pod).items() for w in ("--annotation", f"{k}={v}")]
        command = ["ctr", "--address", str(self.socket), "--namespace", "k8s.io", "run", "--rm",
                   "--snapshotter", "native",
                   "--mount", f"type=bind,src={shared(self.folder)},dst=/tmp,options=rbind:rw",
                   *(["--tty"] if terminal else []), *notes, IMAGE + ":1.2", name, "/bin/sh", "-c", script]
        self.names.append(name)
        spawn(command, terminal)

    def stop(self):
        for name in self.names:
            self.ctr("task", "kill", "--signal", "SIGKILL", name, check=False)
        self.server.terminate()
        self.server.wait(WAIT)
        self.log.close()
        if self.ours:
            shutil.rmtree("/run/containerd", ignore_errors=True)


def spawn(command, terminal):
    """Runs to the end; with a terminal of its own if asked to."""
    if not terminal:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        if done.returncode:
            raise AssertionError(f"{command[0]} failed: {done.stdout}")
        return
    pid, terminal_fd = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    try:
        while os.read(terminal_fd, 4096):
            pass
    except OSError:  # the other side is closed
        pass
    os.close(terminal_fd)
    os.waitpid(pid, 0)


def actions(engine, watches):
    """What the rules are about, in the namespace shop, then in default; the numbers are part of the containers' names.
    They begin when each instance has met the container: on a busy machine one may be late, and the container over."""
    go = shared(engine.folder) / "go"
    script = ["cat /etc/shadow", "nc -h", "chmod 777 /tmp", "chmod 755 /usr", "curl http://example.com",
              "curl 10.0.0.1", "curl x.svc", "cp /etc/passwd /usr/bin/planted", "true"]
    in_turn = ";".join("/bin/" + line for line in script)  # paths: no commands of the shell's own
    scripts = [("shop", "web-1", in_turn, False),
               ("shop", "web-2", "/bin/sh -c true", True), ("default", "web-3", "/bin/sh -c true", True)]
    for number, (namespace, pod, script, terminal) in enumerate(scripts):
        go.unlink(missing_ok=True)
        job = threading.Thread(daemon=True, target=engine.run, args=(
            number, namespace, pod, f"until [ -e /tmp/go ]; do /bin/sleep 0.2; done; {script}", terminal))
        job.start()
        for w in watches:
            w.wait("Pod", k8s_pod_name=pod)
        go.write_text("")
        job.join(WAIT)
    subprocess.run(["busybox", "nc", "-h"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def check(w, rule, yes, no=(), **fields):
    """An alert for each of `yes` (part of the command line, pod), none for `no`."""
    for command, pod in yes:
        a = w.wait(rule, proc_cmdline=command, k8s_pod_name=pod, **fields)
        assert a["output_fields"]["container.image.repository"] == IMAGE, a
    for command, pod in no:
        assert not w.find(rule, proc_cmdline=command, k8s_pod_name=pod), w.find(rule, proc_cmdline=command)


def scenario(saker, rules, engine, folder):
    stock = rules / "falco_rules.yaml"
    names = ["allow-terminal-shell", "detect-chmod-all-open", "detect-nc-port-scan", "detect-outside-domain-call",
             "disable-contacts-k8s", "write_binary_dir"]
    last = folder / "last.yaml"
    last.write_text("- rule: Last\n  desc: the end of this test\n  condition: evt.type in (open, openat) and "
                    f"fd.name = {folder}/last\n  output: last\n  priority: INFO\n"
                    "- rule: Pod\n  desc: its metadata is known\n  condition: evt.type = execve and proc.name = sleep "
                    "and k8s.pod.name exists\n  output: pod\n  priority: INFO\n")
    (folder / "last").write_text("")
    watches = {name: Watch(saker, stock, rules / "user" / (name + ".yaml"), last) for name in names}
    watches["stock"] = Watch(saker, stock, last, one=False)
    try:
        for w in watches.values():
            w.wait("Last", again=(folder / "last").read_text)
        actions(engine, watches.values())
        for w in watches.values():
            before = len(w.find("Last"))
            end = time.monotonic() + WAIT
            while len(w.find("Last")) == before and time.monotonic() < end:
                (folder / "last").read_text()
                time.sleep(0.1)
        judge(watches)
    finally:
        for w in watches.values():
            w.end()


def judge(watches):
    stock = watches["stock"]
    check(stock, "Read sensitive file untrusted", [("cat /etc/shadow", "web-1")], k8s_ns_name="shop")
    check(stock, "Terminal shell in container", [("sh", "web-2"), ("sh", "web-3")])
    check(watches["allow-terminal-shell"], "Terminal shell in container", [("sh", "web-2")], [("sh", "web-3")],
          k8s_ns_name="shop")
    check(watches["detect-chmod-all-open"], "chmod 777 detect", [("chmod 777 /tmp", "web-1")], [("chmod 755", "")])
    check(watches["detect-nc-port-scan"], "Netcat port scan attempt", [("nc -h", "web-1")], [("busybox nc", "")])
    check(watches["detect-outside-domain-call"], "Curl to external domain", [("curl http://example.com", "web-1")],
          [("curl 10.0.0.1", ""), ("curl x.svc", "")])
    check(watches["write_binary_dir"], "write_binary_dir", [("cp /etc/passwd /usr/bin/planted", "web-1")])
    assert watches["disable-contacts-k8s"].rules() == stock.rules() - 1  # it switches one off
    for rule in ("chmod 777 detect", "Netcat port scan attempt", "Curl to external domain", "write_binary_dir"):
        assert not stock.find(rule)


def main():
    saker, rules, what = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    if not (rules / "user").is_dir():
        raise Skip(f"no rules in {rules}")
    if os.geteuid() != 0:
        raise Skip("root only")
    tools = ["busybox", "runc"] + (["containerd", "ctr"] if what == "containerd" else [])
    missing = [t for t in tools if not shutil.which(t)]
    if missing:
        raise Skip("needs " + " ".join(missing))
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = pathlib.Path(name)
        engine = (Containerd if what == "containerd" else Runc)(folder)
        try:
            scenario(saker, rules, engine, folder)
        finally:
            engine.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skip as reason:
        print("skipped:", reason)
        sys.exit(77)
