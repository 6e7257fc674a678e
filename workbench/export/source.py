"""What is exported: a capture, which of its packets, and its messages. Every format gets the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures.capture import Capture
from workbench.api import Message, Transport

__all__ = ["Source", "Stream", "selected_streams"]

Stream = tuple[Transport, int]
"""Transport and number of a stream of the capture."""

_PROTOCOLS: tuple[tuple[Transport, int], ...] = (("tcp", 6), ("udp", 17))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`packets` are the selected packet numbers, ascending. `messages()` dissects afresh and gives the selected messages in order,
    `everything()` all messages of the capture, for formats that show whole packets or whole conversations."""

    capture: Capture
    packets: NDArray[np.int64]
    messages: Callable[[], Iterator[Message]]
    everything: Callable[[], Iterator[Message]]
    secrets: tuple[bytes, ...] = ()


def selected_streams(source: Source) -> dict[Stream, int]:
    """The streams of the selected packets, each with the number of its last packet in the capture."""
    index = source.capture.index
    rows = source.packets - 1
    found: dict[Stream, int] = {}
    for transport, protocol in _PROTOCOLS:
        own = (index.ip_protocol == protocol) & (index.stream >= 0)
        chosen = np.unique(index.stream[rows[own[rows]]])
        every = np.flatnonzero(own & np.isin(index.stream, chosen))
        # later rows replace earlier ones
        found.update(zip(((transport, stream) for stream in index.stream[every].tolist()), (every + 1).tolist(), strict=True))
    return found
