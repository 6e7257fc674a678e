"""What is exported: a capture, which of its packets, and its messages. Every format gets the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures.capture import Capture
from workbench.api import Message

__all__ = ["Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`packets` are the selected packet numbers, ascending. `messages()` dissects afresh and gives the selected messages in order,
    `everything()` all messages of the capture, for formats that show whole packets or whole conversations."""

    capture: Capture
    packets: NDArray[np.int64]
    messages: Callable[[], Iterator[Message]]
    everything: Callable[[], Iterator[Message]]
    secrets: tuple[bytes, ...] = ()
