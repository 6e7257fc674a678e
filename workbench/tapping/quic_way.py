"""The way of a tap that relays QUIC with keys of its own: an installed carrier, our authority, and whom to believe upstream."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from captures.tap import Asked, Door, Ground, Way, between
from workbench.api import Carrier, CarrierClient, ClientSetup, Credentials, Endpoint, UsageError
from workbench.serving.certificates import CertificateFolder
from workbench.serving.certificates.making import LOCAL_NAMES
from workbench.tapping.contexts import MOST_CONTEXTS, UpstreamTls
from workbench.tapping.interception import target_name
from workbench.tapping.quic_door import QuicDoor, QuicPlan

__all__ = ["quic"]


def quic(
    listen: Endpoint,
    to: Endpoint,
    carrier: Carrier,
    applications: Sequence[str],
    folder: CertificateFolder,
    upstream: UpstreamTls | None = None,
    *,
    clock: Callable[[], int] = time.monotonic_ns,
) -> Way:
    """Each QUIC connection to `listen` gets one to `to`. `applications` are the ALPN identifiers that the target may speak.

    Raises UsageError where there are none, and where the authorities cannot be read.
    """
    if not applications:
        raise UsageError("nobody knows what the target may speak", place=str(to), remedy="Name a protocol with --alpn")
    believed = upstream or UpstreamTls()
    authorities = _read(believed)

    def dial(alpn: str, name: str) -> CarrierClient:
        called = target_name(name, to.host)
        return carrier.client(ClientSetup(alpn=(alpn,), server_name=called, cacert=authorities, verify=believed.verify))

    def open_door(ground: Ground) -> Door:
        plan = QuicPlan(
            applications=applications,
            serve=carrier.server,
            dial=dial,
            credentials=_Signed(folder, to.host).of,
            # data before the end of a handshake would have to wait for one with the target all the same
            settings={"early": "no"} if "early" in carrier.settings else {},
        )
        listener, target = between(ground, listen, to, "udp")
        return QuicDoor(ground, listener, target, Asked(to.host, to.port, target.host), plan, clock)

    return open_door


class _Signed:
    """Certificates by name, made when they are asked for."""

    def __init__(self, folder: CertificateFolder, host: str) -> None:
        self._folder = folder
        self._host = host
        self._kept: OrderedDict[str, Credentials] = OrderedDict()
        self.of("")

    def of(self, name: str) -> Credentials:
        """The certificate for a name; "" and local names get one for this machine and the target's name."""
        key = "" if name in LOCAL_NAMES else name
        if key not in self._kept:
            names = (key,) if key else tuple(dict.fromkeys((*LOCAL_NAMES, self._host)))
            pair = self._folder.sign_server(names)
            self._kept[key] = Credentials(pair.certificate, pair.key)
            if len(self._kept) > MOST_CONTEXTS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _read(upstream: UpstreamTls) -> bytes | None:
    if upstream.authorities is None:
        return None
    try:
        return upstream.authorities.read_bytes()
    except OSError as error:
        remedy = "Give a PEM file with the certificates of the authorities"
        raise UsageError(f"no authorities ({error.strerror})", place=str(upstream.authorities), remedy=remedy) from error
