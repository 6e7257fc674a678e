"""Responses as a strict client reads them. What breaks the grammar of RFC 9112 fails whatever check reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.api import CheckFailed

__all__ = ["Answer", "read_answer"]

_STATUS_LINE = re.compile(rb"HTTP/(\d)\.(\d) (\d{3}) [\t\x20-\x7e\x80-\xff]*")
_FIELD = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*"
)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\r\n]*)?\r\n")

MOST_HEAD = 262_144
"""Bytes of a response's head after which it is not waited for its end."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A final response. Names in `headers` are lower case; `interim` are the statuses of the 1xx responses before it.

    `framing` says how its content ended: "none", "length", "chunked" or "close" (with the connection).
    """

    version: tuple[int, int]
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    framing: str
    size: int
    """Bytes of the whole response on the wire, interim ones included."""
    interim: tuple[int, ...] = ()
    trailers: tuple[tuple[bytes, bytes], ...] = field(default=())

    def all(self, name: bytes) -> list[bytes]:
        """The values of all field lines of that name."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: bytes) -> bytes | None:
        """The value of the first field line of that name."""
        return next(iter(self.all(name)), None)

    def members(self, name: bytes) -> list[bytes]:
        """The members of a field that is a list, lower case."""
        return [member.strip(b" \t").lower() for value in self.all(name) for member in value.split(b",")]

    @property
    def good(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """4xx or 5xx."""
        return self.status >= 400


def read_answer(data: bytes, method: bytes, *, ended: bool) -> Answer | None:
    """The final response at the front of `data` to a request of that method; None while it is not there as a whole.

    `ended`: nothing will follow. Raises `CheckFailed` for what is no response.
    """
    interim: list[int] = []
    start = 0
    while True:
        head = _read_head(data, start)
        if head is None:
            return None
        version, status, headers, end = head
        if not 100 <= status < 200 or status == 101:
            break
        interim.append(status)
        start = end
    shell = Answer(version, status, headers, b"", "none", end, tuple(interim))
    return _with_body(shell, data, method, ended=ended)


def _read_head(data: bytes, start: int) -> tuple[tuple[int, int], int, tuple[tuple[bytes, bytes], ...], int] | None:
    stop = data.find(b"\r\n\r\n", start)
    beginning = data[start : start + 5]
    if not b"HTTP/".startswith(beginning):
        raise CheckFailed(f"expected a response, got {_quoted(data[start:])}")
    if stop < 0:
        if len(data) - start > MOST_HEAD or b"\n\n" in data[start:]:
            raise CheckFailed(f"the head of the response does not end with CRLF CRLF: {_quoted(data[start:])}")
        return None
    first, *lines = data[start:stop].split(b"\r\n")
    found = _STATUS_LINE.fullmatch(first)
    if found is None:
        raise CheckFailed(f"expected a status line (RFC 9112 4), got {_quoted(first)}")
    return (int(found[1]), int(found[2])), int(found[3]), tuple(_fields(lines)), stop + 4


def _fields(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise CheckFailed(f"expected a field line (RFC 9112 5), got {_quoted(line)}")
        yield found[1].lower(), found[2]


def _with_body(shell: Answer, data: bytes, method: bytes, *, ended: bool) -> Answer | None:
    """RFC 9112 6.3, in its order."""
    if method == b"HEAD" or shell.status in (101, 204, 304) or (method == b"CONNECT" and shell.good):
        return shell
    start = shell.size
    if shell.all(b"transfer-encoding"):
        if shell.all(b"content-length"):
            raise CheckFailed("Content-Length beside Transfer-Encoding in a response (RFC 9112 6.2)")
        if shell.members(b"transfer-encoding")[-1] == b"chunked":
            return _chunked(shell, data)
    elif shell.all(b"content-length"):
        length = _length(shell.members(b"content-length"))
        return _complete(shell, data[start : start + length], "length", start + length) if len(data) - start >= length else None
    return _complete(shell, data[start:], "close", len(data)) if ended else None


def _complete(shell: Answer, body: bytes, framing: str, size: int, trailers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    return Answer(shell.version, shell.status, shell.headers, body, framing, size, shell.interim, trailers)


def _length(members: list[bytes]) -> int:
    if len(members) != 1 or not re.fullmatch(rb"[0-9]{1,18}", members[0]):
        raise CheckFailed(f"expected one Content-Length that is a number (RFC 9110 8.6), got {_quoted(b', '.join(members))}")
    return int(members[0])


def _chunked(shell: Answer, data: bytes) -> Answer | None:
    at, pieces = shell.size, []
    while True:
        line = data.find(b"\n", at) + 1
        if not line:
            return None
        found = _CHUNK.fullmatch(data, at, line)
        if found is None:
            raise CheckFailed(f"expected the size of a chunk (RFC 9112 7.1), got {_quoted(data[at:line])}")
        size = int(found[1], 16)
        if size == 0:
            break
        if len(data) < line + size + 2:
            return None
        if data[line + size : line + size + 2] != b"\r\n":
            raise CheckFailed(f"expected CRLF behind {size} bytes of a chunk, got {_quoted(data[line + size :])}")
        pieces.append(data[line : line + size])
        at = line + size + 2
    if data[line : line + 2] == b"\r\n":
        return _complete(shell, b"".join(pieces), "chunked", line + 2)
    stop = data.find(b"\r\n\r\n", line)
    if stop < 0:
        return None
    return _complete(shell, b"".join(pieces), "chunked", stop + 4, tuple(_fields(data[line:stop].split(b"\r\n"))))


def _quoted(data: bytes) -> str:
    return ascii(data[:80].decode("latin-1"))
