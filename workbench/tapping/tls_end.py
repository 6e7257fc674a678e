"""One end of TLS without a socket: bytes in, plaintext and bytes out, on OpenSSL's memory buffers."""

import contextlib
import ssl

__all__ = ["TlsEnd", "TlsError"]

RECORD = 16_384
"""Bytes of plaintext taken at a time: one record (RFC 8446 5.1)."""


class TlsError(Exception):
    """TLS broke off; the text is for people. What OpenSSL has to say to the peer about it is in `TlsEnd.output`.

    `untrusted`: because we do not believe the peer's certificate.
    """

    def __init__(self, text: str, *, untrusted: bool = False) -> None:
        super().__init__(text)
        self.untrusted = untrusted


class TlsEnd:
    """A server's or a client's end. `established` and `closed` (the peer said that it sends no more) become True in their time."""

    def __init__(self, context: ssl.SSLContext, *, server: bool, server_name: str = "") -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._in, self._out, server_side=server, server_hostname=server_name or None)
        except ValueError as error:  # a name that can be none, or none where it is to be checked
            raise TlsError(str(error).lower()) from error
        self._context = context
        self.established = False
        self.closed = False
        self._said = False

    @property
    def alpn(self) -> str:
        """The protocol that was agreed on, "" for none."""
        return self._tls.selected_alpn_protocol() or ""

    def feed(self, data: bytes) -> None:
        """Bytes of the peer arrived."""
        self._in.write(data)

    def handshake(self) -> bool:
        """Go on with the handshake; True when it is done. Raises TlsError when it failed."""
        if not self.established:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                return False
            except (ssl.SSLError, OSError, ValueError) as error:
                raise _broken(error) from error
            self.established = True
        return True

    def read(self) -> bytes:
        """All plaintext there is. Raises TlsError when the peer breaks the rules."""
        found = []
        try:
            while data := self._tls.read(RECORD):
                found.append(data)
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True
        except (ssl.SSLError, OSError) as error:
            if not found:
                raise _broken(error) from error
        return b"".join(found)

    def write(self, data: bytes) -> None:
        """Plaintext for the peer. Raises TlsError when nothing can be said any more."""
        try:
            for at in range(0, len(data), RECORD):
                self._tls.write(data[at : at + RECORD])
        except (ssl.SSLError, OSError) as error:
            raise _broken(error) from error

    def goodbye(self) -> None:
        """Say that we send no more (close_notify, RFC 8446 6.1); the peer may go on."""
        if self.established and not self._said:
            self._said = True
            with contextlib.suppress(ssl.SSLError, OSError, ValueError):  # it wants to read the peer's: that comes when it comes
                self._tls.unwrap()

    def output(self) -> bytes:
        """Bytes for the peer."""
        return self._out.read()


_REASONS = {
    "TLSV1_ALERT_UNKNOWN_CA": "it does not know who signed the certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not accept the certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not accept the certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate of the client, which only the client can show",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses the handshake; a certificate that it wants only the client can show",
}


def _broken(error: Exception) -> TlsError:
    """OpenSSL's reason in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsError(f"its certificate is not accepted: {error.verify_message}", untrusted=True)
    return TlsError(_reason(error))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return _REASONS.get(error.reason, error.reason.lower().replace("_", " "))
    return str(getattr(error, "strerror", None) or error)
