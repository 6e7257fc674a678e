"""`workbench compare`: where does our dissection differ from tshark's?"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

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
)

if TYPE_CHECKING:
    from workbench.export.comparison import Comparison

__all__ = ["configure"]

ABOUT = """\
Shows the same packets to tshark and lists where the two differ in protocol, value or byte range, by field, with the first packet of each
and what both say there. Compared is what both know, under Wireshark's names. Differences that are meant have a reason and are only
counted; a table of your own (tab-separated: packet or *, field, reason) adds to them. A difference is a place to look at: tshark is one
opinion. Exit code 1 when there are differences, 2 without tshark."""

EXAMPLES = """\
workbench compare web.pcapng
workbench compare secret.pcapng --keylog keys.log --filter http2
workbench compare odd.pcap --decode-as tcp.port==8443,http1 --explained ours.tsv
workbench compare web.pcapng --json | jq '.counts[] | select(.kind == "protocol")'"""

FOUND = 1

ROWS = 60
"""Rows of differences in the text; --json has all."""

WIDTH = 60
"""Characters of what each side says, in a row."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_filter_option(parser)
    parser.add_argument("--explained", type=Path, metavar="TSV", help="differences that have a reason, see above")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Compare, print what differs."""
    from workbench.export.explanations import read_explanations
    from workbench.second_opinion import compare_capture

    reasons = read_explanations(args.explained) if args.explained else ()
    with opened(args, console) as session:
        wanted = filter_of(args, session)
        total = index_all(session.capture, console)
        found = compare_capture(
            session,
            wanted,
            explanations=reasons,
            progress=lambda count: console.progress(f"comparing: {count:,} of {total:,} packets"),
        )
    if not found.packets:
        tell_doubts(wanted, console)
    if args.json:
        console.json(_document(found))
    else:
        console.lines(_lines(found))
    return FOUND if found.counts or found.unseen else 0


def _document(found: "Comparison") -> dict[str, object]:
    from dataclasses import asdict

    return {
        "packets": found.packets,
        "malformed": found.malformed,
        "unseen": found.unseen,
        "same": found.same,
        "different": found.counts.total(),
        "explained": [{"reason": reason, "count": count} for reason, count in found.explained.most_common()],
        "counts": [
            {"kind": kind, "name": name, "count": count, "first_packet": found.first[kind, name]}
            for (kind, name), count in found.counts.most_common()
        ],
        "differences": [asdict(difference) for difference in found.differences],
    }


def _lines(found: "Comparison") -> Iterator[str]:
    gave_up = f", {found.malformed:,} that tshark calls malformed left out" if found.malformed else ""
    if found.unseen:
        yield f"tshark does not have {found.unseen:,} of the packets: perhaps it cannot read this kind of file to its end"
    yield f"{found.packets:,} packets{gave_up}: {found.same:,} values the same, {found.counts.total():,} differences"
    examples = {(each.kind, each.name): each for each in reversed(found.differences)}
    if found.counts:
        yield f"{'count':>7}  {'what':<8}  {'protocol or field':<44} first packet: tshark says | we say"
    for (kind, name), count in found.counts.most_common(ROWS):
        each = examples.get((kind, name))
        said = f": {_side(each.theirs)} | {_side(each.ours)}" if each else ""
        yield f"{count:>7,}  {kind:<8}  {printable(name):<44} #{found.first[kind, name]}{said}"
    if len(found.counts) > ROWS:
        yield f"… and {len(found.counts) - ROWS:,} more rows; --json has all"
    for reason, count in found.explained.most_common():
        yield f"{count:>7,}  explained: {printable(reason)}"


def _side(text: str) -> str:
    shown = printable(text)
    return (shown if len(shown) <= WIDTH else shown[: WIDTH - 1] + "…") or "nothing"
