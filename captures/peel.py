"""One packet's headers from the outside in: the patient path that understands tunnels, tags, fragments and damage.

`peel` gives layers, each with its place; `captures.indexing` makes index columns of them, `captures.layers` field trees. The steps
themselves are in `link_steps`, `network_steps` and `tunnel_steps`, one function per header.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from captures import link_steps, network_steps, tunnel_steps
from captures.cursor import Cursor, Layer
from captures.fragments import Assembler, Piece

__all__ = ["MAX_LAYERS", "Peeled", "peel"]

MAX_LAYERS = 200
"""Headers in one packet, so that tunnels within tunnels end; tshark stops near its 500 as well."""

_STEPS: dict[str, Callable[[Cursor], str]] = {**link_steps.STEPS, **network_steps.STEPS, **tunnel_steps.STEPS}


@dataclass(slots=True)
class Peeled:
    """`layers` outermost first. `buffers[0]` is the packet; a further buffer is a datagram that this packet completed, made of
    `pieces[number - 1]`."""

    layers: list[Layer]
    buffers: list[bytes]
    pieces: list[tuple[Piece, ...]] = field(default_factory=list)


def peel(data: bytes, original_length: int, link_type: int, fragments: Assembler | None = None, row: int = 0) -> Peeled:
    """Take the headers of a packet apart. Never raises: what is cut or contradictory becomes the last layer, marked broken.

    Without `fragments`, a fragment is the end of the matter; with a `fragments.Known`, it is looked into. `row` names the packet in
    pieces.
    """
    cursor = Cursor(data, max(original_length, len(data)), ((row, 0, len(data)),), fragments)
    return _run(cursor, link_steps.first_step(link_type))


def _run(cursor: Cursor, step: str) -> Peeled:
    while step:
        if len(cursor.layers) >= MAX_LAYERS:
            break
        step = _STEPS[step](cursor)
    return Peeled(cursor.layers, cursor.buffers, cursor.pieces[1:])
