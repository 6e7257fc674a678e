"""`workbench capture`: write pcapng files from interfaces, or from a stream.

It is ended by being told to (Ctrl-C, SIGTERM) or by its own --seconds, --packets and --size; each is an orderly end. The files can be
read at any moment, also after a kill.
"""

import argparse
from typing import TYPE_CHECKING

from workbench.api.errors import CaptureError, UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, positive, printable, seconds
from workbench.cli.recording import Patience, add_recording_options, target

if TYPE_CHECKING:
    from captures.live import LiveCounters
    from captures.rotation import Rotation
    from captures.sources.model import Wish

__all__ = ["configure", "size"]

ABOUT = """\
Captures every packet of an interface into a pcapng file with nanosecond times, and always says how many were lost, and where. Ends with
Ctrl-C, SIGTERM, --seconds, --packets or --size. What is on the screen is in the file, even after kill -9. `-w -` writes to stdout.
An interface is promiscuous meanwhile (it takes frames for other machines, too) unless -p says no. -f takes what tcpdump takes.
Needs the permission to capture (`workbench doctor` shows the exact fix); `workbench tap` needs none, and neither does `-i -`."""

EXAMPLES = """\
workbench capture -i lo -w all.pcapng
workbench capture -i eth0 -f 'tcp port 443 and host 192.0.2.1' -w web.pcapng --seconds 60
workbench capture -i eth0 -i lo -f 80,443 -w both.pcapng       ports; each interface keeps its name in the file
workbench capture -i eth0 -w ring.pcapng --rotate-size 100M --keep 10    the last gigabyte, in ten files
workbench capture -i lo -f 'port 8080' -w - | wireshark -k -i -
ssh server tcpdump -U -w - | workbench capture -i - -w remote.pcapng"""

UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
"""What may follow the number of bytes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe `capture`."""
    describe(parser, ABOUT, EXAMPLES)
    explanation = 'name of an interface, "any", - (stdin) or a fifo with pcap or pcapng; repeatable'
    parser.add_argument("-i", "--interface", required=True, action="append", metavar="IFACE", help=explanation)
    explanation = "capture filter: an expression as tcpdump takes it, or ports ('80,443')"
    parser.add_argument("-f", "--capture-filter", default="", metavar="BPF", help=explanation)
    parser.add_argument("-p", "--no-promiscuous", action="store_true", help="only frames for this machine")
    parser.add_argument("--snaplen", type=positive, default=262_144, metavar="N", help="bytes kept of each packet (default: all)")
    parser.add_argument("--buffer", type=size, default=128 << 20, metavar="SIZE", help="room in the kernel (default: 128MiB)")
    explanation = "how: auto (the best there is), ring, socket, dumpcap, tcpdump, scapy; `workbench doctor` says which work"
    parser.add_argument("--source", default="auto", metavar="KIND", help=explanation)
    add_recording_options(parser)
    parser.add_argument("--size", type=size, metavar="SIZE", help="end after so many bytes of files, e.g. 500M")
    parser.add_argument("--rotate-size", type=size, metavar="SIZE", default=0, help="begin the next file at this size, e.g. 100M")
    parser.add_argument("--rotate-seconds", type=seconds, metavar="S", default=0.0, help="begin the next file after so long")
    parser.add_argument(
        "--rotate-packets", type=positive, metavar="N", default=0, help="begin the next file after so many packets"
    )
    parser.add_argument("--keep", type=positive, metavar="N", default=0, help="keep only the newest N files of a rotation")
    parser.add_argument("--json", action="store_true", help="at the end, the counters as one JSON document on stdout")
    parser.set_defaults(run=run)


def size(text: str) -> int:
    """A number of bytes: 1000000, 1M, 100MiB."""
    number = text.rstrip("kKmMgGiIbB")
    unit = text[len(number) :].lower()
    unit = unit if unit in UNITS else unit.removesuffix("b")
    try:
        value = int(float(number) * UNITS[unit])
    except (ValueError, KeyError, OverflowError):
        value = 0
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 500000, 100M or 64MiB")
    return value


def run(args: argparse.Namespace, console: Console) -> int:
    """Capture until told to end."""
    from dataclasses import asdict

    from captures.live import Ends, LiveCapture

    rotation = _rotation(args)
    path = target(args)
    ends = Ends(packets=args.packets or 0, bytes=args.size or 0)
    with LiveCapture(_wishes(args), path, source=args.source, rotation=rotation, ends=ends) as capture:
        patience = Patience(args, console)
        where = f"{args.write} in parts" if rotation else args.write
        names = ", ".join(args.interface)
        console.say(printable(f"capturing on {names} ({capture.counters.sources}) into {where}; Ctrl-C ends it"))
        try:
            capture.run(patience.over, report=lambda now: patience.show(now.packets, _told(now)))
        except CaptureError:
            console.say(_told(capture.counters, final=True))
            raise
        console.say(_told(capture.counters, final=True))
        if args.json:
            console.json(asdict(capture.counters))
    return 0


def _wishes(args: argparse.Namespace) -> "list[Wish]":
    from captures.capture_filter import full_text
    from captures.sources.model import SNAPLEN, Wish

    twice = next((name for number, name in enumerate(args.interface) if name in args.interface[:number]), None)
    if twice is not None:
        raise UsageError("is named twice", place=f"-i {twice}", remedy="Name each interface once")
    filter_text, snaplen = full_text(args.capture_filter), min(args.snaplen, SNAPLEN)
    return [
        Wish(interface=name, filter=filter_text, snaplen=snaplen, promiscuous=not args.no_promiscuous, buffer=args.buffer)
        for name in args.interface
    ]


def _rotation(args: argparse.Namespace) -> "Rotation":
    from captures.rotation import Rotation

    rotation = Rotation(bytes=args.rotate_size, seconds=args.rotate_seconds, packets=args.rotate_packets, keep=args.keep)
    if rotation and args.write == "-":
        raise UsageError("stdout cannot be changed for the next file", place="-w -", remedy="Name a file, or do not rotate")
    if args.json and args.write == "-":
        raise UsageError("stdout takes the packets already", place="--json", remedy="Name a file with -w")
    if rotation.keep and not rotation:
        raise UsageError(
            "there is one file only", place="--keep", remedy="Add --rotate-size, --rotate-seconds or --rotate-packets"
        )
    return rotation


def _told(now: "LiveCounters", *, final: bool = False) -> str:
    """The counters as one line; losses are always part of it."""
    losses = f"{now.dropped:,} dropped by the kernel"
    if now.ring_full:
        losses += f" (the ring was full {now.ring_full:,} times)"
    losses += f", {now.interface_dropped:,} by the interface"
    if not now.counted:
        losses = "nobody says what was lost" if final else "losses are known at the end"
    if now.unwritten:
        losses += f", {now.unwritten:,} taken but not written"
    files = f" in {now.files:,} files" if now.files > 1 else ""
    return f"{now.packets:,} packets, {now.bytes:,} bytes{files}; {losses}"
