"""The invariant: for every packet the vectorised path either leaves the row alone or says what the patient path says."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captures import fastpath, marks
from captures.index import PacketIndex
from captures.indexing import Indexer
from support.headers import arp, ether, icmp, ipv4, ipv6, tcp, udp, vlan
from support.records import records_of

IP = st.sampled_from(
    [
        ipv4(tcp(b"hello")),
        ipv4(tcp(options=b"\x02\x04\x05\xb4", flags=2)),
        ipv4(udp(b"datagram"), 17),
        ipv4(udp(b"tunnel" * 20, 4789, 4789), 17),
        ipv4(icmp(8, b"ping"), 1),
        ipv4(icmp(3, ipv4(tcp())), 1),
        ipv4(bytes(30), 50),
        ipv4(tcp(b"x"), options=bytes(4)),
        ipv4(tcp(b"x" * 30), fragment=0x2000),
        ipv6(tcp(b"hello")),
        ipv6(udp(b"datagram"), 17),
        ipv6(icmp(128, b"ping"), 58),
        ipv6(icmp(1, ipv6(tcp())), 58),
        ipv6(b"\x06\0" + bytes(6) + tcp(b"x"), 60),
    ]
)


def _kind(packet):
    return 0x0800 if packet[0] >> 4 == 4 else 0x86DD


def _linked(packet, link):
    kind = _kind(packet)
    return {
        "eth": lambda: (1, ether(packet, kind)),
        "padded": lambda: (1, ether(packet, kind) + bytes(9)),
        "tag": lambda: (1, ether(vlan(packet, 5, kind), 0x8100)),
        "tags": lambda: (1, ether(vlan(vlan(packet, 5, kind), 6, 0x8100), 0x88A8)),
        "three": lambda: (1, ether(vlan(vlan(vlan(packet, 5, kind), 6, 0x8100), 7, 0x8100), 0x8100)),
        "arp": lambda: (1, ether(arp(), 0x0806)),
        "sll": lambda: (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kind) + packet),
        "sll2": lambda: (276, struct.pack(">HHIHBB8s", kind, 0, 1, 1, 0, 6, bytes(8)) + packet),
        "raw": lambda: (101, packet),
        "null": lambda: (0, struct.pack("<I", 2 if kind == 0x0800 else 30) + packet),
        "loop": lambda: (108, struct.pack(">I", 2 if kind == 0x0800 else 24) + packet),
    }[link]()


LINKS = ("eth", "padded", "tag", "tags", "three", "arp", "sll", "sll2", "raw", "null", "loop")


@st.composite
def packets(draw):
    """(link type, captured bytes, length on the wire): sound, cut or damaged."""
    link_type, data = _linked(draw(IP), draw(st.sampled_from(LINKS)))
    if draw(st.booleans()):
        damaged = bytearray(data)
        for _ in range(draw(st.integers(1, 3))):
            damaged[draw(st.integers(0, len(damaged) - 1))] = draw(
                st.one_of(st.sampled_from([0, 1, 0x45, 0x60, 255]), st.integers(0, 255))
            )
        data = bytes(damaged)
    kept = draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
    return link_type, data[:kept], draw(st.sampled_from([len(data), len(data), kept, len(data) + 100]))


def _indexed(rows, *, patient):
    index = PacketIndex()
    with pytest.MonkeyPatch.context() as patch:
        if patient:
            vectorised = fastpath.decode

            def all_odd(*arguments):
                decoded = vectorised(*arguments)
                decoded.odd[:] = True
                return decoded

            patch.setattr(fastpath, "decode", all_odd)
        Indexer(index).add(*records_of(rows))
    return index


def _facts(index, row):
    names = ("ip_version", "ip_protocol", "source_port", "destination_port", "stream", "direction", "seq", "ack", "tcp_flags")
    names += ("window", "payload_offset", "payload_length", "vlan")
    facts = {name: int(index.column(name)[row]) for name in names}
    facts["flags"] = int(index.flags[row]) & ~marks.LAYERED
    return {**facts, "hosts": index.hosts(row), "protocol": index.protocol(row)}


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(packets(), min_size=1, max_size=6))
def test_both_paths_say_the_same(rows):
    fast, slow = _indexed(rows, patient=False), _indexed(rows, patient=True)
    for row in range(len(rows)):
        assert _facts(fast, row) == _facts(slow, row)
    assert fast.nested == slow.nested
    assert fast.assemblies == slow.assemblies


def test_ordinary_packets_are_not_odd():
    ordinary = [("eth", ipv4(tcp(b"x"))), ("tag", ipv6(udp(b"x"), 17)), ("tags", ipv4(icmp(8, b"x"), 1)), ("arp", ipv4(b""))]
    ordinary += [
        ("sll", ipv4(tcp())),
        ("sll2", ipv6(tcp())),
        ("raw", ipv6(tcp())),
        ("null", ipv4(udp(), 17)),
        ("loop", ipv4(tcp())),
    ]
    for link, packet in ordinary:
        link_type, data = _linked(packet, link)
        records, _ = records_of([(link_type, data, len(data))])
        decoded = fastpath.decode(records.buffer, records.start, records.captured, records.original, link_type)
        assert decoded.odd.tolist() == [False], (link, packet)


def test_the_columns_of_a_segment():
    frame = ether(vlan(ipv4(tcp(b"payload", 1234, 80, seq=7, ack=9, flags=0x19)), 42), 0x8100)
    records, _ = records_of([(1, frame[:-3], len(frame))])
    decoded = fastpath.decode(records.buffer, records.start, records.captured, records.original, 1)
    assert {name: int(column[0]) for name, column in decoded.columns.items()} == {
        "ip_version": 4,
        "ip_protocol": 6,
        "source_port": 1234,
        "destination_port": 80,
        "seq": 7,
        "ack": 9,
        "tcp_flags": 0x19,
        "window": 502,
        "payload_offset": 58,
        "payload_length": 7,
        "vlan": 42,
        "flags": marks.TRUNCATED,
        "other": 0,
    }
