"""`workbench list`: the packet list, one line per packet, from the columns alone unless the filter asks for messages."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_reading_options,
    describe,
    filter_of,
    index_all,
    opened,
    opened_columns,
    printable,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captures.capture import Capture
    from workbench.rows import PacketRow

__all__ = ["configure"]

ABOUT = """\
The packet list. As text: number, seconds since the first packet, source, destination, protocol, length, info. With -c: those columns,
separated by tabs; besides the seven names every Wireshark name that ndjson has. As ndjson: one flat object per packet (frame.number,
ip.src, tcp.stream, …). For what the packets say, see `workbench dissect`."""

EXAMPLES = """\
workbench list web.pcapng --filter 'ip==10.0.0.7 port==8080'
workbench list web.pcapng -c number,time,tcp.stream,tcp.len
workbench list web.pcapng --format ndjson | jq '."tcp.stream"' | sort | uniq -c"""

COLUMNS = ("number", "time", "source", "destination", "protocol", "length", "info")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument("-c", "--columns", default="", metavar="COLS", help="columns of the text, separated by commas")
    parser.add_argument("--format", choices=("text", "ndjson"), default="text", help="default: text")
    parser.add_argument("--json", action="store_const", const="ndjson", dest="format", help="the same as --format ndjson")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Select and print."""
    import numpy as np

    if not args.filter:
        with opened_columns(args, console) as capture:
            index_all(capture, console)
            _print(args, console, capture, np.arange(1, len(capture.index) + 1))
        return 0
    with opened(args, console) as session:
        index_all(session.capture, console)
        wanted = filter_of(args, session)
        assert wanted is not None
        _print(args, console, session.capture, session.matching(wanted))
    return 0


def _print(args: argparse.Namespace, console: Console, capture: "Capture", numbers: "NDArray[np.int64]") -> None:
    from captures.listing import listing_lines

    if args.format == "ndjson":
        console.lines(listing_lines(capture, numbers - 1))
    else:
        console.lines(_columns(args, capture, numbers) if args.columns else _table(capture, numbers))


def _table(capture: "Capture", numbers: "NDArray[np.int64]") -> Iterator[str]:
    from workbench.rows import rows_of

    index = capture.index
    if not len(index):
        return
    first = int(index.time_ns[0])
    width = len(str(len(index)))
    # nothing in a row comes from payloads, so there is nothing to escape
    for number, time_ns, source, destination, protocol, length, info in rows_of(index, numbers):
        elapsed = (time_ns - first) / 1e9
        yield f"{number:>{width}} {elapsed:>12.6f} {source or '-':<15} → {destination or '-':<15} {protocol:<6} {length:>5} {info}"


def _columns(args: argparse.Namespace, capture: "Capture", numbers: "NDArray[np.int64]") -> Iterator[str]:
    from captures.listing import packet_object
    from workbench.rows import rows_of

    names = [name.strip() for name in args.columns.split(",")]
    strangers = [name for name in names if name not in COLUMNS and "." not in name]
    if strangers:
        remedy = f"Choose from {', '.join(COLUMNS)} and Wireshark's names like tcp.stream"
        raise UsageError(f"there is no column {strangers[0]!r}", remedy=remedy)
    first = int(capture.index.time_ns[0]) if len(capture.index) else 0
    plain = all(name in COLUMNS for name in names)
    for row in rows_of(capture.index, numbers):
        fields = {} if plain else packet_object(capture, row.number - 1)
        yield "\t".join(_cell(row, name, first) if name in COLUMNS else _text(fields.get(name, "")) for name in names)


def _cell(row: "PacketRow", name: str, first: int) -> str:
    return f"{(row.time_ns - first) / 1e9:.9f}" if name == "time" else str(getattr(row, name))


def _text(value: object) -> str:
    return printable(",".join(map(str, value)) if isinstance(value, list) else str(value))
