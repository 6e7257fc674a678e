"""`workbench serve PROTOCOL…`: reference servers in the foreground."""

import argparse
import contextlib
import json
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, positive, printable, registry_for, seconds, settings_for
from workbench.cli.serve_log import logger
from workbench.cli.serve_plan import Plan, carrier_of, plan_for, share_port
from workbench.cli.serve_tables import KEYS, read_config, table_for, tables_of, within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.api import ProtocolSpec
    from workbench.registry import Registry
    from workbench.serving import Server
    from workbench.serving.certificates import CertificateFolder
    from workbench.serving.metrics import Totals

__all__ = ["configure"]

ABOUT = """\
Runs the reference servers of protocols until they are told to stop. stdout gets one line per server, its address (behind its name when
there are several); the log goes to stderr. SIGTERM and Ctrl-C end them gracefully within five seconds: what was begun is finished, new
connections are refused. Several servers run in a process each; when one dies the others are stopped and the exit code is 1.

With --tls everything is inside TLS 1.2 or 1.3. Without --cert it uses a certificate for this machine from `workbench certs`, made
together with a local authority the first time; clients trust it with that authority's ca.pem. New certificate files are noticed while
serving. With --training a server has planted faults, for learning to fuzz: never give it to strangers.

What travels in QUIC (http3, hq) always has TLS, with the same certificates, and always runs in a process of its own; `workbench serve
quic` is all of it on one port, told apart by ALPN. QUIC's own options are set like a protocol's: retry=yes (clients prove their address),
versions=v1,v2, early=no (no 0-RTT), key-update=PACKETS. It takes no --workers: a client that moves must find the process
that knows it."""

EXAMPLES = """\
workbench serve http1 --port 8080
workbench serve http1:8080 streambus:9000          two servers, two processes
workbench serve http1 --tls --port 8443            curl --cacert $(workbench certs path) https://localhost:8443/
workbench serve http2 http1 --tls --share-port     as web sites do it: h2 for those who know it, http/1.1 for others
workbench serve http1 --tls --mtls                 clients must show a certificate (`workbench certs client NAME`)
workbench serve http1 --tls --keylog keys.log      with the secrets, for `workbench dissect --keylog keys.log`
workbench serve http1 --workers 2 --metrics 9100   two processes on one port; counters on 127.0.0.1:9100/metrics
workbench serve http3 --port 4433                  HTTP/3; gtlsclient localhost 4433 https://localhost:4433/
workbench serve quic --port 4433 --set retry=yes   all that QUIC carries, with Retry
workbench serve streambus --json 2>server.log      the log as JSON lines
workbench serve streambus --training               a target with planted faults
workbench serve --config serve.toml                servers from a file:

  [serve]                     # for all: the options' names as keys
  connections = 500
  [serve.http1]
  port = 8443
  tls = true
  [serve.socks5]
  port = 1080
  set = { users = "alice:s3cret" }    # options of the protocol itself, as with --set

The settings file may have the same tables; the command line wins over --config, and that over the settings file."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("protocols", metavar="PROTOCOL[:PORT]", nargs="*", help="see `workbench plugins list`")
    _add_places(parser.add_argument_group("where"))
    _add_limits(parser.add_argument_group("how much"))
    _add_tls(parser.add_argument_group("TLS"))
    _add_risks(parser.add_argument_group("risks"))
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="servers and their options from a file")
    parser.add_argument("--quiet", action="store_true", help="no log")
    parser.add_argument("--json", action="store_true", help="the log as JSON lines")
    parser.set_defaults(run=run)


def _add_places(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    group.add_argument("--port", type=int, help="port to listen on (default: a free one)")
    group.add_argument(
        "--share-port", action="store_true", help="all protocols on one port, told apart by ALPN; needs --tls or QUIC"
    )
    group.add_argument("--metrics", type=int, metavar="PORT", help="counters for Prometheus on 127.0.0.1:PORT/metrics")


def _add_limits(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--workers", type=positive, metavar="N", help="processes that share each port (default 1)")
    group.add_argument("--connections", type=positive, metavar="N", help="open at once in one process (default 1000)")
    group.add_argument("--idle", type=seconds, metavar="SECONDS", help="a silent connection is closed after that (default 60)")
    group.add_argument("--max-request", type=positive, metavar="BYTES", help="longest request (default 8 MiB)")
    group.add_argument("--max-stored", type=positive, metavar="BYTES", help="what clients may store, together (default 256 MiB)")
    group.add_argument(
        "--set",
        metavar="[PROTOCOL.]NAME=VALUE",
        action="append",
        help="an option of the protocol itself; repeatable",
    )


def _add_tls(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--tls", action="store_true", default=None, help="speak TLS")
    group.add_argument(
        "--cert", type=Path, metavar="FILE", action="append", help="PEM certificate; several: chosen by server name"
    )
    group.add_argument("--key", type=Path, metavar="FILE", action="append", help="its private key, unless the same file has it")
    group.add_argument("--mtls", action="store_true", default=None, help="clients must show a certificate of `workbench certs`")
    group.add_argument("--client-ca", type=Path, metavar="FILE", help="… or one of these authorities")
    group.add_argument("--tls-versions", metavar="1.2,1.3", help="versions to speak (default both)")
    group.add_argument("--keylog", type=Path, metavar="FILE", help="write the secrets of all connections there (SSLKEYLOGFILE)")


def _add_risks(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--training", action="store_true", default=None, help="the variant with planted faults")
    group.add_argument("--allow-remote", action="store_true", default=None, help="permit an address that other machines reach")
    group.add_argument("--dial-remote", action="store_true", default=None, help="let proxies connect to other machines")
    group.add_argument("--abort-on-crash", action="store_true", default=None, help="die by SIGABRT when the server's code raises")


def run(args: argparse.Namespace, console: Console) -> int:
    """Serve until a signal comes."""
    if args.metrics is not None:
        _checked_port(args.metrics)
    plans = _plans(args, console)
    for plan in plans:
        if plan.carriage is not None:
            plan.rehearse()
    listeners = [(plan, listener) for plan in plans for listener in plan.bind()]
    if len(listeners) == 1 and plans[0].carriage is None:
        return _serve_here(plans[0], listeners[0][1], args, console)
    from workbench.serving.supervising import Child, Supervisor

    children = []
    for number, (plan, listener) in enumerate(listeners):
        worker = number - [entry for entry, _ in listeners].index(plan) + 1
        name = f"{plan.name}/{worker}" if plan.workers > 1 else plan.name
        log = logger(console, json_lines=args.json, quiet=args.quiet, name=name if len(listeners) > 1 else "")
        others = [other for _, other in listeners if other is not listener]
        children.append(Child(name, partial(_server_of, plan, listener, others, log)))
    supervisor = Supervisor(lambda text: console.say(f"workbench: {printable(text)}"))
    supervisor.start(children)
    _announce(
        plans, listeners, console, as_json=args.json
    )  # whoever reads it may send a signal at once, and the supervisor takes care of it
    for _, listener in listeners:
        listener.close()
    try:
        with _metrics(args, supervisor.counters, console):
            return supervisor.wait()
    finally:
        supervisor.stop()  # all have ended, unless the counters could not be served


def _server_of(plan: Plan, listener: Any, others: Sequence[Any], log: Any) -> "Server":
    """In the child: only its own socket stays open, so that a port is free as soon as its server has closed it."""
    for other in others:
        other.close()
    return plan.server(listener, log)


def _serve_here(plan: Plan, listener: Any, args: argparse.Namespace, console: Console) -> int:
    from workbench.serving import serve_forever
    from workbench.serving.metrics import totals_of

    server = plan.server(listener, logger(console, json_lines=args.json, quiet=args.quiet))
    # whoever reads the address may send a signal at once, before serve_forever has begun to listen for it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    try:
        with _metrics(args, lambda: [(plan.name, totals_of(server.counters))], console):
            _announce((plan,), [(plan, listener)], console, as_json=args.json)
            serve_forever(server)
    finally:
        server.close()
    return 0


def _announce(plans: Sequence[Plan], listeners: Sequence[tuple[Plan, Any]], console: Console, *, as_json: bool) -> None:
    from workbench.api import Endpoint

    for plan in plans:
        host, port = next(listener for owner, listener in listeners if owner is plan).getsockname()[:2]
        address = str(Endpoint(host, port))
        if plan.training:
            _warn(plan, address, console, as_json=as_json)
        console.data(address if len(plans) == 1 else f"{plan.name} {address}")
    console.out.flush()


def _warn(plan: Plan, address: str, console: Console, *, as_json: bool) -> None:
    """Nobody shall take a training server for another one."""
    text = f"{plan.name} on {address} has planted faults: it crashes, hangs and gives secrets away on purpose"
    if as_json:
        console.say(json.dumps({"event": "warning", "server": plan.name, "text": text}))
    else:
        console.say(
            f"workbench: WARNING: {text}. `workbench plugins show {plan.spec.name}` lists them; stop it when you are done"
        )


@contextlib.contextmanager
def _metrics(args: argparse.Namespace, read: "Callable[[], Iterable[tuple[str, Totals]]]", console: Console) -> Iterator[None]:
    """The counters for others to read, as long as the servers run."""
    if args.metrics is None:
        yield
        return
    from workbench.serving import ServingLimits, running
    from workbench.serving.metrics import metrics_factory

    # scrapers are few; a shutdown does not wait for them
    with running(metrics_factory(read), port=args.metrics, limits=ServingLimits(connections=16, drain_ns=100_000_000)) as server:
        console.say(f"workbench: counters at http://{server.endpoint}/metrics")
        yield


# what to serve


def _registry(args: argparse.Namespace, console: Console, names: Sequence[str]) -> "Registry":
    """The protocols of these names and what carries them. Nothing else is loaded where the names of the entry points say enough: what a
    server does not need would cost memory for as long as it runs."""
    import importlib.metadata

    from workbench.registry import GROUP, load

    if args.plugins or settings_for(args).plugins:
        return registry_for(args, console)
    wanted, installed = set(names), importlib.metadata.entry_points(group=GROUP)
    while True:
        found = load((), entries=[entry for entry in installed if entry.name in wanted])
        missing = {spec.transport for spec in found.specs} - {"tcp", "udp"} - wanted
        if not missing:
            break
        wanted |= missing
    whole = {spec.name for spec in found.specs} >= wanted and not found.problems
    # whoever serves a carrier serves all that it carries
    return found if whole and not any(spec.carrier for spec in found.specs if spec.name in names) else registry_for(args, console)


def _spec(registry: "Registry", name: str) -> "ProtocolSpec":
    """The protocol of a name. Only where there is none the others are looked at, which loads the dissectors."""
    return next((spec for spec in registry.specs if spec.name == name), None) or registry.get(name)


def _plans(args: argparse.Namespace, console: Console) -> list[Plan]:
    settings = settings_for(args)
    sources = [tables_of(settings.serve, "the settings file")]
    if args.config is not None:
        sources.append(read_config(args.config))
    words = args.protocols or [name for name in (sources[1] if args.config else {}) if name]
    if not words:
        raise UsageError("there is nothing to serve", remedy="Name a protocol; `workbench plugins list` shows them")
    named = [_word(word) for word in words]
    registry = _registry(args, console, [name for name, _ in named])
    ports = {_spec(registry, name).name: port for name, port in named}
    if len(ports) < len(words):
        raise UsageError("a protocol is named twice", remedy="Run it twice for two ports")
    if args.port is not None and len(ports) > 1 and not args.share_port:
        raise UsageError("several servers need several ports", remedy="Write PROTOCOL:PORT for each, or add --share-port")
    plans = [plan for name in ports for plan in _plans_of(registry, name, ports, sources, args, console)]
    return [share_port(plans)] if args.share_port else plans


def _plans_of(
    registry: "Registry",
    name: str,
    ports: Mapping[str, int | None],
    sources: "list[dict[str, dict[str, Any]]]",
    args: argparse.Namespace,
    console: Console,
) -> Iterator[Plan]:
    """The server of one name: a protocol's own, or one of all protocols that this one carries."""
    spec = _spec(registry, name)
    carried = [each for each in registry.specs if each.transport == name] if spec.carrier else []
    members = [each for each in carried if (each.training if args.training else each.server) is not None]
    given = _given(args, name, {*ports, *(each.name for each in members)})
    if ports[name] is not None:
        given["port"] = ports[name]
    folder = partial(_folder, console)
    if not spec.carrier:
        yield plan_for(spec, table_for(name, sources, given), folder, carrier_of(spec, registry.specs))
        return
    _carriers_own(spec, given.get("set", {}), [each.name for each in members])
    plans = []
    for each in members:
        own = _given(args, each.name, {*ports, *(other.name for other in members)}).get("set", {})
        tables = [within(source, name, each.name) for source in sources]
        table = table_for(each.name, tables, {**given, "set": {**given.get("set", {}), **own}})
        plans.append(plan_for(each, table, folder, spec))
    if not plans:
        raise UsageError(f"nothing that {name} carries has a server", remedy="See `workbench plugins list`")
    yield replace(share_port(plans), name=name)


def _carriers_own(carrier: "ProtocolSpec", given: Mapping[str, str], members: Sequence[str]) -> None:
    """Raise `UsageError` where what is set for all that a carrier carries is no setting of the carrier: one of them would refuse it in its
    own name, and the others might have it."""
    known = carrier.carrier.settings if carrier.carrier else ()
    for name in given:
        if name not in known:
            whose = f"; for one of those it carries write {members[0]}.{name}=VALUE" if members else ""
            raise UsageError(f"is no setting of {carrier.name}", place=name, remedy=f"There are {', '.join(known)}{whose}")


def _word(word: str) -> tuple[str, int | None]:
    name, colon, port = word.partition(":")
    if colon and not port.isdecimal():
        raise UsageError(f"{port!r} is no port", place=word, remedy="Write PROTOCOL:PORT")
    return name, _checked_port(int(port)) if colon else None


def _checked_port(port: int) -> int:
    if not 0 <= port < 65_536:
        raise UsageError(f"there is no port {port}", remedy="Give a number from 1 to 65535, or 0 for a free one")
    return port


def _given(args: argparse.Namespace, name: str, names: "Iterable[str]") -> dict[str, Any]:
    """The command line as a table."""
    given = {key: getattr(args, key.replace("-", "_")) for key in KEYS}
    values = {key: value for key, value in given.items() if value is not None}
    if "port" in values:
        _checked_port(values["port"])
    if "set" in values:
        values["set"] = dict(_settings(values["set"], name, set(names)))
    return values


def _settings(words: Sequence[str], name: str, names: set[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise UsageError("this says nothing", place=f"--set {word}", remedy="Write NAME=VALUE")
        owner, dot, rest = key.partition(".")
        if not dot or owner not in names:
            yield key, value
        elif owner == name:
            yield rest, value


def _folder(console: Console) -> "CertificateFolder":
    from workbench.serving.certificates import CertificateFolder, default_folder

    folder = CertificateFolder(default_folder(os.environ))
    if not folder.authority.exists():
        folder.ensure_server()
        console.say(
            f"workbench: made a local authority and a certificate; clients trust it with {printable(str(folder.authority))}"
        )
    return folder
