"""A client's TLS between a socket and whoever talks over it (checks, the fuzzer): plain bytes on one side, records on the other. No sockets
here."""

import contextlib
import functools
import ssl
from pathlib import Path

from workbench.api import UsageError

__all__ = ["TlsLayer", "client_context"]

READ_SIZE = 65_536


@functools.lru_cache(maxsize=8)  # reading the machine's authorities takes longer than a handshake
def client_context(alpn: tuple[str, ...], cacert: Path | None, *, verify: bool, keylog: str = "") -> ssl.SSLContext:
    """What a client asks for and believes; raises `UsageError` for a file without certificates. `keylog` is a file that takes secrets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif cacert is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(cacert)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"no certificates can be read there ({error})", place=str(cacert)) from error
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if keylog:
        context.keylog_filename = keylog
    return context


class TlsLayer:
    """One connection's TLS. `ended` says that the server has closed it, with or without saying so (close_notify).

    With the `session` of an earlier connection under the same context there is no need for certificates, where the server still knows it.
    """

    def __init__(self, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None = None) -> None:
        self.ended = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host, session=session)

    @property
    def session(self) -> ssl.SSLSession | None:
        """After the handshake: with what a later connection may go on. None where the server has given nothing (TLS 1.3: not yet)."""
        session = self._object.session
        if session is None or (self._object.version() == "TLSv1.3" and not session.has_ticket):
            return None
        return session

    @property
    def resumed(self) -> bool:
        """Whether the server went on with an earlier session."""
        return bool(self._object.session_reused)

    @property
    def waiting(self) -> bool:
        """Whether bytes of the wire were not looked at yet."""
        return bool(self._incoming.pending)

    def shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done. Raises `ssl.SSLError` where it cannot be."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def to_wire(self) -> bytes:
        """Records that wait to be sent."""
        return self._outgoing.read()

    def from_wire(self, data: bytes) -> None:
        """Bytes of the socket, b"" for its end."""
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def write(self, data: bytes | memoryview) -> None:
        """Plain bytes for the server; lost where it has closed."""
        with contextlib.suppress(ssl.SSLError):
            self._object.write(data)

    def read(self) -> bytes:
        """Plain bytes of the server that are there."""
        found = bytearray()
        while not self.ended:
            try:
                data = self._object.read(READ_SIZE)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError:  # close_notify, an alert, or the socket's end in the middle: nothing more will come
                data = b""
            self.ended = not data
            found += data
        return bytes(found)

    def close(self) -> None:
        """Say that no more will be sent."""
        with contextlib.suppress(ssl.SSLError):
            self._object.unwrap()
