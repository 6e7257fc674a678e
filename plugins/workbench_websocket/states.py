"""Event symbols of messages, and the order in which a connection may see them (RFC 6455 4, 5.4, 5.5.1, 7).

Either side is by itself open, inside a fragmented message, or closed; a state names both. The server's symbols begin with "server".
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from workbench.api import Direction
from workbench_websocket.frames import Head
from workbench_websocket.opcodes import BINARY, CONTINUATION, NAMES, TEXT

__all__ = ["ACCEPTED", "INITIAL", "OFFERED", "REFUSED", "STATES", "symbol"]

INITIAL = "start"

OFFERED, ACCEPTED, REFUSED = "handshake", "server accepts", "server refuses"

_SIDE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("open", "text"): "open",
        ("open", "binary"): "open",
        ("open", "ping"): "open",
        ("open", "pong"): "open",
        ("open", "text begins"): "text",
        ("open", "binary begins"): "binary",
        ("open", "close"): "closed",
        ("text", "continuation"): "text",
        ("text", "continuation ends"): "open",
        ("text", "ping"): "text",
        ("text", "pong"): "text",
        ("text", "close"): "closed",
        ("binary", "continuation"): "binary",
        ("binary", "continuation ends"): "open",
        ("binary", "ping"): "binary",
        ("binary", "pong"): "binary",
        ("binary", "close"): "closed",
    }
)
"""{(state of one side, symbol): next state}; a closed side says nothing more."""


def _both(client: str, server: str) -> str:
    return client if client == server and client in ("open", "closed") else f"client {client}, server {server}"


def _transitions() -> Iterator[tuple[tuple[str, str], str]]:
    yield (INITIAL, OFFERED), "offered"
    yield ("offered", ACCEPTED), "open"
    yield ("offered", REFUSED), INITIAL
    sides = ("open", "text", "binary", "closed")
    for (state, said), following in _SIDE.items():
        for other in sides:
            yield (_both(state, other), said), _both(following, other)
            yield (_both(other, state), f"server {said}"), _both(other, following)


STATES: Mapping[tuple[str, str], str] = MappingProxyType(dict(_transitions()))
"""{(state, symbol): next state}."""


def symbol(head: Head, direction: Direction) -> str:
    """The symbol of a frame."""
    name = NAMES.get(head.opcode, "reserved")
    if head.opcode in (TEXT, BINARY) and not head.fin:
        name += " begins"
    elif head.opcode == CONTINUATION and head.fin:
        name += " ends"
    return name if direction is Direction.TO_SERVER else f"server {name}"
