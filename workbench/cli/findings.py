"""`workbench replay | minimize | report`: what to do with what a campaign found, from its folders alone."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.fuzz_target import add_target_options, target_of
from workbench.cli.options import add_json_option, describe, positive, printable, registry_for

if TYPE_CHECKING:
    from fuzzers import Report

__all__ = ["configure_minimize", "configure_replay", "configure_report", "folders_in"]

REPLAY = """\
Plays a finding's case several times, each on a fresh server, and says FAILED (it still fails every time), FIXED or FLAKY. DIR is a
finding's folder, or a campaign's: then all its findings. Without a target option the recorded target is used. Exit code 1 unless
everything is FIXED. (The folder's own replay.py does the same on any machine with Python and nothing else.)"""

REPLAY_EXAMPLES = """\
workbench replay fuzz-streambus-0/findings/crash_1a2b3c4d
workbench replay fuzz-streambus-0 --json
workbench replay fuzz-http1-0 --target 127.0.0.1:8080       does another server fail, too?"""

MINIMIZE = """\
Makes a finding smaller, starting again from the case as it was found: fewer messages, simpler fields, fewer bytes, as long as it fails
in the same way every time. Rewrites the folder."""

MINIMIZE_EXAMPLES = "workbench minimize fuzz-streambus-0/findings/crash_1a2b3c4d"

REPORT = """\
What a campaign did and found so far, also while it is running: as text or JSON on stdout, and into files for people (one HTML page that
needs nothing else), for continuous integration (JUnit XML) and for code hosts (SARIF 2.1.0). The exit code is 0 whatever was found."""

REPORT_EXAMPLES = """\
workbench report fuzz-streambus-0
workbench report fuzz-streambus-0 --json | jq '.findings[].summary'
workbench report fuzz-streambus-0 --states dot | dot -Tsvg > states.svg
workbench report fuzz-streambus-0 --html report.html --junit report.xml --sarif report.sarif"""


def configure_replay(parser: argparse.ArgumentParser) -> None:
    """Describe `replay`."""
    describe(parser, REPLAY, REPLAY_EXAMPLES)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="+")
    add_target_options(parser)
    parser.add_argument("--times", type=positive, default=3, metavar="N", help="executions of each case (default 3)")
    add_json_option(parser)
    parser.set_defaults(run=_replay)


def configure_minimize(parser: argparse.ArgumentParser) -> None:
    """Describe `minimize`."""
    describe(parser, MINIMIZE, MINIMIZE_EXAMPLES)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="+")
    parser.add_argument("--i-own-this-target", metavar="HOST", default="", help="permit a recorded target beyond this machine")
    add_json_option(parser)
    parser.set_defaults(run=_minimize)


def configure_report(parser: argparse.ArgumentParser) -> None:
    """Describe `report`."""
    describe(parser, REPORT, REPORT_EXAMPLES)
    parser.add_argument("folder", metavar="DIR", type=Path)
    for name, what in (("html", "one page for people"), ("junit", "JUnit XML"), ("sarif", "SARIF 2.1.0")):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"also write it as {what}")
    parser.add_argument(
        "--states",
        choices=("dot", "mermaid", "json", "text"),
        help="instead of the report: which states the server was seen in, and how that compares with the protocol's table of states",
    )
    add_json_option(parser)
    parser.set_defaults(run=_report)


def folders_in(places: list[Path]) -> list[Path]:
    """Finding folders among and below `places`, in order; raises UsageError for a place that has none and is no campaign."""
    found: list[Path] = []
    for place in places:
        if (place / "case.json").is_file():
            found.append(place)
            continue
        below = sorted(case.parent for case in (place / "findings").glob("*/case.json"))
        if not below and not (place / "campaign.sqlite").is_file():
            raise UsageError("there is no finding here", place=str(place), remedy="Give a finding's folder or a campaign's")
        found += below
    return found


def _replay(args: argparse.Namespace, console: Console) -> int:
    from fuzzers import Outcome, replay

    specs = registry_for(args, console).specs
    named = (args.target, args.shell_command is not None, args.training, args.reference, args.target_port, args.differential)
    other = target_of(args) if any(named) else None
    results = []
    for folder in folders_in(args.folder):
        done = replay(folder, specs, target=other, allow_host=args.i_own_this_target, times=args.times)
        results.append(done)
        if not args.json:
            console.data(printable(f"{done.outcome.value} {done.failures}/{done.times} {done.folder}: {done.summary}"))
            if done.failures > done.alike:
                console.data("  it still fails, differently")
            for seen in dict.fromkeys(done.seen) if done.alike < done.times else ():
                console.data(printable(f"  seen: {seen}"))
    if not results and not args.json:
        console.data("no findings in these campaigns")
    if args.json:
        console.json(
            [
                {
                    "folder": str(done.folder),
                    "outcome": done.outcome.value,
                    "summary": done.summary,
                    "failures": done.failures,
                    "alike": done.alike,
                    "times": done.times,
                    "seen": list(done.seen),
                }
                for done in results
            ]
        )
    return int(any(done.outcome is not Outcome.FIXED for done in results))


def _minimize(args: argparse.Namespace, console: Console) -> int:
    from fuzzers import minimize

    specs = registry_for(args, console).specs
    results = []
    for folder in folders_in(args.folder):
        finding = minimize(folder, specs, allow_host=args.i_own_this_target)
        results.append(finding)
        if not args.json:
            sizes = (
                f"{finding.original_messages} → {len(finding.messages)} messages, {finding.original_bytes} → {finding.size} bytes"
            )
            console.data(printable(f"{finding.folder}: {finding.summary} ({sizes})"))
    if args.json:
        facts = [
            {"folder": str(done.folder), "messages": len(done.messages), "bytes": done.size, "summary": done.summary}
            for done in results
        ]
        console.json(facts)
    return 0


def _report(args: argparse.Namespace, console: Console) -> int:
    from fuzzers import report
    from fuzzers.state_graph import FORMATS

    told = report(args.folder)
    for place, written in _written(args, told):
        place.write_text(written, encoding="utf-8")
        console.say(printable(f"written to {place}"))
    if args.states == "json":
        console.json(told.states.as_json())
    elif args.states:
        console.data(FORMATS[args.states](told.states).rstrip())
    elif args.json:
        console.json(told.as_json())
    else:
        console.data(told.as_text().rstrip())
    return 0


def _written(args: argparse.Namespace, told: "Report") -> "Iterator[tuple[Path, str]]":
    """The files that were asked for, and what goes into them."""
    from fuzzers.report_html import as_html
    from fuzzers.report_junit import as_junit
    from fuzzers.report_sarif import as_sarif

    for place, written in ((args.html, as_html), (args.junit, as_junit), (args.sarif, as_sarif)):
        if place is not None:
            yield place, written(told)
