"""The grammar of a frame (RFC 6455 5.2): what a frame's `value` looks like, and how one is built so that length and masking are right.

`frames` reads the same in straight code; a property test keeps both equal.
"""

from typing import Any

from construct import (
    Adapter,
    BitsInteger,
    BitStruct,
    Bytes,
    Flag,
    GreedyBytes,
    If,
    IfThenElse,
    Int16ub,
    Int64ub,
    Pass,
    Rebuild,
    Struct,
    Switch,
    this,
)

from workbench_websocket.masking import masked

__all__ = ["FRAME"]


def _turned(data: bytes, context: Any) -> bytes:
    # a masking key of another size comes from a mutator: it cannot mask, and construct refuses to build it
    key = context.masking_key if context.head.mask else None
    return masked(data, key) if key is not None and len(key) == 4 else data


class _Masked(Adapter):
    """The payload without its masking."""

    def _decode(self, obj: bytes, context: Any, path: str) -> bytes:
        return _turned(obj, context)

    def _encode(self, obj: bytes, context: Any, path: str) -> bytes:
        return _turned(bytes(obj), context)


def _short(context: Any) -> int:
    size = len(context._.payload)
    return size if size < 126 else 126 if size < 0x10000 else 127


def _extended(context: Any) -> int | None:
    return len(context.payload) if len(context.payload) >= 126 else None


def _width(context: Any) -> int:
    if context._building:
        return 126 if 126 <= len(context.payload) < 0x10000 else 127 if len(context.payload) >= 0x10000 else 0
    return int(context.head.payload_length)


def _size(context: Any) -> int:
    return int(context.head.payload_length if context.extended is None else context.extended)


FRAME = Struct(
    "head"
    / BitStruct(
        "fin" / Flag,
        "rsv" / BitsInteger(3),
        "opcode" / BitsInteger(4),
        "mask" / Flag,
        "payload_length" / Rebuild(BitsInteger(7), _short),
    ),
    "extended" / Rebuild(Switch(_width, {126: Int16ub, 127: Int64ub}, default=Pass), _extended),
    "masking_key" / If(this.head.mask, Bytes(4)),
    "payload" / _Masked(IfThenElse(this._parsing, Bytes(_size), GreedyBytes)),
)
