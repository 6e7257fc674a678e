"""What both directions of a connection share: the parameters that the hellos agreed on, learnt from handshake messages as they are read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Direction, Secrets
from workbench_tls.bodies import TLS12, TLS13, Agreed
from workbench_tls.handshake import Handshake
from workbench_tls.locks import CLIENT_EPOCHS, SERVER_EPOCHS, CipherSpec, Lock
from workbench_tls.names import version_name

__all__ = ["Session"]

_EARLY_DATA, _ALPN, _ENCRYPT_THEN_MAC, _SERVER_NAME, _SUPPORTED_VERSIONS = 42, 16, 22, 0, 43


@dataclass(slots=True)
class Session:
    """The handshake so far. `locks` are the two directions' protection."""

    secrets: Secrets
    locks: tuple[Lock, Lock] = field(init=False)
    version: int = 0
    """What the ServerHello chose; 0 while it is not known. Drafts of TLS 1.3 count as 0x0304."""
    wire_version: int = 0
    """The same as the wire says it."""
    suite: int = 0
    client_random: bytes = b""
    server_random: bytes = b""
    encrypt_then_mac: bool = False
    offers_tls13: bool = False
    early: bool = False
    """Whether the newest ClientHello offers early data."""
    offered: tuple[str, ...] = ()
    alpn: str = ""
    sni: str = ""

    def __post_init__(self) -> None:
        self.locks = Lock(self.secrets, CLIENT_EPOCHS), Lock(self.secrets, SERVER_EPOCHS)

    @property
    def agreed(self) -> Agreed:
        """What readers of handshake messages need to know."""
        return Agreed(self.version, self.suite)

    @property
    def facts(self) -> dict[str, str]:
        """What the protocol inside gets to know."""
        return {"alpn": self.protocol, "sni": self.sni, "version": version_name(self.wire_version) if self.wire_version else ""}

    @property
    def protocol(self) -> str:
        """The ALPN identifier of what is inside; before the server chose, the client's first (early data has to use it)."""
        return self.alpn or (self.offered[0] if self.early and not self.version and self.offered else "")

    def learn(self, direction: Direction, message: Handshake) -> None:
        """Take in a message that was read in `direction`."""
        lock = self.locks[direction]
        match message.name:
            case "client_hello" if message.sound:
                self._client_hello(message.value)
            case "server_hello" | "hello_retry_request" if message.sound:
                self._server_hello(message.value, retry=message.name == "hello_retry_request" or message.kind == 6)
            case "encrypted_extensions" if message.sound:
                self._choose(message.value)
            case "finished" if self.version == TLS13:
                lock.advance()
            case "end_of_early_data":
                lock.advance()
            case "key_update":
                lock.update()

    def _client_hello(self, value: Mapping[str, Any]) -> None:
        extensions = _by_type(value)
        self.client_random = value["random"]
        versions = extensions.get(_SUPPORTED_VERSIONS, {}).get("supported_versions", [])
        self.offers_tls13 = any(_is_tls13(number) for number in versions)
        protocols = extensions.get(_ALPN, {}).get("extensions_alpn_list", [])
        self.offered = tuple(_text(item["extensions_alpn_str"]) for item in protocols)
        names = extensions.get(_SERVER_NAME, {}).get("server_name_list", [])
        self.sni = next((_text(item["extensions_server_name"]) for item in names), "")
        self.early = _EARLY_DATA in extensions
        if self.early and self.version != TLS13:
            self.locks[Direction.TO_SERVER].begin_early(self.client_random, tuple(value["ciphersuites"]))

    def _server_hello(self, value: Mapping[str, Any], *, retry: bool) -> None:
        extensions = _by_type(value)
        chosen = extensions.get(_SUPPORTED_VERSIONS, {}).get("supported_version", value["version"])
        self.wire_version = chosen
        self.version = TLS13 if _is_tls13(chosen) else chosen
        self.suite = value.get("ciphersuite", self.suite)
        if retry:
            # RFC 8446 4.1.2: the second ClientHello comes in the clear, and early data is over
            self.locks[Direction.TO_SERVER].closed = False
            return
        self.server_random = value["random"]
        self.encrypt_then_mac = _ENCRYPT_THEN_MAC in extensions
        self._choose(value)
        if self.version == TLS13:
            for lock in self.locks:
                lock.begin_handshake(self.client_random, self.suite)

    def _choose(self, value: Mapping[str, Any]) -> None:
        chosen = _by_type(value).get(_ALPN, {}).get("extensions_alpn_list", [])
        if chosen:
            self.alpn = _text(chosen[0]["extensions_alpn_str"])

    def change_cipher_spec(self, direction: Direction) -> None:
        """ChangeCipherSpec was read. In TLS 1.3 it means nothing (RFC 8446 D.4)."""
        if self.version == TLS13 or (not self.version and self.offers_tls13):
            return
        spec = CipherSpec(
            self.version,
            self.suite,
            self.client_random,
            self.server_random,
            self.encrypt_then_mac,
            direction is Direction.TO_SERVER,
        )
        self.locks[direction].begin_spec(spec)

    def protects(self, direction: Direction, kind: int) -> bool:
        """Whether a record of content type `kind` is protected."""
        lock = self.locks[direction]
        if self.version == TLS13 or (lock.closed and lock.spec is None):
            return kind == 23  # RFC 8446 5.2: protected records say application_data, all others are in the clear
        return lock.closed

    @property
    def disguises(self) -> bool:
        """Whether application_data may be any content (TLS 1.3)."""
        return self.version > TLS12 or (self.offers_tls13 and not self.version)


def _by_type(value: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {item["type"]: item for item in reversed(value.get("extensions", []))}


def _is_tls13(version: int) -> bool:
    return version == TLS13 or version >> 8 in (0x7F, 0x7E, 0xFB)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
