"""What QUIC demands of handshake messages."""

import pytest

from dissectors.tracing import trace
from support.tls import client_hello, extension, handshake, server_hello
from workbench.api import Severity
from workbench_tls.bodies import TLS13, Agreed
from workbench_tls.handshake import RETRY_RANDOM, read_handshake
from workbench_tls.quic_rules import remarks

PARAMETERS = extension(57, b"\x0f\0")
OF_A_SERVER = extension(57, b"\x0f\0\0\0")
ALPN = extension(16, b"\0\3\2h3")
VERSIONS = extension(43, b"\2\3\4")
HELLO = client_hello(PARAMETERS, ALPN, VERSIONS)
ANSWER = server_hello(extension(43, b"\3\4"))
RETRY = server_hello(extension(43, b"\3\4"), random=RETRY_RANDOM)


def extended(*extensions: bytes) -> bytes:
    block = b"".join(extensions)
    return handshake(8, len(block).to_bytes(2, "big") + block)


TICKET_HEAD = bytes(8) + b"\1n" + b"\0\1t"
TICKET = handshake(4, TICKET_HEAD + b"\0\x08" + extension(42, b"\xff" * 4))
MESSAGES = {
    "client_hello": (HELLO, "initial"),
    "server_hello": (ANSWER, "initial"),
    "hello_retry_request": (RETRY, "initial"),
    "encrypted_extensions": (extended(OF_A_SERVER, ALPN), "handshake"),
    "certificate_request": (handshake(13, b"\0\0\0"), "handshake"),
    "certificate": (handshake(11, b"\0\0\0\0"), "handshake"),
    "certificate_verify": (handshake(15, b"\4\3\0\1s"), "handshake"),
    "finished": (handshake(20, bytes(32)), "handshake"),
    "new_session_ticket": (TICKET, "1-rtt"),
}


def said(message: bytes, level: str = "") -> list[tuple[Severity, str]]:
    return [(note.severity, note.section) for note in remarks(read_handshake(trace, message, Agreed(TLS13)), level)]


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("level", ["initial", "0-rtt", "handshake", "1-rtt"])
def test_each_message_has_its_level(name, level):
    message, place = MESSAGES[name]
    assert read_handshake(trace, message, Agreed(TLS13)).name == name
    assert said(message, level) == ([] if level == place else [(Severity.ERROR, "RFC 9001 4.1.3")])
    assert said(message) == said(message, "a level of tomorrow") == []


def test_messages_that_quic_has_something_else_for():
    assert said(handshake(24, b"\0"), "1-rtt") == [(Severity.ERROR, "RFC 9001 6")]
    assert said(handshake(5, b""), "handshake") == [(Severity.ERROR, "RFC 9001 8.3")]


def test_hellos_without_what_quic_needs():
    assert said(client_hello(ALPN, VERSIONS)) == [(Severity.ERROR, "RFC 9001 8.2")]
    assert said(client_hello(PARAMETERS, VERSIONS)) == [(Severity.WARN, "RFC 9001 8.1")]
    assert said(client_hello(PARAMETERS, ALPN)) == [(Severity.WARN, "RFC 9001 4.2")]
    assert said(client_hello(PARAMETERS, ALPN, extension(43, b"\4\3\4\3\3"))) == [(Severity.WARN, "RFC 9001 4.2")]
    assert said(client_hello(extension(0xFFA5, b""), ALPN, extension(43, b"\4\x7f\x1d\x0a\x0a"))) == []
    assert said(extended(ALPN)) == [(Severity.ERROR, "RFC 9001 8.2")]
    assert said(extended(OF_A_SERVER)) == [(Severity.WARN, "RFC 9001 8.1")]


def test_the_compatibility_mode():
    """RFC 9001 8.4."""
    at = HELLO.index(b"\0", 4 + 2 + 32)
    body = HELLO[4:at] + b"\x20" + bytes(32) + HELLO[at + 1 :]
    assert said(handshake(1, body)) == [(Severity.WARN, "RFC 9001 8.4")]


def test_tickets_for_early_data():
    """RFC 9001 4.6.1."""
    assert said(handshake(4, TICKET_HEAD + b"\0\0")) == []
    assert said(handshake(4, TICKET_HEAD + b"\0\x08" + extension(42, b"\0\0\x40\0"))) == [(Severity.ERROR, "RFC 9001 4.6.1")]


def test_remarks_on_parameters_are_those_of_the_sender():
    assert said(client_hello(OF_A_SERVER, ALPN, VERSIONS)) == [(Severity.ERROR, "RFC 9000 18.2")]
    assert said(extended(PARAMETERS, ALPN)) == [(Severity.ERROR, "RFC 9000 7.3")]


def test_broken_messages_are_not_judged_by_their_content():
    assert said(handshake(1, b"\3\3")) == []
