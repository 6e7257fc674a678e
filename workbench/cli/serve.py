"""`workbench serve PROTOCOL`: a reference server in the foreground."""

import argparse
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.api.errors import PluginError, UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, printable, registry_for

if TYPE_CHECKING:
    from workbench.api import ServerConnection, ServerFactory, ServerOptions
    from workbench.serving import ServingEvent

__all__ = ["configure"]

ABOUT = """\
Runs the protocol's reference server until it is told to stop. stdout gets one line, the address; the log goes to stderr. SIGTERM and
Ctrl-C end it gracefully within five seconds: what was begun is finished, new connections are refused. With --training the server has
planted faults, for learning to fuzz: never give it to strangers."""

EXAMPLES = """\
workbench serve http1 --port 8080
workbench serve streambus --json 2>server.log      the log as JSON lines
workbench serve streambus --training               a target with planted faults"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("protocol", metavar="PROTOCOL", help="see `workbench plugins list`")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--training", action="store_true", help="the variant with planted faults")
    parser.add_argument("--allow-remote", action="store_true", help="permit an address that other machines reach")
    parser.add_argument("--abort-on-crash", action="store_true", help="die by SIGABRT when the server's code raises")
    parser.add_argument("--quiet", action="store_true", help="no log")
    parser.add_argument("--json", action="store_true", help="the log as JSON lines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Serve until a signal comes."""
    from workbench.serving import Server, serve_forever

    spec = registry_for(args, console).get(args.protocol)
    factory: ServerFactory | None = spec.training if args.training else spec.server
    if factory is None:
        kind = "training" if args.training else "reference"
        raise UsageError(f"{spec.name} has no {kind} server", remedy="See `workbench plugins list` for those that have one")
    if not 0 <= args.port < 65_536:
        raise UsageError(f"there is no port {args.port}", remedy="Give a number from 1 to 65535, or 0 for a free one")
    if args.training and args.allow_remote:
        raise UsageError("a training server is full of holes", remedy="Keep it on this machine: leave out --allow-remote")
    server = Server(
        _named_when_it_fails(factory, spec.name),
        host=args.host,
        port=args.port,
        transport=spec.transport,
        allow_remote=args.allow_remote,
        abort_on_error=args.abort_on_crash,
        listen=_logger(console, json_lines=args.json, quiet=args.quiet),
    )
    # whoever reads the address may send a signal at once, before serve_forever has begun to listen for it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    console.data(str(server.endpoint))
    console.out.flush()
    serve_forever(server)
    return 0


def _named_when_it_fails(factory: "ServerFactory", name: str) -> "ServerFactory":
    """The same factory; what it raises is told as the plugin's, not taken for trouble with a file of ours."""

    def make(options: "ServerOptions") -> "Callable[[], ServerConnection]":
        try:
            return factory(options)
        except Exception as error:
            from dissectors.slots import described

            what = f"its server cannot begin: {described(error)}"
            raise PluginError(what, place=f"plugin {name}", remedy="Mend the server slot of the plugin") from error

    return make


def _logger(console: Console, *, json_lines: bool, quiet: bool) -> "Callable[[ServingEvent], None]":
    from workbench.serving import log_line

    def nothing(event: "ServingEvent") -> None:
        """The log is off."""

    def machine(event: "ServingEvent") -> None:
        console.say(log_line(event))

    def person(event: "ServingEvent") -> None:
        from dataclasses import asdict

        # every value is escaped: a traceback may quote what the peer sent
        shown = asdict(event)
        for name in ("peer", "endpoint"):
            if shown.get(name) is not None:
                shown[name] = getattr(event, name)
        clock = time.strftime("%H:%M:%S", time.localtime(shown.pop("time_ns") / 1e9))
        facts = " ".join(f"{key}={printable(str(value))}" for key, value in shown.items())
        console.say(f"{clock} {type(event).__name__.lower():<12} {facts}")

    return nothing if quiet else machine if json_lines else person
