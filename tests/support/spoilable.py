"""Unsound variants of the toy protocol: each breaks one thing that `fuzz-self` examines."""

import dataclasses
import os
from typing import Any

from support.toy import answer, changed
from workbench.api import Field, Message, Note, ProtocolSpec, Severity, framed, length_prefixed

__all__ = ["brittle", "crashing", "cut_up", "exiting", "greedy", "hanging", "leaving", "raising", "remarking", "serving_badly"]


class Reading:
    """Each chunk is a message."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def message(self, chunk: Any, start: int, end: int) -> Message:
        raw = chunk.data[start:end]
        return Message(
            protocol="toy",
            direction=chunk.direction,
            start=chunk.offset + start,
            end=chunk.offset + end,
            raw=raw,
            root=Field("toy", 0, len(raw)),
            value=raw,
        )

    def receive(self, chunk: Any) -> Any:
        yield self.message(chunk, 0, len(chunk.data))

    def finish(self, direction: Any) -> Any:
        return ()


class _Looping(Reading):
    def receive(self, chunk: Any) -> Any:
        while b"\xff" in chunk.data:
            pass
        return super().receive(chunk)


class _Crashing(Reading):
    def receive(self, chunk: Any) -> Any:
        if b"\xff" in chunk.data:
            os.abort()
        return super().receive(chunk)


class _Leaving(Reading):
    def receive(self, chunk: Any) -> Any:
        if b"\xff" in chunk.data:
            os._exit(0)
        return super().receive(chunk)


class _Exiting(Reading):
    def receive(self, chunk: Any) -> Any:
        if b"\xff" in chunk.data:
            raise SystemExit("enough")
        return super().receive(chunk)


class _Greedy(Reading):
    def receive(self, chunk: Any) -> Any:
        if b"\xff" in chunk.data:
            self.kept = bytes(1 << 40)
        return super().receive(chunk)


class _Raising(Reading):
    def receive(self, chunk: Any) -> Any:
        if b"\xff" in chunk.data:
            raise KeyError("nobody thought of this")
        return super().receive(chunk)


class _Brittle(_Raising):
    """What it raises at hangs it when it is cut short."""

    def receive(self, chunk: Any) -> Any:
        while chunk.data == b"\xff":
            pass
        return super().receive(chunk)


class _Remarking(Reading):
    def message(self, chunk: Any, start: int, end: int) -> Message:
        found = super().message(chunk, start, end)
        note = Note(Severity.WARN, "beyond the end", 0, len(found.raw) + 1)
        return dataclasses.replace(found, notes=(note,))


def _with(decoder: Any) -> ProtocolSpec:
    return changed(decoder=decoder, grammar=None, frame=None, encode=lambda message: message.raw)


hanging, crashing, greedy, raising, remarking = map(_with, (_Looping, _Crashing, _Greedy, _Raising, _Remarking))
leaving, exiting, brittle = map(_with, (_Leaving, _Exiting, _Brittle))
cut_up = _with(Reading)
"""What it calls messages depends on the pieces they come in."""


def _bad_answer(frame: bytes) -> bytes:
    if frame[-1] == 0xFF:
        raise IndexError("the last byte")
    return answer(frame)


serving_badly = changed(server=framed(length_prefixed(2), _bad_answer))
