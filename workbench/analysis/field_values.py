"""Single values out of messages, by filter name, without growing trees that nobody looked at."""

from typing import Any

from workbench.api import Message
from workbench.api.deferred import flat_of
from workbench.api.flat import flatten_fields

__all__ = ["all_values", "fields_of", "first_value"]


def fields_of(message: Message) -> dict[str, Any]:
    """Filter name to value, a repeated field a list, as in NDJSON."""
    flat = flat_of(message.root)
    return flatten_fields((message.root,)) if flat is None else dict(flat)


def all_values(message: Message, name: str) -> list[Any]:
    """All values of a field in wire order; bytes as such where the tree was grown, else as NDJSON has them."""
    flat = flat_of(message.root)
    if flat is None:
        return [node.value for _, node in message.root.walk() if node.abbrev == name and node.value is not None]
    value = flat.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def first_value(message: Message, name: str) -> Any:
    """The first of them; None where there is none."""
    found = all_values(message, name)
    return found[0] if found else None
