"""Two hosts on one machine, joined by a link of a set rate: sums of training over MPI beside the model of their cost.

    python python/benchmarks/link.py [--rates 1 10] [--rounds N] [--quick]

Needs root, iproute2, and MPICH beside this Python. The hosts are network namespaces, each with a host name of its own, so
that MPICH sends through the pair of virtual interfaces between them, whose both ends `tc tbf` shapes to the rate. What is timed
is what training calls, the sum of `bissl.distributed`. The model is

    T_big = 2⌈log₂P⌉α + 2(P − 1)/P · n/β        T_small = ⌈log₂P⌉(α + m/β)

with P = 2, β the rate, and α measured: a sum of 8 bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import bissl

#: Bytes: of a batch norm's statistics of two views by channels, and of a vector of ResNet-50 in float32.
SMALL = {f"a batch norm of {channels} channels": 8 * (4 * channels + 1) for channels in (64, 256, 2048)}
BIG = {"a vector of ResNet-50": 4 * 23_508_032}
#: The most that measured may be off the model, by Gbit/s.
LIMITS = {1.0: 0.15, 10.0: 0.30}
_HOSTS = {f"bissl-{os.getpid()}-{rank}": f"10.77.0.{1 + rank}" for rank in range(2)}
_INTERFACE = "shaped"
#: MPICH's library for networks over TCP, through this interface alone; with UCX it would find the shared memory.
_NETWORK = {"MPIR_CVAR_CH4_NETMOD": "ofi", "FI_PROVIDER": "tcp", "FI_TCP_IFACE": _INTERFACE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[1.0, 10.0], help="Gbit/s")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="2 rounds")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        return measure(options.measure)
    missed = False
    for rate in options.rates:
        with two_hosts(rate):
            missed |= show(rate, measured(2 if options.quick else options.rounds))
    sys.exit(missed)


def measure(rounds: int) -> None:
    """Seconds of sums by their bytes, as one of the two hosts; the first prints them."""
    bissl.distributed.attach()
    group = bissl.distributed.group.current()
    found = {}
    for length in (8, *SMALL.values(), *BIG.values()):
        room, times = np.zeros(length, np.uint8), []
        for _ in range(rounds if length > 1 << 20 else 50 * rounds):
            bissl.distributed.barrier("the next sum")
            began = time.perf_counter()
            group.sum([room.data], "float32", "the benchmark")
            times.append(time.perf_counter() - began)
        found[length] = times
    if group.rank == 0:
        print(json.dumps(found))


def show(rate: float, seconds: dict[int, list[float]]) -> bool:
    """Prints measured and predicted times; whether a big one is further off than it may be."""
    beta, latency = rate * 1e9 / 8, statistics.median(seconds[8])
    print(f"\n{rate:g} Gbit/s, two hosts, load {os.getloadavg()[0]:.1f}; latency of a sum {1e6 * latency:.0f} µs")
    print(f"  {'a sum of':<36}{'bytes':>12}{'measured, ms':>14}{'least':>10}{'model, ms':>12}{'ratio':>8}")
    missed = False
    for name, length in (SMALL | BIG).items():
        is_big = name in BIG
        model = (2 if is_big else 1) * latency + length / beta
        times = seconds[length]
        ratio = statistics.median(times) / model
        missed |= is_big and abs(ratio - 1) > LIMITS.get(rate, float("inf"))
        figures = (1e3 * statistics.median(times), 1e3 * min(times), 1e3 * model)
        print(f"  {name:<36}{length:>12,}{figures[0]:>14.3f}{figures[1]:>10.3f}{figures[2]:>12.3f}{ratio:>8.2f}")
    return missed


@contextlib.contextmanager
def two_hosts(rate: float) -> Iterator[None]:
    """Two namespaces and a link of so many Gbit/s between them."""
    first, second = _HOSTS
    made = []
    try:
        for name in _HOSTS:
            run("ip", "netns", "add", name)
            made.append(name)
        run(
            "ip", "link", "add", _INTERFACE, "netns", first, "type", "veth", "peer", "name", _INTERFACE, "netns", second
        )
        for name, address in _HOSTS.items():
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", _INTERFACE)
            for interface in (_INTERFACE, "lo"):
                run("ip", "-n", name, "link", "set", interface, "up")
            # A burst is what passes in a millisecond.
            shape = f"root tbf rate {rate:g}gbit burst {125 * rate:g}kb latency 50ms"
            run("tc", "-n", name, "qdisc", "add", "dev", _INTERFACE, *shape.split())
        wait_until_up()
        yield
    finally:
        for name in made:
            run("ip", "netns", "delete", name)


def wait_until_up() -> None:
    """Returns when the kernel calls both ends of the link up, about a second after they were told to be: before, MPICH finds
    no address to listen at, and one host waits for the other for ever."""
    deadline = time.monotonic() + 10
    for name in _HOSTS:
        command = ["ip", "-json", "-n", name, "link", "show", "dev", _INTERFACE]
        while json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)[0]["operstate"] != "UP":
            if time.monotonic() > deadline:
                sys.exit(f"link.py: {_INTERFACE} of {name} did not come up within 10 seconds")
            time.sleep(0.05)


def measured(rounds: int) -> dict[int, list[float]]:
    """What `measure` finds, run on both hosts."""
    first = next(iter(_HOSTS))
    # In the place of ssh: options, address, command.
    cases = "".join(f"{address}) host={name} ;;\n" for name, address in _HOSTS.items())
    remote = f"""#!/bin/bash
while [[ $1 == -* ]]; do shift; done
case $1 in
{cases}esac
shift
exec ip netns exec $host unshare --uts bash -c "hostname $host; $*"
"""
    with tempfile.TemporaryDirectory() as folder:
        launcher = Path(folder, "remote")
        launcher.write_text(remote)
        launcher.chmod(0o700)
        options = ["-launcher", "ssh", "-launcher-exec", str(launcher), "-iface", _INTERFACE]
        program = [sys.executable, os.path.abspath(__file__), "--measure", str(rounds)]
        mpiexec = str(Path(sys.executable).with_name("mpiexec"))
        line = [mpiexec, *options, "-hosts", ",".join(_HOSTS.values()), "-n", "2", "-ppn", "1", *program]
        inside = f"hostname {first}; exec {shlex.join(line)}"
        command = ["ip", "netns", "exec", first, "unshare", "--uts", "bash", "-c", inside]
        environment = os.environ | _NETWORK | {"BISSL_NUM_THREADS": "1"}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=180)
    return {int(length): times for length, times in json.loads(done.stdout).items()}


def run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
