"""Zeek's logs of a capture: conn, http, ssl, quic, dns and weird, in one folder.

Field names, types and meanings are Zeek's (6.x), the facts ours: a log has what we dissected, with the differences that follow. `uid` is a
hash of the connection's parties and its beginning, so that it is the same in every run. HTTP/2 and HTTP/3 are in http.log, too. Notes of
severity WARN and ERROR are in weird.log under `PROTOCOL_note`, their words in `addl`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import blake2s
from pathlib import Path
from typing import Any

from captures.index import PacketIndex
from workbench.api import Message, Severity
from workbench.export.http_exchanges import HttpExchange, exchanges, values_of
from workbench.export.source import Source, Stream, selected_streams
from workbench.export.zeek_conn import Connection, connections
from workbench.export.zeek_log import ZeekLog
from workbench.export.zeek_sessions import DnsRows, QuicRows, SslRows

__all__ = ["write", "write_json"]

LOGS = ("conn", "http", "ssl", "quic", "dns", "weird")

_SERVICES = {
    "http1": "http",
    "tls": "ssl",
    "tls-handshake": "ssl",
    "dns-tcp": "dns",
    "mdns": "dns",
    "llmnr": "dns",
    "socks5": "socks",
    "socks5-udp": "socks",
    "data": "",
}
"""Zeek's names of services where they are not ours; bytes that nobody understood are none."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_UID_LENGTH = 17
_TCP = 6
MOST_NOTES = 1_000
"""Lines of weird.log for one connection: a broken one may have a note for each message."""


def write(source: Source, folder: Path) -> int:
    """Write the logs as tab-separated text; returns how many connections there are."""
    return _write(source, folder, as_json=False)


def write_json(source: Source, folder: Path) -> int:
    """Likewise as JSON, one object a line."""
    return _write(source, folder, as_json=True)


def _write(source: Source, folder: Path, *, as_json: bool) -> int:
    index = source.capture.index
    begun = int(index.time_ns[0]) if len(index) else 0
    ended = int(index.time_ns.max()) if len(index) else 0
    with ExitStack() as stack:
        logs = {name: ZeekLog(folder, name, begun, as_json=as_json) for name in LOGS}
        for log in logs.values():
            stack.callback(log.close, ended)
        return _Writing(source, logs).run()


class _Writing:
    """One walk over the messages, then one over the packets."""

    def __init__(self, source: Source, logs: dict[str, ZeekLog]) -> None:
        self._source = source
        self._index = source.capture.index
        self._logs = logs
        self._wanted = selected_streams(source)
        self._uids: dict[Stream, str] = {}
        self._services: dict[Stream, list[str]] = {}
        self._depths: dict[tuple[Stream, tuple[str, ...]], int] = {}
        self._notes: dict[Stream, int] = {}
        self._dns = DnsRows()
        self._ssl = SslRows()
        self._quic = QuicRows()

    def run(self) -> int:
        """Write all logs; how many connections there are."""
        for exchange in exchanges(self._heard(), self._index):
            self._http(exchange)
        for stream, row in self._dns.rest():
            self._line("dns", stream, row)
        for stream, row in self._ssl.rest():
            self._line("ssl", stream, row)
        for stream, row in self._quic.rest():
            self._line("quic", stream, {**row, **self._ssl.names(stream)})
        link_types = [interface.link_type for interface in self._source.capture.interfaces]
        for connection in connections(self._index, self._wanted.keys(), link_types):
            self._conn(connection)
        return self._logs["conn"].count

    def _heard(self) -> Iterator[Message]:
        """The messages of wanted streams, after every log but http.log has seen them."""
        takers: dict[str, Callable[[Stream, Message, Any], Iterator[dict[str, Any]]]] = {
            **dict.fromkeys(("dns", "dns-tcp", "mdns", "llmnr"), self._dns.take),
            **dict.fromkeys(("tls", "tls-handshake"), self._ssl.take),
            "quic": self._quic.take,
        }
        for message in self._source.everything():
            stream: Stream = ("tcp" if self._index.ip_protocol[message.packet - 1] == _TCP else "udp", message.stream)
            if stream not in self._wanted:
                continue
            service = _SERVICES.get(message.protocol, message.protocol)
            known = self._services.setdefault(stream, [])
            if service and service not in known:
                known.append(service)
            self._weird(stream, message)
            take = takers.get(message.protocol)
            if take is not None:
                for row in take(stream, message, values_of(message)):
                    self._line("dns", stream, row)
            yield message

    def _line(self, log: str, stream: Stream, row: dict[str, Any]) -> None:
        flow = self._index.flow(*stream)
        uid = self._uids.get(stream)
        if uid is None:
            uid = self._uids[stream] = _uid(self._index, stream)
        parties = (flow.client.host, flow.client.port, flow.server.host, flow.server.port)
        self._logs[log].write({"uid": uid, **dict(zip(_PARTIES, parties, strict=True)), **row})

    def _conn(self, connection: Connection) -> None:
        orig, resp = connection.sides
        duration = connection.last_ns - connection.first_ns
        sizes = connection.sizes if duration else (None, None)  # as Zeek: of a single packet they mean nothing
        row = {
            "ts": connection.first_ns,
            "proto": connection.stream[0],
            "service": ",".join(self._services.get(connection.stream, ())) or None,
            "duration": duration or None,
            "orig_bytes": sizes[0],
            "resp_bytes": sizes[1],
            "conn_state": connection.state,
            "missed_bytes": orig.missed + resp.missed,
            "history": "".join(connection.history) or None,
            "orig_pkts": orig.packets,
            "orig_ip_bytes": orig.ip_bytes,
            "resp_pkts": resp.packets,
            "resp_ip_bytes": resp.ip_bytes,
        }
        self._line("conn", connection.stream, row)

    def _http(self, exchange: HttpExchange) -> None:
        stream: Stream = (exchange.transport, exchange.stream)
        place = stream, exchange.layer[:1]
        depth = self._depths[place] = self._depths.get(place, 0) + 1
        request, response = exchange.request, exchange.response
        row: dict[str, Any] = {"ts": int(self._index.time_ns[exchange.first - 1]), "trans_depth": depth, "tags": ()}
        if request is not None:
            row |= {
                "method": request.method or None,
                "host": request.header("host") or None,
                "uri": request.target or None,
                "referrer": request.header("referer") or None,
                "user_agent": request.header("user-agent") or None,
                "origin": request.header("origin") or None,
            }
        row |= {"version": exchange.version.removeprefix("HTTP/"), "request_body_len": len(request.body) if request else 0}
        row |= {"response_body_len": len(response.body) if response else 0}
        if response is not None:
            kind = response.header("content-type").partition(";")[0].strip()
            row |= {
                "status_code": response.status,
                "status_msg": response.reason or None,
                "resp_mime_types": [kind] if kind else None,
            }
        self._line("http", stream, row)

    def _weird(self, stream: Stream, message: Message) -> None:
        for note in message.notes:
            count = self._notes.get(stream, 0)
            if note.severity >= Severity.WARN and count < MOST_NOTES:
                self._notes[stream] = count + 1
                section = f" ({note.section})" if note.section else ""
                name = f"{message.protocol.replace('-', '_')}_note"
                told = {"name": name, "addl": f"{note.text}{section}", "notice": False, "source": message.protocol.upper()}
                self._line("weird", stream, {"ts": message.time_ns, **told})


_PARTIES = ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p")


def _uid(index: PacketIndex, stream: Stream) -> str:
    """ "C" and 17 digits of base 62, as Zeek's: of the parties, the number of the stream and the capture's beginning."""
    told = f"{stream[0]} {stream[1]} {index.flow(*stream)} {int(index.time_ns[0])}".encode()
    number = int.from_bytes(blake2s(told, person=b"zeek uid").digest(), "big")
    digits = []
    for _ in range(_UID_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "C" + "".join(digits)
