"""`workbench capture` and `workbench tap`: write a pcapng file from an interface, or from connections relayed by ourselves.

Both are ended by being told to (Ctrl-C, SIGTERM) or by their own --seconds and --packets; each is an orderly end. The file can be
read at any moment, also after a kill.
"""

import argparse
import re
import signal
import time
from pathlib import Path

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, positive, printable, seconds

__all__ = ["configure_capture", "configure_tap", "parse_endpoint", "parse_ports"]

CAPTURE = """\
Captures every packet of an interface into a pcapng file with nanosecond times, and always says how many the kernel had to drop. Ends
with Ctrl-C, SIGTERM, --seconds or --packets. What is on the screen is in the file, even after kill -9. `-w -` writes to stdout.
Needs the permission to capture (`workbench doctor` shows the exact fix); `workbench tap` needs none."""

CAPTURE_EXAMPLES = """\
workbench capture -i lo -w all.pcapng
workbench capture -i eth0 -f 80,443 -w web.pcapng --seconds 60
workbench capture -i lo -f 'port 8080' -w - | wireshark -k -i -"""

TAP = """\
Listens on one address, relays each connection to another, and writes what passes as a valid pcapng file: TCP with the bytes, times and
ends as they were. Point the client at the listening address instead of the server's. Needs no privilege."""

TAP_EXAMPLES = """\
workbench tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080 -w web.pcapng
workbench tap --listen 0 --to localhost:9099 -w bus.pcapng     a free port, printed on stdout"""

SHOW_EVERY_S = 1.0


def configure_capture(parser: argparse.ArgumentParser) -> None:
    """Describe `capture`."""
    describe(parser, CAPTURE, CAPTURE_EXAMPLES)
    parser.add_argument("-i", "--interface", required=True, metavar="IFACE", help='name of an interface, or "any"')
    parser.add_argument("-f", "--ports", default="", metavar="PORTS", help="only these TCP and UDP ports, e.g. '80,443'")
    parser.add_argument("--snaplen", type=positive, default=262_144, help="bytes kept of each packet (default: all)")
    _add_recording_options(parser)
    parser.set_defaults(run=_capture)


def configure_tap(parser: argparse.ArgumentParser) -> None:
    """Describe `tap`."""
    describe(parser, TAP, TAP_EXAMPLES)
    parser.add_argument("--listen", required=True, metavar="[HOST:]PORT", help="where clients connect (default host 127.0.0.1)")
    parser.add_argument("--to", required=True, metavar="[HOST:]PORT", help="the server they get")
    parser.add_argument("--allow-remote", action="store_true", help="permit addresses beyond this machine")
    _add_recording_options(parser)
    parser.set_defaults(run=_tap)


def _add_recording_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--write", required=True, metavar="FILE", help="pcapng file to write, - for stdout")
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there already")
    parser.add_argument("--seconds", type=seconds, metavar="S", help="end after so long")
    parser.add_argument("--packets", type=positive, metavar="N", help="end after so many packets")


def parse_ports(text: str) -> tuple[int, ...]:
    """The ports of a capture filter: numbers, alone or as "port N or port M"; raises UsageError for any other expression."""
    words = [word for word in re.split(r"[\s,]+", text) if word and word not in ("port", "or", "tcp", "udp")]
    if not all(word.isdigit() and 0 < int(word) < 65_536 for word in words):
        remedy = "Give ports ('80,443' or 'port 80 or port 443'), and select the rest with --filter when reading"
        raise UsageError(f"the capture filter {text!r} is not a list of ports", remedy=remedy)
    return tuple(int(word) for word in words)


def parse_endpoint(text: str) -> tuple[str, int]:
    """Host and port of "HOST:PORT", "[IPV6]:PORT" or "PORT" (this machine); raises UsageError."""
    host, _, port = text.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"{text!r} is not HOST:PORT", remedy="Write for example 127.0.0.1:8080, [::1]:8080 or 8080")
    return host.strip("[]") or "127.0.0.1", int(port)


class _Patience:
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


def _target(args: argparse.Namespace) -> Path:
    path = Path("/dev/stdout" if args.write == "-" else args.write)
    if path.is_file() and args.write != "-" and not args.overwrite:
        raise UsageError(
            "is there already", place=str(path), remedy="Name another file with -w, or add --overwrite to replace it"
        )
    return path


def _capture(args: argparse.Namespace, console: Console) -> int:
    from captures.live import LiveCounters, RawCapture

    def text(counters: LiveCounters) -> str:
        return f"{counters.packets:,} packets, {counters.bytes:,} bytes, {counters.dropped:,} dropped"

    with RawCapture(args.interface, _target(args), ports=parse_ports(args.ports), snaplen=args.snaplen) as recording:
        patience = _Patience(args, console)
        console.say(printable(f"capturing on {args.interface} into {args.write}; Ctrl-C ends it"))
        counters = recording.run(patience.over, report=lambda now: patience.show(now.packets, text(now)))
    console.say(text(counters))
    return 0


def _tap(args: argparse.Namespace, console: Console) -> int:
    from captures.tap import Tap, TapCounters
    from workbench.api import Endpoint

    def text(counters: TapCounters) -> str:
        return (
            f"{counters.connections:,} connections ({counters.open:,} open, {counters.refused:,} refused), {counters.frames:,} packets, "
            f"{counters.to_server:,} bytes to the server, {counters.to_client:,} to clients"
        )

    listen, to = Endpoint(*parse_endpoint(args.listen)), Endpoint(*parse_endpoint(args.to))
    with Tap(listen, to, _target(args), allow_remote=args.allow_remote) as tap:
        patience = _Patience(args, console)
        (console.say if args.write == "-" else console.data)(str(tap.endpoint))
        console.done()
        console.say(printable(f"relaying {tap.endpoint} to {to}, into {args.write}; Ctrl-C ends it"))
        counters = tap.run(patience.over, report=lambda now: patience.show(now.frames, text(now)))
    console.say(text(counters))
    return 0
