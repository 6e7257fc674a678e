import ssl

import pytest

from support.pcap import tcp_frames, write_pcap
from support.terminal import SAMPLE
from support.tls import Party
from workbench.api import Direction
from workbench.registry import load
from workbench.session import Session
from workbench.tui.detailing import info_of, message_details, names_of, packet_details, stream_position
from workbench.tui.widgets.packet_list import Info


@pytest.fixture(scope="module")
def session():
    with Session.open(SAMPLE, load()) as opened:
        opened.grow()
        yield opened


def test_a_packet_with_its_layers_and_message(session):
    details = packet_details(session, 4)
    assert details.title == "Packet 4"
    tops = [node.name for node in details.nodes if node.depth == 0]
    assert tops[-1] == "Hypertext Transfer Protocol"
    assert any(name.startswith("Frame") for name in tops)


def test_bytes_of_a_message_are_found_in_its_packet(session):
    details = packet_details(session, 4)
    method = next(number for number, node in enumerate(details.nodes) if node.name == "Method")
    start, end = details.span(method, 0)
    assert details.views[0].data[start:end] == b"GET"
    assert details.innermost(0, start) == method


def test_packets_say_what_they_carry(session):
    info = info_of(session, 4)
    assert info is not None
    assert (info.protocol, info.text, info.broken) == ("HTTP", "GET / HTTP/1.1", False)
    assert info_of(session, 1) is None


def test_a_message_alone(session):
    [message] = session.messages_of(4)
    details = message_details(message)
    assert details.nodes[0].kind == "message"
    assert details.views[0].data == message.raw


def test_position_in_the_stream(session):
    assert stream_position(session, 1) == 0
    assert stream_position(session, 4) == 3


def test_protocols_are_called_as_wireshark_calls_them(session):
    names = names_of(session.registry.specs)
    assert {"http1": "HTTP", "streambus": "STREAMBUS", "tls": "TLS", "socks5": "SOCKS"}.items() <= names.items()


def test_what_travelled_inside_another_message_lies_in_a_view_of_its_own():
    with Session.open(SAMPLE.with_name("tls13-openssl.pcapng"), load()) as opened:
        opened.grow()
        record, inner = opened.messages_of(11)
        assert (record.layer, inner.layer, len(inner.raw)) == ((), ("tls",), 6)
        details = packet_details(opened, 11)
    tops = [node.name for node in details.nodes if node.depth == 0]
    assert tops[-1].endswith("(in tls)")
    (place,) = {span for number, node in enumerate(details.nodes) if node.name.endswith("(in tls)") for span in node.spans}
    assert details.views[place[0]].data == inner.raw
    assert inner.raw not in details.views[0].data, "the packet itself is encrypted"


def test_a_packet_says_what_its_records_carry_a_part_of(tmp_path):
    """The response goes on until the connection ends; the record that carries a part of it is complete."""
    party = Party(tmp_path, version=ssl.TLSVersion.TLSv1_3, alpn=["http/1.1"])
    recorded = party.talk(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200\r\n\r\n" + b"a" * 50, b"b" * 150)
    path = write_pcap(tmp_path / "x.pcap", tcp_frames(recorded.turns))
    with Session.open(path, load(), keylog=party.log) as opened:
        opened.grow()
        request = next(found for found in opened.messages() if found.layer and found.direction is Direction.TO_SERVER)
        begun, ended = request.packets
        assert info_of(opened, begun) == Info("HTTP", f"[part of POST / HTTP/1.1 → packet {ended}]")
        assert info_of(opened, ended) == Info("HTTP", "POST / HTTP/1.1")
