"""`workbench info`: what is in a capture, from its index."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.cli.console import Console
from workbench.cli.options import add_json_option, add_reading_options, describe, index_all, opened_columns, printable

if TYPE_CHECKING:
    from workbench.analysis.overview import Overview

__all__ = ["configure"]

ABOUT = """\
Opens and indexes a capture and says what is in it: packets, bytes, duration, link types, streams, drops, TLS secrets, comments.
Nothing is dissected, so this is fast on large files."""

EXAMPLES = """\
workbench info capture.pcapng
workbench info capture.pcap.gz --json | jq .packets"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Index everything, print the overview."""
    from dataclasses import asdict, replace

    from workbench.analysis.overview import overview
    from workbench.keylogs import read_keylog

    given = 0 if args.keylog is None else bool(read_keylog(args.keylog))
    with opened_columns(args, console) as capture:
        index_all(capture, console)
        facts = overview(capture)
        facts = replace(facts, secrets=facts.secrets + given)
        if args.json:
            console.json(asdict(facts))
        else:
            console.lines(_lines(facts))
    return 0


def _lines(facts: "Overview") -> Iterator[str]:
    from workbench.cli.texts import link_name, size, when

    yield f"file        {printable(facts.path)}"
    yield f"format      {facts.format}, {size(facts.file_bytes)}"
    yield f"packets     {facts.packets:,} ({size(facts.bytes)} on the wire, {size(facts.captured_bytes)} captured)"
    if facts.packets:
        yield f"time        {when(facts.first_ns)} to {when(facts.last_ns)}, {facts.duration_s:,.3f} s"
    yield f"streams     {facts.tcp_streams:,} TCP, {facts.udp_streams:,} UDP"
    yield f"dropped     {f'{facts.dropped:,} packets' if facts.dropped >= 0 else 'not recorded'}"
    for number, interface in enumerate(facts.interfaces):
        name = interface.name or interface.description or f"#{number}"
        told = f", filter {interface.filter}" if interface.filter else ""
        yield printable(
            f"interface   {name}: {link_name(interface.link_type)}, {interface.packets:,} packets, snaplen {interface.snaplen:,}{told}"
        )
    if facts.secrets:
        yield f"secrets     {facts.secrets:,} TLS key log{'s' if facts.secrets > 1 else ''}"
    if facts.names:
        yield f"names       {facts.names:,} resolved addresses"
    for comment in facts.comments:
        yield printable(f"comment     {comment}")
