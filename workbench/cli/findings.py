"""`workbench replay | minimize | report`: what to do with what a campaign found, from its folders alone."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.api.errors import UsageError, WorkbenchError
from workbench.cli.console import Console
from workbench.cli.fuzz_target import add_target_options, target_of
from workbench.cli.options import add_json_option, describe, positive, printable, registry_for

if TYPE_CHECKING:
    from fuzzers import Replay, Report

__all__ = ["configure_minimize", "configure_replay", "configure_report", "folders_in"]

ERROR = "ERROR"
"""The word for a finding that could not be tried."""

REPLAY = """\
Plays a finding's case several times, each on a fresh server, and says FAILED (it still fails every time), FIXED (not once) or FLAKY. DIR
is a finding's folder, a folder of findings or a campaign's: then all its findings. Without a target option the recorded target is used.
Exit code 1 unless everything is FIXED, 2 where something could not be tried. (The folder's own repro.py does the same on any machine with
Python and nothing else.)"""

REPLAY_EXAMPLES = """\
workbench replay fuzz-streambus-0/findings/crash_1a2b3c4d
workbench replay fuzz-streambus-0 --json
workbench replay fuzz-streambus-0/findings --junit replayed.xml
workbench replay fuzz-http1-0 --target 127.0.0.1:8080       does another server fail, too?"""

MINIMIZE = """\
Makes a finding smaller, starting again from the case as it was found: fewer messages, simpler fields, fewer bytes, as long as it fails
in the same way every time. Rewrites the folder."""

MINIMIZE_EXAMPLES = "workbench minimize fuzz-streambus-0/findings/crash_1a2b3c4d"

REPORT = """\
What a campaign did and found so far, also while it is running: as text or JSON on stdout, and into files for people (one HTML page that
needs nothing else, with its curves; Markdown), for continuous integration (JUnit XML), for code hosts (SARIF 2.1.0) and for programs
(NDJSON). The exit code is 0 whatever was found."""

REPORT_EXAMPLES = """\
workbench report fuzz-streambus-0
workbench report fuzz-streambus-0 --json | jq '.findings[].summary'
workbench report fuzz-streambus-0 --states dot | dot -Tsvg > states.svg
workbench report fuzz-streambus-0 --html report.html --junit report.xml --sarif report.sarif
workbench report fuzz-streambus-0 --markdown report.md --ndjson report.ndjson"""

FORMATS = {
    "html": "one page for people",
    "junit": "JUnit XML",
    "sarif": "SARIF 2.1.0",
    "ndjson": "lines of JSON",
    "markdown": "Markdown",
}


def configure_replay(parser: argparse.ArgumentParser) -> None:
    """Describe `replay`."""
    describe(parser, REPLAY, REPLAY_EXAMPLES)
    parser.add_argument("folder", metavar="DIR", type=Path, nargs="+")
    add_target_options(parser)
    parser.add_argument("--times", type=positive, default=3, metavar="N", help="executions of each case (default 3)")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write the outcomes as JUnit XML")
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
    for name, what in FORMATS.items():
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
        below = sorted(case.parent for pattern in ("*/case.json", "findings/*/case.json") for case in place.glob(pattern))
        if not below and not (place / "campaign.sqlite").is_file():
            raise UsageError("there is no finding here", place=str(place), remedy="Give a finding's folder or a campaign's")
        found += below
    return found


def _replay(args: argparse.Namespace, console: Console) -> int:
    from fuzzers.replay_junit import as_junit

    results: list[tuple[str, Replay | WorkbenchError]] = []
    folders = folders_in(args.folder)
    width = max((len(folder.name) for folder in folders), default=0)
    for folder, result in _replayed(args, console, folders):
        results.append((folder.resolve().name, result))
        if not args.json:
            _tell_replay(folder, result, width, console)
    if not folders and not args.json:
        console.data("no findings in these campaigns")
    if args.json:
        console.json([_replay_facts(folder, result) for folder, (_, result) in zip(folders, results, strict=True)])
    elif len(folders) > 1:
        counts = Counter(_word(result) for _, result in results)
        console.data(", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
    if args.junit is not None:
        args.junit.write_text(as_junit(results), encoding="utf-8")
        console.say(printable(f"written to {args.junit}"))
    words = {_word(result) for _, result in results}
    return 2 if ERROR in words else int(bool(words - {"FIXED"}))


def _replayed(
    args: argparse.Namespace, console: Console, folders: Sequence[Path]
) -> "Iterator[tuple[Path, Replay | WorkbenchError]]":
    """What replaying each folder shows. One that cannot be tried does not keep the others from it."""
    from fuzzers import replay

    specs = registry_for(args, console).specs
    named = (args.target, args.shell_command is not None, args.training, args.reference, args.target_port, args.differential)
    other = target_of(args) if any(named) else None
    for folder in folders:
        try:
            yield folder, replay(folder, specs, target=other, allow_host=args.i_own_this_target, times=args.times)
        except WorkbenchError as error:
            if len(folders) == 1:
                raise
            yield folder, error


def _word(result: "Replay | WorkbenchError") -> str:
    return ERROR if isinstance(result, WorkbenchError) else str(result.outcome.value)


def _tell_replay(folder: Path, result: "Replay | WorkbenchError", width: int, console: Console) -> None:
    """A row of the table, and what else there is to say below it."""
    if isinstance(result, WorkbenchError):
        console.data(printable(f"{ERROR:<6}      {folder.name:<{width}}  {result}"))
        return
    console.data(
        printable(f"{result.outcome.value:<6} {result.failures}/{result.times}  {folder.name:<{width}}  {result.summary}")
    )
    if result.failures > result.alike:
        console.data("  it still fails, differently")
    for seen in dict.fromkeys(result.seen) if result.alike < result.times else ():
        console.data(printable(f"  seen: {seen}"))


def _replay_facts(folder: Path, result: "Replay | WorkbenchError") -> dict[str, Any]:
    if isinstance(result, WorkbenchError):
        return {"folder": str(folder), "outcome": ERROR, "summary": str(result)}
    return {
        "folder": str(folder),
        "outcome": result.outcome.value,
        "summary": result.summary,
        "failures": result.failures,
        "alike": result.alike,
        "times": result.times,
        "seen": list(result.seen),
    }


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
    from fuzzers.state_graph import FORMATS as DRAWINGS

    told = report(args.folder)
    for place, written in _written(args, told):
        place.write_text(written, encoding="utf-8")
        console.say(printable(f"written to {place}"))
    if args.states == "json":
        console.json(told.states.as_json())
    elif args.states:
        console.data(DRAWINGS[args.states](told.states).rstrip())
    elif args.json:
        console.json(told.as_json())
    else:
        console.data(told.as_text().rstrip())
    return 0


def _written(args: argparse.Namespace, told: "Report") -> "Iterator[tuple[Path, str]]":
    """The files that were asked for, and what goes into them."""
    from fuzzers.report_html import as_html
    from fuzzers.report_junit import as_junit
    from fuzzers.report_markdown import as_markdown
    from fuzzers.report_ndjson import as_ndjson
    from fuzzers.report_sarif import as_sarif
    from workbench.cli.fuzz_curves import drawn

    writers = {
        "html": lambda: as_html(told, list(drawn(told.curve))),
        "junit": lambda: as_junit(told),
        "sarif": lambda: as_sarif(told),
        "ndjson": lambda: as_ndjson(told),
        "markdown": lambda: as_markdown(told),
    }
    for name in FORMATS:
        place = getattr(args, name)
        if place is not None:
            yield place, writers[name]()
