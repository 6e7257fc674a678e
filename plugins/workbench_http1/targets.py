"""Request targets: the four forms of RFC 9112 section 3.2, and the parts that are worth a name."""

import re
from dataclasses import dataclass
from enum import Enum

__all__ = ["Target", "TargetForm", "read_target"]

_ABSOLUTE = re.compile(rb"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)")
_AUTHORITY = re.compile(rb"[^/?#@\s]*:[0-9]*")


class TargetForm(Enum):
    """RFC 9112 3.2.1 to 3.2.4."""

    ORIGIN = "origin"
    ABSOLUTE = "absolute"
    AUTHORITY = "authority"
    ASTERISK = "asterisk"
    OTHER = "none"


@dataclass(frozen=True, slots=True)
class Target:
    """A request target taken apart; spans are offsets into it, empty where there is no such part."""

    form: TargetForm
    scheme: bytes = b""
    authority: bytes = b""
    path: tuple[int, int] = (0, 0)
    query: tuple[int, int] = (0, 0)


def read_target(target: bytes, method: bytes) -> Target:
    """Take a request target apart; the method decides between authority-form and the others."""
    if target == b"*":
        return Target(TargetForm.ASTERISK)
    if method == b"CONNECT" and _AUTHORITY.fullmatch(target):
        return Target(TargetForm.AUTHORITY, authority=target)
    absolute = _ABSOLUTE.match(target)
    begin = absolute.end() if absolute else 0
    end = target.find(b"#") if b"#" in target else len(target)
    mark = target.find(b"?", begin, end)
    path, query = ((begin, end), (end, end)) if mark < 0 else ((begin, mark), (mark + 1, end))
    if absolute:
        return Target(TargetForm.ABSOLUTE, absolute[1].lower(), absolute[2], path, query)
    form = TargetForm.ORIGIN if target.startswith(b"/") else TargetForm.OTHER
    return Target(form, path=path, query=query)
