"""A request as lines of text, for whoever wants to write it differently; nothing here asks whether it is right."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from workbench.api import Mutated

__all__ = ["Edit", "Edited", "RequestText", "brief", "editing"]

_LINE = re.compile(rb"[!-~]+ [^\r\n]* HTTP/\d\.\d\r\n")


@dataclass(frozen=True, slots=True)
class RequestText:
    """A request line, field lines (none of them with its CRLF) and a body as it was sent."""

    line: bytes
    fields: tuple[bytes, ...]
    body: bytes

    @staticmethod
    def of(message: bytes) -> "RequestText | None":
        """The request that a message is; None where it does not hold a whole head."""
        if _LINE.match(message) is None:
            return None
        head, end, body = message.partition(b"\r\n\r\n")
        line, *fields = head.split(b"\r\n")
        return RequestText(line, tuple(fields), body) if end else None

    def __bytes__(self) -> bytes:
        return b"\r\n".join((self.line, *self.fields, b"", self.body))

    @property
    def method(self) -> bytes:
        """The first word."""
        return self.line.partition(b" ")[0]

    @property
    def target(self) -> bytes:
        """What stands between method and version."""
        return self.line.partition(b" ")[2].rpartition(b" ")[0]

    @property
    def version(self) -> bytes:
        """The last word."""
        return self.line.rpartition(b" ")[2]

    def aimed_at(self, target: bytes) -> "RequestText":
        """With another target."""
        return replace(self, line=b" ".join((self.method, target, self.version)))

    def without(self, *names: bytes) -> "RequestText":
        """Without all fields of these names (lower case)."""
        return replace(self, fields=tuple(line for line in self.fields if line.partition(b":")[0].lower() not in names))

    def added(self, random: Random, *lines: bytes) -> "RequestText":
        """With these field lines, together, somewhere among the others."""
        at = random.randint(0, len(self.fields))
        return replace(self, fields=(*self.fields[:at], *lines, *self.fields[at:]))

    def framed(self, random: Random, lines: Sequence[bytes], body: bytes) -> "RequestText":
        """With another body, and these lines alone to say how long it is; a method that may have one."""
        bare = self.without(b"content-length", b"transfer-encoding", b"trailer", b"expect")
        line = self.line if self.method in (b"POST", b"PUT", b"PATCH") else b" ".join((b"POST", self.target, self.version))
        return replace(bare.added(random, *lines), line=line, body=body)


SHOWN = 40
"""Bytes of a value that a description quotes."""

Edited = tuple[RequestText | bytes, str]
"""A request written differently, and what was done to it."""

Edit = Callable[[RequestText, Random], Edited | None]


def editing(edit: Edit) -> Callable[[Sequence[bytes], Random], Mutated | None]:
    """A mutator's change that edits one request of a session."""

    def change(messages: Sequence[bytes], random: Random) -> Mutated | None:
        requests = [(at, found) for at, message in enumerate(messages) if (found := RequestText.of(message)) is not None]
        if not requests:
            return None
        at, request = random.choice(requests)
        edited = edit(request, random)
        return None if edited is None else Mutated.put(messages, at, bytes(edited[0]), edited[1])

    return change


def brief(value: bytes) -> str:
    """The beginning of some bytes, printable."""
    return ascii(value[:SHOWN].decode("latin-1"))[1:-1] + ("…" if len(value) > SHOWN else "")
