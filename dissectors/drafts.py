"""Facts by the million: the same frozen `Field`, made without the price of a frozen constructor; a `Message` that is not yet out."""

from typing import Any

from workbench.api import Field, Message

__all__ = ["field_of", "fill"]


class _Draft:
    """A `Field` that can still be written to."""

    __slots__ = tuple(Field.__slots__)

    def __init__(
        self,
        name: str,
        start: int,
        end: int,
        value: Any,
        children: tuple[Field, ...],
        abbrev: str,
        text: str = "",
        error: str = "",
        view: int = 0,
        bits: tuple[int, int] | None = None,
        generated: bool = False,
    ) -> None:
        self.name = name
        self.start = start
        self.end = end
        self.value = value
        self.children = children
        self.abbrev = abbrev
        self.text = text
        self.error = error
        self.view = view
        self.bits = bits
        self.generated = generated


def field_of(*values: Any) -> Field:
    """`Field(*values)`; the first six values (name, start, end, value, children, abbrev) must be given."""
    draft: Any = _Draft(*values)
    draft.__class__ = Field
    field: Field = draft
    return field


def fill(message: Message, **values: Any) -> Message:
    """Set attributes of a message that nobody else has seen yet (`dataclasses.replace` would copy eighteen for each)."""
    for name, value in values.items():
        object.__setattr__(message, name, value)
    return message
