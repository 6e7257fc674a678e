"""Which target a campaign attacks, as plain data; nothing here starts or reaches anything."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from workbench.api import Endpoint, ProtocolSpec, UsageError

__all__ = ["MEMORY", "TargetConfig", "parse_address", "required_factory"]

MEMORY = 2 * 1024**3
"""Bytes of private memory a local target may take: many times what a small server needs, less than what would make the machine swap."""

Kind = Literal["reference", "training", "command", "address", "differential"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetConfig:
    """What to attack.

    `reference` and `training` are the plugin's own servers, run in a worker process without sockets. `command` is started on a free
    loopback port, which replaces "{port}" in its words, or on `port` when the command has no such word. `address` attacks a server
    that runs already, at `host:port`; a host other than loopback must be repeated in `allow_host`. `memory` is 0 for no limit, and `rate`,
    the cases that all workers together may begin in a second, as well.

    A command may have `files` (name to text), written into a fresh directory that it then starts in, and an `environment` on top of ours;
    "{dir}" in its words, its environment and its files is that directory, "{port}" the port. The directory is made in `keep_in` and stays
    there, or goes with the campaign where that is empty. With `netns` "auto" the server has a network of its own where this machine lets
    us make one (see `fuzzers.targets.network`), with "off" never.

    With `tls` the protocol is spoken inside TLS, over a carrier that brings its own (QUIC) anyway: `sni` is the name that is asked for ("":
    the host), `alpn` what is offered ((): what the protocol is known by), `ca` a PEM file of authorities to believe. A certificate on
    this machine's own addresses is believed without one, others not unless `insecure`. `keylog` is a file that takes the
    secrets of all sessions, for whoever records them.

    `executor` says how a command is run for cases (see `fuzzers.targets.ways`; "auto": what calibration chooses), `coverage` whether its
    code is watched where it was built for that.

    `differential` compares several `servers`, each one a target as `as_json` gives it with a "name"; differences that `quirks` (the text
    of a file, see `fuzzers.differential.quirks`) excuses are not reported.

    `monitor` is FILE.py:FUNCTION, which makes a boofuzz monitor that judges every case as well.
    """

    kind: Kind = "reference"
    command: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    allow_host: str = ""
    memory: int = MEMORY
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    keep_in: str = ""
    rate: float = 0.0
    netns: Literal["auto", "off"] = "auto"
    tls: bool = False
    sni: str = ""
    alpn: tuple[str, ...] = ()
    ca: str = ""
    insecure: bool = False
    keylog: str = ""
    executor: Literal["auto", "live", "persistent", "fork", "restart"] = "auto"
    coverage: Literal["auto", "off"] = "auto"
    servers: tuple[Mapping[str, Any], ...] = ()
    quirks: str = ""
    monitor: str = ""

    @property
    def in_process(self) -> bool:
        """Whether the target is a sans-IO server of the plugin."""
        return self.kind in ("reference", "training")

    @property
    def many(self) -> bool:
        """Whether a command can be started several times at once, each on a port of its own."""
        return any("{port}" in text for text in (*self.command, *self.files.values(), *self.environment.values()))

    def described(self, protocol: str) -> str:
        """The target in a few words."""
        if self.in_process:
            return f"{self.kind} server of {protocol}, in process"
        if self.kind == "differential":
            return " against ".join(str(each.get("name", "?")) for each in self.servers)
        place = shlex.join(self.command) if self.kind == "command" else str(Endpoint(self.host, self.port))
        return f"{place}, inside TLS" if self.tls else place

    def as_json(self) -> dict[str, Any]:
        """For `case.json` and the store; see `from_json`."""
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "allow_host"}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @staticmethod
    def from_json(data: dict[str, Any], allow_host: str = "") -> "TargetConfig":
        """The inverse of `as_json`; what an older file does not say is as usual. Raises TypeError for a value of another type.

        The permission to attack a host is never stored, it has to be given again.
        """
        usual = TargetConfig()
        values: dict[str, Any] = {"kind": data["kind"]}
        for each in fields(TargetConfig):
            if each.name in data and each.name != "allow_host":
                value = tuple(data[each.name]) if isinstance(getattr(usual, each.name), tuple) else data[each.name]
                if type(value) is not type(getattr(usual, each.name)):
                    raise TypeError(f"target.{each.name} is a {type(value).__name__}")
                values[each.name] = value
        return TargetConfig(**values, allow_host=allow_host)


def parse_address(text: str) -> tuple[str, int]:
    """`HOST:PORT` or `[IPv6]:PORT`; raises `UsageError` for anything else."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UsageError(f"{text!r} is not HOST:PORT", remedy="Write it like 127.0.0.1:8080 or [::1]:8080")
    return host, int(port)


def required_factory(spec: ProtocolSpec, kind: str) -> Any:
    """The plugin's server factory for an in-process target; raises `UsageError` where it has none."""
    factory = spec.training if kind == "training" else spec.server
    if factory is None:
        raise UsageError(f"{spec.name} has no {kind} server", remedy="Name a command or an address to attack instead")
    return factory
