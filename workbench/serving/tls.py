"""TLS around the reference servers: which certificate for which name, which versions, who must show a certificate, and fresh files
without a restart.

Certificates are made in `workbench.serving.certificates`; one connection is `tls_stream.py`.
"""

import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from workbench.api import UsageError

__all__ = ["VERSIONS", "Contexts", "Credential", "TlsSettings", "TlsSocket", "stamps_of"]

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
"""Older ones must not be negotiated any more (RFC 8996)."""


@dataclass(frozen=True, slots=True)
class Credential:
    """PEM files: a certificate with its chain, and its private key (perhaps in the same file)."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How a server speaks TLS. The first credential is for clients that name no server, or one that no certificate has."""

    credentials: tuple[Credential, ...]
    client_authority: Path | None = None
    """PEM file of authorities; with it every client must show a certificate from one of them (mutual TLS)."""
    versions: tuple[str, ...] = ("1.2", "1.3")
    alpn: tuple[str, ...] = ()
    """Protocols in the order of our preference (RFC 7301)."""
    keylog: Path | None = None
    """File that gets the secrets of every connection (SSLKEYLOGFILE), readable by its owner only."""


class TlsSocket(ssl.SSLSocket):
    """A socket that remembers which server its client asked for."""

    asked_for: str = ""


class Contexts:
    """The TLS contexts of a server. Raises UsageError where a file cannot be used."""

    def __init__(self, settings: TlsSettings) -> None:
        self._settings = settings
        self._stamps = stamps_of(settings)
        self._default, self._named = self._build()

    def wrap(self, sock: socket.socket) -> TlsSocket:
        """Server side TLS on a connected socket, handshake still to come; OSError when the peer is gone already."""
        sock.getpeername()  # raises for such a peer; ssl would leave a socket behind that nobody can close
        wrapped = self._default.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        assert isinstance(wrapped, TlsSocket)
        return wrapped

    def refresh(self) -> bool:
        """Read the files again if one of them has changed; True when new connections get something new from now on.

        Raises UsageError where the new files cannot be used: the old ones stay in use, and it is said once per change.
        """
        stamps = stamps_of(self._settings)
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        self._default, self._named = self._build()
        return True

    def _build(self) -> tuple[ssl.SSLContext, dict[str, ssl.SSLContext]]:
        settings = self._settings
        contexts = [_context(settings, credential) for credential in settings.credentials]
        named: dict[str, ssl.SSLContext] = {}
        if len(contexts) > 1:
            from workbench.serving.certificates.reading import names_in

            for credential, context in zip(settings.credentials, contexts, strict=True):
                for name in names_in(credential.certificate):
                    named.setdefault(name, context)
        # on the first one only: it is the context that connections begin with
        contexts[0].sni_callback = self._choose
        return contexts[0], named

    def _choose(self, sock: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        """The certificate for a name; the default one, not an alert, for a name that none has (RFC 6066 3 leaves both)."""
        asked = (name or "").lower()
        if isinstance(sock, TlsSocket):
            sock.asked_for = asked
        chosen = self._named.get(asked) or self._named.get("*." + asked.partition(".")[2])
        if chosen is not None and chosen is not context:
            sock.context = chosen


def stamps_of(settings: TlsSettings) -> tuple[tuple[int, int], ...]:
    """Change time and inode of every file: a file that was moved into place may be older than the one before."""
    files = [file for credential in settings.credentials for file in (credential.certificate, credential.key)]
    if settings.client_authority is not None:
        files.append(settings.client_authority)
    return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0  # about to be replaced: whoever renames it into place has not finished
    return found.st_mtime_ns, found.st_ino


def _context(settings: TlsSettings, credential: Credential) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = TlsSocket
    versions = sorted(VERSIONS[version] for version in settings.versions)
    context.minimum_version, context.maximum_version = versions[0], versions[-1]
    # a client that renegotiates over and over makes the server work hard for nothing (CVE-2011-1473)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    if settings.alpn:
        context.set_alpn_protocols(list(settings.alpn))
    _load(context, settings, credential)
    if settings.keylog is not None:
        # OpenSSL would make it with the usual permissions
        os.close(os.open(settings.keylog, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        context.keylog_filename = str(settings.keylog)
    return context


def _load(context: ssl.SSLContext, settings: TlsSettings, credential: Credential) -> None:
    try:
        context.load_cert_chain(credential.certificate, credential.key, password=_no_password)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UsageError(
            f"no certificate with its key ({_why(error)})",
            place=str(credential.certificate),
            remedy="Give PEM files that belong together; `workbench certs` makes some",
        ) from error
    if settings.client_authority is None:
        return
    try:
        context.load_verify_locations(settings.client_authority)
    except OSError as error:
        remedy = "Give a PEM file with the certificates of the authorities"
        raise UsageError(f"no authorities ({_why(error)})", place=str(settings.client_authority), remedy=remedy) from error
    context.verify_mode = ssl.CERT_REQUIRED


def _no_password() -> str:
    raise ValueError("its key is encrypted")  # OpenSSL would ask at the terminal, in the middle of serving


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not PEM").lower().replace("_", " ")
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
