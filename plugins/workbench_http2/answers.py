"""What a frame of a server answers, whichever server says it: how answers of servers are compared.

How a server manages the connection, and into how many frames it cuts a body, is its own affair. What counts is the class of each status,
and what it calls an error of a stream or of the connection (RFC 9113 7).
"""

from workbench.api import Answer, Field, Message

__all__ = ["answer"]

_GENTLE = (0, 8)
"""Errors that blame nobody: NO_ERROR and CANCEL."""
_REFUSED = frozenset({400, 413, 414, 417, 421, 426, 431, 501, 505})
"""Statuses by which the request as such is refused (RFC 9110 15)."""


def answer(message: Message) -> Answer | None:
    """The meaning of a HEADERS with a final status, of RST_STREAM and GOAWAY; None for all other frames."""
    status = _number(message.root.find("http2.headers.status"))
    if status is not None:
        refused = status in _REFUSED
        return Answer("refused" if refused else f"{status // 100}xx", not refused) if status >= 200 else None
    for name in ("http2.rst_stream.error", "http2.goaway.error"):
        error = _number(message.root.find(name))
        if error is not None and error not in _GENTLE:
            return Answer(
                "refused", False
            )  # with which code, and of the stream or of all, is left to servers more often than not
    return None


def _number(field: Field | None) -> int | None:
    """The value of a field that is there; a status is text of digits."""
    if field is None or field.error:
        return None
    text = str(int(field.value)) if isinstance(field.value, int) else str(field.value)
    return int(text) if text.isascii() and text.isdecimal() else None
