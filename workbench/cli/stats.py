"""`workbench stats`: asks a capture what was asked for, and says it as text, JSON or a page."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.analysis.catalog import PLACES
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_json_option,
    add_reading_options,
    describe,
    filter_of,
    index_all,
    opened,
    positive,
    printable,
    watched,
)
from workbench.cli.outputs import write_text

if TYPE_CHECKING:
    from workbench.reporting.answer import Answer

__all__ = ["configure"]

ABOUT = """\
Sums up a capture, one section after the other; without sections the protocol hierarchy, the largest conversations and hosts,
request/response times with percentiles by kind of request, and what is odd, most severe first, each with the first packet to look at.
Dissects everything unless --fast, or unless the columns of the index are enough for what was asked. `--about` tells what each section
answers and which options it takes."""

EXAMPLES = """\
workbench stats web.pcapng
workbench stats web.pcapng latency remarks
workbench stats web.pcapng --html report.html
workbench stats web.pcapng --json | jq -c '.latency[] | [.label, .p99_ns]'
workbench stats web.pcapng --filter 'ip==10.0.0.7' latency
workbench stats huge.pcapng --fast --top 20      columns only: hierarchy, conversations, hosts
workbench stats --about"""


class _Names(tuple[str, ...]):
    """What completion offers. Whether a word is among them is asked later, of the catalog, which knows the nearest name."""

    __slots__ = ()

    def __contains__(self, _: object) -> bool:
        return True


class _About(argparse.Action):
    """Says what each section answers, and leaves; no capture is needed for that."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from workbench.analysis.catalog import DEFAULT, sections

        for section in sections():
            need = {"columns": "columns only", "messages": "dissects", "either": "dissects unless --fast"}[section.need]
            usual = ", usual" if section.name in DEFAULT else ""
            print(f"{section.name}  ({need}{usual})\n    {section.about}")
            for option, meaning in section.settings.items():
                print(f"    --set {section.name}.{option}=…  {meaning}")
        parser.exit()


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    names = _Names(name for name, _ in PLACES)
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=names, help=", ".join(names))
    # options may stand between the file and the sections
    parser.set_defaults(gathers="sections")
    parser.add_argument("--about", action=_About, nargs=0, help="what each section answers, with its options, and leave")
    parser.add_argument("--set", metavar="SECTION.OPTION=VALUE", action="append", default=[], help="an option of a section")
    parser.add_argument("--top", type=positive, default=10, metavar="N", help="rows of each table (default 10)")
    parser.add_argument("--fast", action="store_true", help="dissect nothing")
    add_json_option(parser)
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page of its own, with charts, instead of text")
    add_filter_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Collect and print."""
    from workbench.surveying import choose, parse_setting, survey

    settings = [parse_setting(text) for text in args.set]
    sections = choose(args.sections, settings, fast=args.fast, filtered=bool(args.filter))
    with opened(args, console) as session:
        only = filter_of(args, session)
        index_all(session.capture, console)
        answers = survey(
            session,
            sections,
            settings=settings,
            top=args.top,
            fast=args.fast,
            only=only,
            heard=lambda messages: watched(messages, console),
        )
    _show(args, console, answers)
    return 0


def _show(args: argparse.Namespace, console: Console, answers: "tuple[Answer, ...]") -> None:
    if args.html is not None:
        from workbench.reporting.html_report import page

        write_text(args.html, page(f"{args.file.name}: what is in this capture", answers), args.file)
        console.say(printable(f"{args.html}: written"))
    if args.json:
        from workbench.reporting.json_report import report_object

        console.json(report_object(answers))
    elif args.html is None:
        from workbench.reporting.text_report import report_lines

        console.lines(report_lines(answers))
