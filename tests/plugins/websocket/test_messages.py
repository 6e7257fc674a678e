from dissectors.paths import flatten
from support.websocket import MASK, SERVER, client, decode, deflated, facts, only, server, value, view
from workbench.api import Field
from workbench_websocket.deflate import Deflater
from workbench_websocket.messages import Place, junk_message


def test_the_example_of_the_specification_field_by_field():
    """RFC 6455 5.7: a single-frame masked text message."""
    message = only(client(1, b"Hello"))
    assert message.raw.hex() == "818537fa213d7f9f4d5158"
    assert flatten(message) == {
        "websocket.fin": True,
        "websocket.rsv": 0,
        "websocket.opcode": 1,
        "websocket.mask": True,
        "websocket.payload_length": 5,
        "websocket.masking_key": MASK.hex(),
        "websocket.payload.text": "Hello",
    }
    assert view(message, "Unmasked") == b"Hello"
    assert (message.label, message.summary) == ("text", "Text, 5 bytes: Hello")
    assert message.bytes_of(message.root.find("websocket.masked_payload")).hex() == "7f9f4d5158"


def test_an_unmasked_frame_needs_no_view():
    message = only(server(1, b"Hello"))
    assert message.views == ()
    text = message.root.find("websocket.payload.text")
    assert (text.start, text.end) == (2, 7)
    assert message.label == "server text"


def test_bits():
    message = only(server(1, b"Hello"))
    spans = {node.abbrev: node.bits for _, node in message.root.walk() if node.bits and node.abbrev}
    assert spans == {
        "websocket.fin": (0, 1),
        "websocket.rsv": (1, 4),
        "websocket.opcode": (4, 8),
        "websocket.mask": (8, 9),
        "websocket.payload_length": (9, 16),
    }


def test_longer_lengths():
    assert value(only(client(2, bytes(126))), "websocket.payload_length_ext_16") == 126
    message = only(client(2, bytes(65_536)))
    assert value(message, "websocket.payload_length") == 127
    assert value(message, "websocket.payload_length_ext_64") == 65_536


def test_the_final_fragment_shows_the_whole_message():
    turns = client(1, b"Hel", fin=False), client(9, b"ping"), client(0, b"lo, "), client(1, b"x")
    begin, ping, end, _ = decode(*turns[:2], *turns[2:], known=facts())
    assert (begin.label, ping.label, end.label) == ("text begins", "ping", "continuation ends")
    assert value(begin, "websocket.payload.text") == "Hel"
    assert value(end, "websocket.payload.continue") == b"lo, "
    assert value(end, "websocket.payload.text") == "Hello, "
    assert view(end, "Reassembled message") == b"Hello, "
    assert (value(end, "websocket.fragment.count"), value(end, "websocket.reassembled.length")) == (2, 7)
    assert end.summary == "Continuation, 4 bytes, last of 2 fragments, text of 7 bytes: Hello, "


def test_compressed_messages():
    data = Deflater().message(b"Hello " * 20)
    whole, first, last = decode(
        server(1, data, rsv=4), client(1, data[:5], fin=False, rsv=4), client(0, data[5:]), known=deflated()
    )
    assert view(whole, "Decompressed") == b"Hello " * 20
    assert (value(whole, "websocket.pmc"), value(whole, "websocket.rsv")) == (True, 4)
    assert value(first, "websocket.payload.text") is None
    assert [name.name for name in last.views] == ["wire", "Unmasked", "Reassembled message", "Decompressed"]
    assert value(last, "websocket.payload.text") == "Hello " * 20


def test_close_summaries():
    assert only(client(8)).summary == "Close"
    assert only(client(8, b"\x03\xe8")).summary == "Close 1000 Normal closure"
    assert only(client(8, b"\x0f\xa0as you wish")).summary == "Close 4000: as you wish"


def test_what_is_no_frame():
    lost = junk_message(Place(SERVER, 10, 30, b""))
    assert (lost.protocol, lost.summary) == ("data", "20 lost bytes")
    junk = junk_message(Place(SERVER, 0, 3, b"???"))
    assert isinstance(junk.root, Field)
    assert junk.root.value == b"???"


def test_what_breaks_off():
    (message,) = decode((SERVER, b"\x81\x7e\x01"), known=facts())
    assert message.errors
    (message,) = decode((SERVER, b"\x81\x05Hel"), known=facts())
    assert (message.label, message.value) == ("server text", None)
    assert message.bytes_of(message.root.find("websocket.payload")) == b"Hel"
