"""Hellos of SSL 2.0."""

from support.tls import CLIENT, SERVER, messages, record
from workbench_tls.ssl2 import ssl2_message
from workbench_tls.values import encode
from workbench_tls.wire import Piece

HELLO = bytes.fromhex("802e0100020015000000100100800300800700c0060040020080040080000004") + bytes(16)


def test_a_client_hello():
    (message,) = messages([(CLIENT, HELLO)])
    assert message.label == "ssl2_client_hello"
    assert message.root.find("tls.handshake.version").value == 2
    specs = [node.text for _, node in message.root.walk() if node.abbrev == "tls.handshake.cipherspec"]
    assert len(specs) == 7
    assert encode(message) == HELLO


def test_a_tls_hello_in_the_old_format_goes_on_in_records():
    """RFC 5246 E.2."""
    body = bytes.fromhex("0103010003000000100000 2f") + bytes(16)
    hello = bytes((0x80, len(body))) + body
    found = messages([(CLIENT, hello + record(21, b"\2\x28"))])
    assert [message.label for message in found] == ["ssl2_client_hello", "fatal_alert"]


def test_what_follows_is_encrypted():
    closed = bytes((0x80, 10)) + bytes(range(10))
    found = messages([(CLIENT, HELLO + closed)])
    assert [message.label for message in found] == ["ssl2_client_hello", "ssl2_encrypted"]


def test_lengths_that_do_not_add_up_are_no_hello():
    raw = HELLO[:6] + b"\xff" + HELLO[7:]
    assert ssl2_message(CLIENT, Piece("ssl2", 0, len(raw), raw)).label == "ssl2_encrypted"


def test_a_server_hello_with_its_certificate():
    body = b"\4\0\1\0\2\0\3\0\3\0\2" + b"DER" + b"\1\0\x80" + b"id"
    raw = bytes((0x80, len(body))) + body
    (message,) = messages([(SERVER, raw)])
    assert message.label == "ssl2_server_hello"
    assert message.root.find("tls.handshake.certificate").value == b"DER"
