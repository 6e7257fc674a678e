"""Building blocks of the TLS grammars: vectors with their lengths (RFC 8446 3.4), as constructs that repair the length when built."""

from collections.abc import Mapping
from typing import Any

from construct import Bytes, Construct, FixedSized, GreedyRange, Int8ub, Int16ub, Int24ub, Rebuild, len_, this

__all__ = ["enclosed", "opaque", "plain_value", "vector"]

_WIDTHS = {1: Int8ub, 2: Int16ub, 3: Int24ub}


def opaque(name: str, width: int, length: str = "") -> tuple[Construct, Construct]:
    """`opaque name<0..2^(8*width)-1>`: the length field (called `length`, or `NAME_len`) and the bytes."""
    length = length or f"{name}_len"
    return length / Rebuild(_WIDTHS[width], len_(this[name])), name / Bytes(this[length])


def vector(name: str, width: int, item: Construct, length: str = "") -> tuple[Construct, Construct]:
    """`item name<0..2^(8*width)-1>`: the length field in bytes and the list of items. What fits no item is left unread."""
    length = length or f"{name}_len"
    items = GreedyRange(item)
    return length / Rebuild(_WIDTHS[width], lambda context: len(items.build(context[name]))), name / FixedSized(
        this[length], items
    )


def enclosed(name: str, width: int, content: Construct, length: str) -> tuple[Construct, Construct]:
    """A length field in bytes and one structure of that length."""
    return length / Rebuild(_WIDTHS[width], lambda context: len(content.build(context[name]))), name / FixedSized(
        this[length], content
    )


def plain_value(value: Any) -> Any:
    """A parsed value as plain dicts and lists, without what construct keeps for itself."""
    if isinstance(value, Mapping):
        return {name: plain_value(part) for name, part in value.items() if not name.startswith("_")}
    return [plain_value(part) for part in value] if isinstance(value, list) else value
