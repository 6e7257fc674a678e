"""What a target may answer, and cases made of it.

A generic code (PROTOCOL_VIOLATION, INTERNAL_ERROR) may always stand for a specific one (RFC 9000 11), so every case takes them.
"""

from collections.abc import Callable, Mapping

from workbench.api import Check, CheckFailed, CheckSkipped, Level, Peer
from workbench_quic.checks.talk import Talk, connect, greet
from workbench_quic.frame_types import Type
from workbench_quic.levels import Level as Encryption

__all__ = [
    "QUIET_S",
    "Code",
    "case",
    "closes",
    "expect_alive",
    "expect_close",
    "expect_handshake",
    "expect_silence",
    "goes_on",
    "refuses_parameters",
    "require",
    "should",
]

Run = Callable[[Peer], None]
Said = bytes | Callable[[Talk], bytes]
Values = Mapping[int, int | bytes]


class Code:
    """Transport error codes (RFC 9000 20.1); those of TLS alerts are 0x100 and the alert (RFC 9001 4.8)."""

    NO_ERROR = 0x00
    INTERNAL_ERROR = 0x01
    CONNECTION_REFUSED = 0x02
    FLOW_CONTROL_ERROR = 0x03
    STREAM_LIMIT_ERROR = 0x04
    STREAM_STATE_ERROR = 0x05
    FINAL_SIZE_ERROR = 0x06
    FRAME_ENCODING_ERROR = 0x07
    TRANSPORT_PARAMETER_ERROR = 0x08
    CONNECTION_ID_LIMIT_ERROR = 0x09
    PROTOCOL_VIOLATION = 0x0A
    INVALID_TOKEN = 0x0B
    CRYPTO_BUFFER_EXCEEDED = 0x0D
    KEY_UPDATE_ERROR = 0x0E
    VERSION_NEGOTIATION_ERROR = 0x11
    UNEXPECTED_MESSAGE = 0x10A
    ILLEGAL_PARAMETER = 0x12F
    DECODE_ERROR = 0x132
    PROTOCOL_VERSION = 0x146
    HANDSHAKE_FAILURE = 0x128
    MISSING_EXTENSION = 0x16D
    NO_APPLICATION_PROTOCOL = 0x178


_GENERIC = (Code.PROTOCOL_VIOLATION, Code.INTERNAL_ERROR)
_NAMES = {code: name for name, code in vars(Code).items() if name.isupper()}

QUIET_S = 0.4
"""How long nothing is waited for: longer than a server on the same machine needs for an answer, shorter than its second probe."""


def case(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a MUST; `section` begins with the number of the RFC."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=run)


def should(name: str, section: str, rule: str, run: Run) -> Check:
    """A case from a SHOULD."""
    return Check(name=name, section=f"RFC {section}", rule=rule, run=run, level=Level.SHOULD)


def closes(*said: Said, codes: tuple[int, ...], level: Encryption = Encryption.ONE_RTT) -> Run:
    """On an established connection these frames are sent in one packet, and the target has to close with one of `codes`."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        talk.send(*(part if isinstance(part, bytes) else part(talk) for part in said), level=level)
        expect_close(talk, *codes)

    return run


def goes_on(*said: Said, apart: bool = False) -> Run:
    """The same must change nothing: the connection goes on. `apart`: each in a packet of its own."""

    def run(peer: Peer) -> None:
        talk = greet(peer)
        parts = [part if isinstance(part, bytes) else part(talk) for part in said]
        for packet in parts if apart else [b"".join(parts)]:
            talk.send(packet)
        expect_alive(talk)

    return run


def refuses_parameters(values: Values, *more: int) -> Run:
    """A client with these transport parameters has to be refused with TRANSPORT_PARAMETER_ERROR, or one of `more`."""

    def run(peer: Peer) -> None:
        talk = Talk(peer, values=values)
        talk.begin()
        expect_close(talk, Code.TRANSPORT_PARAMETER_ERROR, *more)

    return run


def expect_close(talk: Talk, *codes: int) -> None:
    """CONNECTION_CLOSE of the transport with one of the codes, or a generic one."""
    talk.until(lambda: talk.closed is not None)
    closed = talk.closed
    wanted = (*codes, *_GENERIC)
    if closed is None or closed.code not in wanted or closed.frame_type is None:
        names = " or ".join(_NAMES.get(code, f"{code:#x}") for code in codes)
        raise CheckFailed(f"expected CONNECTION_CLOSE with {names}, got {talk.heard()}")


def expect_alive(talk: Talk) -> None:
    """A PING is acknowledged."""
    talk.send(bytes((Type.PING,)))
    number = talk.last_number
    talk.until(lambda: talk.closed is not None or talk.acknowledged(number))
    if not talk.acknowledged(number):
        raise CheckFailed(f"expected the connection to go on and acknowledge PING, got {talk.heard()}")


def expect_handshake(talk: Talk) -> Talk:
    """The connection can be established."""
    return connect(talk)


def expect_silence(talk: Talk, since: int) -> None:
    """No datagram more than the first `since` comes."""
    talk.until(lambda: len(talk.datagrams) > since, QUIET_S)
    if len(talk.datagrams) > since:
        raise CheckFailed(f"expected no answer, got {len(talk.datagrams) - since} datagrams; {talk.heard()}")


def require(condition: bool, why: str) -> None:
    """Skip the case where the target does not offer what it needs."""
    if not condition:
        raise CheckSkipped(why)
