import pytest

from support.websocket import client, only, sections, server, value
from workbench_websocket.payloads import EXCERPT, close_payload, excerpt


def test_excerpts_are_one_visible_line():
    assert excerpt("Hello") == "Hello"
    assert excerpt("a\nb\x1b[0m") == "a·b·[0m"
    assert excerpt("x" * EXCERPT) == "x" * EXCERPT
    assert excerpt("x" * (EXCERPT + 1)) == "x" * EXCERPT + "…"


@pytest.mark.parametrize(
    ("opcode", "payload", "abbrev", "expected"),
    [
        (1, "grüße".encode(), "websocket.payload.text", "grüße"),
        (2, b"\0\1", "websocket.payload.binary", b"\0\1"),
        (9, b"ping", "websocket.payload.ping", b"ping"),
        (10, b"pong", "websocket.payload.pong", b"pong"),
        (8, b"\x03\xe8bye", "websocket.payload.close.status_code", 1000),
        (8, b"\x03\xe8bye", "websocket.payload.close.reason", "bye"),
        (11, b"what", "websocket.payload.unknown", b"what"),
    ],
)
def test_fields_by_opcode(opcode, payload, abbrev, expected):
    for message in (only(client(opcode, payload)), only(server(opcode, payload))):
        assert value(message, abbrev) == expected
        assert message.root.find(abbrev).view == (1 if message.views else 0)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", []),
        (b"\x03", ["RFC 6455 5.5.1"]),
        (b"\x03\xe8", []),
        (b"\x03\xed", ["RFC 6455 7.4.1"]),
        (b"\x00\x01", ["RFC 6455 7.4.2"]),
        (b"\x13\x88", ["RFC 6455 7.4.2"]),
        (b"\x03\xe8\xff", ["RFC 6455 5.5.1"]),
        (b"\x03\xed\xff", ["RFC 6455 7.4.1", "RFC 6455 5.5.1"]),
    ],
)
def test_what_a_close_may_carry(payload, expected):
    assert sections(only(client(8, payload))) == expected


def test_close_payloads():
    assert close_payload(b"") is None
    assert close_payload(b"\x03") is None
    assert close_payload(b"\x03\xe9x\xff") == (1001, "x\ufffd")


def test_a_text_that_is_none():
    assert sections(only(client(1, b"abc\xff"))) == ["RFC 6455 8.1"]
