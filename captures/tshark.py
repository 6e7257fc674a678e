"""A second opinion: asks an installed tshark about a capture file. The only file that runs it; everything works without it.

tshark is one opinion, not the truth, and never a source of what we report as our own.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.api import CaptureError

__all__ = ["Opinion", "find_tshark", "tshark_opinion", "tshark_version"]

TIMEOUT_S = 60.0
"""tshark reads some 100,000 packets a second; a file that takes longer is not worth a second opinion in an interactive command."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What tshark counted: packets, how many of them carry each protocol, and how many carry a comment."""

    packets: int
    protocols: Mapping[str, int]
    commented: int


def find_tshark() -> str | None:
    """Path of the installed tshark, or None."""
    return shutil.which("tshark")


def tshark_version() -> str:
    """Its version ("4.0.17"), or "" where it is missing or does not start."""
    program = find_tshark()
    if program is None:
        return ""
    try:
        first = _run([program, "--version"], Path("tshark")).split("\n", 1)[0]
    except CaptureError:
        return ""
    return next((word for word in first.split() if word[:1].isdigit()), "")


def tshark_opinion(path: Path, *, decode_as: Sequence[str] = ()) -> Opinion | None:
    """What tshark makes of the file; None where it is not installed. `decode_as` are its `-d` rules ("tcp.port==8080,http").

    Raises CaptureError when it fails or takes longer than TIMEOUT_S.
    """
    program = find_tshark()
    if program is None:
        return None
    words = [program, "-n", "-r", str(path), "-T", "fields", "-e", "frame.protocols", "-e", "frame.comment"]
    for rule in decode_as:
        words += ["-d", rule]
    packets = commented = 0
    protocols: Counter[str] = Counter()
    for line in _run(words, path).splitlines():
        names, _, comment = line.partition("\t")
        packets += 1
        commented += bool(comment)
        protocols.update(set(names.split(":")))
    return Opinion(packets, dict(protocols), commented)


def _run(words: list[str], place: Path) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False)  # noqa: S603 - no shell, fixed program
    except subprocess.TimeoutExpired as error:
        raise CaptureError(f"tshark took longer than {TIMEOUT_S:.0f} s", place=str(place)) from error
    except OSError as error:
        raise CaptureError(f"tshark does not start: {error.strerror}", place=str(place)) from error
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise CaptureError(f"tshark cannot read it: {reason}", place=str(place))
    return done.stdout
