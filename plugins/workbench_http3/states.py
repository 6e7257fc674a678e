"""Event symbols, and the order in which a connection may see them (RFC 9114 6.2.1, 5.2): SETTINGS of both sides at any time, for streams
overtake each other, then GOAWAY, and the end.

The rules of single streams are in `meaning.py`; a table over all streams of a connection would have no end.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from workbench.api import Direction
from workbench_http3.names import StreamType, Type, is_reserved

__all__ = ["INITIAL", "STATES", "label", "leading", "symbol_of_frame", "symbol_of_stream"]

INITIAL = "start"

_SIDES = ("client", "server")

_FRAMES: Mapping[int, str] = {
    Type.DATA: "data",
    Type.HEADERS: "headers",
    Type.CANCEL_PUSH: "cancel push",
    Type.SETTINGS: "settings",
    Type.PUSH_PROMISE: "push promise",
    Type.GOAWAY: "goaway",
    Type.MAX_PUSH_ID: "max push id",
    Type.PRIORITY_UPDATE: "priority update",
    Type.PRIORITY_UPDATE_PUSH: "priority update",
}
_STREAMS: Mapping[int, str] = {
    StreamType.CONTROL: "control stream",
    StreamType.PUSH: "push stream",
    StreamType.ENCODER: "encoder stream",
    StreamType.DECODER: "decoder stream",
    StreamType.WEBTRANSPORT: "webtransport stream",
}
_OTHERS = (
    "reserved frame",
    "unknown frame",
    "other stream",
    "encoder",
    "decoder",
    "part",
    "end",
    "reset",
    "stop",
    "datagram",
    "close",
)
_SYMBOLS = tuple(dict.fromkeys((*_FRAMES.values(), *_STREAMS.values(), *_OTHERS)))


def symbol_of_frame(number: int) -> str:
    """The symbol of a frame type."""
    return _FRAMES.get(number) or ("reserved frame" if is_reserved(number) else "unknown frame")


def symbol_of_stream(number: int) -> str:
    """The symbol of the beginning of a unidirectional stream."""
    return _STREAMS.get(number, "other stream")


def label(who: Direction, symbol: str) -> str:
    """Who sends what."""
    return f"{_SIDES[who]} {symbol}"


def leading(symbols: Iterable[str]) -> str:
    """What several things together count as: what moves the connection, else the first that is more than the beginning of a stream."""
    found = tuple(symbols)
    streams = set(_STREAMS.values())
    for wanted in ("settings", "goaway"):
        if wanted in found:
            return wanted
    return next((symbol for symbol in found if symbol not in streams), found[0] if found else "part")


def _states() -> dict[tuple[str, str], str]:
    table: dict[tuple[str, str], str] = {}
    for state in (INITIAL, "client ready", "server ready", "open", "closing"):
        for side in _SIDES:
            table |= {(state, f"{side} {symbol}"): state for symbol in _SYMBOLS}
            table[state, f"{side} goaway"] = "closing"
            table[state, f"{side} close"] = "closed"
    table[INITIAL, "client settings"] = "client ready"
    table[INITIAL, "server settings"] = "server ready"
    table["client ready", "server settings"] = table["server ready", "client settings"] = "open"
    # what was on its way when the other side closed
    for side in _SIDES:
        table |= {("closed", f"{side} {symbol}"): "closed" for symbol in _SYMBOLS}
    return table


STATES: Mapping[tuple[str, str], str] = MappingProxyType(_states())
"""{(state, symbol): next state}. In `closing` somebody has said GOAWAY; what was begun is finished."""
