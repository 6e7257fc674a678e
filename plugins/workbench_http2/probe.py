"""Is this HTTP/2? An answer from the first bytes of one direction."""

from workbench.api import Confidence, Direction
from workbench_http2.frames import HEADER
from workbench_http2.names import PREFACE, Setting, Type
from workbench_http2.resync import plausible

__all__ = ["probe"]

_CHAIN = 3
"""Sensible frames in a row that no other protocol has by chance."""

_SETTINGS = frozenset(int(member) for member in Setting)


def probe(data: bytes, direction: Direction) -> Confidence:
    """CERTAIN for the preface, LIKELY for SETTINGS that come first or a chain of frames, WEAK for one frame; see `Confidence`."""
    if data.startswith(PREFACE):
        return Confidence.CERTAIN if direction is Direction.TO_SERVER else Confidence.LIKELY
    if PREFACE.startswith(data):
        return Confidence.NEED_DATA
    if len(data) < HEADER:
        return Confidence.NEED_DATA if data[:1] == b"\0" else Confidence.NO
    count = at = 0
    while count < _CHAIN and len(data) - at >= HEADER:
        length = plausible(data, at)
        if length is None:
            return Confidence.NO
        if not count and data[3] == Type.SETTINGS and _sensible(data[HEADER : HEADER + length], length):
            return Confidence.LIKELY
        count += 1
        at += HEADER + length
    if count >= _CHAIN:
        return Confidence.LIKELY
    return Confidence.WEAK if at == len(data) else Confidence.NO


def _sensible(payload: bytes, length: int) -> bool:
    """Settings that are known, and not too many."""
    numbers = [int.from_bytes(payload[at : at + 2], "big") for at in range(0, len(payload) - 1, 6)]
    return (
        length <= 6 * 16
        and all(number in _SETTINGS or number & 0x0F0F == 0x0A0A for number in numbers)
        and bool(numbers or not length)
    )
