import pytest

from support.messages import message
from workbench.api import Direction, Field
from workbench.export import zeek_sessions as module
from workbench.export.zeek_sessions import DnsRows, QuicRows, SslRows

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
STREAM = ("udp", 3)


def _take(rows, direction, time_ns, values, words=(), **more):
    children = tuple(Field(name, 0, 0, 1, abbrev=name, text=text) for name, text in words)
    told = message(direction, time_ns=time_ns, root=Field("root", 0, 0, children=children), **more)
    return list(rows.take(STREAM, told, {name: value if isinstance(value, list) else [value] for name, value in values.items()}))


QUERY = {"dns.id": 7, "dns.qry.name": "a.example", "dns.qry.type": 1, "dns.qry.class": 1, "dns.flags.recdesired": True}


def test_a_query_and_its_answer():
    rows = DnsRows()
    assert _take(rows, UP, 1000, QUERY, [("dns.qry.type", "A (Host Address)")]) == []
    answer = {
        **QUERY,
        "dns.flags.response": True,
        "dns.flags.rcode": 0,
        "dns.a": ["10.0.0.1", "10.0.0.2"],
        "dns.resp.ttl": [5, 6],
    }
    (row,) = _take(rows, DOWN, 4000, answer)
    assert {name: row[name] for name in ("ts", "rtt", "qtype_name", "rcode_name", "qclass_name", "RD", "rejected")} == {
        "ts": 1000,
        "rtt": 3000,
        "qtype_name": "A",
        "rcode_name": "NOERROR",
        "qclass_name": "C_INTERNET",
        "RD": True,
        "rejected": False,
    }
    assert (row["answers"], row["TTLs"]) == (["10.0.0.1", "10.0.0.2"], [5 * 10**9, 6 * 10**9])
    assert list(rows.rest()) == []


def test_queries_without_answers_and_answers_without_queries(monkeypatch):
    monkeypatch.setattr(module, "MOST_QUERIES", 1)
    rows = DnsRows()
    (alone,) = _take(rows, DOWN, 5, {"dns.id": 9, "dns.flags.response": True, "dns.flags.rcode": 3})
    assert (alone["rtt"], alone["rcode_name"], alone["rejected"]) == (None, "NXDOMAIN", True)
    assert _take(rows, UP, 1, QUERY) == []
    (again,) = _take(rows, UP, 2, QUERY)
    assert again["ts"] == 1
    (oldest,) = _take(rows, UP, 3, {**QUERY, "dns.id": 8})
    assert oldest["ts"] == 2
    assert [row["ts"] for _, row in rows.rest()] == [3]


def test_a_tls_session():
    rows = SslRows()
    hello = {"tls.handshake.type": 1, "tls.handshake.extensions_server_name": "h.example", "tls.handshake.session_id": b"x"}
    _take(rows, UP, 1, hello)
    answer = {"tls.handshake.type": 2, "tls.handshake.version": 0x0303, "tls.handshake.extensions.supported_version": 0x0304}
    _take(rows, DOWN, 2, answer, [("tls.handshake.ciphersuite", "TLS_AES_128_GCM_SHA256")])
    _take(rows, DOWN, 2, {"tls.record.content_type": 20})
    _take(rows, DOWN, 3, {"tls.handshake.type": [8, 11, 15, 20], "tls.handshake.extensions_alpn_str": "h2"})
    _take(rows, UP, 4, {"tls.handshake.type": 20})
    ((_, row),) = rows.rest()
    assert row["ssl_history"] == "CsioxyfF"
    assert [row[name] for name in ("version", "cipher", "server_name", "next_protocol", "established", "resumed")] == [
        "TLSv13",
        "TLS_AES_128_GCM_SHA256",
        "h.example",
        "h2",
        True,
        False,
    ]
    assert rows.names(STREAM) == {"server_name": "h.example", "client_protocol": "h2"}
    assert rows.names(("udp", 9)) == {}


def test_a_resumed_session_keeps_its_id():
    rows = SslRows()
    _take(rows, UP, 1, {"tls.handshake.type": 1, "tls.handshake.session_id": b"x"})
    _take(rows, DOWN, 2, {"tls.handshake.type": 2, "tls.handshake.version": 0x0303, "tls.handshake.session_id": b"x"})
    ((_, row),) = rows.rest()
    assert (row["resumed"], row["version"], row["established"]) == (True, "TLSv12", False)


@pytest.mark.parametrize(
    ("number", "name"), [(1, "1"), (0x6B3343CF, "quicv2"), (0xFF00001D, "draft-29"), (0x1A2A3A4A, "unknown-1a2a3a4a")]
)
def test_a_quic_connection(number, name):
    rows = QuicRows()
    _take(rows, UP, 1, {"quic.version": number, "quic.dcid": b"\1\2", "quic.scid": b"\3"}, label="initial.crypto")
    _take(rows, DOWN, 2, {"quic.version": number, "quic.dcid": b"\3", "quic.scid": b"\4"}, label="handshake.crypto")
    ((stream, row),) = rows.rest()
    assert stream == STREAM
    assert row == {
        "ts": 1,
        "version": name,
        "client_initial_dcid": "0102",
        "client_scid": "03",
        "server_scid": "04",
        "history": "Ih",
    }
