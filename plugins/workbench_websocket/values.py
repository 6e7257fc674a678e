"""From a message's value back to its bytes: the `encode` slot."""

from workbench.api import Message
from workbench_websocket.grammar import FRAME
from workbench_websocket.openings import build_opening

__all__ = ["encode"]


def encode(message: Message) -> bytes:
    """Bytes of a handshake or a frame from its `value`; lengths and masking of a frame come out right, whatever they were.

    Raises `ConstructError` where a value cannot be.
    """
    value = message.value
    return build_opening(value) if "headers" in value else bytes(FRAME.build(value))
