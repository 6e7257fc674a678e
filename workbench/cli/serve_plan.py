"""From words and tables to servers: which protocols, on which ports, with which limits and certificates."""

import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.api.errors import PluginError, UsageError

if TYPE_CHECKING:
    from workbench.api import ProtocolSpec, ServerConnection, ServerFactory, ServerOptions
    from workbench.serving import Server, ServingEvent, ServingLimits
    from workbench.serving.carried import Carriage
    from workbench.serving.certificates import CertificateFolder
    from workbench.serving.tls import TlsSettings

__all__ = ["Plan", "carrier_of", "plan_for", "share_port", "tls_of"]

SECOND = 1_000_000_000
CLEARTEXT_ONLY = frozenset(("h2c",))
"""ALPN identifiers that mean "without TLS" (RFC 7540 3.1) and are never offered inside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One server that is to be run; `alternatives` are other protocols on its port, by ALPN identifier."""

    name: str
    spec: "ProtocolSpec"
    factory: "ServerFactory"
    options: "ServerOptions"
    limits: "ServingLimits"
    host: str
    port: int
    workers: int
    tls: "TlsSettings | None"
    allow_remote: bool
    dial_remote: bool
    abort_on_error: bool
    alternatives: "Mapping[str, ServerFactory]" = field(default_factory=dict)
    carriage: "Carriage | None" = None
    """What carries it, where that is neither TCP nor UDP itself."""
    training: bool = False
    """Whether it has planted faults."""

    def bind(self) -> list[socket.socket]:
        """Sockets for its workers, all on one port."""
        from workbench.serving import bind

        shared = self.workers > 1
        found = [bind(self.host, self.port, self.spec.wire, allow_remote=self.allow_remote, shared=shared)]
        while len(found) < self.workers:
            port = int(found[0].getsockname()[1])
            found.append(bind(self.host, port, self.spec.wire, allow_remote=self.allow_remote, shared=True))
        return found

    def rehearse(self) -> None:
        """Make the server and throw it away, so that what cannot be is said before a process is started for it."""
        from workbench.serving import bind

        self.server(bind("127.0.0.1", 0, self.spec.wire), lambda _: None).close()

    def server(self, listener: socket.socket, listen: "Callable[[ServingEvent], None]") -> "Server":
        """The server, on a socket from `bind`."""
        from workbench.serving import Server

        return Server(
            self.factory,
            self.options,
            transport=self.spec.wire,
            listener=listener,
            limits=self.limits,
            tls=self.tls,
            alternatives=self.alternatives,
            carriage=self.carriage,
            allow_remote=self.allow_remote,
            dial_remote=self.dial_remote,
            abort_on_error=self.abort_on_error,
            listen=listen,
        )


def plan_for(
    spec: "ProtocolSpec",
    values: Mapping[str, Any],
    folder: "Callable[[], CertificateFolder]",
    carrier: "ProtocolSpec | None" = None,
) -> Plan:
    """The server of one protocol by its table (`serve_tables.KEYS`); `folder` gives the user's certificates when they are needed,
    `carrier` is what carries a protocol that runs over neither TCP nor UDP itself."""
    from workbench.api import ServerOptions
    from workbench.serving import ServingLimits

    training = values.get("training", False)
    factory: ServerFactory | None = spec.training if training else spec.server
    if factory is None:
        kind = "training" if training else "reference"
        raise UsageError(f"{spec.name} has no {kind} server", remedy="See `workbench plugins list` for those that have one")
    if training and values.get("allow-remote"):
        raise UsageError("a training server is full of holes", remedy="Keep it on this machine: leave out --allow-remote")
    limits, defaults = ServingLimits(), ServerOptions()
    settings, carriage = values.get("set", {}), None
    if carrier is not None:
        settings, carriage = _carried(carrier, values)
        values = {**values, "tls": True}
    return Plan(
        name=spec.name,
        spec=spec,
        factory=_named_when_it_fails(factory, spec.name),
        options=ServerOptions(
            idle_ns=int(values["idle"] * SECOND) if "idle" in values else defaults.idle_ns,
            max_request=values.get("max-request", defaults.max_request),
            max_stored=values.get("max-stored", defaults.max_stored),
            settings=settings,
        ),
        limits=ServingLimits(connections=values.get("connections", limits.connections)),
        host=values.get("host", "127.0.0.1"),
        port=values.get("port", 0),
        workers=values.get("workers", 1),
        tls=tls_of(values, spec.alpn, folder),
        allow_remote=values.get("allow-remote", False),
        dial_remote=values.get("dial-remote", False),
        abort_on_error=values.get("abort-on-crash", False),
        carriage=carriage,
        training=training,
    )


def carrier_of(spec: "ProtocolSpec", specs: "Iterable[ProtocolSpec]") -> "ProtocolSpec | None":
    """What carries a protocol, None where that is TCP or UDP; raises `UsageError` where it is not installed."""
    if spec.transport in ("tcp", "udp"):
        return None
    found = next((each for each in specs if each.name == spec.transport and each.carrier is not None), None)
    if found is None:
        raise UsageError(
            f"{spec.name} travels in {spec.transport}, which is not there", remedy="Install or load the plugin of that name"
        )
    return found


def _carried(carrier: "ProtocolSpec", values: Mapping[str, Any]) -> "tuple[dict[str, str], Carriage]":
    """What the user set, without the carrier's part of it, and the carrier with that part."""
    from workbench.serving.carried import Carriage

    assert carrier.carrier is not None, "looked at by whoever found it"
    if values.get("workers", 1) > 1:
        raise UsageError(
            f"{carrier.name} has one worker",
            place="--workers",
            remedy="A connection that moves would meet another process: leave it out",
        )
    for key in ("mtls", "client-ca"):
        if values.get(key):
            what = f"clients cannot be asked for certificates in {carrier.title}"
            raise UsageError(what, place=f"--{key}", remedy="Leave it out, or serve over TCP")
    if "1.3" not in _versions(values):
        raise UsageError(f"{carrier.title} speaks TLS 1.3 only", place="--tls-versions", remedy="Leave it out, or name 1.3")
    given, names = values.get("set", {}), carrier.carrier.settings
    own = {name: value for name, value in given.items() if name in names}
    return {name: value for name, value in given.items() if name not in names}, Carriage(carrier.carrier.server, own)


def tls_of(values: Mapping[str, Any], alpn: Sequence[str], folder: "Callable[[], CertificateFolder]") -> "TlsSettings | None":
    """TLS as the table wants it, None without; the certificate for this machine is made where none was ever made or given."""
    wants = [key for key in ("cert", "key", "mtls", "client-ca", "tls-versions", "keylog") if values.get(key)]
    if not values.get("tls", bool(values.get("cert"))):
        if wants:
            raise UsageError(f"--{wants[0]} is about TLS", remedy="Add --tls")
        return None
    from workbench.serving.tls import TlsSettings

    versions = _versions(values)
    authority = values.get("client-ca") or (folder().authority if values.get("mtls") else None)
    if authority is not None and not values.get("client-ca"):
        folder().ensure_server()  # its authority, too
    return TlsSettings(
        credentials=tuple(_credentials(values, folder)),
        client_authority=authority,
        versions=versions,
        alpn=tuple(name for name in alpn if name not in CLEARTEXT_ONLY),
        keylog=values.get("keylog"),
    )


def _versions(values: Mapping[str, Any]) -> tuple[str, ...]:
    from workbench.serving.tls import VERSIONS

    versions = tuple(values.get("tls-versions", "1.2,1.3").replace(" ", "").split(","))
    if not set(versions) <= VERSIONS.keys():
        raise UsageError("TLS has the versions 1.2 and 1.3", place="--tls-versions", remedy="Give 1.2, 1.3, or both: 1.2,1.3")
    return versions


def _credentials(values: Mapping[str, Any], folder: "Callable[[], CertificateFolder]") -> "list[Any]":
    from workbench.serving.tls import Credential

    certificates, keys = values.get("cert") or [], values.get("key") or []
    if len(keys) not in (0, len(certificates)):
        raise UsageError(
            "each --cert needs its --key", remedy="Give as many of one as of the other; no --key where the file has both"
        )
    if certificates:
        return [Credential(file, key) for file, key in zip(certificates, keys or certificates, strict=True)]
    mine = folder()
    mine.ensure_server()
    return [Credential(file, mine.key_of(file)) for file in mine.server_files()]


def share_port(plans: Sequence[Plan]) -> Plan:
    """One server for several protocols: each client gets the first one in the list that it knows, or the last one without ALPN."""
    from dataclasses import replace

    last = plans[-1]
    if len({plan.spec.transport for plan in plans}) > 1:
        raise UsageError("one port has one transport", remedy="Give TCP's and QUIC's protocols ports of their own: PROTOCOL:PORT")
    if any(plan.tls is None for plan in plans):
        raise UsageError("only TLS lets clients say which protocol they want", remedy="Add --tls, or give each its own port")
    mute = [plan.name for plan in plans if not any(alpn not in CLEARTEXT_ONLY for alpn in plan.spec.alpn)]
    if mute:
        raise UsageError(f"{mute[0]} has no ALPN identifier", remedy="Give it a port of its own")
    factories = {plan.name: _with_its_own_options(plan) for plan in plans}
    alternatives = {
        alpn: factories[plan.name] for plan in reversed(plans) for alpn in plan.spec.alpn if alpn not in CLEARTEXT_ONLY
    }
    offered = tuple(dict.fromkeys(alpn for plan in plans for alpn in (plan.tls.alpn if plan.tls else ())))
    assert last.tls is not None, "looked at above"
    return replace(
        last,
        name="+".join(plan.name for plan in plans),
        factory=factories[last.name],
        alternatives=alternatives,
        port=next((plan.port for plan in plans if plan.port), 0),
        tls=replace(last.tls, alpn=offered),
    )


def _with_its_own_options(plan: Plan) -> "ServerFactory":
    """The server of one of several plans on a port: it hears and wakes as the port's server says, all else is as its own table says."""
    from dataclasses import replace

    return lambda given: plan.factory(replace(plan.options, wake=given.wake, tell=given.tell))


def _named_when_it_fails(factory: "ServerFactory", name: str) -> "ServerFactory":
    """The same factory; what it raises is told as the plugin's, not taken for trouble with a file of ours."""

    def make(options: "ServerOptions") -> "Callable[[], ServerConnection]":
        try:
            return factory(options)
        except UsageError:
            raise  # a setting that the user typed
        except Exception as error:
            from dissectors.slots import described

            what = f"its server cannot begin: {described(error)}"
            raise PluginError(what, place=f"plugin {name}", remedy="Mend the server slot of the plugin") from error

    return make
