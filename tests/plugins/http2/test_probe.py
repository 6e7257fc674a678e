"""Is this HTTP/2? Prefaces, SETTINGS, chains of frames; and others are not."""

import pytest

from support.http2 import CLIENT, SERVER, data, frame, headers, raw, settings
from workbench.api import Confidence
from workbench_http2.names import PREFACE, Type
from workbench_http2.probe import probe

PING = frame(Type.PING, opaque=b"12345678")


@pytest.mark.parametrize(
    ("said", "way", "confidence"),
    [
        (PREFACE, CLIENT, Confidence.CERTAIN),
        (PREFACE + b"\xff", CLIENT, Confidence.CERTAIN),
        (PREFACE, SERVER, Confidence.LIKELY),
        (PREFACE[:10], CLIENT, Confidence.NEED_DATA),
        (b"", CLIENT, Confidence.NEED_DATA),
        (settings((3, 100)), SERVER, Confidence.LIKELY),
        (settings(), SERVER, Confidence.LIKELY),
        (settings()[:5], SERVER, Confidence.NEED_DATA),
        (headers(5) + data(5, b"abc") + PING, CLIENT, Confidence.LIKELY),
        (PING, CLIENT, Confidence.WEAK),
        (PING + b"GET / HTTP/1.1\r\n", CLIENT, Confidence.NO),
        (b"GET / HTTP/1.1\r\n\r\n", CLIENT, Confidence.NO),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", CLIENT, Confidence.NO),
        (bytes(40), CLIENT, Confidence.NO),
        (raw(Type.SETTINGS, 0, 0, b"\x77\x77\0\0\0\0" * 3), SERVER, Confidence.WEAK),
    ],
)
def test_answers(said, way, confidence):
    assert probe(said, way) is confidence
