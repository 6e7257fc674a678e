"""What size does to a capture: first screen, filters once it is open, and cost per packet.

python tests/bench/large.py first [--gigabytes 10]     from process start to the first rows of the explorer on a terminal
python tests/bench/large.py filters [--packets N]      display filters on index columns: Session.matching against `tshark -Y`
python tests/bench/large.py flat [--most 10000000]     CPU nanoseconds a packet of `workbench info`, from 10,000 packets up

A filter is asked of a session that is open and indexed already, in this process; tshark has no such state, so its whole process counts.
The median of REPEATS runs is shown, in CPU seconds, alternately with the peer. Large files are one file of mixed traffic over and over:
the packets repeat, their number and the bytes do not.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import workloads
from frames import FILE_HEADER
from measure import run

REPEATS = 3
ROUNDS = 21
"""Answers of a filter whose median is taken; each takes about a millisecond."""
FILTERS = (
    ("tcp.port==443", "tcp.port==443"),
    ("udp and frame.len<100", "udp and frame.len<100"),
    ("ip.addr==10.0.0.0/9 and tcp.flags.syn==1", "ip.addr==10.0.0.0/9 and tcp.flags.syn==1"),
    ("tcp.stream==500", "tcp.stream==500"),
)
"""Ours and theirs."""
TERMINAL = (40, 140)
PATIENCE_S = 60.0


def repeated(path: Path, packets: int, seed: Path) -> Path:
    """A capture of `packets` packets made of those of `seed`; both are pcap files of this benchmark."""
    content = seed.read_bytes()[len(FILE_HEADER) :]
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        left = packets
        while left:
            part, count = _prefix(content, left)
            file.write(part)
            left -= count
    return path


def _prefix(content: bytes, packets: int) -> tuple[memoryview, int]:
    """The first records, up to so many."""
    at = count = 0
    while at < len(content) and count < packets:
        at += 16 + int.from_bytes(content[at + 8 : at + 12], "little")
        count += 1
    return memoryview(content)[:at], count


def first_screen(workbench: str, path: Path) -> tuple[float, float]:
    """(wall, CPU) seconds from the start of the process until rows of packets are on its terminal."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", *TERMINAL, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen([workbench, "open", str(path)], stdin=child, stdout=child, stderr=child, start_new_session=True)
    os.close(child)
    seen = b""
    rows = re.compile(rb"(TCP|UDP|HTTP|TLS|DNS)[^\n]*?\d+")
    try:
        while time.perf_counter() - began < PATIENCE_S:
            if select.select([parent], [], [], 0.05)[0]:
                seen += os.read(parent, 65_536)
            if len(rows.findall(seen)) >= 5:
                return time.perf_counter() - began, _cpu(process.pid)
        raise RuntimeError(f"no rows after {PATIENCE_S:.0f} s: {seen[-300:]!r}")
    finally:
        process.kill()
        process.wait()
        os.close(parent)


def _cpu(pid: int) -> float:
    """CPU seconds of a process so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cpu_of(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds of one call, median."""
    taken = []
    for _ in range(rounds):
        began = time.process_time_ns()
        work()
        taken.append(time.process_time_ns() - began)
    return statistics.median(taken) / 1e9


def filters(folder: Path, packets: int) -> None:
    """One row for each filter, once both sides show the same packets."""
    from dissectors.filters import parse_filter
    from workbench.registry import load
    from workbench.session import Session

    path = folder / "mixed.pcap"
    workloads.mixed(path, packets)
    print(f"{'display filter, capture already open':<48} {'packets':>8} {'tshark -Y s':>12} {'ours ms':>8} {'ratio':>8}")
    with Session.open(path, load()) as session:
        session.grow()
        for ours, theirs in FILTERS:
            parsed = parse_filter(ours, session.registry.specs)
            words = ["tshark", "-n", "-r", str(path), "-Y", theirs, "-T", "fields", "-e", "frame.number"]
            costs = [run(words, folder / "peer.out") for _ in range(REPEATS)]
            shown = [int(line) for line in costs[-1].output.read_text().split()]
            assert shown == session.matching(parsed).tolist(), f"{ours} shows other packets than tshark's {theirs}"
            mine = _cpu_of(lambda parsed=parsed: session.matching(parsed), ROUNDS)  # type: ignore[misc]
            peer = statistics.median(cost.cpu_s for cost in costs)
            print(f"{ours:<48} {len(shown):>8} {peer:>12.2f} {mine * 1000:>8.2f} {peer / mine:>7.0f}x", flush=True)


def flat(folder: Path, most: int, workbench: str) -> None:
    """Cost of `workbench info` at growing sizes, without what an empty capture costs."""
    seed = folder / "seed.pcap"
    workloads.mixed(seed, min(most, 1_000_000))
    empty = folder / "empty.pcap"
    empty.write_bytes(FILE_HEADER)
    start = statistics.median(run([workbench, "info", str(empty)], folder / "out").cpu_s for _ in range(REPEATS))
    print(
        f"{'packets':>10} {'CPU s':>8} {'ns a packet':>12} {'peak MiB':>9} {'bytes a packet':>15}   (start-up {start:.2f} s left out)"
    )
    packets = 10_000
    while packets <= most:
        path = repeated(folder / "large.pcap", packets, seed)
        costs = [run([workbench, "info", str(path)], folder / "out") for _ in range(REPEATS)]
        cpu, peak = statistics.median(cost.cpu_s for cost in costs), max(cost.peak_mib for cost in costs)
        each = (cpu - start) / packets * 1e9
        print(f"{packets:>10} {cpu:>8.2f} {each:>12.0f} {peak:>9.0f} {peak * 1048576 / packets:>15.0f}", flush=True)
        path.unlink()
        packets *= 10


def first(folder: Path, gigabytes: float, workbench: str) -> None:
    """The first screen of a small file and of a large one."""
    seed = folder / "seed.pcap"
    workloads.mixed(seed, 200_000)
    large = folder / "large.pcap"
    content = seed.read_bytes()[len(FILE_HEADER) :]
    with large.open("wb") as file:
        file.write(FILE_HEADER)
        while file.tell() < gigabytes * 1e9:
            file.write(content)
    for path in (seed, large):
        measured = [first_screen(workbench, path) for _ in range(REPEATS)]
        wall, cpu = (statistics.median(values) for values in zip(*measured, strict=True))
        print(f"{path.stat().st_size / 1e9:>8.2f} GB: first rows after {wall:.2f} s ({cpu:.2f} CPU s)", flush=True)


def main() -> int:
    """Run one of them."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("what", choices=("first", "filters", "flat"))
    ask.add_argument("--packets", type=int, default=1_000_000)
    ask.add_argument("--most", type=int, default=10_000_000)
    ask.add_argument("--gigabytes", type=float, default=10.0)
    args = ask.parse_args()
    workbench = shutil.which("workbench", path=str(Path(sys.executable).parent))
    if workbench is None or (args.what == "filters" and shutil.which("tshark") is None):
        print("an installed workbench is needed, for filters also tshark", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if args.what == "first":
            first(folder, args.gigabytes, workbench)
        elif args.what == "filters":
            filters(folder, args.packets)
        else:
            flat(folder, args.most, workbench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
