"""`workbench stats`: protocols, conversations, response times, remarks."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.cli.console import Console
from workbench.cli.options import add_json_option, add_reading_options, describe, index_all, opened, positive, printable, watched

if TYPE_CHECKING:
    from workbench.session import Session

__all__ = ["configure"]

ABOUT = """\
Sums up a capture: the protocol hierarchy, the largest conversations and hosts, request/response times with percentiles by kind of
request, and what is odd, most severe first, each with the first packet to look at. Dissects everything unless --fast."""

EXAMPLES = """\
workbench stats web.pcapng
workbench stats web.pcapng --json | jq -c '.latency[] | [.label, .p99_ns]'
workbench stats huge.pcapng --fast --top 20      columns only: hierarchy, conversations, hosts"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    parser.add_argument("--top", type=positive, default=10, metavar="N", help="rows of each table (default 10)")
    parser.add_argument("--fast", action="store_true", help="dissect nothing")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Collect and print."""
    with opened(args, console) as session:
        index_all(session.capture, console)
        facts = _collect(session, console, top=args.top, fast=args.fast)
    if args.json:
        console.json(facts)
    else:
        console.lines(map(printable, _lines(facts)))
    return 0


def _collect(session: "Session", console: Console, *, top: int, fast: bool) -> dict[str, Any]:
    from dataclasses import asdict

    from workbench.analysis.conversations import conversations, hosts
    from workbench.analysis.hierarchy import hierarchy, with_messages
    from workbench.watching import Watcher

    index = session.capture.index
    watcher = Watcher(session)
    for _ in () if fast else watched(watcher.finish(), console):
        pass
    streams = [*conversations(index, "tcp", top=top), *conversations(index, "udp", top=top)]
    streams.sort(key=lambda row: -sum(row.bytes))
    return {
        "hierarchy": asdict(with_messages(hierarchy(index), watcher.counts)),
        "conversations": [
            asdict(row) | {"client": str(row.flow.client), "server": str(row.flow.server), "flow": str(row.flow)}
            for row in streams[:top]
        ],
        "hosts": [asdict(row) for row in hosts(index, top=top)],
        "latency": [asdict(row) for row in watcher.exchanges.summary()],
        "remarks": [asdict(row) | {"severity": row.severity.name} for row in watcher.remarks.summary()[:top]],
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    from workbench.cli.texts import milliseconds, size

    yield "protocols"
    yield from _tree(facts["hierarchy"], 1)
    yield "conversations                                             packets →    ←       bytes →         ←"
    for row in facts["conversations"]:
        (sent, got), (out, back) = row["packets"], row["bytes"]
        name = f"{row['transport']} {row['stream']} {row['flow']}"
        yield f"  {name:<56} {sent:>8,} {got:>6,} {size(out):>12} {size(back):>9}"
    yield "hosts                                        packets sent      bytes    received      bytes"
    for row in facts["hosts"]:
        sent, got = size(row["bytes_sent"]), size(row["bytes_received"])
        yield f"  {row['address']:<44} {row['packets_sent']:>8,} {sent:>12} {row['packets_received']:>9,} {got:>12}"
    if facts["latency"]:
        yield "response times                      answered  silent         p50          p90          p99      longest"
        for row in facts["latency"]:
            times = " ".join(f"{milliseconds(row[name]):>12}" for name in ("p50_ns", "p90_ns", "p99_ns", "longest_ns"))
            name = f"{row['protocol']} {row['label']}"
            yield f"  {name:<32} {row['count']:>9,} {row['unanswered']:>7,} {times}"
    if facts["remarks"]:
        yield "remarks                             (count, first packet)"
        for row in facts["remarks"]:
            section = f" ({row['section']})" if row["section"] else ""
            yield f"  {row['severity']:<5} {row['count']:>6,}× #{row['first_packet']:<7} {row['protocol']}: {row['text']}{section}"


def _tree(level: dict[str, Any], depth: int) -> Iterator[str]:
    from workbench.cli.texts import size

    messages = f", {level['messages']:,} messages" if level["messages"] else ""
    yield f"{'  ' * depth}{level['name']:<{max(1, 30 - 2 * depth)}} {level['packets']:>10,} packets {size(level['bytes']):>12}{messages}"
    for child in level["children"]:
        yield from _tree(child, depth + 1)
