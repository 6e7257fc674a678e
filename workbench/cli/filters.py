"""`workbench filters`: the filter language, the names that it knows, and what a line may go on with."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.cli.console import Console
from workbench.cli.options import FILTERS, add_json_option, describe, printable, registry_for

if TYPE_CHECKING:
    from workbench.api import ProtocolSpec

__all__ = ["configure"]

ABOUT = """\
Explains filters, which commands take with --filter and the explorer in its filter bar. With a name, or the beginning of one: the fields
that begin so, those of protocols with a decoder of their own as far as their examples show them. With --complete: the words that a line
may go on with, one a line, for shells and editors."""

EXAMPLES = """\
workbench filters                                  the language
workbench filters http.request                     fields that begin so
workbench filters tcp. --json
workbench filters --complete 'tcp.port == 80 and http.resp'"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="list the fields whose names begin so")
    parser.add_argument("--complete", metavar="TEXT", help="print what this line may go on with")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print what was asked for."""
    specs = registry_for(args, console).specs
    if args.complete is not None:
        words = _continued(args.complete, specs)
    elif args.name:
        words = list(_fields(args.name, specs))
    else:
        words = [*FILTERS.splitlines(), *_protocols(specs)]
    if args.json:
        console.json(words)
    else:
        console.lines(map(printable, words))
    return 0


def _continued(text: str, specs: "Sequence[ProtocolSpec]") -> list[str]:
    from dissectors.filter_completions import completions

    found = completions(text, specs)
    return [text[: found.start] + word for word in found.words]


def _fields(name: str, specs: "Sequence[ProtocolSpec]") -> Iterator[str]:
    from dissectors.filter_completions import completions

    dotted = name if "." in name else f"{name}."
    found = completions(dotted, specs)
    yield from (word for word in (dotted, *found.words) if not word.endswith("."))


def _protocols(specs: "Sequence[ProtocolSpec]") -> Iterator[str]:
    yield f"Fields begin with {', '.join(sorted({spec.filter_prefix for spec in specs}))}; frame, eth, vlan, arp, ip, ipv6, icmp, tcp, udp;"
    yield "workbench, note and fuzz. `workbench filters tcp.` lists those of one."
