"""The fast lane: all messages of one whole conversation at once, as the text that `workbench dissect --format ndjson` prints.

A decoder makes trees with byte ranges, one message at a time, which screens, filters and the fuzzer need. Printing a million messages
needs none of that. A `Skimmer` gets both byte streams of a conversation complete and without holes, and gives each message as a piece
of JSON.

It must say exactly what the decoder would say, or give None ("this one is not for me": anything broken, unusual or remarkable),
whereupon the decoder does it. A law compares both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workbench.api.packets import Direction

__all__ = ["Dialogue", "Skim", "SkimmedRow", "Skimmer"]

SkimmedRow = tuple[int, int, int, str]
"""(direction, start, end, text): `[start, end)` of that direction's stream; `text` is the members of the message's JSON object from
`"protocol"` on, without the closing brace: `"protocol":"http1","direction":"to_server","label":…,"summary":…,"fields":{…},"notes":[…]`,
ASCII only, no spaces after separators. The engine puts packet numbers, time and stream before it."""


class Skim(NamedTuple):
    """What a skimmer found. Rows of one direction in stream order, the last one ending where the stream (or what this protocol has of
    it) ends.

    With a hand-over `rest` says where in each direction the next protocol begins; `protocol` and `facts` are as in `Handoff`.
    """

    rows: list[SkimmedRow]
    rest: tuple[int, int] | None = None
    protocol: str | None = None
    facts: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Both directions of one flow, whole. Index the pairs by `Direction`.

    `ended` says which directions ended in order (FIN). `packet_at(direction, offset)` is the number of the packet with which the byte
    before `offset` became available: comparing two of them tells what came first.
    """

    data: tuple[bytes, bytes]
    ended: tuple[bool, bool]
    packet_at: Callable[[Direction, int], int]
    facts: Mapping[str, Any] = field(default_factory=dict)


Skimmer = Callable[[Dialogue], Skim | None]
