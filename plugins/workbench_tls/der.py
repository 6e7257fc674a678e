"""DER as far as certificates need it (ITU-T X.690): elements with their places, without ever raising on what is in the bytes."""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "INTEGER",
    "OID",
    "SEQUENCE",
    "Element",
    "element_at",
    "oid_text",
    "time_text",
]

INTEGER, OID, SEQUENCE = 0x02, 0x06, 0x30
UTC_TIME = 0x17

_STRING_CODECS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}
_MOST_OID_ARCS = 64
"""Arcs of an object identifier that are shown; real ones have fewer than twenty."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag byte, and where it, its content and its end lie in `data`."""

    data: bytes
    tag: int
    start: int
    content: int
    end: int

    @property
    def value(self) -> bytes:
        """The content bytes."""
        return self.data[self.content : self.end]

    def children(self) -> Iterator["Element"]:
        """The elements inside, up to the first that cannot be read."""
        at = self.content
        while at < self.end:
            found = element_at(self.data, at, self.end)
            if found is None:
                return
            yield found
            at = found.end

    @property
    def integer(self) -> int:
        """The content as a signed number."""
        return int.from_bytes(self.value, "big", signed=True)

    @property
    def text(self) -> str:
        """The content as a string type has it; what cannot be decoded shows escaped."""
        return self.value.decode(_STRING_CODECS.get(self.tag, "latin-1"), "backslashreplace")


def element_at(data: bytes, at: int, end: int | None = None) -> Element | None:
    """The element that begins at `at`; None where none fits before `end`. Long tags and indefinite lengths are not DER."""
    end = len(data) if end is None else end
    if end - at < 2 or data[at] & 0x1F == 0x1F:
        return None
    length, content = data[at + 1], at + 2
    if length > 0x80:
        size = length - 0x80
        if size > 4 or end - content < size:
            return None
        length = int.from_bytes(data[content : content + size], "big")
        content += size
    elif length == 0x80:
        return None
    return Element(data, data[at], at, content, content + length) if content + length <= end else None


def oid_text(content: bytes) -> str:
    """An object identifier in dotted form (X.690 8.19)."""
    arcs: list[int] = []
    number = 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            arcs.append(number)
            number = 0
        if len(arcs) > _MOST_OID_ARCS or number.bit_length() > 128:
            break
    if not arcs:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def time_text(element: Element) -> str:
    """UTCTime or GeneralizedTime as ISO 8601 where it has the form that RFC 5280 4.1.2.5 asks for, else as it is written."""
    text = element.text
    digits = text.removesuffix("Z")
    if not digits.isascii() or not digits.isdigit() or text == digits:
        return text
    if element.tag == UTC_TIME and len(digits) == 12:
        digits = ("19" if digits[:2] >= "50" else "20") + digits  # RFC 5280 4.1.2.5.1
    if len(digits) != 14:
        return text
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}:{digits[12:]}Z"
