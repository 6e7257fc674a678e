"""`workbench tap`: write a pcapng file from connections relayed by ourselves.

It is ended by being told to (Ctrl-C, SIGTERM) or by its own --seconds and --packets; each is an orderly end. The file can be read at
any moment, also after a kill.
"""

import argparse

from workbench.cli.console import Console
from workbench.cli.options import describe, printable
from workbench.cli.recording import Patience, add_recording_options, parse_endpoint, target

__all__ = ["configure"]

ABOUT = """\
Listens on one address, relays each connection to another, and writes what passes as a valid pcapng file: TCP with the bytes, times and
ends as they were. Point the client at the listening address instead of the server's. Needs no privilege."""

EXAMPLES = """\
workbench tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080 -w web.pcapng
workbench tap --listen 0 --to localhost:9099 -w bus.pcapng     a free port, printed on stdout"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe `tap`."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("--listen", required=True, metavar="[HOST:]PORT", help="where clients connect (default host 127.0.0.1)")
    parser.add_argument("--to", required=True, metavar="[HOST:]PORT", help="the server they get")
    parser.add_argument("--allow-remote", action="store_true", help="permit addresses beyond this machine")
    add_recording_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Relay until told to end."""
    from captures.tap import Tap, TapCounters
    from workbench.api import Endpoint

    def text(counters: TapCounters) -> str:
        return (
            f"{counters.connections:,} connections ({counters.open:,} open, {counters.refused:,} refused), {counters.frames:,} packets, "
            f"{counters.to_server:,} bytes to the server, {counters.to_client:,} to clients"
        )

    listen, to = Endpoint(*parse_endpoint(args.listen)), Endpoint(*parse_endpoint(args.to))
    with Tap(listen, to, target(args), allow_remote=args.allow_remote) as tap:
        patience = Patience(args, console)
        (console.say if args.write == "-" else console.data)(str(tap.endpoint))
        console.done()
        console.say(printable(f"relaying {tap.endpoint} to {to}, into {args.write}; Ctrl-C ends it"))
        counters = tap.run(patience.over, report=lambda now: patience.show(now.frames, text(now)))
    console.say(text(counters))
    return 0
