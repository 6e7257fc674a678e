from captures.cursor import Cursor


def _cursor(data: bytes, end: int) -> Cursor:
    return Cursor(data, end, ((7, 0, len(data)),), None)


def test_room_is_what_is_captured_and_belongs_to_the_layer():
    cursor = _cursor(b"\x01\x02\x03\x04\x05\x06", 10)
    assert cursor.room == 6
    cursor.limit(4)
    assert cursor.room == 4
    assert (cursor.u8(1), cursor.u16(1), cursor.u32(0)) == (2, 0x0203, 0x01020304)


def test_taking_a_header_notes_it_with_the_addresses_in_force():
    cursor = _cursor(bytes(8), 8)
    cursor.source = b"\x0a\0\0\x01"
    layer = cursor.take("ip", 4)
    assert (layer.kind, layer.start, layer.payload, layer.end, layer.source) == ("ip", 0, 4, 8, b"\x0a\0\0\x01")
    assert cursor.at == 4
    assert cursor.layers == [layer]


def test_a_header_that_is_cut_short_ends_the_walk():
    cursor = _cursor(b"abc", 20)
    assert cursor.cut("tcp") == ""
    assert cursor.layers[0].broken == "the header is cut short"
    assert cursor.layers[0].payload == 3


def test_entering_a_datagram_changes_the_buffer():
    cursor = _cursor(b"abc", 3)
    cursor.enter(b"whole datagram", ((1, 0, 7), (2, 0, 7)))
    layer = cursor.take("tcp", 5)
    assert (layer.buffer, layer.start, layer.end) == (1, 0, 14)
    assert cursor.pieces[1] == ((1, 0, 7), (2, 0, 7))
