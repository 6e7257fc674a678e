"""Make the length and the checksums of a damaged message right again, so that the damage gets past a server's first test.

Works on bytes, for grammars that use the house constructs `Framed` and `Crc` in their outermost struct; a changed *value* needs nothing of
this, because building it computes both.
"""

from collections.abc import Callable

from construct import Construct, ConstructError, Renamed, SizeofError, Struct

from workbench.api import Crc, Framed

__all__ = ["Repair", "repairer"]

Repair = Callable[[bytes], bytes]


def repairer(grammar: Construct | None) -> Repair | None:
    """The repair for messages of a grammar; None where it has no outermost length or checksum of a fixed place."""
    struct = _plain(grammar)
    if not isinstance(struct, Struct):
        return None
    steps: list[Callable[[bytearray], None]] = []
    if isinstance(struct, Framed):
        steps.append(_length_step(struct))
    steps.extend(_checksum_steps(struct))
    if not steps:
        return None

    def repair(data: bytes) -> bytes:
        changed = bytearray(data)
        for step in steps:
            step(changed)
        return bytes(changed)

    return repair


def _plain(construct: Construct | None) -> Construct | None:
    while isinstance(construct, Renamed):
        construct = construct.subcon
    return construct


def _length_step(struct: Framed) -> Callable[[bytearray], None]:
    names = [subcon.name for subcon in struct.subcons]
    field = struct.subcons[names.index(struct.length_name)]
    start = sum(subcon.sizeof() for subcon in struct.subcons[: names.index(struct.length_name)])
    end = start + field.sizeof()

    def step(data: bytearray) -> None:
        if len(data) >= end:
            try:
                data[start:end] = field.build(len(data) - struct.base)
            except ConstructError:
                return  # more bytes than the field can count: the message keeps its wrong length

    return step


def _checksum_steps(struct: Struct) -> list[Callable[[bytearray], None]]:
    """Checksums that only fields of a fixed size follow, first one first: a later one may cover an earlier one."""
    steps: list[Callable[[bytearray], None]] = []
    after = 0
    for subcon in reversed(struct.subcons):
        try:
            size = subcon.sizeof()
        except SizeofError:
            break
        plain = _plain(subcon)
        if isinstance(plain, Crc):
            steps.insert(0, _checksum_step(plain, size, after))
        after += size
    return steps


def _checksum_step(checksum: Crc, size: int, after: int) -> Callable[[bytearray], None]:
    def step(data: bytearray) -> None:
        start = len(data) - after - size
        if start >= 0:
            data[start : start + size] = checksum.subcon.build(checksum.function(bytes(data[:start])))

    return step
