"""A small protocol for tests of the fuzz engine, and a server of it that breaks on command.

Request and reply: length u16 (bytes after itself), id u16, kind u8, items (count u8, each u16), text, checksum u32. What the faulty server
does wrong is chosen by the kind of request, so a test can ask for exactly one failure.
"""

import os
import time
import zlib
from dataclasses import replace
from typing import Any

from construct import Array, Bytes, ConstructError, Enum, Int8ub, Int16ub, Int32ub, Rebuild, len_, this

from workbench.api import (
    Crc,
    Direction,
    Framed,
    Hints,
    Message,
    ProtocolSpec,
    Secret,
    Seed,
    ServerOptions,
    Service,
    framed,
    length_prefixed,
)

KINDS = {"echo": 1, "sum": 2, "bye": 3}
CRASH, HANG, WRONG, LEAK, EXIT, UNASKED, BLOCK, GREEDY, RUDE = 100, 101, 102, 103, 104, 105, 106, 107, 108

PACKET = Framed(
    "length",
    "length" / Int16ub,
    "id" / Int16ub,
    "kind" / Enum(Int8ub, **KINDS),
    "count" / Rebuild(Int8ub, len_(this["items"])),
    "items" / Array(this["count"], Int16ub),
    "size" / Rebuild(Int8ub, len_(this.text)),
    "text" / Bytes(this.size),
    "crc" / Crc(Int32ub, zlib.crc32),
)
FRAME = length_prefixed(2)
SURELY = b"surely"
"""Text without which the kinds that take long (`HANG`, `BLOCK`, `GREEDY`) do nothing: no test meets them by chance."""
TOKEN = b"tiny-secret"


def packet(number: int, kind: int | str, items: tuple[int, ...] = (), text: bytes = b"") -> bytes:
    """Bytes of one message."""
    return bytes(PACKET.build({"id": number, "kind": kind, "items": list(items), "text": text}))


def _reply(frame: bytes) -> bytes:
    try:
        request = PACKET.parse(frame)
    except ConstructError:
        return packet(0, "bye", text=b"bad request")
    if request.kind == "sum":
        return packet(request.id, "sum", (sum(request["items"]) & 0xFFFF,))
    return packet(request.id, request.kind, text=request.text)


def _loop_for_ever(step: int) -> None:
    total = 1
    while total:
        total += _stepped(step)


def _stepped(step: int) -> int:
    return step * step + 1


class _Faulty:
    """The shared state of the faulty server: what was echoed last, by anybody."""

    def __init__(self) -> None:
        self.last = b""

    def answer(self, frame: bytes) -> bytes:
        request: Any = None
        try:
            request = PACKET.parse(frame)
        except ConstructError:
            return _reply(frame)
        match int(request.kind):
            case 100:
                return packet(request.id, request["items"][0])  # IndexError without items
            case 101 if request.text == SURELY:
                _loop_for_ever(request.id)
            case 102:
                return _reply(frame)[:-1] + b"\x00"
            case 103:
                return packet(request.id, "echo", text=self.last)
            case 104:
                os._exit(7)
            case 105:
                return packet(request.id ^ 0x5555, "echo")
            case 106 if request.text == SURELY:
                time.sleep(3600)
            case 107 if request.text == SURELY:
                return packet(request.id, "echo", text=bytes(len([bytes(1 << 20) for _ in range(1 << 20)]) & 1))
            case 108:
                return packet(request.id, "bye") + packet(request.id, "sum")
        self.last = request.text or self.last
        return _reply(frame)


def _faulty(options: ServerOptions) -> Service:
    state = _Faulty()
    return framed(FRAME, state.answer)(options)


def _label(message: Message) -> str:
    name = str(message.value.kind) if message.value.kind in KINDS else "other"
    return name if message.direction is Direction.TO_SERVER else f"{name} reply"


_NAMES = (*KINDS, "other")
STATES = {("start", name): "start" for name in _NAMES if name != "bye"} | {("start", "bye"): "end"}
STATES |= {("start", f"{name} reply"): "start" for name in _NAMES} | {("end", "bye reply"): "over"}

SEEDS = (
    Seed("talk", (packet(1, "echo", text=b"hello"), packet(2, "sum", (1, 2, 3)), packet(3, "bye"))),
    Seed("short", (packet(9, "echo", (7,), b"x"),)),
)

TINY = ProtocolSpec(
    name="tiny",
    title="A protocol for tests",
    ports=(7777,),
    grammar=PACKET,
    frame=FRAME,
    label=_label,
    exchange=lambda message: message.value.id or None,
    states=STATES,
    seeds=SEEDS,
    server=framed(FRAME, _reply),
    training=_faulty,
    hints=Hints(tokens=(b"token",), keep=("id",), secret=Secret(Seed("private", (packet(1, "echo", text=TOKEN),)), TOKEN)),
)
"""The protocol; `training` obeys the fault kinds (`CRASH`, `HANG`, …) as `kind` of a request."""

OPEN_TINY = replace(TINY, hints=Hints(), states={})
"""The same without a secret and without states."""
