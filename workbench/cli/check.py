"""`workbench check PROTOCOL`: does a server do what the specification says?"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, positive, printable, registry_for, seconds
from workbench.cli.serve_plan import carrier_of

if TYPE_CHECKING:
    from workbench.api import Check, ProtocolSpec
    from workbench.conformance import Finished, Target

__all__ = ["configure"]

ABOUT = """\
Puts the protocol's conformance checks to a server. Each check is one sentence of the specification (its section stands beside it), tried
on a connection of its own. Without --target our reference server answers, in this process; with --process it runs as a server of its own.

A broken MUST is a failure and gives exit code 1. A broken SHOULD is a warning. A check that does not apply to the target is skipped and
says why. What went over the wire is shown beneath each failure, > sent and < received.

What travels in QUIC (http3) is checked in memory without it, with --process and --target through it; there --tls is implied. quic itself
is checked against a process of `workbench serve quic`, unless there is a --target.

Checks send what no client should: try them on what is yours. A --target beyond this machine is refused unless --i-own-this-target
repeats its host.

--option tells the checks about the target; without it they go by what our reference server has. `workbench plugins show PROTOCOL` lists
what they can be told."""

EXAMPLES = """\
workbench check http1                                         our reference server
workbench check http1 --list                                  what there is to check, and by which rule
workbench check http1 --target 127.0.0.1:8080                 a server that runs already
workbench check http1 --target 127.0.0.1:8443 --tls --cacert ca.pem
workbench check http3 --target 127.0.0.1:4433 --cacert ca.pem  over QUIC
workbench check http1 --target 127.0.0.1:80 --option path=/index.html --only 'chunk*' --only 'RFC 9112 7*'
workbench check streambus --process --format junit -o report.xml     for continuous integration"""

INTERRUPTED = 130
"""Exit code of a run that did not come to its end; what was done is reported."""

FORMATS = ("text", "json", "junit")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("protocol", metavar="PROTOCOL", help="see `workbench plugins list`")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--target", metavar="HOST:PORT", default="", help="a server that runs already")
    which.add_argument("--process", action="store_true", help="the reference server, as a process of its own")
    parser.add_argument("--i-own-this-target", metavar="HOST", default="", help="permit a --target beyond this machine")
    parser.add_argument("--tls", action="store_true", help="speak TLS to the --target or --process, with the protocol's ALPN")
    parser.add_argument("--cacert", type=Path, metavar="FILE", help="believe certificates of this authority only (PEM)")
    parser.add_argument(
        "--option", metavar="NAME=VALUE", action="append", default=[], help="what checks should know about the target; repeatable"
    )
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="start the reference server so, as in `workbench serve`"
    )
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        action="append",
        default=[],
        help="checks whose name or section is like this (* and ? as in a shell); repeatable",
    )
    parser.add_argument("--level", choices=("must", "should"), help="checks of this level only")
    parser.add_argument("--list", action="store_true", help="print the checks and leave")
    parser.add_argument("--patience", type=seconds, default=2.0, metavar="S", help="seconds to wait for an answer (default 2)")
    parser.add_argument("--seconds", type=seconds, default=0.0, metavar="S", help="end the run after so long (default 1800)")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="checks at the same time (default 1)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the report (default text)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the report there instead of to stdout")
    parser.add_argument(
        "--transcript", type=Path, metavar="FILE", help="write all that was sent and received there, as JSON lines"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the checks and report."""
    registry = registry_for(args, console)
    spec = registry.get(args.protocol)
    checks = _chosen(spec, args)
    if args.list:
        _list(checks, args, console)
        return 0
    options = _options(spec, args)
    with _target(spec, carrier_of(spec, registry.specs), args, options) as (target, name):
        finished, interrupted = _watch(checks, target, name, args, console)
    if args.transcript is not None:
        from workbench.conformance import transcript_lines

        with args.transcript.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in transcript_lines(finished))
    _report(spec, name, finished, args, console)
    return INTERRUPTED if interrupted else int(not finished.totals.conforms)


def _chosen(spec: "ProtocolSpec", args: argparse.Namespace) -> "tuple[Check, ...]":
    from workbench.api import Level
    from workbench.conformance import selected

    if not spec.checks:
        raise UsageError(f"{spec.name} has no checks", remedy="`workbench plugins list` shows which protocols have some")
    checks = selected(spec.checks, args.only, Level(args.level.upper()) if args.level else None)
    if not checks:
        what = " or ".join(map(repr, args.only)) or f"level {args.level}"
        raise UsageError(f"no check of {spec.name} is like {what}", remedy=f"See `workbench check {spec.name} --list`")
    return checks


def _list(checks: "tuple[Check, ...]", args: argparse.Namespace, console: Console) -> None:
    from workbench.conformance import check_facts, list_lines

    if args.format == "json":
        console.json([check_facts(check) for check in checks])
    else:
        console.lines(list_lines(checks))


def _options(spec: "ProtocolSpec", args: argparse.Namespace) -> dict[str, str]:
    """What the checks are told. Raises `UsageError` for a name that none of them asks for: its value would be lost without a word."""
    from difflib import get_close_matches

    options = dict(_pair(text, "--option") for text in args.option)
    known = spec.check_options
    for name in options:
        if known is not None and name not in known:
            near = get_close_matches(name, known, n=1)
            there = f"There are {', '.join(known)}" if known else "Leave it out: there are none"
            what = f"the checks of {spec.name} do not ask for {name!r}"
            raise UsageError(what, place="--option", remedy=f"Did you mean {near[0]}?" if near else there)
    return options


def _pair(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is not NAME=VALUE", place=option)
    return name, value


@contextmanager
def _target(
    spec: "ProtocolSpec", carrier: "ProtocolSpec | None", args: argparse.Namespace, options: dict[str, str]
) -> "Iterator[tuple[Target, str]]":
    """The target that the options name, ready, and a few words for it. `carrier` is what carries the protocol, None where that is TCP or
    UDP itself."""
    from workbench.api import ServerOptions
    from workbench.conformance import MemoryTarget, SocketTarget, reference_process, require_permission

    # what is a carrier itself has no server without sockets; it is tried by what it carries
    process = args.process or (spec.server is None and spec.carrier is not None and not args.target)
    _reject(spec, carrier, args, process=process)

    def reached(host: str, port: int) -> SocketTarget:
        return SocketTarget(
            host=host,
            port=port,
            transport=spec.wire,
            tls=args.tls and carrier is None,
            carry=carrier.carrier.client if carrier is not None and carrier.carrier is not None else None,
            alpn=spec.alpn,
            cacert=args.cacert,
            options=options,
            patience_s=args.patience,
        )

    way = " over TLS" if args.tls and carrier is None else f" over {carrier.title}" if carrier is not None else ""
    if args.target:
        from fuzzers import parse_address

        host, port = parse_address(args.target)
        require_permission(host, port, args.i_own_this_target)
        target = reached(host, port)
        target.require()
        yield target, f"{target.place}{way}"
    elif process:
        with reference_process(spec.name, args.plugins, args.set, tls=args.tls) as endpoint:
            yield reached(endpoint.host, endpoint.port), f"the reference server at {endpoint}{way}"
    else:
        assert spec.server is not None, "looked at above"
        settings = dict(_pair(text, "--set") for text in args.set)
        reference = MemoryTarget(
            server=spec.server, options=options, settings=ServerOptions(settings=settings), patience_s=args.patience
        )
        reference.require()
        yield reference, "the reference server in this process"


def _reject(spec: "ProtocolSpec", carrier: "ProtocolSpec | None", args: argparse.Namespace, *, process: bool) -> None:
    """Raise `UsageError` for options that do not go together."""
    for text in args.set:
        _pair(text, "--set")
    if args.tls and not args.target and not process:
        raise UsageError("there is no TLS in memory", place="--tls", remedy="Name a --target, or add --process")
    if args.cacert is not None and not args.tls and carrier is None:
        raise UsageError("certificates are looked at with --tls only", place="--cacert")
    if args.target and args.set:
        raise UsageError("this is for the reference server", place="--set", remedy="Leave out --target, or --set")
    if not args.target and not process and spec.server is None:
        raise UsageError(f"{spec.name} has no reference server", remedy="Name a --target")


def _watch(
    checks: "tuple[Check, ...]", target: "Target", name: str, args: argparse.Namespace, console: Console
) -> "tuple[Finished, bool]":
    """What came of the checks, and whether somebody interrupted them; then it is what was done until then."""
    from workbench.conformance import RUN_S, Checked, Finished, Result, Started, Totals, examine

    done: list[Result] = []
    began = time.monotonic_ns()
    try:
        for event in examine(checks, target, jobs=args.jobs, run_s=args.seconds or RUN_S):
            match event:
                case Started(total):
                    console.say(printable(f"checking {name}: {total} checks of {args.protocol}"))
                case Checked(result):
                    done.append(result)
                    failed = sum(each.breach for each in done)
                    console.progress(f"{len(done)} of {len(checks)} checks, {failed} failed: {result.check.name}")
                case Finished():
                    return event, False
    except KeyboardInterrupt:
        console.say(f"interrupted: {len(checks) - len(done)} checks are left")
    return Finished(Totals.of(done, time.monotonic_ns() - began), tuple(done)), True


def _report(spec: "ProtocolSpec", name: str, finished: "Finished", args: argparse.Namespace, console: Console) -> None:
    import json

    from workbench.conformance import as_json, as_junit, text_lines, totals_line

    if args.format == "json":
        text = json.dumps(as_json(spec.name, name, finished), indent=2)
    elif args.format == "junit":
        text = as_junit(spec.name, name, finished).rstrip("\n")
    else:
        text = "\n".join(text_lines(finished))
    if args.output is None:
        console.data(text)
    else:
        args.output.write_text(text + "\n", encoding="utf-8")
    for reason in {result.detail for result in finished.results if result.verdict.value == "not run"}:
        console.say(printable(f"checks were left: {reason}"))
    console.say(totals_line(finished.totals))
