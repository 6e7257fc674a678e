"""`workbench follow`: what one stream carried, from its first byte to its last."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import add_filter_option, add_reading_options, describe, index_all, opened, printable
from workbench.cli.outputs import write_file
from workbench.cli.stream_choice import add_stream_option, chosen_stream

if TYPE_CHECKING:
    from typing import BinaryIO

    from workbench.api import Transport
    from workbench.following import Piece
    from workbench.session import Session

__all__ = ["configure"]

ABOUT = """\
Prints what a TCP connection or a UDP conversation carried, both directions in the order of their packets. --layer looks inside: what TLS
protected (with secrets from the capture or --keylog), one stream of HTTP/2 or of QUIC, the messages of a WebSocket. As text bytes that a
terminal would obey are escaped; as hex with offsets; raw as they are, into a file or a pipe; as json one object a line, bytes in hex."""

EXAMPLES = """\
workbench follow web.pcapng --stream tcp:3
workbench follow web.pcapng --filter 'http.request.uri contains "login"'
workbench follow secret.pcapng --stream tcp:0 --layer tls --format hex
workbench follow secret.pcapng --stream tcp:0 --layer http2:5
workbench follow quic.pcapng --stream udp:0 --layer quic:0 --direction to_client --format raw -o reply.bin
workbench follow web.pcapng --stream tcp:3 --format raw | strings"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_stream_option(parser)
    add_filter_option(parser)
    parser.add_argument("--layer", metavar="LAYER", default="", help="tls, http2:N, quic:N, websocket, or another layer's name")
    parser.add_argument("--format", choices=("text", "hex", "raw", "json"), default="text", help="default: text")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--direction", choices=("both", "to_server", "to_client"), default="both", help="default: both")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="file to write instead of stdout")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Find the stream and print it."""
    if args.format == "raw" and args.output is None and console.out.isatty():
        raise UsageError("raw bytes would reach the terminal", place="--format raw", remedy="Name a file with -o, or use a pipe")
    if args.stream and args.filter:
        raise UsageError("a stream is followed whole", place="--filter", remedy="Give --stream, or a filter that finds it")
    with opened(args, console) as session:
        index_all(session.capture, console)
        transport, number = chosen_stream(args, console, session)
        flow = session.capture.index.flow(transport, number)
        console.say(printable(f"{transport} stream {number}: {flow}" + (f", {args.layer}" if args.layer else "")))
        pieces = _pieces(args, session, transport, number)
        if args.format == "raw":
            _write_raw(args, console, pieces)
            return 0
        lines = _lines(args, session, pieces)
        if args.output is None:
            console.lines(lines)
        else:
            write_file(args.output, lambda out: _write_lines(out, lines), args.file, args.keylog)
    return 0


def _pieces(args: argparse.Namespace, session: "Session", transport: "Transport", number: int) -> "Iterator[Piece]":
    from workbench.following import follow_layer, follow_stream

    if args.layer:
        pieces = follow_layer(session, transport, number, args.layer)
    else:
        pieces = follow_stream(session, transport, number)
    return (piece for piece in pieces if args.direction in ("both", piece.direction.name.lower()))


def _lines(args: argparse.Namespace, session: "Session", pieces: "Iterator[Piece]") -> Iterator[str]:
    from workbench.reporting.followed import hex_lines, json_lines, text_lines

    origin_ns = int(session.capture.index.time_ns[0])
    return {"text": text_lines, "hex": hex_lines, "json": json_lines}[args.format](pieces, origin_ns)


def _write_raw(args: argparse.Namespace, console: Console, pieces: "Iterator[Piece]") -> None:
    if args.output is None:
        for piece in pieces:
            console.binary.write(piece.data)
        return
    write_file(args.output, lambda out: out.writelines(piece.data for piece in pieces), args.file, args.keylog)


def _write_lines(out: "BinaryIO", lines: Iterator[str]) -> None:
    out.writelines(line.encode("utf-8", "backslashreplace") + b"\n" for line in lines)
