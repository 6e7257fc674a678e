"""Trees that are made when somebody looks at them: most messages of a large capture are only listed or printed."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from workbench.api.messages import Field

__all__ = ["deferred", "flat_of"]


class _Later(NamedTuple):
    """What a field has in place of its children."""

    grow: Callable[[], tuple[Field, ...]]
    flat: Mapping[str, Any]


class _Deferred(Field):
    """A field without its children. It becomes a plain one as soon as they are asked for."""

    __slots__ = ()

    def __new__(cls, *values: Any, **named: Any) -> Any:
        """A plain field: who makes one from another's attributes has them all."""
        return Field(*values, **named)

    @property
    def children(self) -> tuple[Field, ...]:
        """As in `Field`."""
        later = _children.__get__(self)
        grown: tuple[Field, ...] = later.grow()
        _children.__set__(self, grown)
        _become(self, "__class__", Field)
        return grown

    def __eq__(self, other: object) -> bool:
        return _grown(self) == other

    def __hash__(self) -> int:
        return hash(_grown(self))

    def __reduce__(self) -> tuple[type[Field], tuple[Any, ...]]:
        return Field, tuple(getattr(self, each.name) for each in fields(self))


def _grown(field: Field) -> Field:
    """The same field, with its children."""
    _ = field.children
    return field


_become = object.__setattr__
_children: Any = Field.__dict__["children"]


def deferred(name: str, end: int, abbrev: str, grow: Callable[[], tuple[Field, ...]], flat: Mapping[str, Any]) -> Field:
    """The field of a whole message of `end` bytes. `grow` gives its children: always the same ones, and it never raises. `flat` are their
    values by filter name as `flatten_fields` has them, which can often be told at a fraction of the price."""
    field = Field(name, 0, end, None, _Later(grow, flat), abbrev)  # type: ignore[arg-type]
    _become(field, "__class__", _Deferred)
    return field


def flat_of(field: Field) -> Mapping[str, Any] | None:
    """What a field that was not looked at has to say; None of others."""
    return _children.__get__(field).flat if type(field) is _Deferred else None
