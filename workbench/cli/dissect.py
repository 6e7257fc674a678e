"""`workbench dissect`: the messages of a capture."""

import argparse

from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_reading_options,
    describe,
    dissecting,
    filter_of,
    opened,
    tell_doubts,
    watched,
)

__all__ = ["configure"]

ABOUT = """\
Puts the streams of a capture together and takes their messages apart, also those that travelled inside others: TLS is decrypted where
there are secrets, in the capture or in --keylog. As text: one head line per message, its fields with byte ranges, remarks. As ndjson: one
object per message with packet (the one that completed it), packets, time_ns, stream, layer (what it travelled in, if anything), protocol,
direction, label, summary, fields (flat, Wireshark's names where it has them; bytes as hex, repeated fields as lists) and notes."""

EXAMPLES = """\
workbench dissect web.pcapng
workbench dissect web.pcapng --format ndjson | jq -r '.fields["http.request.uri"] // empty'
workbench dissect secret.pcapng --keylog keys.log --filter http2
workbench dissect odd.pcap --decode-as tcp.port==8443,http1 --filter 'tcp.stream==3'"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument("--format", choices=("text", "ndjson"), default="text", help="default: text")
    parser.add_argument("--json", action="store_const", const="ndjson", dest="format", help="the same as --format ndjson")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print all messages that match."""
    from workbench.export import text

    with opened(args, console) as session:
        wanted = filter_of(args, session)
        if args.format == "ndjson":
            lines = session.ndjson(wanted, dissecting(console))
        else:
            messages = session.messages(wanted)
            lines = text.lines(messages if console.out.isatty() else watched(messages, console))
        if not console.lines(lines):
            tell_doubts(wanted, console)
    return 0
