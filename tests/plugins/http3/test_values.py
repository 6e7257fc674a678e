"""Values back to bytes: what was changed is built anew, with lengths made right."""

import pytest

from support.http3 import CLIENT, SERVER, after_hello, bare, data, frame, headers, on, streams
from workbench.api import ConnectionClosed, Datagram, Message, StopSending, StreamData, StreamReset
from workbench_http3.names import Type
from workbench_http3.seeds import SEEDS
from workbench_http3.values import build, build_piece, encode

HEADERS = {
    "type": Type.HEADERS,
    "encoded": 0,
    "sign": False,
    "delta": 0,
    "lines": [{"form": "INDEXED", "index": 17, "static": True}],
}


def test_a_changed_field_line():
    (message,) = after_hello(on(CLIENT, 0, headers(), end=True))
    message.value["lines"][3]["value"] = b"/a/much/longer/path"
    raw = encode(message)
    (again,) = after_hello(on(CLIENT, 0, raw, end=True))
    assert again.summary == "HEADERS[0] GET /a/much/longer/path"


def test_a_changed_frame_inside_a_carried_one():
    (message,) = bare(on(CLIENT, 0, headers(), data(b"short"), end=True))
    assert [piece["type"] for piece in message.value["pieces"]] == [Type.HEADERS, Type.DATA]
    message.value["pieces"][1]["data"] = bytes(100)
    (again,) = bare((CLIENT, encode(message)))
    assert again.summary == "HEADERS[0] GET /; DATA[0] 100 bytes"
    assert not again.errors


@pytest.mark.parametrize(
    "carried",
    [
        StreamData(4, data(b"x"), True),
        StreamReset(4, 0x10C, 7),
        StopSending(4, 0x10C),
        Datagram(b"\1abc"),
        Datagram(b""),
        ConnectionClosed(0x100, b"bye"),
    ],
)
def test_every_carried_frame(carried):
    (message,) = bare((CLIENT, carried))
    assert "raw" not in message.value
    assert build(message.value) == bytes(carried)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_seeds_are_made_of_pieces(seed):
    for message in bare(*((CLIENT, raw) for raw in seed.messages)):
        assert encode(message) == message.raw
        assert "raw" not in message.value


def test_numbers_that_are_longer_than_they_need_be_stay_so():
    raw = b"\x0a\x40\x04\x02\x00\x00"
    (message,) = bare((CLIENT, raw))
    assert message.value == {"raw": raw}
    raw = bytes(StreamData(4, b"\x40\x00\x00"))
    (message,) = bare((CLIENT, raw))
    assert message.value == {"carried": "stream", "stream": 4, "end": False, "pieces": [{"data": b"\x40\x00\x00"}]}


def test_a_changed_type_keeps_its_payload():
    assert build_piece({**HEADERS, "type": Type.DATA}) == frame(Type.DATA, b"\0\0\xd1")
    assert build_piece({"type": Type.HEADERS, "data": b"abc"}) == frame(Type.HEADERS, b"abc")
    assert build_piece({"type": 0x21, "push_id": 3}) == frame(0x21, b"\3")


@pytest.mark.parametrize("value", [{"type": 0x21}, {"type": Type.HEADERS, "lines": [{"form": "NO"}]}, {"kind": "NO"}])
def test_what_no_frame_is(value):
    with pytest.raises(KeyError):
        build_piece(value)


def test_a_broken_message_has_no_value():
    message = streams(on(SERVER, 3, b"\0" + frame(Type.SETTINGS, b"\1")))[-1]
    assert isinstance(message, Message)
    with pytest.raises(ValueError, match="broken"):
        encode(message)
