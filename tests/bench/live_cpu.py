#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""live_cpu.py SAKER BURST ROUNDS RULES...: the CPU time of all threads of `saker watch` for each event delivered, while
one process opens and closes a file: as fast as it can, and ten times each millisecond. Run as root."""
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

LOADS = {'opens': 400000, 'paced': 40000}


def cpu_ns(pid):
    return sum(int(t.read_text().split()[0]) for t in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat'))


def measure(saker, burst, load, rules):
    """CPU ns and events of a run, and events a second."""
    with tempfile.TemporaryFile('w+') as errors:
        words = [word for file in rules for word in ('-r', file)]
        watch = subprocess.Popen([saker, 'watch', *words], stdout=subprocess.DEVNULL, stderr=errors)
        said = ''
        while 'watching:' not in said:
            if watch.poll() is not None:
                print('skipped:', said)
                sys.exit(77)
            time.sleep(0.1)
            errors.seek(0)
            said = errors.read()
        before, start = cpu_ns(watch.pid), time.monotonic()
        subprocess.run([burst, load, str(LOADS[load]), '/etc/passwd'], check=True)
        seconds = time.monotonic() - start
        time.sleep(0.1)  # what is in the rings
        used = cpu_ns(watch.pid) - before
        watch.send_signal(signal.SIGINT)
        watch.wait()
        errors.seek(0)
        text = errors.read()
        events = int(re.search(r'(\d+) events, \d+ rules?, \d+ alerts?', text)[1])
        return used / events, events / seconds, 'were lost' in text


def main():
    saker, burst, rounds, rules = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    for load in LOADS:
        runs = [measure(saker, burst, load, rules) for _ in range(rounds)]
        each, rate = (statistics.median(run[i] for run in runs) for i in (0, 1))
        print(f'{load}: {each:.0f} ns of CPU per event at {rate:.0f} events a second'
              f' ({min(r[0] for r in runs):.0f} to {max(r[0] for r in runs):.0f}), {sum(r[2] for r in runs)} of {rounds}'
              ' runs with losses')


if __name__ == '__main__':
    main()
