"""`workbench fuzz-self`: the workbench attacks its own plugins, until its time is up."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import add_json_option, describe, positive, printable, registry_for, seconds

if TYPE_CHECKING:
    from workbench.self_fuzzing.breaches import Breach
    from workbench.self_fuzzing.engine import Over, Plan

__all__ = ["configure"]

ABOUT = """\
Spoils conversations (the seeds of each protocol with the replies of its reference server, and those in captures) as bytes, in their
order, by cutting and by losing, and reads them with everything that is installed. Whatever the bytes: decoders do not raise, messages
tile the stream, fields lie where they say, other pieces mean nothing, the fast lane says what the decoder says, the reference server
lives on, and no case takes more than 10 s of processor time or a gigabyte. What does not hold is made small and written to a file.

No sockets, nobody else's server: that is `workbench fuzz`. The quick look with a fixed number of inputs is `workbench plugins check`.

Exit code 1 when something does not hold, 0 when everything does."""

EXAMPLES = """\
workbench fuzz-self --cases 2000                        every plugin, a minute or two
workbench fuzz-self quic http3 --seconds 600 --corpus captures/samples/quic-ngtcp2.pcapng
workbench fuzz-self myproto --plugin myproto.py --seconds 60
workbench fuzz-self --again fuzz-self/dns-0123456789.json"""

DEFAULT_SECONDS = 10.0
"""For each protocol, where nothing is said: long enough to see something."""

LONGEST_LINE = 600
"""Characters of a breach that are shown; its file has everything."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("protocols", metavar="PROTOCOL", nargs="*", help="default: all that have seeds")
    parser.add_argument(
        "--seconds", type=seconds, metavar="S", help="processor time for each protocol (default 10 without --cases)"
    )
    parser.add_argument("--cases", type=positive, metavar="N", help="end after so many cases of each protocol")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="decides every case (default 0)")
    parser.add_argument("--corpus", type=Path, action="append", default=[], metavar="CAPTURE", help="more to spoil; repeatable")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="protocols at a time (default 1)")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("fuzz-self"), metavar="DIR", help="where breaches go (default fuzz-self)"
    )
    parser.add_argument("--again", type=Path, metavar="FILE", help="try the case in FILE once more, and nothing else")
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Examine, and tell."""
    registry = registry_for(args, console)
    if args.again is not None:
        return _again(args, console)
    if args.output.exists() and not args.output.is_dir():
        raise UsageError("this is no folder", place=str(args.output), remedy="Name another one with -o")
    from workbench.self_fuzzing.engine import Plan

    limit = DEFAULT_SECONDS if args.seconds is None and args.cases is None else args.seconds
    chosen = [registry.get(name) for name in dict.fromkeys(args.protocols)] or [spec for spec in registry.specs if spec.seeds]
    plan = Plan(
        protocols=tuple(chosen),
        specs=tuple(registry.specs),
        captures=tuple(args.corpus),
        seed=args.seed,
        seconds=limit,
        cases=args.cases,
        jobs=args.jobs,
    )
    over, breaches = _watch(plan, args.output, console, as_json=args.json)
    if args.json:
        console.json(
            {
                "protocols": [{"protocol": each.protocol, "cases": each.cases, "cpu_s": round(each.cpu_s, 2)} for each in over],
                "breaches": [breach.as_json() | {"file": str(path)} for breach, path in breaches],
            }
        )
    return int(bool(breaches))


def _watch(plan: "Plan", folder: Path, console: Console, *, as_json: bool) -> "tuple[list[Over], list[tuple[Breach, Path]]]":
    from workbench.self_fuzzing.engine import Began, Found, Over, Progress, examine

    say = console.say if as_json else console.data
    over: list[Over] = []
    breaches: list[tuple[Breach, Path]] = []
    for event in examine(plan):
        match event:
            case Began(protocol, talks):
                console.say(f"{protocol}: {talks:,} conversations to spoil, seed {plan.seed}")
            case Progress(protocol, cases, cpu_s):
                console.progress(f"{protocol}: {cases:,} cases in {cpu_s:.0f} s of processor time, {len(breaches)} breaches")
            case Found(breach):
                path = breach.write(folder)
                breaches.append((breach, path))
                say(printable(f"{breach.protocol} case {breach.case}: {breach.text[:LONGEST_LINE]} {path}"))
            case Over():
                over.append(event)
                say(
                    f"{event.protocol}: {event.cases:,} cases in {event.cpu_s:.1f} s of processor time, {event.breaches} breaches"
                )
    return over, breaches


def _again(args: argparse.Namespace, console: Console) -> int:
    from workbench.self_fuzzing.breaches import read_breach

    breach = read_breach(args.again)
    text = breach.again(registry_for(args, console).specs)
    if args.json:
        console.json({"file": str(args.again), "was": breach.text, "is": text})
    else:
        console.data(printable(text[:LONGEST_LINE] if text else "everything holds now"))
    return int(bool(text))
