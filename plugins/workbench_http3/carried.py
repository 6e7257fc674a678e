"""The frames of QUIC that carry a bare conversation (see `workbench.api.carried`), read with the places of their fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from workbench.api import Field, FrameError, read_varint
from workbench_http3.names import error_name

__all__ = ["Carried", "Kind", "carried_fields", "read_carried"]

LONGEST = 1 << 20
"""Bytes of data in one frame, as `workbench.api.carried` has it."""


class Kind(NamedTuple):
    """A type of frames: its name, its numbers with their filter names, and what its data are called ("" where it has none)."""

    name: str
    numbers: tuple[tuple[str, str], ...]
    data: str = ""
    abbrev: str = ""


_STREAM = Kind(
    "STREAM", (("Stream ID", "quic.stream.stream_id"), ("Length", "quic.stream.length")), "Stream Data", "quic.stream_data"
)
_KINDS: Mapping[int, Kind] = {
    0x04: Kind(
        "RESET_STREAM",
        (
            ("Stream ID", "quic.rsts.stream_id"),
            ("Application Error code", "quic.rsts.application_error_code"),
            ("Final Size", "quic.rsts.final_size"),
        ),
    ),
    0x05: Kind(
        "STOP_SENDING", (("Stream ID", "quic.ss.stream_id"), ("Application Error code", "quic.ss.application_error_code"))
    ),
    0x0A: _STREAM,
    0x0B: _STREAM,
    0x1D: Kind(
        "CONNECTION_CLOSE",
        (("Application Error code", "quic.cc.error_code.app"), ("Reason phrase Length", "quic.cc.reason_phrase.length")),
        "Reason phrase",
        "quic.cc.reason_phrase",
    ),
    0x31: Kind("DATAGRAM", (("Datagram Length", "quic.dg.length"),), "Datagram", "quic.dg"),
}


@dataclass(frozen=True, slots=True)
class Carried:
    """A frame whose head is known: its type, its numbers with where each ends, and where its data begin and end."""

    type: int
    kind: Kind
    type_end: int
    numbers: tuple[tuple[int, int], ...]
    at: int
    end: int

    @property
    def fin(self) -> bool:
        """Whether it ends its stream."""
        return self.type == 0x0B


def read_carried(data: bytes | bytearray) -> Carried | None:
    """The head of the frame that begins the data; None where bytes of the head are missing. Raises `FrameError` where none begins."""
    kind = read_varint(data)  # type: ignore[arg-type]
    if kind is None:
        return None
    known = _KINDS.get(kind[0])
    if known is None:
        raise FrameError(f"frame type {kind[0]:#x} is none that an application sends")
    at = kind[1]
    numbers = []
    for _ in known.numbers:
        found = read_varint(data, at)  # type: ignore[arg-type]
        if found is None:
            return None
        numbers.append(found)
        at = found[1]
    size = numbers[-1][0] if known.data else 0
    if size > LONGEST:
        raise FrameError(f"a frame of {size} bytes; {LONGEST} are the limit")
    return Carried(kind[0], known, kind[1], tuple(numbers), at, at + size)


def carried_fields(frame: Carried, raw: bytes) -> list[Field]:
    """The head, field by field."""
    fields = [Field("Frame Type", 0, frame.type_end, frame.type, abbrev="quic.frame_type", text=frame.kind.name)]
    if frame.kind is _STREAM:
        bit = 8 * frame.type_end - 1
        fields.append(Field("Fin", 0, frame.type_end, frame.fin, abbrev="quic.stream.fin", bits=(bit, bit + 1)))
    start = frame.type_end
    for (name, abbrev), (value, end) in zip(frame.kind.numbers, frame.numbers, strict=True):
        text = error_name(value) if "code" in name else ""
        fields.append(Field(name, start, end, value, abbrev=abbrev, text=text))
        start = end
    if frame.type == 0x1D:
        fields.append(
            Field(frame.kind.data, frame.at, len(raw), raw[frame.at :].decode("utf-8", "replace"), abbrev=frame.kind.abbrev)
        )
    return fields
