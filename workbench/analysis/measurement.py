"""What can be measured of a capture and judged: quantities by name, and single measurements of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.analysis.parts import Unit

__all__ = ["QUANTITIES", "Measurement", "Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """`samples` says of what there must be enough before a value means something."""

    title: str
    unit: Unit
    samples: str


QUANTITIES: Mapping[str, Quantity] = {
    "capture.drop_share": Quantity("packets that the capture lost", "share", "packets"),
    "tcp.retransmission_share": Quantity("data segments sent again", "share", "data segments"),
    "tcp.zero_windows": Quantity("segments that close the window", "count", "segments"),
    "tcp.reset_share": Quantity("connections that were reset", "share", "connections"),
    "tcp.unanswered_share": Quantity("connection attempts that nobody answered", "share", "attempts"),
    "tcp.refused_share": Quantity("connection attempts that were refused", "share", "attempts"),
    "tcp.silent_share": Quantity("connections without a byte of data", "share", "connections"),
    "host.probed_ports": Quantity("ports that one host tried in vain", "count", "attempts"),
    "message.malformed_share": Quantity("messages with errors", "share", "messages"),
    "message.undecoded_share": Quantity("messages that nobody understood", "share", "messages"),
    "http.client_error_share": Quantity("responses with a status of 400 to 499", "share", "responses"),
    "http.server_error_share": Quantity("responses with a status of 500 to 599", "share", "responses"),
    "dns.nxdomain_share": Quantity("names that do not exist", "share", "responses"),
    "dns.failure_share": Quantity("queries that servers could not answer", "share", "responses"),
    "tls.alert_share": Quantity("TLS connections with an alert that ends them", "share", "connections"),
    "exchange.p99_ns": Quantity("99 % of the responses came within", "ns", "responses"),
    "exchange.unanswered_share": Quantity("requests without a response", "share", "requests"),
}
"""The names are those of the thresholds file."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value. `subject` is what it was measured of ("" for the whole capture: a protocol, a kind of request, a host), `samples` of how
    many, `first_packet` the first piece of evidence (0 where there is none)."""

    name: str
    subject: str
    value: float
    samples: int
    first_packet: int = 0
