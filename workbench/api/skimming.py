"""The fast lane: all messages of one whole conversation at once, as the text that `workbench dissect --format ndjson` prints.

A decoder makes trees with byte ranges, one message at a time, which screens, filters and the fuzzer need. Printing a million messages
needs none of that. A `Skimmer` gets both byte streams of a conversation complete and without holes, and gives each message as a piece
of JSON.

It must say exactly what the decoder would say, or give None ("this one is not for me": anything broken, unusual or remarkable),
whereupon the decoder does it. A law compares both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workbench.api.packets import Direction

__all__ = ["DatagramSkimmer", "Dialogue", "Skim", "SkimmedSide", "Skimmer"]


class SkimmedSide(NamedTuple):
    """The messages of one direction in stream order, in two columns. A message begins where the one before it ended; the last one ends
    where the stream (or what this protocol has of it) ends.

    `texts` are the members of each message's JSON object from `"protocol"` on, without the closing brace:
    `"protocol":"http1","direction":"to_server","label":…,"summary":…,"fields":{…},"notes":[…]`, ASCII only, no spaces after separators.
    The engine puts packet numbers, time and stream before it.
    """

    ends: list[int]
    texts: list[str]


class Skim(NamedTuple):
    """What a skimmer found in both directions.

    With a hand-over `rest` says where in each direction the next protocol begins; `protocol` and `facts` are as in `Handoff`.
    """

    sides: tuple[SkimmedSide, SkimmedSide]
    rest: tuple[int, int] | None = None
    protocol: str | None = None
    facts: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Both directions of one flow, whole. Index the pairs by `Direction`.

    `ended` says which directions ended in order (FIN). `packets_at(direction, offsets)` gives for each offset the number of the packet
    with which the byte before it became available: comparing two of them tells what came first. Ask for many at once.
    """

    data: tuple[bytes, bytes]
    ended: tuple[bool, bool]
    packets_at: Callable[[Direction, Sequence[int]], list[int]]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def packet_at(self, direction: Direction, offset: int) -> int:
        """`packets_at` for one offset."""
        return self.packets_at(direction, (offset,))[0]


Skimmer = Callable[[Dialogue], Skim | None]

DatagramSkimmer = Callable[[], Callable[[Direction, bytes], str]]
"""Called once per flow; what it gives is called with each datagram in the order of the capture, and returns the members of its message as
text, like those of `SkimmedSide`. It must say what the decoder says of any datagram, by asking the decoder itself where need be."""
