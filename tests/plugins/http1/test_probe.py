"""Probing: certain about real start lines, patient with prefixes, deaf to lookalikes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Confidence, Direction
from workbench_http1 import PROTOCOL
from workbench_http1.probe import probe

TO_SERVER, TO_CLIENT = Direction.TO_SERVER, Direction.TO_CLIENT


@pytest.mark.parametrize(
    ("data", "direction", "expected"),
    [
        (b"GET / HTTP/1.1\r\n", TO_SERVER, Confidence.CERTAIN),
        (b"\r\nGET / HTTP/1.0\n", TO_SERVER, Confidence.CERTAIN),
        (b"BREW /pot HTTP/1.1\r\n", TO_SERVER, Confidence.CERTAIN),
        (b"HTTP/1.1 200 OK\r\n", TO_CLIENT, Confidence.CERTAIN),
        (b"HTTP/1.1 200 OK\r\n", TO_SERVER, Confidence.LIKELY),
        (b"GET /a b HTTP/1.1\r\n", TO_SERVER, Confidence.LIKELY),
        (b"GET /\r\n", TO_SERVER, Confidence.WEAK),
        (b"", TO_SERVER, Confidence.NEED_DATA),
        (b"\r\n", TO_SERVER, Confidence.NEED_DATA),
        (b"G", TO_SERVER, Confidence.NEED_DATA),
        (b"GET /a", TO_SERVER, Confidence.NEED_DATA),
        (b"OPTIONS ", TO_SERVER, Confidence.NEED_DATA),
        (b"HTT", TO_CLIENT, Confidence.NEED_DATA),
        (b"HTTP/1.1 2", TO_CLIENT, Confidence.NEED_DATA),
        (b"GET /" + b"a" * 9000, TO_SERVER, Confidence.LIKELY),
        (b"X" * 9000, TO_SERVER, Confidence.NO),
        (b"XYZ /", TO_SERVER, Confidence.NO),
        (b"XYZ /\r\n", TO_SERVER, Confidence.NO),
        (b"OPTIONS rtsp://a/film RTSP/1.0\r\n", TO_SERVER, Confidence.NO),
        (b"RTSP/1.0 200 OK\r\n", TO_CLIENT, Confidence.NO),
        (b"SUBSCRIBE sip:me@a SIP/2.0\r\n", TO_SERVER, Confidence.NO),
        (b"SIP/2.0 200 OK\r\n", TO_CLIENT, Confidence.NO),
        (b"ICY 200 OK\r\n", TO_CLIENT, Confidence.NO),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", TO_SERVER, Confidence.NO),
        (b"\x16\x03\x01\x02\x00\x01", TO_SERVER, Confidence.NO),
        (b"SSH-2.0-OpenSSH_9.6\r\n", TO_CLIENT, Confidence.NO),
        (b"220 mail ready\r\n", TO_CLIENT, Confidence.NO),
    ],
)
def test_answers(data, direction, expected):
    assert probe(data, direction) is expected


@pytest.mark.parametrize("seed", PROTOCOL.seeds, ids=lambda seed: seed.name)
def test_seeds_are_recognised_and_no_prefix_of_them_is_refused(seed):
    assert probe(seed.messages[0], TO_SERVER) is Confidence.CERTAIN
    for size in range(len(seed.messages[0])):
        assert probe(seed.messages[0][:size], TO_SERVER) is not Confidence.NO


@given(st.binary(max_size=60), st.sampled_from(Direction))
def test_any_bytes_get_an_answer(data, direction):
    assert isinstance(probe(data, direction), Confidence)
