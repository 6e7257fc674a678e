"""`workbench objects`: the bodies of HTTP messages as files."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.capture import size
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_json_option,
    add_reading_options,
    describe,
    filter_of,
    index_all,
    opened,
    printable,
    tell_doubts,
    watched,
)

if TYPE_CHECKING:
    from workbench.collecting import Collected

__all__ = ["configure"]

ABOUT = """\
Takes the bodies out of HTTP/1.1, HTTP/2 and HTTP/3 messages, also out of TLS and QUIC where there are secrets, and undoes chunks and
content codings. Without -o they are listed; with it each becomes a file in a new folder. Names come from the request, made harmless:
no paths, no odd characters, none twice, nothing is ever overwritten. index.json beside them says what each is, with its SHA-256.
What is in such files is a stranger's: do not open them carelessly."""

EXAMPLES = """\
workbench objects web.pcapng
workbench objects web.pcapng -o found
workbench objects web.pcapng -o images --filter 'http.content_type contains "image"'
workbench objects web.pcapng --json | jq -r '.[] | [.sha256, .uri] | @tsv'"""

TOTAL = 4 << 30
"""Bytes written unless --total says otherwise: compressed bodies can unfold to far more than the capture has."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder to write them into, new or empty")
    parser.add_argument(
        "--total", type=size, metavar="SIZE", default=TOTAL, help="write no more than this, e.g. 500M (default 4GiB)"
    )
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Collect, write, tell."""
    from workbench.collecting import ObjectFolder, collect, describe_object

    with opened(args, console) as session:
        wanted = filter_of(args, session)
        index_all(session.capture, console)
        folder = None if args.output is None else ObjectFolder(args.output, args.total)
        tell = describe_object if folder is None else folder.add
        told = [tell(found) for found in collect(session, wanted, lambda messages: watched(messages, console))]
        if folder is not None:
            folder.finish(args.file.name)
    if args.json:
        console.json([asdict(each) for each in told])
    else:
        console.lines(_lines(told))
    if not told:
        tell_doubts(wanted, console)
    if folder is not None:
        written = sum(bool(each.file) for each in told)
        console.say(printable(f"{written:,} objects written to {args.output}, {len(told) - written:,} left out"))
    return 0


def _lines(told: "list[Collected]") -> list[str]:
    from workbench.analysis.parts import Column, Table
    from workbench.reporting.text_report import part_lines

    columns = (
        Column("packet", "packet", "packet"),
        Column("protocol", "protocol"),
        Column("bytes", "size", "bytes"),
        Column("content_type", "type"),
        Column("host", "host"),
        Column("uri", "target"),
        Column("file", "file"),
        Column("remark", "remark"),
    )
    rows = tuple(
        (
            each.packet,
            each.protocol,
            each.bytes,
            each.content_type,
            each.host,
            each.uri,
            each.file,
            each.left_out or ("" if each.whole else "incomplete"),
        )
        for each in told
    )
    return list(part_lines(Table(name="objects", title="objects", columns=columns, rows=rows)))
