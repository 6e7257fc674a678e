"""TLS contexts for both sides of a tap: servers with certificates made on the fly, clients that believe whom the user believes."""

import os
import ssl
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from workbench.api import UsageError
from workbench.serving.certificates import CertificateFolder
from workbench.serving.certificates.making import LOCAL_NAMES, Pair
from workbench.tapping.key_log import KeyLog

__all__ = ["ClientSideContexts", "UpstreamContexts", "UpstreamTls"]

MOST_CONTEXTS = 256
"""Contexts kept, one for each name (or set of protocols): what a browser's session meets. Each takes some ten kilobytes."""

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class UpstreamTls:
    """Whom to believe towards targets: the machine's authorities and those of a PEM file; everybody without `verify`."""

    authorities: Path | None = None
    verify: bool = True


class ClientSideContexts:
    """For the side towards clients, by the name that one asks for and the protocol that its target chose. Secrets go to `keys`.

    Raises UsageError where the authority cannot be used.
    """

    def __init__(self, folder: CertificateFolder, keys: KeyLog) -> None:
        folder.sign_server(LOCAL_NAMES)  # whatever is wrong with the authority is known at once
        self._folder = folder
        self._keys = keys
        self._kept: OrderedDict[tuple[tuple[str, ...], str], ssl.SSLContext] = OrderedDict()

    def context(self, names: tuple[str, ...], alpn: str) -> ssl.SSLContext:
        """A server's context with a certificate for these host names and addresses."""
        return _kept(self._kept, (names, alpn), lambda: self._make(names, alpn))

    def _make(self, names: tuple[str, ...], alpn: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        # each connection agrees on its protocol with its target: nothing is to be taken up again without asking that
        context.num_tickets = 0
        context.options |= ssl.OP_NO_TICKET
        _load(context, self._folder.sign_server(names))
        if alpn:
            context.set_alpn_protocols([alpn])
        self._keys.follow(context)
        return context


class UpstreamContexts:
    """For the side towards targets, by the protocols that the client offers. Raises UsageError for a file without authorities."""

    def __init__(self, settings: UpstreamTls) -> None:
        self._settings = settings
        self._kept: OrderedDict[tuple[str, ...], ssl.SSLContext] = OrderedDict()
        self.context(())

    def context(self, alpn: Sequence[str]) -> ssl.SSLContext:
        """A client's context that offers these."""
        key = tuple(alpn)
        return _kept(self._kept, key, lambda: self._make(key))

    def _make(self, alpn: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.create_default_context()
        file = self._settings.authorities
        try:
            if file is not None:
                context.load_verify_locations(file)
        except OSError as error:  # ssl.SSLError is one
            why = "not PEM" if isinstance(error, ssl.SSLError) else error.strerror
            remedy = "Give a PEM file with the certificates of the authorities"
            raise UsageError(f"no authorities ({why})", place=str(file), remedy=remedy) from error
        if not self._settings.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        context.options |= ssl.OP_NO_RENEGOTIATION
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


def _kept(kept: "OrderedDict[K, ssl.SSLContext]", key: K, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """What is there, or made now; the one that was not wanted for longest gives way."""
    found = kept.get(key)
    if found is None:
        found = kept[key] = make()
        if len(kept) > MOST_CONTEXTS:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return found


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    """OpenSSL reads files only; this one is in memory and gone when it was read."""
    file = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(file, pair.key + pair.certificate)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
