"""Damaged captures without end: readers, peeling, reassembly and analysis must neither raise, hang, nor take more than a GiB.

python tests/bench/hostile.py pcapng --cpu-minutes 10 --seed 1 captures/samples/*.pcapng
python tests/bench/hostile.py pcap FILE…      also snoop, gz and zst, made of the given files; `streams` spoils TCP segments

A case that fails is written to --keep; the seed and the number of the case make it again. Raised is anything but CaptureError.
"""

import argparse
import gzip
import io
import itertools
import resource
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from captures import layers, open_capture
from captures.capture import Capture
from captures.pcap_writer import PcapWriter
from captures.streams import Streams
from captures.tcp_analysis import tcp_analysis
from workbench.analysis.hierarchy import hierarchy
from workbench.analysis.talks import LAYERS, talk_table
from workbench.api import CaptureError

MOST_MEMORY = 1 << 30
HANG_S = 20
"""CPU seconds for one case; whole ones take hundredths."""
MOST_PACKETS = 400
"""Packets of a seed: small cases are many cases."""
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Frame = tuple[int, bytes, int]
"""(nanoseconds, bytes, length on the wire)."""


class HangError(Exception):
    """A case took too long."""


def _frames(path: Path) -> tuple[list[Frame], int]:
    with open_capture(path) as capture:
        capture.grow(MOST_PACKETS)
        packets = [capture.packet(number) for number in range(1, min(len(capture.index), MOST_PACKETS) + 1)]
    link_type = packets[0].link_type if packets else 1
    return [(each.time_ns, each.data, each.original_length) for each in packets if each.link_type == link_type], link_type


def _pcap(frames: Sequence[Frame], link_type: int) -> bytes:
    out = io.BytesIO()
    writer = PcapWriter(out, link_type=link_type)
    for time_ns, data, wire in frames:
        writer.packet(time_ns, data, wire)
    return out.getvalue()


def _snoop(frames: Sequence[Frame], _: int) -> bytes:
    parts = [b"snoop\0\0\0" + struct.pack(">II", 2, 4)]
    for time_ns, data, wire in frames:
        padded = data + bytes(-len(data) % 4)
        seconds, rest = divmod(time_ns, 1_000_000_000)
        parts.append(struct.pack(">IIIIII", wire, len(data), 24 + len(padded), 0, seconds & 0xFFFFFFFF, rest // 1000) + padded)
    return b"".join(parts)


def _spoil(data: bytes, choose: Random, most: int = 12) -> bytes:
    """Some bytes turned, cut, doubled or swapped."""
    spoiled = bytearray(data)
    for _ in range(choose.randint(1, most)):
        if not spoiled:
            break
        at = choose.randrange(len(spoiled)) if choose.random() < 0.7 else choose.randrange(min(len(spoiled), 200))
        kind = choose.randrange(6)
        if kind == 0:
            spoiled[at] ^= 1 << choose.randrange(8)
        elif kind == 1:
            spoiled[at : at + 4] = choose.choice(INTERESTING).to_bytes(4, choose.choice(("big", "little")))
        elif kind == 2:
            del spoiled[at : at + choose.choice((1, 4, 16, 100))]
        elif kind == 3:
            spoiled[at:at] = spoiled[at : at + choose.choice((1, 16, 64))]
        elif kind == 4:
            del spoiled[at:]
        else:
            spoiled[at : at + 2] = choose.randbytes(2)
    return bytes(spoiled)


def _spoiled_frames(frames: list[Frame], choose: Random) -> list[Frame]:
    """Packets lost, repeated, late, cut by the snapshot length, or with other headers."""
    chosen = list(frames)
    for _ in range(choose.randint(1, 30)):
        if not chosen:
            break
        at = choose.randrange(len(chosen))
        time_ns, data, wire = chosen[at]
        kind = choose.randrange(6)
        if kind == 0:
            del chosen[at]
        elif kind == 1:
            chosen.insert(choose.randrange(len(chosen)), chosen[at])
        elif kind == 2:
            chosen.append(chosen.pop(at))
        elif kind == 3:
            chosen[at] = time_ns, data[: choose.randrange(len(data) + 1)], wire
        elif kind == 4:
            head = _spoil(data[:80], choose, 3)
            chosen[at] = time_ns, (head + data[80:])[: max(wire, len(data))], wire
        else:
            chosen[at] = time_ns ^ choose.getrandbits(40), data, wire
    return [(time_ns, data, max(wire, len(data))) for time_ns, data, wire in chosen]


def _use(capture: Capture) -> None:
    """Everything that reads a capture without a protocol's help."""
    while capture.grow(100):
        pass
    index = capture.index
    for number in range(1, min(len(index), MOST_PACKETS) + 1):
        layers(capture.packet(number), verify_checksums=True, streams=capture.streams_of(number))
    streams = Streams(capture)
    for _ in itertools.chain(streams.advance(), streams.flush()):
        pass
    tcp_analysis(index)
    hierarchy(index)
    for layer in LAYERS:
        table = talk_table(capture, layer)
        table.talks(5)
        table.ends(5)


def _makers(kind: str) -> Callable[[Path, Random], bytes]:
    """What makes a damaged file of a whole one."""

    def whole(path: Path, choose: Random) -> bytes:
        return _spoil(path.read_bytes()[: 1 << 20], choose)

    def remade(write: Callable[[Sequence[Frame], int], bytes]) -> Callable[[Path, Random], bytes]:
        return lambda path, choose: _spoil(write(*_frames(path)), choose)

    def packed(path: Path, choose: Random) -> bytes:
        inner = _spoil(path.read_bytes()[: 1 << 20], choose) if choose.random() < 0.5 else path.read_bytes()[: 1 << 20]
        outer = gzip.compress(inner, 1, mtime=0)
        return _spoil(outer, choose) if choose.random() < 0.7 else outer

    def streams(path: Path, choose: Random) -> bytes:
        frames, link_type = _frames(path)
        return _pcap(_spoiled_frames(frames, choose), link_type)

    makers = {"pcapng": whole, "pcap": remade(_pcap), "snoop": remade(_snoop), "gz": packed, "streams": streams}
    return makers[kind]


def _stop(*_: object) -> None:
    raise HangError


def _case(content: bytes, path: Path) -> str:
    """What went wrong with a damaged file; "" when nothing did."""
    path.write_bytes(content)
    signal.setitimer(signal.ITIMER_PROF, HANG_S)
    try:
        with open_capture(path) as capture:
            _use(capture)
    except CaptureError:
        return ""
    except HangError:
        return f"more than {HANG_S} s"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def main() -> int:
    """Exit 1 when something was found."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("kind", choices=("pcapng", "pcap", "snoop", "gz", "streams"))
    ask.add_argument("files", nargs="+", type=Path)
    ask.add_argument("--cpu-minutes", type=float, default=10)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--keep", type=Path, default=Path("hostile-findings"))
    args = ask.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    signal.signal(signal.SIGPROF, _stop)
    make, cases, found = _makers(args.kind), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        while time.process_time() < args.cpu_minutes * 60:
            choose = Random(f"{args.kind} {args.seed} {cases}")
            content = make(choose.choice(args.files), choose)
            wrong = _case(content, Path(folder) / "case")
            if wrong:
                found += 1
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{args.kind}-{args.seed}-{cases}").write_bytes(content)
                print(f"case {cases}: {wrong}", flush=True)
            cases += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{args.kind}: {cases} cases, {found} findings, {time.process_time():.0f} CPU s, {peak} MiB")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
