"""Which stream a command is about: named by number, or found by a filter."""

import argparse
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import filter_of, tell_doubts

if TYPE_CHECKING:
    from workbench.api import Transport
    from workbench.session import Session

__all__ = ["add_stream_option", "chosen_stream"]


def add_stream_option(parser: argparse.ArgumentParser) -> None:
    """`--stream`; the command has `--filter`, too."""
    explanation = (
        "tcp:3 or udp:0, numbered as tcp.stream and udp.stream (default: that of the first packet that matches --filter)"
    )
    parser.add_argument("--stream", metavar="STREAM", default="", help=explanation)


def chosen_stream(args: argparse.Namespace, console: Console, session: "Session") -> "tuple[Transport, int]":
    """The stream of --stream, else that of the first packet with one that passes the filter. Raises UsageError when there is none."""
    from workbench.following import parse_stream

    if args.stream:
        transport, number = parse_stream(args.stream)
        count = session.capture.index.stream_count(transport)
        if number >= count:
            there = f"Streams are numbered from 0 to {count - 1}" if count else f"There is no {transport.upper()} in this capture"
            raise UsageError(f"there is no {transport} stream {number}", place=str(args.file), remedy=there)
        return transport, number
    wanted = filter_of(args, session)
    numbers = range(1, len(session) + 1) if wanted is None else session.matching(wanted).tolist()
    for packet in numbers:
        found = session.packet_stream(packet)
        if found is not None:
            return found
    tell_doubts(wanted, console)
    raise UsageError("no packet with a stream matches", place=str(args.file), remedy="See `workbench stats FILE conversations`")
