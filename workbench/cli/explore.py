"""`workbench open`: the terminal interface on a capture file or a live interface."""

import argparse
import dataclasses
from pathlib import Path

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import add_decoding_options, add_filter_option, describe, start_with

__all__ = ["configure"]

ABOUT = """\
Opens the explorer: packet list, field tree and bytes, linked both ways; streams; statistics. WHAT is a capture file, or the name of a
network interface to watch live. Press ? inside for its keys. Without a terminal use `workbench list` and `workbench dissect`."""

EXAMPLES = """\
workbench open capture.pcapng
workbench open capture.pcapng --filter 'http port==8080'
workbench open secret.pcapng --keylog keys.log    decrypts TLS, also while the key log grows
workbench open lo                                 watch an interface (see `workbench doctor` for the permission)"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("what", metavar="WHAT", help="capture file, or interface name")
    add_decoding_options(parser)
    add_filter_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Hand over to the terminal interface."""
    start = start_with(args)
    path = Path(args.what)
    if path.exists():
        start = dataclasses.replace(start, path=path)
    elif args.what in _interfaces():
        start = dataclasses.replace(start, interface=args.what)
    else:
        remedy = f"Give a capture file, or one of {', '.join(_interfaces())}"
        raise UsageError("there is no such file or interface", place=args.what, remedy=remedy)
    if args.launch_tui is None or not console.interactive:
        raise UsageError("the explorer needs a terminal", remedy=f"Print instead: workbench list {args.what}")
    code: int = args.launch_tui(start)
    return code


def _interfaces() -> list[str]:
    import socket

    return [name for _, name in socket.if_nameindex()]
