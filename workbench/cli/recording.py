"""What `workbench capture` and `workbench tap` share: the file to write, when to end, and the counters shown until then."""

import argparse
import signal
import sys
import time
from pathlib import Path

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import positive, seconds

__all__ = ["Patience", "add_recording_options", "parse_endpoint", "target"]

SHOW_EVERY_S = 1.0
"""Counters are for people; more often is unrest."""


def add_recording_options(parser: argparse.ArgumentParser) -> None:
    """Where to write, and when to end by itself."""
    parser.add_argument("-w", "--write", required=True, metavar="FILE", help="pcapng file to write, - for stdout")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there already")
    parser.add_argument("--seconds", type=seconds, metavar="S", help="end after so long")
    parser.add_argument("--packets", type=positive, metavar="N", help="end after so many packets")


def parse_endpoint(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT", "[IPV6]:PORT" or "PORT" (this machine); raises UsageError."""
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"{text!r} is not HOST:PORT", remedy="Write for example 127.0.0.1:8080, [::1]:8080 or 8080")
    return host.strip("[]") or "127.0.0.1", int(port)


class Patience:
    """When to stop, and what to show until then."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self._deadline = None if args.seconds is None else time.monotonic() + args.seconds
        self._limit = args.packets
        self._console = console
        self._told = False
        self._shown = 0.0
        self.packets = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._tell)

    def _tell(self, *_: object) -> None:
        self._told = True

    def over(self) -> bool:
        """Whether somebody, the clock or the count says stop."""
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return self._told or late or (self._limit is not None and self.packets >= self._limit)

    def show(self, packets: int, text: str) -> None:
        """The counters, about once a second."""
        self.packets = packets
        if time.monotonic() - self._shown >= SHOW_EVERY_S:
            self._shown = time.monotonic()
            self._console.progress(text)


def target(args: argparse.Namespace) -> Path:
    """The file of -w; raises UsageError when it is there already and nobody said --overwrite."""
    from captures.recording import STDOUT

    path = STDOUT if args.write == "-" else Path(args.write)
    if args.write == "-" and sys.stdout.isatty():
        raise UsageError("stdout is a terminal", place="-w -", remedy="Pipe it into a program: -w - | wireshark -k -i -")
    if path.is_file() and args.write != "-" and not args.overwrite:
        raise UsageError(
            "is there already", place=str(path), remedy="Name another file with -w, or add --overwrite to replace it"
        )
    return path
