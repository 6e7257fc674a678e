"""`workbench diagram`: one conversation as a sequence diagram."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_reading_options,
    describe,
    filter_of,
    index_all,
    opened,
    positive,
    printable,
)
from workbench.cli.outputs import write_text
from workbench.cli.stream_choice import add_stream_option, chosen_stream

if TYPE_CHECKING:
    from workbench.analysis.sequence import Sequence
    from workbench.session import Session

__all__ = ["configure"]

ABOUT = """\
Draws what client and server of one stream said to each other, from top to bottom: an arrow for each message with its time since the
first one, its packet, what it travelled in and what it says. With --stream and --filter together only the messages that match are drawn.
Mermaid is for Markdown pages, SVG for browsers; nothing from the wire can be more than words in either."""

EXAMPLES = """\
workbench diagram web.pcapng --stream tcp:3
workbench diagram secret.pcapng --stream tcp:0 --filter http2 --format mermaid
workbench diagram web.pcapng --filter 'http.response.code>=500' --format svg -o failure.svg"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_stream_option(parser)
    add_filter_option(parser)
    parser.add_argument("--format", choices=("text", "mermaid", "svg"), default="text", help="default: text")
    parser.add_argument("--most", type=positive, metavar="N", help="draw no more messages than this (default: some hundred)")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write instead of stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Find the stream and draw it."""
    with opened(args, console) as session:
        index_all(session.capture, console)
        sequence = _sequence(args, console, session)
    lines = _lines(args.format, sequence)
    if args.output is None:
        console.lines(lines)
    else:
        write_text(args.output, "\n".join(lines) + "\n", args.file, args.keylog)
        console.say(printable(f"{args.output}: {len(sequence.steps):,} steps written"))
    return 0


def _sequence(args: argparse.Namespace, console: Console, session: "Session") -> "Sequence":
    from workbench.analysis.sequence import MOST_STEPS, sequence_of
    from workbench.following import stream_messages

    transport, number = chosen_stream(args, console, session)
    messages = stream_messages(session, transport, number)
    wanted = filter_of(args, session) if args.stream else None
    if wanted is not None:
        messages = wanted.choose(messages, session.capture)
    title = f"{args.file.name}, {transport} stream {number}"
    return sequence_of(title, session.capture.index.flow(transport, number), messages, args.most or MOST_STEPS)


def _lines(kind: str, sequence: "Sequence") -> Iterator[str]:
    from workbench.reporting.sequence_mermaid import mermaid_diagram
    from workbench.reporting.sequence_svg import svg_diagram
    from workbench.reporting.sequence_text import text_diagram

    return {"text": text_diagram, "mermaid": mermaid_diagram, "svg": svg_diagram}[kind](sequence)
