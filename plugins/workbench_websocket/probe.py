"""Is this a WebSocket connection? Only its opening handshake can tell, and `http1` reads that.

A request head that asks for an upgrade to websocket is CERTAIN. `http1` is as certain of its request line, and wins ties on the ports it
owns and by its name; so captures show the handshake as HTTP, and this plugin gets the rest by hand-over. Bare frames are never claimed:
a header of two bytes can be anything. Decode-as leads there.
"""

import re

from workbench.api import Confidence, Direction
from workbench_websocket.heads import begins_opening, head_end

__all__ = ["probe"]

_LONGEST = 4_096
"""Bytes of a head that are looked at; what detection waits for at most."""

_ASKS = re.compile(rb"^upgrade:[^\r\n]*\bwebsocket\b", re.IGNORECASE | re.MULTILINE)
_GET = re.compile(rb"[A-Z]+ [!-~]+ HTTP/1\.\d\r?\n")


def probe(data: bytes, direction: Direction) -> Confidence:
    """CERTAIN for the whole head of a request that asks for websocket, NEED_DATA for what may become one; see `Confidence`."""
    if direction is not Direction.TO_SERVER or not begins_opening(data, direction):
        return Confidence.NO
    head = data[: head_end(data, 0) or _LONGEST]
    if _GET.match(head) is not None and _ASKS.search(head) is not None:
        return Confidence.CERTAIN
    whole = len(head) < len(data) or len(data) >= _LONGEST or head.endswith((b"\r\n\r\n", b"\n\n"))
    return Confidence.NO if whole or not b"GET ".startswith(data[:4]) else Confidence.NEED_DATA
