"""The fast lane: all messages of one whole conversation at once, as the text that `workbench dissect --format ndjson` prints.

A decoder makes trees with byte ranges, one message at a time, which screens, filters and the fuzzer need. Printing a million messages
needs none of that. A `Skimmer` gets both byte streams of a conversation complete and without holes, and gives each message as a piece
of JSON.

It must say exactly what the decoder would say, or give None ("this one is not for me": anything broken, unusual or remarkable),
whereupon the decoder does it. A law compares both.

Conversations that are only known step by step (packets that are decrypted, streams inside them) are skimmed by their decoders: one that
has a member `skim` is asked for text first, chunk by chunk, and for messages where it has none. Both share what the decoder knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from workbench.api.messages import Handoff, Inner, Wake
from workbench.api.packets import Chunk, Direction

__all__ = [
    "ChunkSkimmer",
    "DatagramSkimmer",
    "DatagramTaker",
    "Dialogue",
    "KnownInner",
    "Skim",
    "SkimmedDatagram",
    "SkimmedMessage",
    "SkimmedSide",
    "Skimmer",
]


class SkimmedSide(NamedTuple):
    """The messages of one direction in stream order, in two columns. A message begins where the one before it ended; the last one ends
    where the stream (or what this protocol has of it) ends.

    `texts` are the members of each message's JSON object from `"protocol"` on, without the closing brace:
    `"protocol":"http1","direction":"to_server","label":…,"summary":…,"fields":{…},"notes":[…]`, ASCII only, no spaces after separators.
    The engine puts packet numbers, time and stream before it.
    """

    ends: list[int]
    texts: list[str]


class SkimmedMessage(NamedTuple):
    """One message of a chunk's direction: where it ends, as `Message.end`, and its text, as those of `SkimmedSide`. It begins where the
    message before it ended."""

    end: int
    text: str


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

ChunkSkimmer = Callable[[Chunk], Sequence[SkimmedMessage | Handoff | Inner | Wake] | None]
"""What the member `skim` of a decoder is. It gets chunks in the place of `receive`, and gives for each exactly what that would have given,
messages as text; or None, having changed nothing that counts, and `receive` gets the chunk. Any may go to `receive` at once, too."""


class KnownInner(Protocol):
    """A conversation inside a flow, of which an `Inner` was given before. Let it be the same object each time: one is made for millions."""

    @property
    def channel(self) -> str:
        """As in `Inner`."""
        ...

    def inner(self, data: bytes) -> Inner:
        """All that there is to say about its newest bytes."""
        ...


SkimmedDatagram = tuple[str, KnownInner | list[Inner] | None, bytes]
"""The text of a message that takes a whole datagram, and what it carries: nothing (None), or more bytes of a conversation inside, which are
the third; or as in `ChunkSkimmer`."""

DatagramTaker = Callable[[Direction, bytes, int], SkimmedDatagram | None]
"""What the member `skim_datagram` of a decoder is, for flows over UDP: `skim` for most datagrams, which come as direction, bytes and time
(nanoseconds), without holes before them. A plain function of few values, for there are millions; None: `skim` gets the chunk."""
