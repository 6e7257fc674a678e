"""`workbench corpus list | show | cmin | export`: what a campaign (or another fuzzer) plays its cases from."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.fuzz_target import add_target_options, target_of
from workbench.cli.options import add_json_option, add_plugin_option, describe, printable, registry_for

if TYPE_CHECKING:
    from fuzzers.corpus_files import Session
    from workbench.api import ProtocolSpec

__all__ = ["configure"]

ABOUT = """\
A corpus is what clients say in some sessions. SOURCE is a campaign's folder, an output folder of AFL or AFLNet, a folder of files, one
such file, or a capture. Files with the ending .replay (and those in AFLNet's folders replayable-…) have each message behind its length,
four bytes, little-endian; all others are cut into messages by the protocol's own framing.

A campaign's corpus is bounded, and nothing is ever dropped from it: every later case would be another one. To go on with less, write a
covering subset with cmin and start a new campaign with `workbench fuzz PROTOCOL --from-corpus DIR`."""

EXAMPLES = """\
workbench corpus list campaign                                       what grew, and what only one session shows
workbench corpus show campaign 17
workbench corpus cmin campaign -o small                              fewer sessions that show all the same
workbench corpus cmin out/queue --protocol http1 --command './server {port}' -o small
workbench corpus export campaign -o seeds --format raw               for AFLNet (-i seeds)
workbench corpus export login.pcapng --protocol socks5 -o seeds      what clients say in a capture"""

CAPTURES = (".pcap", ".pcapng", ".gz", ".zst")
OCTETS = 16
"""Bytes in a line of `show`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command and its four words."""
    describe(parser, ABOUT, EXAMPLES)
    words = parser.add_subparsers(dest="word", metavar="list|show|cmin|export", required=True)
    listing = words.add_parser("list", help="every session: size, and what it shows")
    show = words.add_parser("show", help="the messages of one session")
    cmin = words.add_parser("cmin", help="write a subset that shows as much as the whole")
    export = words.add_parser("export", help="write the sessions as files that other fuzzers read")
    for word in (listing, show, cmin, export):
        word.add_argument("source", type=Path, metavar="SOURCE", help="campaign, queue, folder, file or capture")
        word.add_argument("--protocol", metavar="NAME", help="whose messages these are; campaigns know")
        add_plugin_option(word, "last_plugins")
    show.add_argument("number", type=int, metavar="NUMBER", help="from `list`")
    for word in (cmin, export):
        word.add_argument("-o", "--output", type=Path, metavar="DIR", required=True, help="a folder that is new, or empty")
        word.add_argument(
            "--format", choices=("replay", "raw"), default="replay", help="with borders between messages, or without"
        )
    add_json_option(listing)
    cmin.add_argument("--jobs", type=int, default=0, metavar="N", help="worker processes (default: one per processor)")
    add_target_options(cmin)
    listing.set_defaults(run=_list)
    show.set_defaults(run=_show)
    cmin.set_defaults(run=_cmin)
    export.set_defaults(run=_export)


def _corpus(args: argparse.Namespace, console: Console) -> "tuple[ProtocolSpec, list[Session]]":
    """Whose corpus it is, and all its sessions."""
    from dataclasses import replace

    from fuzzers import Reading, Sources
    from fuzzers.corpus_files import Session, protocol_of, sessions_in
    from fuzzers.seeds import gather

    registry = registry_for(args, console)
    name = args.protocol or protocol_of(args.source)
    if not name:
        raise UsageError("whose messages are these?", place=str(args.source), remedy="Name the protocol with --protocol")
    spec = registry.get(name)
    if not args.source.is_file() or args.source.suffix not in CAPTURES:
        return spec, list(sessions_in(spec, args.source))
    gathering = gather(
        replace(spec, seeds=()), Sources(captures=(args.source,)), [other for other in registry.specs if other is not spec]
    )
    while True:
        try:
            event: Reading = next(gathering)
        except StopIteration as done:
            return spec, [Session(seed.name, seed.messages) for seed in done.value]
        console.progress(printable(f"{event.place}: {event.messages:,} messages"))


def _list(args: argparse.Namespace, console: Console) -> int:
    from collections import Counter

    _, sessions = _corpus(args, console)
    shown = Counter(feature for session in sessions for feature in session.features)
    rows = [
        {
            "number": number,
            "messages": len(session.messages),
            "bytes": session.size,
            "features": len(session.features),
            "alone": sum(shown[feature] == 1 for feature in session.features),
            "name": session.name,
        }
        for number, session in enumerate(sessions)
    ]
    if args.json:
        console.json(rows)
        return 0
    console.data(f"{'#':>6} {'messages':>8} {'bytes':>8} {'features':>8} {'alone':>6}  name")
    for row in rows:
        console.data(printable("{number:>6} {messages:>8} {bytes:>8} {features:>8} {alone:>6}  {name}".format(**row)))
    return 0


def _show(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.corpus import pieces_of

    spec, sessions = _corpus(args, console)
    if not 0 <= args.number < len(sessions):
        raise UsageError(
            f"there is no session {args.number}", place=str(args.source), remedy=f"There are {len(sessions)}, from 0"
        )
    session = sessions[args.number]
    console.data(
        printable(f"{session.name}: {len(session.messages)} messages, {session.size} bytes, {len(session.features)} features")
    )
    for number, piece in enumerate(pieces_of(spec, session.messages)):
        said = piece.message
        console.data(
            printable(f"message {number}: {len(piece.raw)} bytes  {said.summary or said.label if said else '(no sound message)'}")
        )
        for offset in range(0, len(piece.raw), OCTETS):
            part = piece.raw[offset : offset + OCTETS]
            text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
            console.data(f"  {offset:06x}  {part.hex(' '):<{3 * OCTETS}} {text}")
    return 0


def _cmin(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.corpus_files import write_sessions
    from fuzzers.covering import covering, played

    spec, sessions = _corpus(args, console)
    shown = sessions
    if not any(session.features for session in sessions):
        console.say(f"playing {len(sessions):,} sessions to see what they show")
        shown = list(played(spec, sessions, target_of(args), args.jobs))
    chosen = [shown[place] for place in covering(shown)]
    write_sessions(chosen, args.output, args.format)
    features = len({feature for session in shown for feature in session.features})
    console.data(
        printable(f"{len(chosen):,} of {len(sessions):,} sessions show all {features:,} features, written into {args.output}")
    )
    return 0


def _export(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.corpus_files import write_sessions

    _, sessions = _corpus(args, console)
    files = write_sessions(sessions, args.output, args.format)
    console.data(printable(f"{len(files):,} sessions written into {args.output}"))
    return 0
