"""Field trees as tests look at them."""

from collections.abc import Iterable
from typing import Any

from workbench.api import Field


def values(*fields: Field) -> dict[str, Any]:
    """Filter name → value of everything below; a list where a name occurs several times."""
    found: dict[str, list[Any]] = {}
    for field in fields:
        for _, node in field.walk():
            if node.abbrev and node.value is not None:
                found.setdefault(node.abbrev, []).append(node.value)
    return {name: several[0] if len(several) == 1 else several for name, several in found.items()}


def assert_nested(fields: Iterable[Field], size: int) -> None:
    """Every field lies inside its parent and inside `size` bytes; bit ranges lie inside their bytes."""
    for field in fields:
        assert 0 <= field.start <= field.end <= size, field
        if field.bits is not None:
            assert 8 * field.start <= field.bits[0] < field.bits[1] <= 8 * field.end, field
        for child in field.children:
            assert field.start <= child.start <= child.end <= field.end, (field, child)
        assert_nested(field.children, size)
