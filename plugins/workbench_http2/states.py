"""Event symbols of frames, and the order in which a connection may see them (RFC 9113 3.4): preface, SETTINGS of both, then anything.

The rules of streams are in `streams.py`; a table over all streams of a connection would have no end.
"""

from collections.abc import Mapping
from types import MappingProxyType

from workbench.api import Direction
from workbench_http2.frames import Frame
from workbench_http2.names import Type
from workbench_http2.payloads import ACK

__all__ = ["INITIAL", "PREFACE_SYMBOL", "STATES", "symbol"]

INITIAL = "start"
PREFACE_SYMBOL = "client preface"

_SIDES = ("client", "server")
_NAMES = {int(member): member.name.lower() for member in Type}
_ACKNOWLEDGED = ("settings ack", "ping ack")
_KINDS = (*_NAMES.values(), *_ACKNOWLEDGED, "unknown")


def _everything(state: str, side: str) -> dict[tuple[str, str], str]:
    """All frames of one side may come and change nothing."""
    return {(state, f"{side} {kind}"): state for kind in _KINDS}


def _states() -> dict[tuple[str, str], str]:
    table = {
        (INITIAL, PREFACE_SYMBOL): "preface seen",
        (INITIAL, "server settings"): "server ready",
        ("preface seen", "client settings"): "client ready",
        ("preface seen", "server settings"): "server ready, preface seen",
    }
    # a server may say everything from its SETTINGS on, and a client likewise, without waiting for the other
    table |= _everything("server ready", "server")
    table |= {("server ready", PREFACE_SYMBOL): "server ready, preface seen"}
    table |= _everything("server ready, preface seen", "server")
    table |= {("server ready, preface seen", "client settings"): "open"}
    table |= _everything("client ready", "client")
    table |= {("client ready", "server settings"): "open"}
    for state in ("open", "closing"):
        for side in _SIDES:
            table |= _everything(state, side)
    for side in _SIDES:
        table["open", f"{side} goaway"] = "closing"
    return table


STATES: Mapping[tuple[str, str], str] = MappingProxyType(_states())
"""{(state, symbol): next state}. In `closing` somebody has said GOAWAY; what was begun is finished (RFC 9113 6.8)."""


def symbol(frame: Frame, who: Direction) -> str:
    """Who sends what."""
    name = _NAMES.get(frame.type, "unknown")
    if frame.flags & ACK and frame.type in (Type.SETTINGS, Type.PING):
        name += " ack"
    return f"{_SIDES[who]} {name}"
