"""`workbench list`: the packet list, one line per packet, from the columns alone unless the filter asks for messages."""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_reading_options,
    add_resolve_option,
    describe,
    filter_of,
    index_all,
    opened,
    opened_columns,
    positive,
    printable,
    tell_doubts,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captures.capture import Capture
    from dissectors.filters import Filter
    from workbench.analysis.names import NameBook
    from workbench.api import Message
    from workbench.rows import PacketRow
    from workbench.session import Session

__all__ = ["configure"]

ABOUT = """\
The packet list. As text: number, seconds since the first packet, source, destination, protocol, length, info. With -c: those columns,
separated by tabs; besides the seven names every Wireshark name that ndjson has, and the fields of protocols (http.request.uri), for
which streams are dissected. When the filter asks for messages, protocol and info are those of the packet's last message. As ndjson: one
flat object per packet (frame.number, ip.src, tcp.stream, …). For what the packets say, see `workbench dissect`."""

EXAMPLES = """\
workbench list web.pcapng --filter 'ip==10.0.0.7 port==8080'
workbench list web.pcapng --filter 'http.response.code>=400 and tcp.port==80' --why 17
workbench list web.pcapng -c number,time,tcp.stream,tcp.len
workbench list web.pcapng --format ndjson | jq '."tcp.stream"' | sort | uniq -c"""

_FRAME = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len")
_HOSTS = ("vlan.id", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
_TRANSPORT = ("tcp.srcport", "tcp.dstport", "tcp.stream", "tcp.len", "tcp.flags", "udp.srcport", "udp.dstport", "udp.stream")
LAYER_COLUMNS = (*_FRAME, *_HOSTS, *_TRANSPORT)
"""Columns beside the plain ones that need no dissecting."""

COLUMNS = ("number", "time", "source", "destination", "protocol", "length", "info")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument(
        "--why", type=positive, metavar="N", help="explain packet N: which terms of the filter it passes, with the values found"
    )
    parser.add_argument("-c", "--columns", default="", metavar="COLS", help="columns of the text, separated by commas")
    add_resolve_option(parser)
    parser.add_argument("--format", choices=("text", "ndjson"), default="text", help="default: text")
    parser.add_argument("--json", action="store_const", const="ndjson", dest="format", help="the same as --format ndjson")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Select and print."""
    import numpy as np

    if args.resolve and args.format == "ndjson":
        raise UsageError("ndjson has addresses as they are", place="--resolve", remedy="Leave it away, or print text")
    if args.why is not None and not args.filter:
        raise UsageError("there is no filter to explain", place="--why", remedy="Give one with --filter")
    names = [name.strip() for name in args.columns.split(",")] if args.columns else []
    strangers = [name for name in names if name not in COLUMNS and name not in LAYER_COLUMNS]
    if not args.filter and not strangers and not args.resolve:
        with opened_columns(args, console) as capture:
            index_all(capture, console)
            _print(args, console, _Listing(capture, names), np.arange(1, len(capture.index) + 1))
        return 0
    with opened(args, console) as session:
        wanted = filter_of(args, session)
        for name in strangers:
            _check_column(name, session)
        index_all(session.capture, console)
        if args.why is not None:
            return _explain(args.why, wanted, session, console)
        numbers = np.arange(1, len(session) + 1) if wanted is None else session.matching(wanted)
        listing = _Listing(
            session.capture,
            names,
            session.messages_of if strangers or (wanted is not None and wanted.needs_messages) else None,
            _names(session) if args.resolve else None,
        )
        _print(args, console, listing, numbers)
        if not len(numbers):
            tell_doubts(wanted, console)
    return 0


def _explain(number: int, wanted: "Filter | None", session: "Session", console: Console) -> int:
    """Say of one packet why it passes or not."""
    if number > len(session):
        raise UsageError(f"there is no packet {number}", place=str(session.capture.path), remedy=f"It has {len(session)}")
    assert wanted is not None
    console.lines(session.why(wanted, number))
    return 0


def _check_column(name: str, session: "Session") -> None:
    """Raise UsageError unless some protocol can have a field of that name."""
    from dissectors.filter_names import fields_of
    from dissectors.term_error import TermError

    try:
        if fields_of(name, session.registry.specs):
            return
    except TermError as error:
        raise UsageError(f"there is no column {name!r}", remedy=error.remedy) from None
    near = get_close_matches(name, (*COLUMNS, *LAYER_COLUMNS), 1)
    remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(COLUMNS)}, {', '.join(LAYER_COLUMNS)} and fields"
    raise UsageError(f"there is no column {name!r}", remedy=remedy)


@dataclass(frozen=True)
class _Listing:
    """What is listed: the columns asked for, and how to get a packet's messages where they are wanted."""

    capture: "Capture"
    names: list[str]
    messages_of: "Callable[[int], tuple[Message, ...]] | None" = None
    book: "NameBook | None" = None
    """Names of addresses; a packet is shown those that it could know."""

    def rows(self, numbers: "NDArray[np.int64]") -> "Iterator[tuple[PacketRow, tuple[Message, ...]]]":
        """Rows with their messages; of the innermost ones the last that a packet completes gives protocol and info."""
        from workbench.rows import rows_of

        for row in rows_of(self.capture.index, numbers):
            messages = self.messages_of(row.number) if self.messages_of is not None else ()
            known = [message for message in messages if message.protocol != "data"]
            if known:
                depth = max(len(message.layer) for message in known)
                inmost = [message for message in known if len(message.layer) == depth]
                told = next((message for message in reversed(inmost) if message.packet == row.number), inmost[0])
                row = row._replace(protocol=printable(told.protocol), info=printable(told.summary))
            yield row if self.book is None else _named(row, self.book), messages


def _names(session: "Session") -> "NameBook":
    from workbench.naming import names_of

    return names_of(session)


def _named(row: "PacketRow", book: "NameBook") -> "PacketRow":
    """The same line with names in place of the addresses that have one by then."""
    source, destination = (book.name_of(host, row.number) for host in (row.source, row.destination))
    return row._replace(
        source=printable(source) if source else row.source,
        destination=printable(destination) if destination else row.destination,
    )


def _print(args: argparse.Namespace, console: Console, listing: _Listing, numbers: "NDArray[np.int64]") -> None:
    from captures.listing import listing_lines

    if args.format == "ndjson":
        console.lines(listing_lines(listing.capture, numbers - 1))
    else:
        console.lines(_columns(listing, numbers) if listing.names else _table(listing, numbers))


def _table(listing: _Listing, numbers: "NDArray[np.int64]") -> Iterator[str]:
    index = listing.capture.index
    if not len(index):
        return
    first = int(index.time_ns[0])
    width = len(str(len(index)))
    # what came from payloads was escaped when it became part of its row
    for (number, time_ns, source, destination, protocol, length, info), _ in listing.rows(numbers):
        elapsed = (time_ns - first) / 1e9
        yield f"{number:>{width}} {elapsed:>12.6f} {source or '-':<15} → {destination or '-':<15} {protocol:<6} {length:>5} {info}"


def _columns(listing: _Listing, numbers: "NDArray[np.int64]") -> Iterator[str]:
    from captures.listing import packet_object

    capture, names = listing.capture, listing.names
    first = int(capture.index.time_ns[0]) if len(capture.index) else 0
    plain = all(name in COLUMNS for name in names)
    for row, messages in listing.rows(numbers):
        fields = {} if plain else packet_object(capture, row.number - 1) | _fields_of(messages)
        yield "\t".join(_cell(row, name, first) if name in COLUMNS else _text(fields.get(name, "")) for name in names)


def _fields_of(messages: "tuple[Message, ...]") -> dict[str, object]:
    """All fields of a packet's messages; several values of one name are a list."""
    from dissectors.paths import flatten

    found: dict[str, list[object]] = {}
    for message in messages:
        for name, value in flatten(message).items():
            found.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return dict(found)


def _cell(row: "PacketRow", name: str, first: int) -> str:
    return f"{(row.time_ns - first) / 1e9:.9f}" if name == "time" else str(getattr(row, name))


def _text(value: object) -> str:
    return printable(",".join(map(str, value)) if isinstance(value, list) else str(value))
