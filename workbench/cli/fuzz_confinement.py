"""Options that keep a server under test in its place: what it gets, where it runs, and how fast it is asked."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fuzzers import TargetConfig

__all__ = ["add_confinement_options", "confined"]

MEGABYTE = 1 << 20


def add_confinement_options(group: "argparse._ArgumentGroup") -> None:
    """Limits of a target."""
    group.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable for --command, which gets little else of this environment; kept with the campaign; repeatable",
    )
    group.add_argument("--memory", type=_megabytes, metavar="MB", help="what the server may take (default 2048; 0: no limit)")
    group.add_argument(
        "--netns",
        choices=("auto", "off"),
        default="auto",
        help="a network of its own for --command, where this machine allows that (auto), or ours: "
        "for a server that needs others here",
    )
    group.add_argument(
        "--keep-in", type=Path, metavar="DIR", help="make the directories that --command runs in there, and leave them"
    )
    group.add_argument(
        "--rate",
        type=_rate,
        default=0.0,
        metavar="N",
        help="at most so many cases a second, for a server that others need as well",
    )


def confined(args: argparse.Namespace, target: "TargetConfig") -> "TargetConfig":
    """The target with what the options say."""
    alone = [name for name, given in (("--env", args.env), ("--keep-in", args.keep_in)) if given]
    if alone and target.kind != "command":
        raise UsageError("this is about a server that we start, and there is none", place=alone[0], remedy="Name a --command")
    return replace(
        target,
        environment={**target.environment, **dict(_variables(args.env))},
        memory=target.memory if args.memory is None else args.memory * MEGABYTE,
        netns=args.netns,
        keep_in=str(args.keep_in.absolute()) if args.keep_in else "",
        rate=args.rate,
    )


def _variables(words: list[str]) -> "Iterator[tuple[str, str]]":
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals or "\0" in word:
            raise UsageError("this is no variable", place=f"--env {word}", remedy="Write NAME=VALUE")
        yield name, value


def _megabytes(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of megabytes")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of cases a second")
    return rate
