"""`workbench stats`: asks a capture what was asked for, and says it as text, JSON or a page."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.analysis.catalog import PLACES
from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import (
    add_filter_option,
    add_json_option,
    add_reading_options,
    add_resolve_option,
    describe,
    filter_of,
    index_all,
    opened,
    parse_filter_line,
    positive,
    printable,
    tell_doubts,
    watched,
)
from workbench.cli.outputs import write_text
from workbench.cli.stats_about import About

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissectors.filters import Filter
    from workbench.analysis.assertions import Assertion, Verdict
    from workbench.reporting.answer import Answer
    from workbench.session import Session

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
workbench stats web.pcapng --filter 'ip==10.0.0.7'
workbench stats web.pcapng io --set io.interval=100ms --set 'io.line=http.response.code>=500'
workbench stats web.pcapng --assert 'http.response.code>=500' == 0 --assert http ge 1      exit code 1 when broken
workbench stats today.pcapng --baseline yesterday.pcapng
workbench stats huge.pcapng --fast --top 20      columns only: hierarchy, conversations, hosts"""


class _Names(tuple[str, ...]):
    """What completion offers. Whether a word is among them is asked later, of the catalog, which knows the nearest name."""

    __slots__ = ()

    def __contains__(self, _: object) -> bool:
        return True


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_reading_options(parser)
    names = _Names(name for name, _ in PLACES)
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=names, help=", ".join(names))
    # options may stand between the file and the sections
    parser.set_defaults(gathers="sections")
    parser.add_argument("--about", action=About, nargs=0, help="what each section answers, with its options, and leave")
    parser.add_argument("--set", metavar="SECTION.OPTION=VALUE", action="append", default=[], help="an option of a section")
    parser.add_argument(
        "--assert",
        dest="assertions",
        nargs=3,
        action="append",
        default=[],
        metavar=("FILTER", "COMPARISON", "NUMBER"),
        help="so many packets match this filter; exit code 1 when that is not true; repeatable",
    )
    parser.add_argument("--baseline", type=Path, metavar="OLD", help="what changed against this earlier capture")
    parser.add_argument("--thresholds", type=Path, metavar="FILE", help="TOML with levels for the section `anomalies`")
    parser.add_argument("--top", type=_rows, default=10, metavar="N", help="rows of each table, or all (default 10)")
    parser.add_argument("--fast", action="store_true", help="dissect nothing but what filters ask for")
    add_resolve_option(parser)
    add_json_option(parser)
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page of its own, with charts, instead of text")
    add_filter_option(parser)
    parser.set_defaults(run=run)


def _rows(text: str) -> int:
    """How many rows; `all` is 0, as sections have it."""
    return 0 if text == "all" else positive(text)


def run(args: argparse.Namespace, console: Console) -> int:
    """Collect and print; 1 when an assertion is broken."""
    from workbench.analysis.assertions import parse_assertion
    from workbench.surveying import Setting, choose, parse_setting, survey

    settings = [parse_setting(text) for text in args.set]
    if args.thresholds is not None:
        settings.append(Setting("anomalies", "thresholds", str(args.thresholds)))
    assertions = [parse_assertion(words) for words in args.assertions]
    if args.baseline is not None and args.filter:
        raise UsageError("whole captures are compared", place="--filter", remedy="Export what matches of both, and compare that")
    if args.baseline is not None and args.fast:
        raise UsageError("a comparison needs messages", place="--fast", remedy="Leave --fast away")
    wanted = args.sections or args.set or (args.thresholds is not None and args.baseline is None)
    named = bool(wanted) or not (assertions or args.baseline)
    sections = choose(args.sections, settings, fast=args.fast, filtered=bool(args.filter)) if named else []
    with opened(args, console) as session:
        only = filter_of(args, session)
        filters = [parse_filter_line(each.filter, session) for each in assertions]
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
        if args.baseline is not None:
            answers = (*answers, _compared(args, console, session))
        if args.resolve:
            from workbench.naming import names_of, with_names

            answers = with_names(answers, names_of(session))
        verdicts = [_verdict(session, each, wanted) for each, wanted in zip(assertions, filters, strict=True)]
        for verdict, wanted in zip(verdicts, filters, strict=True):
            if not verdict.packets:  # a slip of the pen must not pass for "none"
                tell_doubts(wanted, console)
    _show(args, console, answers, verdicts)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def _compared(args: argparse.Namespace, console: Console, session: "Session") -> "Answer":
    """What changed against the capture of --baseline."""
    from workbench.analysis.baseline import RULE, changes
    from workbench.analysis.thresholds import BUILT_IN, load_thresholds
    from workbench.reporting.answer import Answer
    from workbench.surveying import profile_of

    thresholds = BUILT_IN if args.thresholds is None else load_thresholds(args.thresholds)
    before = argparse.Namespace(**{**vars(args), "file": args.baseline})
    with opened(before, console) as earlier:
        index_all(earlier.capture, console)
        old = profile_of(earlier, lambda messages: watched(messages, console))
    new = profile_of(session, lambda messages: watched(messages, console))
    title = f"Changes against {args.baseline.name}"
    parts = tuple(changes(old, new, thresholds=thresholds, top=args.top))
    about = "Shares, response times, hosts, servers and what is out of the ordinary, now and before."
    return Answer(section="changes", title=title, about=about, parts=parts, rule=RULE)


def _verdict(session: "Session", assertion: "Assertion", wanted: "Filter") -> "Verdict":
    numbers = session.matching(wanted)
    return replace(assertion.judge(len(numbers)), first_packet=int(numbers[0]) if len(numbers) else 0)


def _show(args: argparse.Namespace, console: Console, answers: "tuple[Answer, ...]", verdicts: "Sequence[Verdict]") -> None:
    if args.html is not None:
        from workbench.reporting.html_report import page

        judged = (_verdict_answer(verdicts),) if verdicts else ()
        text = page(f"{args.file.name}: what is in this capture", (*judged, *answers))
        write_text(args.html, text, args.file, args.baseline, args.thresholds, args.keylog)
        console.say(printable(f"{args.html}: written"))
    if args.json:
        from workbench.reporting.json_report import report_object

        said = {"assertions": [_verdict_object(verdict) for verdict in verdicts]} if verdicts else {}
        console.json(report_object(answers) | said)
        return
    if args.html is None:
        from workbench.reporting.text_report import report_lines

        console.lines(report_lines(answers))
    console.lines(printable(_verdict_line(verdict)) for verdict in verdicts)


def _verdict_answer(verdicts: "Sequence[Verdict]") -> "Answer":
    """The assertions as a section of the page."""
    from workbench.analysis.parts import Column, Table
    from workbench.reporting.answer import Answer

    columns = (
        Column("verdict", "verdict"),
        Column("assertion", "assertion"),
        Column("packets", "packets", "count"),
        Column("first_packet", "first", "packet"),
    )
    rows = tuple((_word(each), _asserted(each), each.packets, each.first_packet or None) for each in verdicts)
    table = Table(name="assertions", title="assertions", columns=columns, rows=rows)
    return Answer(section="assertions", title="Assertions", about="How many packets match.", parts=(table,))


def _word(verdict: "Verdict") -> str:
    return "holds" if verdict.holds else "BROKEN"


def _asserted(verdict: "Verdict") -> str:
    asserted = verdict.assertion
    return f"{asserted.filter} {asserted.comparison} {asserted.number}"


def _verdict_object(verdict: "Verdict") -> dict[str, object]:
    asserted = verdict.assertion
    return {
        "filter": asserted.filter,
        "comparison": asserted.comparison,
        "number": asserted.number,
        "packets": verdict.packets,
        "first_packet": verdict.first_packet or None,
        "holds": verdict.holds,
    }


def _verdict_line(verdict: "Verdict") -> str:
    first = f", the first is #{verdict.first_packet}" if verdict.first_packet else ""
    return f"{_word(verdict):<6} {_asserted(verdict)}: {_matches(verdict.packets)}{first}"


def _matches(count: int) -> str:
    return "1 packet matches" if count == 1 else f"{count:,} packets match"
