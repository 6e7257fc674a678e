"""`workbench capture`: write a pcapng file from an interface.

It is ended by being told to (Ctrl-C, SIGTERM) or by its own --seconds and --packets; each is an orderly end. The file can be read at
any moment, also after a kill.
"""

import argparse
import re

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, positive, printable
from workbench.cli.recording import Patience, add_recording_options, target

__all__ = ["configure", "parse_ports"]

ABOUT = """\
Captures every packet of an interface into a pcapng file with nanosecond times, and always says how many the kernel had to drop. Ends
with Ctrl-C, SIGTERM, --seconds or --packets. What is on the screen is in the file, even after kill -9. `-w -` writes to stdout.
Needs the permission to capture (`workbench doctor` shows the exact fix); `workbench tap` needs none."""

EXAMPLES = """\
workbench capture -i lo -w all.pcapng
workbench capture -i eth0 -f 80,443 -w web.pcapng --seconds 60
workbench capture -i lo -f 'port 8080' -w - | wireshark -k -i -"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe `capture`."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("-i", "--interface", required=True, metavar="IFACE", help='name of an interface, or "any"')
    parser.add_argument("-f", "--ports", default="", metavar="PORTS", help="only these TCP and UDP ports, e.g. '80,443'")
    parser.add_argument("--snaplen", type=positive, default=262_144, help="bytes kept of each packet (default: all)")
    add_recording_options(parser)
    parser.set_defaults(run=run)


def parse_ports(text: str) -> tuple[int, ...]:
    """The ports of a capture filter: numbers, alone or as "port N or port M"; raises UsageError for any other expression."""
    words = [word for word in re.split(r"[\s,]+", text) if word and word not in ("port", "or", "tcp", "udp")]
    if not all(word.isdigit() and 0 < int(word) < 65_536 for word in words):
        remedy = "Give ports ('80,443' or 'port 80 or port 443'), and select the rest with --filter when reading"
        raise UsageError(f"the capture filter {text!r} is not a list of ports", remedy=remedy)
    return tuple(int(word) for word in words)


def run(args: argparse.Namespace, console: Console) -> int:
    """Capture until told to end."""
    from captures.live import LiveCounters, RawCapture

    def text(counters: LiveCounters) -> str:
        return f"{counters.packets:,} packets, {counters.bytes:,} bytes, {counters.dropped:,} dropped"

    with RawCapture(args.interface, target(args), ports=parse_ports(args.ports), snaplen=args.snaplen) as recording:
        patience = Patience(args, console)
        console.say(printable(f"capturing on {args.interface} into {args.write}; Ctrl-C ends it"))
        counters = recording.run(patience.over, report=lambda now: patience.show(now.packets, text(now)))
    console.say(text(counters))
    return 0
