"""`workbench demo`: the main job on the workbench's own servers, as a screen or as text."""

import argparse
from pathlib import Path

from workbench.cli.console import Console
from workbench.cli.options import describe, printable, registry_for, start_with

__all__ = ["configure"]

ABOUT = """\
Shows the whole workbench at work and checks it on the way: starts reference servers on free loopback ports, drives them with real
clients, watches the traffic live, dissects it, exports it and reads it back, then fuzzes a deliberately faulty server, minimises what it
finds and replays it. Needs no privilege, no other program and no network; takes less than a minute. On a terminal the explorer opens on
the live traffic; with --headless, or without a terminal, the same is printed. Exit code 1 when a step did not do what it promises."""

EXAMPLES = """\
workbench demo
workbench demo --headless
workbench demo --headless --json --seed 7    the same findings for the same seed"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("--headless", action="store_true", help="print instead of opening the explorer")
    parser.add_argument("--seed", type=int, default=1, help="of traffic and campaign (default 1)")
    parser.add_argument("--json", action="store_true", help="print a JSON summary (implies --headless)")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write here (default: a new temporary folder)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Open the explorer on the demo, or run it and print."""
    import dataclasses
    import tempfile

    if args.launch_tui is not None and console.interactive and not (args.headless or args.json):
        code: int = args.launch_tui(dataclasses.replace(start_with(args), demo=True, seed=args.seed))
        return code
    folder = args.output or Path(tempfile.mkdtemp(prefix="workbench-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    return _play(args, console, folder)


def _play(args: argparse.Namespace, console: Console, folder: Path) -> int:
    from workbench.demo import play
    from workbench.events import DemoDone, DemoFact, DemoProgress, DemoStep

    tell = console.say if args.json else console.data
    for event in play(registry_for(args, console), folder, seed=args.seed):
        match event:
            case DemoStep(number, title):
                tell(f"{number}. {title}")
            case DemoFact(text):
                tell(printable(f"   {text}"))
            case DemoProgress(text):
                console.progress(printable(text))
            case DemoDone(ok, failures, summary):
                if args.json:
                    console.json(dict(summary))
                for failure in failures:
                    console.say(printable(f"workbench: the demo failed: {failure}"))
                tell(printable(f"capture, export and findings are in {folder}"))
                if ok:
                    tell("the demo did everything it promised")
                return 0 if ok else 1
    return 1
