"""From a message's changed value back to bytes."""

from workbench.api import Message
from workbench_socks5.grammar import build

__all__ = ["encode"]


def encode(message: Message) -> bytes:
    """Bytes of `message` from its value, counts and lengths made right. Raises `ConstructError` where the value does not fit."""
    return build(message.parameters["kind"], message.value)
