"""`workbench doctor`: what this machine can do, and the exact fix for what it cannot."""

import argparse

from workbench.cli.console import Console
from workbench.cli.options import add_json_option, describe, printable, registry_for

__all__ = ["configure"]

ABOUT = """\
Looks at Python, the packages, the permission to capture, tshark and other tools, the plugins and the terminal. Each line that is not
"ok" ends with what to do about it. Exit code 1 when a part of the workbench does not work (not for missing optional tools)."""

EXAMPLES = """\
workbench doctor
workbench doctor --json
workbench --plugin mine.py doctor      why is my plugin not there?"""

MARKS = {"ok": "ok", "limited": "--", "broken": "!!"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Examine and print; 1 when something is broken."""
    from dataclasses import asdict

    from workbench.doctor import examine

    checks = examine(registry_for(args, console, quiet=True))
    if args.json:
        console.json([asdict(check) for check in checks])
    else:
        for check in checks:
            console.data(printable(f"{MARKS[check.status]}  {check.name:<20} {check.detail}"))
            if check.fix:
                console.data(printable(f"    {'':<20} → {check.fix}"))
    return int(any(check.status == "broken" for check in checks))
