import pytest

from support.http_pairs import request, response
from support.pcap import tcp_frames, udp_frames, write_pcap
from support.shared import ROOT
from workbench.api import Direction, UsageError
from workbench.following import follow_layer, follow_stream, parse_stream, stream_messages
from workbench.registry import load
from workbench.session import Session

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SAMPLES = ROOT / "captures" / "samples"


def whole(pieces, way):
    return b"".join(piece.data for piece in pieces if piece.direction is way)


def test_streams_by_name():
    assert parse_stream("tcp:3") == ("tcp", 3)
    assert parse_stream("udp:0") == ("udp", 0)
    for text in ("", "3", "tcp", "tcp:", "tcp:-1", "tcp:x", "sctp:1", "tcp:٣", "tcp:9999999999"):
        with pytest.raises(UsageError, match="tcp:3 or udp:0"):
            parse_stream(text)


def test_both_directions_of_a_stream(tmp_path):
    turns = [request("/a"), response(b"x" * 5000), request("/b"), response()]
    frames = [*udp_frames([(UP, b"other")]), *tcp_frames(turns)]
    with Session.open(write_pcap(tmp_path / "x.pcap", frames), load()) as session:
        session.grow()
        pieces = list(follow_stream(session, "tcp", 0))
        for way in Direction:
            assert whole(pieces, way) == b"".join(data for said, data in turns if said is way)
        assert [piece.packet for piece in pieces] == sorted(piece.packet for piece in pieces)
        assert [piece.data for piece in follow_stream(session, "udp", 0)] == [b"other"]
        assert len(list(stream_messages(session, "tcp", 0))) == 4


def test_lost_bytes_are_counted(tmp_path):
    frames = tcp_frames([request(), response(b"x" * 5000)])
    lost = next(number for number, frame in enumerate(frames) if b"HTTP/1.1 200" in frame)
    with Session.open(write_pcap(tmp_path / "x.pcap", frames[:lost] + frames[lost + 1 :]), load()) as session:
        session.grow()
        missing = [piece.missing for piece in follow_stream(session, "tcp", 0) if piece.direction is DOWN]
    assert sum(missing) > 0


def test_no_such_stream(tmp_path):
    with Session.open(write_pcap(tmp_path / "x.pcap", tcp_frames([request()])), load()) as session:
        session.grow()
        with pytest.raises(UsageError, match="no tcp stream 7"):
            list(follow_stream(session, "tcp", 7))


def test_a_layer_that_is_not_there_is_answered_with_those_that_are():
    with Session.open(SAMPLES / "http2-tls.pcapng", load()) as session:
        session.grow()
        with pytest.raises(UsageError, match="It has tls, http2:0, http2:1"):
            list(follow_layer(session, "tcp", 0, "quic:0"))


@pytest.mark.parametrize(
    ("name", "transport", "layer", "begins"),
    [
        ("http2-tls", "tcp", "tls", b"PRI * HTTP/2.0"),
        ("http2-tls", "tcp", "http2:1", b"\0\0\0\7:method\0\0\0\3GET"),
        ("websocket-clients-nginx", "tcp", "websocket", b"Hello"),
        ("quic-ngtcp2", "udp", "quic:0", b"\x01"),
    ],
)
def test_layers_inside(name, transport, layer, begins):
    with Session.open(SAMPLES / f"{name}.pcapng", load()) as session:
        session.grow()
        pieces = list(follow_layer(session, transport, 0, layer))
    assert whole(pieces, UP).startswith(begins)
    assert whole(pieces, DOWN)
