from support.websocket import CLIENT, MASK, SERVER
from workbench_websocket.agreement import Agreement
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.messages import Place
from workbench_websocket.reading import FrameReader

SEEN = Agreement(seen=True)


def read(reader, frame, direction=CLIENT):
    message = reader.message(Place(direction, 0, len(frame), frame), read_head(frame))
    return message.value["payload"], [note.section for note in message.notes]


def test_directions_remember_their_close():
    reader = FrameReader(CLIENT, SEEN)
    assert read(reader, build_frame(8, b"\x03\xe8", key=MASK)) == (b"\x03\xe8", [])
    assert reader.closed
    assert read(reader, build_frame(1, b"late", key=MASK))[1] == ["RFC 6455 5.5.1"]


def test_reserved_opcodes_are_no_messages():
    reader = FrameReader(CLIENT, SEEN)
    assert read(reader, build_frame(4, b"odd", fin=False, key=MASK))[1] == ["RFC 6455 5.2"]
    assert not reader.assembly.fragmented


def test_compression_that_nobody_agreed_on():
    frame = build_frame(1, bytes.fromhex("f248cdc9c90700"), rsv=4)
    assert "RFC 6455 5.2" in read(FrameReader(SERVER, SEEN), frame, SERVER)[1]
    assert read(FrameReader(SERVER, Agreement()), frame, SERVER)[1] == []
    assert read(FrameReader(SERVER, Agreement(True, Deflate())), frame, SERVER)[1] == []
