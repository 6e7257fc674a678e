"""How sure the probe is of what."""

import pytest

from support.quic_wire import CLIENT, PING, SERVER, Wire
from workbench.api import Confidence
from workbench_quic.probe import probe
from workbench_quic.versions import V1, V2, Kind

WIRE = Wire()


@pytest.mark.parametrize(
    ("data", "confidence"),
    [
        (WIRE.initial(CLIENT, PING), Confidence.CERTAIN),
        (WIRE.initial(CLIENT, PING) * 3, Confidence.CERTAIN),
        (Wire(version=V2).initial(CLIENT, PING), Confidence.CERTAIN),
        (WIRE.initial(SERVER, PING), Confidence.LIKELY),
        (WIRE.long(Kind.HANDSHAKE, CLIENT, PING), Confidence.LIKELY),
        (WIRE.retry(b"token", b"new"), Confidence.LIKELY),
        (WIRE.negotiation(V1), Confidence.LIKELY),
        (WIRE.negotiation(0x12345678), Confidence.NO),
        (b"\xc0\x1a\x2a\x3a\x4a\x08original\x00" + bytes(60), Confidence.LIKELY),
        (b"\xc0\x12\x34\x56\x78\x08original\x00" + bytes(60), Confidence.WEAK),
        (b"\xc0\x12\x34\x56\x78\x08original\x18" + bytes(60), Confidence.NO),
        (b"\xe0\x00\x00\x00\x01\x08original\x00\x05abcde", Confidence.WEAK),
        (WIRE.initial(CLIENT, PING)[:8], Confidence.NO),
        (WIRE.short(CLIENT, PING), Confidence.WEAK),
        (b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x64", Confidence.NO),
        (b"\x12\x34\x01\0\0\1\0\0\0\0\0\0", Confidence.NO),
        (b"", Confidence.NO),
    ],
)
def test_confidence(data, confidence):
    assert probe(data, CLIENT) is confidence
