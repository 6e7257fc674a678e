"""`workbench info`: what is in a capture, from its index."""

import argparse

from workbench.cli.console import Console
from workbench.cli.options import add_json_option, add_reading_options, describe, index_all, opened

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
    from dataclasses import asdict

    from workbench.analysis.overview import overview

    with opened(args, console) as session:
        index_all(session, console)
        facts = overview(session.capture)
        if args.json:
            console.json(asdict(facts) | {"secrets": len(session.secrets)})
        else:
            console.lines(_lines(facts, len(session.secrets)))
    return 0
