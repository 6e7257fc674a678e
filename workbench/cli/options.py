"""Options that several commands share, and the one way from them to an open session."""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from workbench.cli.console import Console
from workbench.events import Start
from workbench.settings import Settings, load_settings, settings_path

if TYPE_CHECKING:
    from captures.capture import Capture
    from dissectors.filters import Filter
    from workbench.api import Message
    from workbench.registry import Registry
    from workbench.session import Session

__all__ = [
    "MOST_DOUBTS",
    "add_decoding_options",
    "add_filter_help",
    "add_filter_option",
    "add_json_option",
    "add_plugin_option",
    "add_reading_options",
    "add_resolve_option",
    "describe",
    "dissecting",
    "filter_of",
    "index_all",
    "opened",
    "opened_columns",
    "parse_filter_line",
    "positive",
    "printable",
    "registry_for",
    "seconds",
    "settings_for",
    "start_with",
    "tell_doubts",
    "watched",
]

BATCH = 100_000
"""Packets indexed between two looks at the clock: about a tenth of a second of work."""


FILTERS = """\
filters: terms joined by spaces or `and`, by `or`, in parentheses, each perhaps after `not`
  http  http2  tls  tcp  arp  data    a protocol, also inside another one; `data` is what nobody understood
  10.0.0.7  10.0.0.0/8  port==8000-8099  tcp.stream==3  frame.number>100
                                      addresses, networks, ports, streams, packets (also ip.src, tcp.dstport, …)
  http.response.code                  messages that have this field
  http.response.code>=500             == != > >= < <= ; ranges: ==200-299 ; choices: in {404, 500..599}
  http.request.uri contains "login"   part of a text, or of bytes (as text or in hex); matches "^/a.*[0-9]$" is a regular expression
  len(http.file_data)>1000            also count lower upper max min abs string; quic.dcid[0:4]==01020304 compares four bytes from the first
  tcp[13]&2  udp[8:3]==81:60:03       slices of protocols; ip.ttl, tcp.flags.syn==1, eth.src==02:00:00:00:00:01, vlan.id, …
  any tcp.port>1024  all tcp.port>1024  tcp.port!=80 (none is)  tcp.port~=80 (one is not)
  {tcp.len+40}*2>http.content_length  arithmetic with + - * / % &, and fields against fields
  frame.time>="2024-01-31 12:00:00"   also frame.time_relative<0.5, frame.time_delta>5ms
  tcp.analysis.retransmission         what the stream before a packet tells; also tcp.analysis.ack_rtt>0.2, tcp.window_size<1000
  note.severity>=warn                 remarks; also workbench.label, workbench.direction==to_server, fuzz.mutation in what a campaign wrote
  "some text"  word                   text anywhere in a message, upper or lower case
Field names are Wireshark's where it has them, else PROTOCOL.FIELD as in ndjson. Names that a protocol's grammar does not have are
refused; of a protocol with a decoder of its own (http, tls) every name is accepted, and a doubt is told when nothing matches."""

MOST_DOUBTS = 3
"""Sentences said about a filter that matched nothing."""


def describe(parser: argparse.ArgumentParser, text: str, examples: str) -> None:
    """Give a command its explanation and worked examples."""
    parser.description = text
    parser.epilog = "examples:\n" + "\n".join(f"  {line}" for line in examples.strip().splitlines())


def positive(text: str) -> int:
    """A whole number from 1 up, as argparse wants its types."""
    if not text.isdecimal() or not 0 < int(text) < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds, 0 included."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value


def add_plugin_option(parser: argparse.ArgumentParser, dest: str) -> None:
    """The one option that every command knows, before and after its words; each parser on the way needs a `dest` of its own."""
    explanation = "also load the protocol in this Python file (PROTOCOL = ProtocolSpec(...)); repeatable"
    parser.add_argument("--plugin", dest=dest, metavar="FILE.py", type=Path, action="append", default=[], help=explanation)


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """What every command that reads a capture takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="capture file: pcap or pcapng, plain, .gz or .zst")
    add_decoding_options(parser)


def add_decoding_options(parser: argparse.ArgumentParser) -> None:
    """How bytes are understood: secrets, and who speaks what."""
    parser.add_argument("--keylog", type=Path, metavar="FILE", help="TLS secrets (SSLKEYLOGFILE) to go with the capture")
    parser.add_argument(
        "--decode-as",
        metavar="RULE",
        action="append",
        default=[],
        help="'tcp.port==N[-M],PROTOCOL': what speaks on these ports, whatever detection thinks; repeatable",
    )


def add_filter_option(parser: argparse.ArgumentParser) -> None:
    """Which packets or messages; one filter language for all commands and the terminal interface."""
    explanation = "only what matches, e.g. 'http port==8080 not \"favicon\"'; see below"
    parser.add_argument("--filter", metavar="EXPR", default="", help=explanation)
    add_filter_help(parser)


def add_filter_help(parser: argparse.ArgumentParser) -> None:
    """What filters are, for commands that take some."""
    parser.epilog = f"{parser.epilog or ''}\n\n{FILTERS}".strip()


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """The answer for machines."""
    parser.add_argument("--json", action="store_true", help="one JSON document instead of text")


def add_resolve_option(parser: argparse.ArgumentParser) -> None:
    """Names beside addresses; nobody is asked outside."""
    explanation = "show names that the capture itself gives to addresses: its records and the answers of name servers in it"
    parser.add_argument("--resolve", action="store_true", help=explanation)


def settings_for(args: argparse.Namespace) -> Settings:  # noqa: ARG001 - every run shares them today
    """The user's settings."""
    return load_settings(settings_path(os.environ))


def registry_for(args: argparse.Namespace, console: Console, *, quiet: bool = False) -> "Registry":
    """All protocols of this run; what is wrong with a plugin is said once, on stderr, unless `quiet`.

    Raises PluginError when a file that the user named cannot be used.
    """
    from workbench.registry import load

    files = (*settings_for(args).plugins, *args.plugins)
    known = getattr(args, "loaded", None)
    if known is not None and known.files == files:
        return cast("Registry", known)  # main has seen to its problems
    args.loaded = registry = load(files)
    asked = {str(path) for path in args.plugins}
    for problem in registry.problems:
        if problem.place in asked and not quiet:
            raise problem
    for problem in () if quiet else registry.problems:
        console.warn(printable(str(problem)))
    return registry


def start_with(args: argparse.Namespace) -> Start:
    """What the terminal interface should open with, from the options of the command at hand."""
    settings = settings_for(args)
    return Start(
        plugin_files=(*settings.plugins, *args.plugins),
        decode_as=tuple(getattr(args, "decode_as", ())),
        keylog=getattr(args, "keylog", None),
        filter=getattr(args, "filter", ""),
        cache_bytes=settings.cache_mib * 1024 * 1024,
        keymap=settings.keymap,
    )


@contextmanager
def opened(args: argparse.Namespace, console: Console) -> Iterator["Session"]:
    """The capture of `args` as a session, with the options that go with it; warnings about the file are said at the end."""
    from dissectors.decode_as import parse_decode_as
    from workbench.session import Session

    registry = registry_for(args, console)
    rules = [parse_decode_as(text, registry.specs) for text in args.decode_as]
    cache_bytes = settings_for(args).cache_mib * 1024 * 1024
    with Session.open(args.file, registry, decode_as=rules, keylog=args.keylog, cache_bytes=cache_bytes) as session:
        yield session
        _warn_about(session.capture, console)
        if session.keylog is not None and session.known.missed and not session.known.used:
            console.warn(printable(f"{session.keylog}: no secret in it belongs to a TLS session of {session.capture.path.name}"))


@contextmanager
def opened_columns(args: argparse.Namespace, console: Console) -> Iterator["Capture"]:
    """The capture of `args` without anything that dissects: for commands that live on the columns, and start twice as fast so.

    What the rules of --decode-as say makes no difference here, so they may name protocols that are not installed.
    """
    from captures.capture import open_capture

    with open_capture(args.file) as capture:
        yield capture
        _warn_about(capture, console)


def _warn_about(capture: "Capture", console: Console) -> None:
    for warning in capture.warnings:
        console.warn(printable(f"{capture.path}: {warning}"))


def index_all(capture: "Capture", console: Console) -> int:
    """Index the whole capture, showing progress; returns the number of packets."""
    while capture.grow(BATCH):
        console.progress(f"indexing: {len(capture.index):,} packets")
    return len(capture.index)


def watched(messages: "Iterable[Message]", console: Console) -> "Iterator[Message]":
    """The same messages; the person who waits for them sees how many there were."""
    from workbench.session import counted

    return counted(messages, dissecting(console))


def dissecting(console: Console) -> Callable[[int], None]:
    """Takes how many messages there are so far, and shows it to the person who waits for them."""
    return lambda count: console.progress(f"dissecting: {count:,} messages")


def printable(text: str) -> str:
    """`text` without anything that a terminal would obey."""
    from dissectors.text import safe

    return safe(text)


def tell_doubts(wanted: "Filter | None", console: Console) -> None:
    """Nothing matched: say where the filter may not mean what was meant."""
    for doubt in wanted.doubts[:MOST_DOUBTS] if wanted is not None else ():
        console.say(printable(f"workbench: nothing matches; {doubt}"))


def filter_of(args: argparse.Namespace, session: "Session") -> "Filter | None":
    """The filter the user typed; None when none was."""
    return parse_filter_line(args.filter, session) if args.filter else None


def parse_filter_line(line: str, session: "Session") -> "Filter":
    """A filter line with the protocols of this session. Raises UsageError that points at the mistake."""
    from dissectors.filters import parse_filter

    return parse_filter(line, session.registry.specs)
