"""Side by side with tshark: CPU seconds of whole processes, run alternately, medians, ratios. Ratios above 1 mean that we need less.

python tests/bench/compare.py                      every row, a million packets
python tests/bench/compare.py --packets 100000 --rows HTTP
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import workloads
from measure import Cost, run
from names import dns
from quic import quic
from rows import Row, rows


def _prepare(folder: Path, packets: int, wanted: set[str]) -> dict[str, Path]:
    """The captures that are needed, each about as long as `packets` packets of mixed traffic."""
    makers = {
        "mixed": (workloads.mixed, packets),
        "http1": (workloads.http1, packets // 10),
        "http2": (workloads.http2, packets // 25),
        "websocket": (workloads.websocket, packets // 2),
        "streambus": (workloads.streambus, packets),
        "quic": (quic, packets // 10),
        "dns": (dns, packets),
    }
    files = {}
    for name, (make, count) in makers.items():
        if name in wanted:
            files[name] = folder / f"{name}.pcap"
            make(files[name], count)
    return files


def _compare(row: Row, file: Path, folder: Path, repeats: int) -> str:
    theirs: list[Cost] = []
    ours: list[Cost] = []
    for _ in range(repeats):
        theirs.append(run(row.peer(file), folder / "peer.out"))
        ours.append(run(row.ours(file), folder / "ours.out"))
    try:
        row.same(theirs[-1].output.read_bytes(), ours[-1].output.read_bytes())
    except AssertionError as difference:
        return f"{row.name:<64} the outputs differ, hence no ratio: {str(difference)[:160]}"
    peer_s, ours_s = (statistics.median(cost.cpu_s for cost in costs) for costs in (theirs, ours))
    peer_mib, ours_mib = (max(cost.peak_mib for cost in costs) for costs in (theirs, ours))
    return f"{row.name:<64} {peer_s:8.2f} {ours_s:8.2f} {peer_s / ours_s:7.1f}x {peer_mib:8.0f} {ours_mib:8.0f} {peer_mib / ours_mib:7.1f}x"


def main() -> int:
    """Print the table; exit 2 when the peer is not installed."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--packets", type=int, default=1_000_000)
    ask.add_argument("--repeats", type=int, default=3)
    ask.add_argument("--rows", default="", help="only rows whose name contains this")
    args = ask.parse_args()
    workbench = shutil.which("workbench", path=str(Path(sys.executable).parent))
    if shutil.which("tshark") is None or workbench is None:
        print("tshark and an installed workbench are needed for this comparison", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = [row for row in rows(workbench) if args.rows in row.name]
        files = _prepare(folder, args.packets, {row.workload for row in chosen})
        print(f"{'work':<64} {'peer s':>8} {'ours s':>8} {'ratio':>8} {'peer MiB':>8} {'ours':>8} {'ratio':>8}")
        for row in chosen:
            print(_compare(row, files[row.workload], folder, args.repeats), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
