"""The TLS half of a client's handshake: ClientHello out, what the server says in, secrets for the packets.

aioquic's TLS does it (RFC 8446); certificates are not judged, for here the server's QUIC is. It is imported when the first case runs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench_quic.levels import Level

if TYPE_CHECKING:
    from aioquic.tls import Epoch

__all__ = ["Handshake", "Secret"]

FLIGHT = 16_384
"""Bytes that one flight of ours may have; a client certificate, which would be longer, is never sent."""


class Secret(NamedTuple):
    """A traffic secret that the handshake has made."""

    level: Level
    sending: bool
    suite: int
    secret: bytes


class Handshake:
    """One client. `secrets` are those nobody has taken yet, `parameters` the server's transport parameters once they are known."""

    def __init__(self, alpn: Sequence[str], server_name: str, parameters: bytes) -> None:
        import ssl

        from aioquic import tls

        self.secrets: list[Secret] = []
        self.tickets: list[Any] = []
        self.failed = ""
        self._tls = tls
        self._levels = {
            tls.Epoch.INITIAL: Level.INITIAL,
            tls.Epoch.ZERO_RTT: Level.EARLY,
            tls.Epoch.HANDSHAKE: Level.HANDSHAKE,
            tls.Epoch.ONE_RTT: Level.ONE_RTT,
        }
        self._context = tls.Context(
            is_client=True, alpn_protocols=list(alpn) or None, server_name=server_name, verify_mode=ssl.CERT_NONE
        )
        self._context.handshake_extensions = [(tls.ExtensionType.QUIC_TRANSPORT_PARAMETERS, parameters)] if parameters else []
        self._context.update_traffic_key_cb = self._key
        self._context.new_session_ticket_cb = self.tickets.append

    def offer_session(self, session_id: bytes) -> None:
        """Put a legacy_session_id into the ClientHello, as TLS over TCP does in its compatibility mode."""
        self._context.legacy_session_id = session_id

    def start(self) -> bytes:
        """The ClientHello."""
        return self._say(b"").get(Level.INITIAL, b"")

    def receive(self, data: bytes) -> dict[Level, bytes]:
        """Bytes of the server's handshake, in order; what to say next, by level. `failed` says why it came to nothing."""
        try:
            return self._say(data)
        except self._tls.Alert as alert:
            self.failed = f"{type(alert).__name__} {alert}".strip()
            return {}

    @property
    def alpn(self) -> str:
        """What the server chose."""
        return self._context.alpn_negotiated or ""

    @property
    def parameters(self) -> bytes | None:
        """The server's transport parameters, None while it has not said any."""
        number = self._tls.ExtensionType.QUIC_TRANSPORT_PARAMETERS
        found = [data for kind, data in self._context.received_extensions or () if kind == number]
        return found[0] if found else None

    @property
    def done(self) -> bool:
        """Whether the server's Finished was verified."""
        return bool(self._context.state == self._tls.State.CLIENT_POST_HANDSHAKE)

    def _say(self, data: bytes) -> dict[Level, bytes]:
        from aioquic._buffer import Buffer

        buffers = {epoch: Buffer(capacity=FLIGHT) for epoch in self._levels}
        self._context.handle_message(data, buffers)
        return {self._levels[epoch]: buffer.data for epoch, buffer in buffers.items() if buffer.tell()}

    def _key(self, direction: Any, epoch: "Epoch", suite: Any, secret: bytes) -> None:
        sending = direction == self._tls.Direction.ENCRYPT
        self.secrets.append(Secret(self._levels[epoch], sending, int(suite), secret))
