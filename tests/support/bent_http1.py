"""HTTP/1.1 servers that are wrong in one thing: our reference server behind something that changes what it hears or says."""

import re
from collections.abc import Callable, Sequence

from support.conformance import bent, failing, same
from workbench.api import Check
from workbench_http1.server import serve

Change = Callable[[bytes], bytes]


def swap(pattern: bytes, instead: bytes | Callable[[re.Match[bytes]], bytes], flags: int = 0) -> Change:
    """Replace what matches, wherever it stands."""
    return lambda data: re.sub(pattern, instead, data, flags=flags)


def reply(status: bytes, body: bytes = b"", fields: bytes = b"") -> bytes:
    """A whole response."""
    return b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def fails(checks: Sequence[Check], before: Change = same, after: Change = same, *, stays: bool = False) -> set[str]:
    """Names of the checks that fail the reference server bent so."""
    return failing(checks, bent(serve, before, after, stays=stays))
