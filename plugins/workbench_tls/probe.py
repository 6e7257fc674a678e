"""Is this TLS? An answer from the first bytes of one direction.

Text protocols that can switch to TLS (STARTTLS, STLS, AUTH TLS, …) are asked to wait until they did; without the switch they are nobody's
or, on a port where this is usual, a flow that may still switch.
"""

import re

from workbench.api import Confidence, Direction
from workbench_tls.limits import MAX_PLAINTEXT
from workbench_tls.names import HANDSHAKES
from workbench_tls.wire import HEADER, is_header, starts_ssl2

__all__ = ["probe"]

_GREETINGS = re.compile(
    rb"220[ -]|EHLO |HELO |LHLO |AUTH (?:TLS|SSL)|"  # SMTP, LMTP, FTP
    rb"\* (?:OK|PREAUTH)|[A-Za-z0-9.]{1,16} (?:CAPABILITY|STARTTLS)\r|"  # IMAP
    rb"\+OK|CAPA\r|STLS\r|"  # POP3
    rb"<\?xml [^>]*\?>\s*<stream:stream|<stream:stream|"  # XMPP
    rb"STARTTLS\r?\n|CAP |:[^ ]{1,64} (?:NOTICE|CAP) ",  # IRC, and whoever says it at once
    re.IGNORECASE,
)
_HELLO = re.compile(rb"\x16\x03[\x00-\x04][\x00-\x48].([\x01\x02])\x00", re.DOTALL)
_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""PostgreSQL's question whether TLS is welcome."""
_MYSQL_REQUEST = b"\x20\x00\x00\x01"
"""How MySQL's client begins the 36 bytes with which it asks for TLS."""
_MYSQL_SIZE = 36


def probe(data: bytes, direction: Direction) -> Confidence:
    """CERTAIN for a hello, LIKELY for any other plausible record; see `Confidence`."""
    if not data:
        return Confidence.NO
    if data[0] in range(20, 25):
        return _record(data, direction)
    if data[0] >= 0x80 and len(data) >= 7 and starts_ssl2(data):
        return Confidence.LIKELY
    return _switching(data)


def _record(data: bytes, direction: Direction) -> Confidence:
    if len(data) < HEADER + 1:
        begun = data[1:2] in (b"", b"\3") and (len(data) < 3 or data[2] <= 4)
        return Confidence.NEED_DATA if begun else Confidence.NO
    if not is_header(data):
        return Confidence.NO
    kind, length = data[0], int.from_bytes(data[3:5], "big")
    if kind == 22 and length >= 4:
        if len(data) < HEADER + 4:
            return Confidence.NEED_DATA
        size = int.from_bytes(data[6:9], "big")
        expected = 1 if direction is Direction.TO_SERVER else 2
        if data[5] == expected and 38 <= size <= MAX_PLAINTEXT * 4:
            return Confidence.CERTAIN
        return Confidence.LIKELY if data[5] in HANDSHAKES or length >= 16 else Confidence.NO
    plausible = {20: length == 1, 21: length == 2 or 16 <= length <= 96, 23: length >= 16, 24: length >= 3}
    return Confidence.LIKELY if plausible.get(kind, False) else Confidence.NO


def _switching(data: bytes) -> Confidence:
    """A protocol in the clear that may become, or has become, TLS."""
    hello = _HELLO.search(data)
    if data.startswith(_SSL_REQUEST[: len(data)]):
        return Confidence.LIKELY if hello is not None else Confidence.NEED_DATA
    if data.startswith(_MYSQL_REQUEST) and (len(data) < _MYSQL_SIZE + HEADER or _HELLO.match(data, _MYSQL_SIZE)):
        return Confidence.LIKELY if hello is not None else Confidence.NEED_DATA
    if _GREETINGS.match(data) is None:
        return Confidence.NO
    if hello is not None:
        return Confidence.LIKELY
    return Confidence.NEED_DATA
