"""What is planted in a training server: a fault with a name, its kind, how it is met, and who must notice."""

from dataclasses import dataclass
from enum import Enum

__all__ = ["Fault", "FaultKind"]


class FaultKind(Enum):
    """The seven kinds that every training server has, each found in another way."""

    MAGIC = "crash on a magic value"
    OVERFLOW = "length overflow"
    ORDER = "state order"
    HANG = "hang"
    GROWTH = "memory growth"
    LEAK = "cross-session leak"
    REPLY = "wrong reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted fault of a training server.

    `trigger` says what a client does to meet it, `effect` what goes wrong then; both are phrases for a table. `oracles` are the kinds of
    verdict that may tell it ("crash", "hang", "reply", …; one is enough). `example` is the client side of a short session that meets it,
    as in a `Seed`, and meets no other fault.
    """

    name: str
    kind: FaultKind
    trigger: str
    effect: str
    oracles: tuple[str, ...]
    example: tuple[bytes, ...]
