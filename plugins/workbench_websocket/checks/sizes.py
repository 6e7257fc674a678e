"""Messages of every length encoding, whole and byte by byte (RFC 6455 5.2)."""

from workbench.api import Check
from workbench_websocket.checks.talk import DATA, echo_case
from workbench_websocket.opcodes import BINARY, TEXT

__all__ = ["CHECKS"]

_SIZES = (0, 1, 125, 126, 127, 128, 65_535, 65_536)
_LARGE = 1_048_576
_CHOPPED = (125, 126, 65_536)
_SEGMENT = 997
"""Bytes of a piece of a chopped large message: no divisor of anything."""


def _content(opcode: int, size: int) -> bytes:
    unit = b"0123456789abcdef" if opcode == TEXT else bytes(range(256))
    return (unit * (size // len(unit) + 1))[:size]


CHECKS: tuple[Check, ...] = (
    *(
        echo_case(
            f"size-{name}-{size}", "5.2", f"A {name} message of {size} bytes is understood.", opcode, _content(opcode, size)
        )
        for name, opcode in DATA
        for size in _SIZES
    ),
    *(
        echo_case(f"size-{name}-1m", "5.2", f"A {name} message of a mebibyte is understood.", opcode, _content(opcode, _LARGE))
        for name, opcode in DATA
    ),
    *(
        echo_case(
            f"chopped-{size}",
            "5.2",
            f"A message of {size} bytes is the same however the transport cuts it.",
            BINARY,
            _content(BINARY, size),
            step=1 if size < _SEGMENT else _SEGMENT,
        )
        for size in _CHOPPED
    ),
)
