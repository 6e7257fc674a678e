"""The rows of Zeek's dns, ssl and quic logs, from messages: a query with its answer, a TLS session, a QUIC connection."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Direction, Message
from workbench.export.http_exchanges import Values
from workbench.export.source import Stream

__all__ = ["DnsRows", "QuicRows", "SslRows"]

MOST_QUERIES = 65_536
"""Queries that wait for their answers; the oldest is given without one when there are more."""

MOST_LETTERS = 1_000
"""Letters of one history."""

_TLS_VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv10", 0x0302: "TLSv11", 0x0303: "TLSv12", 0x0304: "TLSv13"}
_QUIC_VERSIONS = {1: "1", 0x6B3343CF: "quicv2"}
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_CLASSES = {1: "C_INTERNET", 3: "C_CHAOS", 4: "C_HESIOD", 254: "C_NONE", 255: "C_ANY"}
_ANSWERS = (
    "dns.a",
    "dns.aaaa",
    "dns.cname",
    "dns.ns",
    "dns.mx.mail_exchange",
    "dns.ptr.domain_name",
    "dns.txt",
    "dns.srv.target",
)
_OPT = 41

_HANDSHAKE_LETTERS = {
    0: "h",
    1: "c",
    2: "s",
    3: "v",
    4: "t",
    5: "e",
    6: "j",
    8: "o",
    11: "x",
    12: "k",
    13: "r",
    14: "n",
    15: "y",
    16: "g",
    20: "f",
    21: "w",
    22: "u",
    23: "a",
    24: "p",
}
"""By handshake type; a client's are upper case (https://docs.zeek.org/en/master/scripts/base/protocols/ssl/main.zeek.html)."""
_RECORD_LETTERS = {20: "i", 21: "l", 23: "d", 24: "b"}
_FINISHED, _CLIENT_HELLO, _SERVER_HELLO = 20, 1, 2

_QUIC_LETTERS = {"initial": "i", "handshake": "h", "zero_rtt": "z", "retry": "r"}

_Rows = Iterator[dict[str, Any]]


def _one(values: Values, name: str, default: Any = None) -> Any:
    found = values.get(name)
    return found[0] if found else default


def _words(message: Message, name: str) -> str:
    """What a person reads for the value of a field."""
    node = message.root.find(name)
    return "" if node is None else node.text or str(node.value)


class DnsRows:
    """Queries and answers, paired by stream and `Message.exchange`; of one name and type each, as Zeek has them."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[Stream, Any], dict[str, Any]] = OrderedDict()

    def take(self, stream: Stream, message: Message, values: Values) -> _Rows:
        """A message; gives the rows that it completes."""
        number = _one(values, "dns.id", 0)
        key = stream, message.exchange if message.exchange is not None else number
        if not _one(values, "dns.flags.response", False):
            row = self._question(stream, message, values)
            if key in self._waiting:
                yield self._waiting.pop(key)
            self._waiting[key] = row
            if len(self._waiting) > MOST_QUERIES:
                yield self._waiting.popitem(last=False)[1]
            return
        found = self._waiting.pop(key, None)
        row = found or self._question(stream, message, values)
        code = _one(values, "dns.flags.rcode")
        answers = [str(value) for name in _ANSWERS for value in values.get(name, [])]
        row |= {
            "rtt": message.time_ns - row["ts"] if found else None,
            "rcode": code,
            "rcode_name": _RCODES.get(code, f"rcode-{code}") if code is not None else None,
            "AA": bool(_one(values, "dns.flags.authoritative", False)),
            "RA": bool(_one(values, "dns.flags.recavail", False)),
            "TC": bool(_one(values, "dns.flags.truncated", False)),
            "answers": answers or None,
            "TTLs": [int(ttl) * 1_000_000_000 for ttl in values.get("dns.resp.ttl", [])[: len(answers)]] or None,
            "rejected": code not in (0, None) and not _one(values, "dns.count.answers", 0),
        }
        yield row

    def rest(self) -> Iterator[tuple[Stream, dict[str, Any]]]:
        """The queries that nobody answered."""
        yield from ((key[0], row) for key, row in self._waiting.items())

    def _question(self, stream: Stream, message: Message, values: Values) -> dict[str, Any]:
        kind, group = _one(values, "dns.qry.type"), _one(values, "dns.qry.class")
        return {
            "ts": message.time_ns,
            "proto": stream[0],
            "trans_id": _one(values, "dns.id"),
            "query": _one(values, "dns.qry.name"),
            "qclass": group,
            "qclass_name": _CLASSES.get(group, f"qclass-{group}") if group is not None else None,
            "qtype": kind,
            "qtype_name": _words(message, "dns.qry.type").split(" ")[0] if kind is not None else None,
            "AA": False,
            "TC": bool(_one(values, "dns.flags.truncated", False)),
            "RD": bool(_one(values, "dns.flags.recdesired", False)),
            "RA": False,
            "Z": int(_one(values, "dns.flags.z", 0)),
            "rejected": False,
        }


@dataclass(slots=True)
class _Session:
    """A TLS session or a QUIC connection on its way to a row."""

    row: dict[str, Any]
    letters: list[str] = field(default_factory=list)
    finished: set[Direction] = field(default_factory=set)

    def add(self, letter: str, direction: Direction) -> None:
        if letter and len(self.letters) < MOST_LETTERS:
            self.letters.append(letter.upper() if direction is Direction.TO_SERVER else letter)


class SslRows:
    """One row for each stream with TLS in it, directly or in QUIC."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Stream, tuple[str, ...]], _Session] = {}

    def take(self, stream: Stream, message: Message, values: Values) -> _Rows:
        """A message; rows are given at the end, because more may be said about a session until then."""
        layer = () if message.layer and message.layer[-1].startswith("quic crypto") else message.layer
        key = stream, layer
        session = self._sessions.get(key)
        if session is None:
            row: dict[str, Any] = {"ts": message.time_ns, "resumed": False, "established": False}
            session = self._sessions[key] = _Session(row)
        kinds = values.get("tls.handshake.type", [])
        for kind in kinds or [None]:
            other = _RECORD_LETTERS.get(_one(values, "tls.record.content_type"), "")
            letter = other if kind is None else _HANDSHAKE_LETTERS.get(kind, "z")
            session.add("j" if message.label == "hello_retry_request" else letter, message.direction)
        if _FINISHED in kinds:
            session.finished.add(message.direction)
            session.row["established"] = len(session.finished) == len(Direction)
        self._hello(session.row, message, values, kinds)
        yield from ()

    def rest(self) -> Iterator[tuple[Stream, dict[str, Any]]]:
        """All sessions."""
        for (stream, _), session in self._sessions.items():
            yield stream, {**session.row, "ssl_history": "".join(session.letters) or None}

    def names(self, stream: Stream) -> dict[str, Any]:
        """What quic.log says of the TLS inside a connection."""
        found = self._sessions.get((stream, ()))
        return (
            {}
            if found is None
            else {"server_name": found.row.get("server_name"), "client_protocol": found.row.get("next_protocol")}
        )

    def _hello(self, row: dict[str, Any], message: Message, values: Values, kinds: list[Any]) -> None:
        if _CLIENT_HELLO in kinds:
            row["server_name"] = row.get("server_name") or _one(values, "tls.handshake.extensions_server_name")
            row["session"] = _one(values, "tls.handshake.session_id", b"")
        if _SERVER_HELLO in kinds and message.label != "hello_retry_request":
            number = _one(values, "tls.handshake.extensions.supported_version", _one(values, "tls.handshake.version", 0))
            row["version"] = _TLS_VERSIONS.get(number, f"unknown-{number}")
            row["cipher"] = _words(message, "tls.handshake.ciphersuite") or None
            curve = _words(message, "tls.handshake.extensions_key_share_group")
            row["curve"] = curve or row.get("curve")
            same = row.get("session") and row["session"] == _one(values, "tls.handshake.session_id", b"")
            row["resumed"] = bool(same and number < 0x0304) or "tls.handshake.extensions.psk.identity.selected" in values
        if message.direction is Direction.TO_CLIENT:
            row["next_protocol"] = _one(values, "tls.handshake.extensions_alpn_str") or row.get("next_protocol")
            if "tls.handshake.server_named_curve" in values:
                row["curve"] = _words(message, "tls.handshake.server_named_curve")
        if "tls.alert_message.desc" in values:
            row["last_alert"] = _words(message, "tls.alert_message.desc") or None


class QuicRows:
    """One row for each QUIC connection."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[Stream, Any], _Session] = {}

    def take(self, stream: Stream, message: Message, values: Values) -> _Rows:
        """A QUIC packet."""
        key = stream, _one(values, "quic.connection.number", 0)
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = _Session({"ts": message.time_ns})
        row, version = session.row, _one(values, "quic.version")
        if version is not None:
            row["version"] = row.get("version") or _quic_version(version)
        from_client = message.direction is Direction.TO_SERVER
        if from_client:
            row["client_initial_dcid"] = row.get("client_initial_dcid") or _hex(_one(values, "quic.dcid"))
        if "quic.scid" in values:
            name = "client_scid" if from_client else "server_scid"
            row[name] = row.get(name) or _hex(values["quic.scid"][0])
        session.add(_QUIC_LETTERS.get(message.label.partition(".")[0], ""), message.direction)
        yield from ()

    def rest(self) -> Iterator[tuple[Stream, dict[str, Any]]]:
        """All connections."""
        for (stream, _), session in self._sessions.items():
            yield stream, {**session.row, "history": "".join(session.letters) or None}


def _quic_version(number: int) -> str:
    """As Zeek names versions (RFC 9000 section 15, RFC 9369 section 3.1)."""
    other = f"draft-{number & 0xFF}" if number >> 8 == 0xFF0000 else f"unknown-{number:x}"
    return _QUIC_VERSIONS.get(number, other)


def _hex(value: Any) -> str | None:
    return value.hex() if isinstance(value, bytes) else None if value is None else str(value)
