"""Walking and changing what a grammar parsed: mappings, sequences and leaves, addressed by paths.

A change gives a new value that shares everything it did not touch; nothing here knows about bytes (see `mutators.fields`).
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Path", "at", "is_leaf", "leaves", "lists", "replaced", "shown_path", "subtrees"]

Path = tuple[str | int, ...]
"""Steps from the outermost value: names in mappings and dataclasses, indices in sequences."""

MAX_LEAVES = 4096
"""Leaves looked at in one message: a batch of thousands of records does not make every mutation slow."""


def _steps(value: Any) -> Iterator[tuple[str | int, Any]]:
    """The parts of a composite value; names with an underscore are construct's own."""
    if isinstance(value, Mapping):
        yield from ((name, part) for name, part in value.items() if isinstance(name, str) and not name.startswith("_"))
    elif isinstance(value, list | tuple):
        yield from enumerate(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((entry.name, getattr(value, entry.name)) for entry in dataclasses.fields(value) if entry.init)


def is_leaf(value: Any) -> bool:
    """Whether a value is a single thing: number, text, bytes."""
    return isinstance(value, int | float | str | bytes | bytearray)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path, in wire order, at most `MAX_LEAVES`."""
    stack: list[tuple[Path, Any]] = [(path, value)]
    given = 0
    while stack and given < MAX_LEAVES:
        here, part = stack.pop()
        if is_leaf(part):
            given += 1
            yield here, part
        else:
            stack.extend(((*here, step), inner) for step, inner in reversed(list(_steps(part))))


def lists(value: Any, path: Path = ()) -> Iterator[tuple[Path, list[Any] | tuple[Any, ...]]]:
    """Every sequence with its path, outermost first."""
    stack: list[tuple[Path, Any]] = [(path, value)]
    while stack:
        here, part = stack.pop()
        if isinstance(part, list | tuple):
            yield here, part
        if not is_leaf(part):
            stack.extend(((*here, step), inner) for step, inner in reversed(list(_steps(part))[:MAX_LEAVES]))


def subtrees(value: Any) -> Iterator[tuple[Path, Any]]:
    """Every part with its path, the whole first, at most `MAX_LEAVES` of them."""
    stack: list[tuple[Path, Any]] = [((), value)]
    given = 0
    while stack and given < MAX_LEAVES:
        here, part = stack.pop()
        given += 1
        yield here, part
        if not is_leaf(part):
            stack.extend(((*here, step), inner) for step, inner in reversed(list(_steps(part))[:MAX_LEAVES]))


def at(value: Any, path: Path) -> Any:
    """The part of `value` that a path leads to; raises `KeyError` or `IndexError` where there is none."""
    for step in path:
        if isinstance(step, str) and not isinstance(value, Mapping):
            if not hasattr(value, step):
                raise KeyError(step)
            value = getattr(value, step)
        else:
            value = value[step]
    return value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy of `value` in which the part at `path` is `new`; the original stays as it is."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        copy = dict(value)
        copy[str(step)] = replaced(value[step], rest, new)
        return _like(value, copy)
    if isinstance(value, list | tuple):
        items = list(value)
        items[int(step)] = replaced(items[int(step)], rest, new)
        return type(value)(items) if type(value) in (list, tuple) else items
    return dataclasses.replace(value, **{str(step): replaced(getattr(value, str(step)), rest, new)})


def _like(original: Mapping[Any, Any], copy: dict[Any, Any]) -> Any:
    """Construct's containers offer their entries as attributes, which grammars use; plain dicts stay plain."""
    return copy if type(original) is dict else type(original)(copy)  # type: ignore[call-arg]


def shown_path(path: Path) -> str:
    """A path as people write it: `payload.messages[2].key`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
