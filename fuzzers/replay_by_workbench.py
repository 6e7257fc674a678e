#!/usr/bin/env python3
"""Replays one finding of a fuzz campaign, with the workbench: its protocol travels in datagrams, which replay.py does not speak by itself.

    python3 replay.py

Prints FAILED and exits with 1 while the defect is still there, FIXED and 0 when it is not, and exits with 2 when it could not be tried.
"""

import shutil
import subprocess
import sys
from pathlib import Path

OPTIONS: list[str] = []  # filled in: --plugin FILE for each file that was loaded


def main() -> int:
    """Exit code as above."""
    program = shutil.which("workbench")
    if program is None:
        sys.stderr.write("NOT TRIED: workbench is not installed here\n")
        return 2
    folder = str(Path(__file__).resolve().parent)
    return subprocess.run([program, *OPTIONS, "replay", folder], check=False).returncode  # noqa: S603 - it is the program this came from


if __name__ == "__main__":
    sys.exit(main())
