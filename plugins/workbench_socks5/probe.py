"""Is this SOCKS? An answer from the first bytes of one direction.

A greeting is a version, a count and so many bytes: little to go by. So a client is believed when its first words have exactly the right
length, or when what follows them is the next message; else the server's answer or the port has to help.
"""

from workbench.api import Confidence, Direction, FrameError
from workbench_socks5.grammar import Kind, frame
from workbench_socks5.names import COMMANDS, METHODS, VERSION, VERSION4

__all__ = ["probe"]

_USUAL = {METHODS["none"], METHODS["gssapi"], METHODS["password"]}
_KNOWN = set(METHODS.values()) - {METHODS["no_acceptable"]}
_FOLLOWS = {METHODS["none"]: VERSION, METHODS["gssapi"]: 1, METHODS["password"]: 1}
"""Method that a server selected → first byte of what it says next."""
_MOST_METHODS = 16
"""Methods beyond which a greeting is not believed: there are nine, and clients offer three."""


def probe(data: bytes, direction: Direction) -> Confidence:
    """CERTAIN for a whole greeting (alone, or with its next message behind it), LIKELY for a SOCKS4 request or a server's beginning."""
    first = data[:1]
    if direction is Direction.TO_CLIENT:
        return _server(data)
    if first == bytes([VERSION]):
        return _greeting(data)
    return _request4(data) if first == bytes([VERSION4]) else Confidence.NO


def _greeting(data: bytes) -> Confidence:
    if len(data) < 2:
        return Confidence.NEED_DATA
    count = data[1]
    methods = data[2 : 2 + count]
    if not 1 <= count <= _MOST_METHODS or not set(methods) <= _KNOWN or len(set(methods)) < len(methods):
        return Confidence.NO
    if len(methods) < count:
        return Confidence.NEED_DATA
    if not _USUAL & set(methods):
        return Confidence.WEAK
    rest = data[2 + count :]
    if not rest or rest[0] == 1:
        return Confidence.CERTAIN
    return Confidence.CERTAIN if _begins_request(rest) else Confidence.NO


def _begins_request(data: bytes) -> bool:
    """Version, command, reserved byte and address type of a request, as far as they are there."""
    right = ({VERSION}, set(COMMANDS.values()), {0}, {1, 3, 4})
    return all(byte in allowed for byte, allowed in zip(data, right, strict=False))


def _request4(data: bytes) -> Confidence:
    if data[1:2] and data[1] not in (COMMANDS["connect"], COMMANDS["bind"]):
        return Confidence.NO
    try:
        size = frame(Kind.REQUEST4, data)
    except FrameError:
        return Confidence.NO
    if not all(0x20 <= byte < 0x7F for byte in data[8:].rstrip(b"\0").replace(b"\0", b"")):
        return Confidence.NO if size is None or size == len(data) else Confidence.WEAK
    if size is None:
        return Confidence.NEED_DATA
    return Confidence.LIKELY if size == len(data) and data[2:4] != b"\0\0" else Confidence.WEAK


def _server(data: bytes) -> Confidence:
    """A server's selection means something only together with what follows it; a SOCKS4 reply is too plain to go by."""
    if data[:1] == bytes([VERSION]):
        if data[1:2] and data[1] not in _FOLLOWS:
            return Confidence.NO
        if len(data) < 3:
            return Confidence.NEED_DATA
        return Confidence.LIKELY if data[2] == _FOLLOWS[data[1]] else Confidence.NO
    return Confidence.WEAK if data[:1] == b"\0" and data[1:2] and 90 <= data[1] <= 93 else Confidence.NO
