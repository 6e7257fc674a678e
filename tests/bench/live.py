"""What does live capture lose, and what does it cost? `python tests/bench/live.py [RATE…]` prints a table. Root only, loopback only.

tests/support/blast.c sends UDP at each rate; dumpcap, our ring and our plain socket capture in turns, as whole processes with the same
room in the kernel. "sent" may fall short of the rate: a machine sends as fast as it can, and shares its processors with whoever
captures. What counts is "lost" (sent, but not in the file), which has to be what was reported as dropped.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

RATES = (200_000, 400_000, 800_000, 2_000_000)
SECONDS = 3
SIZE = 64
PORT = 40_999
PATIENCE_S = 10.0
SETTLE_S = 1.5
"""dumpcap forgets what it has not read when it is told to end; it reads at least twice a second."""

SOURCE = Path(__file__).resolve().parents[1] / "support" / "blast.c"
FILTER = f"udp port {PORT}"
OURS = (sys.executable, "-m", "workbench", "capture", "-i", "lo", "-f", FILTER)
COMMANDS: dict[str, tuple[str, ...]] = {
    "dumpcap": ("dumpcap", "-B", "128", "-i", "lo", "-f", FILTER),
    "ring": (*OURS, "--source", "ring"),
    "socket": (*OURS, "--source", "socket"),
}


def main() -> int:
    """Build blast, run every command at every rate, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rates", type=int, nargs="*", default=RATES, metavar="RATE", help="packets a second")
    rates = parser.parse_args().rates
    missing = [name for name in ("gcc", "dumpcap", "capinfos") if shutil.which(name) is None]
    if missing or os.geteuid():
        print(f"needs root{''.join(f', {name}' for name in missing)}", file=sys.stderr)
        return 2
    print(f"{'rate':>10}  {'by':<8}{'sent':>10}{'lost':>9}{'reported':>10}{'CPU s':>8}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory(prefix="workbench-live-") as folder:
        blast = Path(folder, "blast")
        subprocess.run(["gcc", "-O2", "-o", str(blast), str(SOURCE)], check=True, capture_output=True)
        for rate in rates:
            for name, command in COMMANDS.items():
                print(f"{rate:>10,}  {name:<8}{_row(blast, rate, command, Path(folder, f'{name}.pcapng'))}", flush=True)
    return 0


def _row(blast: Path, rate: int, command: Sequence[str], path: Path) -> str:
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen([*command, "-w", str(path)], stderr=words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        load = subprocess.run(
            [str(blast), str(PORT), str(rate), str(SECONDS), str(SIZE)], capture_output=True, text=True, check=True
        )
        time.sleep(SETTLE_S)
        process.send_signal(signal.SIGINT)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        words.seek(0)
        said = words.read()
    sent = int(load.stdout)
    counted = subprocess.run(["capinfos", "-T", "-r", "-M", "-c", str(path)], capture_output=True, text=True, check=True)
    packets = int(counted.stdout.split("\t")[-1])
    path.unlink()
    cost = usage.ru_utime + usage.ru_stime
    return f"{sent:>10,}{sent - packets:>9,}{_reported(said):>10,}{cost:>8.2f}{usage.ru_maxrss / 1024:>10.0f}"


def _reported(said: str) -> int:
    """What was dropped, by the last words of either: "10 dropped by the kernel", "received/dropped on interface 'lo': 90/10"."""
    found = re.findall(r"([\d,]+) dropped by the kernel|received/dropped on interface .*: \d+/(\d+)", said)
    return int("".join(found[-1]).replace(",", "")) if found else -1


if __name__ == "__main__":
    sys.exit(main())
