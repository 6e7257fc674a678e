"""A small sound protocol, and ways to make it unsound: what the laws and the commands are tried on."""

import dataclasses
import zlib
from typing import Any

from construct import ConstructError, Enum, GreedyBytes, Int8ub, Int16ub, Prefixed

from workbench.api import Confidence, Crc, Direction, Framed, Hints, Message, ProtocolSpec, Seed, framed, length_prefixed

MAGIC = 0x7A

GRAMMAR = Framed(
    "length",
    "length" / Int16ub,
    "magic" / Int8ub,
    "kind" / Enum(Int8ub, ping=1, pong=2, sorry=3),
    "number" / Int8ub,
    "body" / Prefixed(Int16ub, GreedyBytes),
    "crc" / Crc(Int16ub, lambda data: zlib.crc32(data) & 0xFFFF),
)


def toy_message(kind: str, number: int, body: bytes = b"") -> bytes:
    """One message."""
    return bytes(GRAMMAR.build({"magic": MAGIC, "kind": kind, "number": number, "body": body}))


def answer(frame: bytes) -> bytes:
    """The server: a ping comes back, everything else gets an apology."""
    try:
        request = GRAMMAR.parse(frame)
    except ConstructError:
        return toy_message("sorry", 0)
    return toy_message("pong" if str(request.kind) == "ping" else "sorry", request.number, request.body)


def probe(data: bytes, direction: Direction) -> Confidence:
    """The third byte tells."""
    if len(data) < 3:
        return Confidence.NEED_DATA
    return Confidence.LIKELY if data[2] == MAGIC else Confidence.NO


def label(message: Message) -> str:
    """The kind."""
    return str(message.value.kind)


SEEDS = (
    Seed("one", (toy_message("ping", 1, b"hello"),)),
    Seed("two", (toy_message("ping", 1), toy_message("ping", 2, b"x" * 40))),
)

TOY = ProtocolSpec(
    name="toy",
    title="A toy",
    ports=(7777,),
    grammar=GRAMMAR,
    frame=length_prefixed(2),
    probe=probe,
    label=label,
    exchange=lambda message: message.value.number,
    states={("start", "ping"): "start", ("start", "pong"): "start", ("start", "sorry"): "start"},
    seeds=SEEDS,
    server=framed(length_prefixed(2), answer),
    hints=Hints(tokens=(b"hello",)),
)


def changed(**slots: Any) -> ProtocolSpec:
    """The toy with other slots."""
    return dataclasses.replace(TOY, **slots)
