"""TLS as a stream: what OpenSSL wants next becomes `needs`, its errors stay OSErrors with a readable reason."""

import socket
import ssl

from workbench.serving.streams import NOTHING, READ, WRITE, HandshakeError, Session
from workbench.serving.tls import TlsSocket

__all__ = ["TlsStream"]

RECORD = 16_384
"""Bytes of one record at most (RFC 8446 5.1)."""


class TlsStream:
    """The server's side of TLS on a socket that was wrapped with `do_handshake_on_connect=False`."""

    __slots__ = ("_said", "_tls", "needs", "session", "sock")

    def __init__(self, sock: TlsSocket) -> None:
        sock.setblocking(False)
        self.sock: socket.socket = sock
        self._tls = sock
        self.needs = READ
        self.session: Session | None = None
        self._said = False

    def establish(self) -> bool:
        """Go on with the handshake; see `Stream`."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self.needs = READ
            return False
        except ssl.SSLWantWriteError:
            self.needs = WRITE
            return False
        except (OSError, ValueError) as error:  # ValueError: a server name that is no text
            raise HandshakeError(_reason_of(error)) from error
        self.needs = NOTHING
        self.session = _session_of(self._tls)
        return True

    def receive(self, size: int) -> bytes | None:
        """See `Stream`. An end without close_notify is an end, too: too many peers do it, and each protocol knows where it may end."""
        self.needs = NOTHING
        try:
            return self._tls.recv(size)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLWantWriteError:  # a KeyUpdate must be answered before more can be read (RFC 8446 4.6.3)
            self.needs = WRITE
            return None

    def send(self, data: bytearray) -> int:
        """See `Stream`. OpenSSL tells what it took of a piece only when it took all of it: pieces are records."""
        self.needs = NOTHING
        count = 0
        with memoryview(data) as whole:
            while count < len(whole):
                try:
                    count += self._tls.send(whole[count : count + RECORD])
                except ssl.SSLWantWriteError:
                    break
                except ssl.SSLWantReadError:
                    self.needs = READ
                    break
        return count

    def end(self) -> bool:
        """close_notify, then the end of TCP (RFC 8446 6.1); the peer's own close_notify is not waited for."""
        self.needs = NOTHING
        if self._said:
            return True
        try:
            self._tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLWantWriteError:
            self.needs = WRITE
            return False
        except (ssl.SSLError, ValueError):
            pass  # the handshake failed: its alert was all there is to say
        self._said = True
        socket.socket.shutdown(self._tls, socket.SHUT_WR)  # SSLSocket's own would forget the session
        return True

    def waste(self, size: int) -> bytes | None:
        """See `Stream`."""
        try:
            return socket.socket.recv(self._tls, size)
        except BlockingIOError:
            return None

    def close(self) -> None:
        """See `Stream`. Without `end` there is no close_notify, so that the peer can tell what was cut from what was finished."""
        self.sock.close()


def _session_of(tls: TlsSocket) -> Session:
    cipher = tls.cipher()
    subject = (tls.getpeercert() or {}).get("subject", ())
    names = [pair[1] for parts in subject for pair in parts if pair[0] == "commonName"]
    return Session(
        version=tls.version() or "",
        cipher=cipher[0] if cipher else "",
        alpn=tls.selected_alpn_protocol() or "",
        server_name=tls.asked_for,
        resumed=bool(tls.session_reused),
        client=names[0] if names else "",
    )


def _reason_of(error: Exception) -> str:
    """OpenSSL's reason, or what the system said."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the client's certificate was not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLEOFError):
        return "the peer hung up"
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(getattr(error, "strerror", None) or error)
