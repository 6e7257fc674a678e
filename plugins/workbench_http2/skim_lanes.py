"""What the fast lane remembers of a conversation: its directions, its streams, and the halves of these."""

from collections.abc import Sequence

from workbench_http.bodies import Body
from workbench_http2.announced import Announced
from workbench_http2.rules import read_list
from workbench_http2.skim_blocks import BlockSkimmer, Skimmed, Unusual

__all__ = ["Half", "Lane", "Stream", "begin"]


class Half:
    """One half of a stream, as `streams.Half`. What most halves never have stays in the class: there are many of them."""

    begun = False
    ended = False
    sent = 0
    granted = 0
    expected: int | None = None
    parts: tuple[bytes, ...] = ()
    codings: Sequence[bytes] = ()


class Stream:
    """A stream that is not closed; `head`: the request was HEAD."""

    __slots__ = ("halves", "head")

    def __init__(self, head: bool) -> None:
        self.head = head
        self.halves = (Half(), Half())


class Lane:
    """One direction."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.texts: list[str] = []
        self.blocks = BlockSkimmer()
        self.announced = Announced()
        self.started = False
        self.sent = 0
        self.granted = 0
        self.last_stream: int | None = None
        self.control: dict[int, int] = {}
        self.heads: dict[int, tuple[str, str]] = {}


def begin(half: Half, block: Skimmed) -> None:
    """A header section begins the message of a half. Raises `Unusual` for gRPC, whose messages the decoder shows."""
    half.begun = True
    places, values = block.shape.places, block.values
    length, kind = places.get(b"content-length"), places.get(b"content-type")
    if length is not None:
        half.expected = int(values[length])
    if (
        kind is not None
        and values[kind][:11].lower().startswith(b"application")
        and Body(content_type=values[kind].lower()).is_grpc
    ):
        raise Unusual
    if b"content-encoding" in places:
        half.codings = read_list(list(zip(block.shape.names, values, strict=True))).members(b"content-encoding")
