"""Where a value can be changed: its leaves and its arrays, and which of them are better left alone. Worked out once for each value."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fuzzers.values import Path, leaves, lists

__all__ = ["Anatomy", "last_name"]


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Paths to the arrays of a value, and to its leaves: all, those that the plugin does not want kept (`Hints.keep`), those that are not
    computed when a message is built, and those that are neither. A choice that leaves nothing falls back to the wider one."""

    arrays: tuple[Path, ...]
    all: tuple[Path, ...]
    free: tuple[Path, ...]
    given: tuple[Path, ...]
    both: tuple[Path, ...]

    @staticmethod
    def of(value: Any, keep: Collection[str], computed: Collection[str]) -> "Anatomy":
        """Worked out."""
        every = tuple(path for path, _ in leaves(value))
        free = tuple(path for path in every if _general(path) not in keep) or every
        return Anatomy(
            tuple(path for path, _ in lists(value)),
            every,
            free,
            _given(every, computed),
            _given(free, computed),
        )

    def leaves(self, *, without_kept: bool, without_computed: bool) -> tuple[Path, ...]:
        """Leaves to choose from."""
        if without_kept:
            return self.both if without_computed else self.free
        return self.given if without_computed else self.all


def last_name(path: Path) -> str:
    """The last name of a path."""
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _given(paths: tuple[Path, ...], computed: Collection[str]) -> tuple[Path, ...]:
    return tuple(path for path in paths if last_name(path) not in computed) or paths


def _general(path: Path) -> str:
    """A path without indices, as `Hints.keep` names it."""
    return ".".join([step for step in path if isinstance(step, str)])
