"""Measurements of what protocols said: errors, statuses, names that do not exist, alerts, response times."""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.analysis.exchanges import Exchanges
from workbench.analysis.field_values import all_values, first_value
from workbench.analysis.measurement import Measurement
from workbench.analysis.sections import Material
from workbench.api import UNDECODED, Direction, Message

__all__ = ["MessageMeasures"]

_STATUS = {"http": "http.response.code", "http2": "http2.headers.status", "http3": "http3.headers.status"}
"""The status of a response, by the prefix of the protocol's filter names."""

_NXDOMAIN = 3  # RFC 1035 4.1.1
_SERVER_FAILURES = frozenset((2, 4, 5))  # SERVFAIL, NOTIMP, REFUSED, the same section
_CLOSE_NOTIFY = 0  # RFC 8446 6: the one alert that is no error
_USER_CANCELED = 90


@dataclass(slots=True)
class _Share:
    part: int = 0
    whole: int = 0
    first_packet: int = 0

    def add(self, packet: int, *, counts: bool) -> None:
        self.whole += 1
        if counts:
            self.part += 1
            self.first_packet = self.first_packet or packet


class MessageMeasures:
    """Counts as messages come."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._prefixes = {spec.name: spec.filter_prefix for spec in material.specs}
        self._shares: dict[tuple[str, str], _Share] = {}
        self._exchanges = Exchanges(passes=None if material.mask is None else material.passes)
        self._tls: dict[tuple[int, tuple[str, ...]], int] = {}
        """For each conversation of TLS the packet of the alert that ended it; 0 without."""

    def message(self, message: Message) -> None:
        """Take the next message."""
        self._exchanges.add(message)
        if not self._material.passes(message.packet):
            return
        protocol, packet = message.protocol, message.packet
        self._count("message.undecoded_share", "", packet, counts=protocol == UNDECODED)
        if protocol != UNDECODED:
            self._count("message.malformed_share", protocol, packet, counts=bool(message.errors))
        prefix = self._prefixes.get(protocol, protocol)
        if prefix in _STATUS and message.direction is Direction.TO_CLIENT:
            self._status(message, _STATUS[prefix])
        elif prefix == "dns":
            self._dns(message)
        elif prefix == "tls":
            self._alert(message)

    def measurements(self) -> Iterator[Measurement]:
        """All of them."""
        for (name, subject), share in self._shares.items():
            yield Measurement(name, subject, share.part / share.whole, share.whole, share.first_packet)
        if self._tls:
            alerts = [packet for packet in self._tls.values() if packet]
            yield Measurement("tls.alert_share", "", len(alerts) / len(self._tls), len(self._tls), min(alerts, default=0))
        for row in self._exchanges.summary():
            subject = f"{row.protocol} {row.label}".strip()
            asked = row.count + row.unanswered
            yield Measurement("exchange.unanswered_share", subject, row.unanswered / asked, asked)
            if row.count:
                yield Measurement("exchange.p99_ns", subject, float(row.p99_ns), row.count)

    def _count(self, name: str, subject: str, packet: int, *, counts: bool) -> None:
        self._shares.setdefault((name, subject), _Share()).add(packet, counts=counts)

    def _status(self, message: Message, field: str) -> None:
        status = first_value(message, field)
        if isinstance(status, int) and status >= 200:
            self._count("http.client_error_share", message.protocol, message.packet, counts=400 <= status < 500)
            self._count("http.server_error_share", message.protocol, message.packet, counts=500 <= status < 600)

    def _dns(self, message: Message) -> None:
        code = first_value(message, "dns.flags.rcode")
        if first_value(message, "dns.flags.response") and isinstance(code, int):
            self._count("dns.nxdomain_share", "", message.packet, counts=code == _NXDOMAIN)
            self._count("dns.failure_share", "", message.packet, counts=code in _SERVER_FAILURES)

    def _alert(self, message: Message) -> None:
        ends = any(code not in (_CLOSE_NOTIFY, _USER_CANCELED) for code in all_values(message, "tls.alert_message.desc"))
        # in QUIC one handshake runs through several layers of the connection
        key = message.stream, message.layer[:-1]
        self._tls[key] = self._tls.get(key, 0) or (message.packet if ends else 0)
