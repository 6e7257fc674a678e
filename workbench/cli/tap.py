"""`workbench tap`: write a pcapng file from connections relayed by ourselves.

It is ended by being told to (Ctrl-C, SIGTERM) or by its own --seconds and --packets; each is an orderly end. The file can be read at
any moment, also after a kill.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.api.errors import UsageError
from workbench.cli.console import Console
from workbench.cli.options import describe, printable, registry_for
from workbench.cli.recording import Patience, add_recording_options, parse_endpoint, target

if TYPE_CHECKING:
    from captures.tap import Inside, TapCounters, Trouble, Way
    from workbench.api import Endpoint
    from workbench.serving.certificates import CertificateFolder
    from workbench.tapping import UpstreamTls

__all__ = ["configure"]

ABOUT = """\
Listens on one address, passes on what clients say, and writes it as a valid pcapng file: packets between each client and its target with
the bytes, times and ends as they were. Needs no privilege.

Point the client at the listening address instead of the server's (--to, --udp), or let it use the tap as its proxy (--proxy): the file
shows it talking to its targets, not to the proxy. --transparent takes connections that a firewall rule sends here; that needs root, and
the exact commands are printed when it starts (nft and iptables, both kinds of address, and how to undo them), never run. One of them:
iptables -t nat -A OUTPUT -p tcp -m multiport --dports 80,443 -m mark ! --mark 0x7461 -j REDIRECT --to-ports 8080

With --tls the tap opens TLS: it shows clients a certificate for the name they ask for, signed by the authority of `workbench certs`, which
they must trust (curl --cacert "$(workbench certs path)"). Towards the target it checks certificates as any client does. The secrets of
the client's side are in the file, which opens decrypted everywhere. What is not TLS is passed on as it is. Targets that ask for the
client's own certificate cannot be opened: nobody but the client has its key. --quic does the same with QUIC, towards one target.

Clients and targets are on this machine unless --allow-remote says otherwise; --allow-target opens single targets to local clients."""

EXAMPLES = """\
workbench tap --listen 127.0.0.1:8081 --to 127.0.0.1:8080 -w web.pcapng
workbench tap --listen 0 --to localhost:9099 -w bus.pcapng     a free port, printed on stdout
workbench tap --listen 5300 --to 127.0.0.1:53 --udp -w dns.pcapng
workbench tap --listen 8443 --to localhost:443 --tls --upstream-ca site-ca.pem -w tls.pcapng
workbench tap --listen 4433 --to localhost:443 --quic --upstream-ca site-ca.pem -w h3.pcapng
workbench tap --listen 3128 --proxy any --tls --allow-target .example.org -w site.pcapng
workbench tap --listen 8080 --transparent --allow-remote -w all.pcapng"""

MOST_TROUBLES = 50
"""Different things that went wrong are told on stderr up to this number; a browser without our authority would fill the screen."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe `tap`."""
    describe(parser, ABOUT, EXAMPLES)
    parser.add_argument("--listen", required=True, metavar="[HOST:]PORT", help="where clients connect (default host 127.0.0.1)")
    ways = parser.add_mutually_exclusive_group(required=True)
    ways.add_argument("--to", metavar="[HOST:]PORT", help="the server they get")
    ways.add_argument("--proxy", choices=("http", "socks", "any"), help="clients say where to: HTTP proxy, SOCKS5, or either")
    ways.add_argument("--transparent", action="store_true", help="take connections that a firewall rule sends here (root)")
    parser.add_argument("--udp", action="store_true", help="relay datagrams instead of connections")
    parser.add_argument("--tls", action="store_true", help="open TLS with certificates of our own authority")
    parser.add_argument("--quic", action="store_true", help="relay QUIC with keys of our own, certificates as with --tls")
    parser.add_argument(
        "--alpn", action="append", default=[], metavar="ID", help="a protocol inside QUIC that no plugin knows; repeatable"
    )
    parser.add_argument("--upstream-ca", type=Path, metavar="FILE", help="believe targets these authorities sign (PEM)")
    parser.add_argument("--insecure-upstream", action="store_true", help="believe targets whatever certificate they show")
    parser.add_argument(
        "--certs", type=Path, metavar="FOLDER", help="folder of our authority (default: that of `workbench certs`)"
    )
    parser.add_argument("--allow-remote", action="store_true", help="permit addresses beyond this machine")
    parser.add_argument(
        "--allow-target",
        action="append",
        default=[],
        metavar="T",
        help="permit a target: address, network, name or .domain; repeatable",
    )
    add_recording_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, console: Console) -> int:
    """Relay until told to end."""
    from captures.tap import Tap, reach_of
    from workbench.serving.resolver import Resolver

    way = _way(args, console)
    reach = reach_of(args.allow_target, remote=args.allow_remote)
    with Tap(way, target(args), reach=reach, tell=_Troubles(console), names=Resolver) as tap:
        patience = Patience(args, console)
        (console.say if args.write == "-" else console.data)(str(tap.endpoint))
        console.done()
        _introduce(args, tap.endpoint, console)
        counters = tap.run(patience.over, report=lambda now: patience.show(now.frames, _text(now)))
    console.say(_text(counters))
    return 0


def _way(args: argparse.Namespace, console: Console) -> "Way":
    """What the options ask for. Raises UsageError for what does not go together."""
    from captures.tap import proxy, tcp, transparent, udp
    from workbench.api import Endpoint

    _reject(args)
    listen = Endpoint(*parse_endpoint(args.listen))
    if args.transparent:
        return transparent(listen, _inside(args, console))
    if args.proxy:
        return proxy(listen, args.proxy, _inside(args, console))
    to = Endpoint(*parse_endpoint(args.to))
    if args.quic:
        return _quic(args, listen, to, console)
    return udp(listen, to) if args.udp else tcp(listen, to, _inside(args, console))


def _reject(args: argparse.Namespace) -> None:
    wants = [name for name in ("upstream_ca", "insecure_upstream", "certs") if getattr(args, name)]
    if wants and not (args.tls or args.quic):
        raise UsageError(f"--{wants[0].replace('_', '-')} is about TLS", remedy="Add --tls or --quic")
    if args.upstream_ca and args.insecure_upstream:
        raise UsageError("--insecure-upstream believes everybody", remedy="Leave out one of it and --upstream-ca")
    if args.udp and (args.tls or args.quic or not args.to):
        raise UsageError("--udp relays datagrams to one target as they are", remedy="Give it --to, without --tls and --quic")
    if args.quic and (args.tls or not args.to):
        raise UsageError("--quic relays QUIC to one target", remedy="Give it --to, and no --tls: QUIC has its own")
    if args.alpn and not args.quic:
        raise UsageError("--alpn is about QUIC; inside TLS clients and targets agree on it", remedy="Leave it out")


def _inside(args: argparse.Namespace, console: Console) -> "Inside":
    from captures.tap import plain

    if not args.tls:
        return plain
    from workbench.tapping import intercepting

    return intercepting(_folder(args, console), _upstream(args))


def _quic(args: argparse.Namespace, listen: "Endpoint", to: "Endpoint", console: Console) -> "Way":
    """The relay with its own keys, on the installed plugin of that name."""
    from workbench.tapping import quic

    registry = registry_for(args, console)
    spec = registry.get("quic")
    if spec.carrier is None:
        raise UsageError("the installed plugin quic carries nothing", remedy="Install the workbench with its own plugins")
    known = [alpn for each in registry.specs if each.transport == spec.name for alpn in each.alpn]
    applications = tuple(dict.fromkeys([*args.alpn, *known]))
    return quic(listen, to, spec.carrier, applications, _folder(args, console), _upstream(args))


def _folder(args: argparse.Namespace, console: Console) -> "CertificateFolder":
    """Where our authority lies; it is made now where there was none yet."""
    from workbench.serving.certificates import CertificateFolder, default_folder

    folder = CertificateFolder(args.certs or default_folder())
    if not folder.authority.exists():
        console.say(printable(f"made an authority for clients to trust: {folder.make_authority()}"))
    return folder


def _upstream(args: argparse.Namespace) -> "UpstreamTls":
    from workbench.tapping import UpstreamTls

    return UpstreamTls(authorities=args.upstream_ca, verify=not args.insecure_upstream)


def _introduce(args: argparse.Namespace, endpoint: "Endpoint", console: Console) -> None:
    """What happens now, for people."""
    what = (
        f"relaying {endpoint} to {args.to}" if args.to else f"a proxy on {endpoint}" if args.proxy else f"waiting on {endpoint}"
    )
    console.say(printable(f"{what}, into {args.write}; Ctrl-C ends it"))
    if args.transparent:
        from captures.tap import commands

        console.say(f"Send connections here with (as root):\n{commands(endpoint)}")


class _Troubles:
    """Tells each kind of trouble once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: set[tuple[str, str]] = set()

    def __call__(self, trouble: "Trouble") -> None:
        key = (trouble.target, trouble.reason)
        if key in self._told or len(self._told) >= MOST_TROUBLES:
            return
        self._told.add(key)
        self._console.warn(printable(f"{trouble.client} → {trouble.target}: {trouble.reason}"))


def _text(counters: "TapCounters") -> str:
    opened = f", TLS of {counters.opened:,} opened" if counters.opened else ""
    dropped = f", {counters.dropped:,} datagrams dropped" if counters.dropped else ""
    return (
        f"{counters.connections:,} connections ({counters.open:,} open, {counters.refused:,} refused{opened}), "
        f"{counters.frames:,} packets, {counters.to_server:,} bytes to the server, {counters.to_client:,} to clients{dropped}"
    )
