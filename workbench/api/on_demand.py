"""Parts of a plugin that load when they are first used: every command loads every plugin, and most need one decoder of one of them."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, overload

__all__ = ["call_on_demand", "list_on_demand", "value_on_demand"]


class _Place:
    """What lies at "module:name"."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.__module__ = place.partition(":")[0]  # where it comes from, as functions say it

    @cached_property
    def thing(self) -> Any:
        """Imports the module. Raises what its import raises."""
        module, _, name = self._place.partition(":")
        return getattr(importlib.import_module(module), name)

    def __repr__(self) -> str:
        return f"<{self._place}, on demand>"


class _Call(_Place):
    """A function or class that is imported when it is first called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.thing(*args, **kwargs)


class _Value(_Place):
    """A value that is imported when somebody asks it for something."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.thing, name)


class _List(_Place, Sequence[Any]):
    """A sequence that is imported when somebody looks into it."""

    def __len__(self) -> int:
        return len(self.thing)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        return self.thing[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.thing)


def call_on_demand(place: str) -> Callable[..., Any]:
    """The function or class at "module:name", for slots that are called: `decoder=call_on_demand("workbench_stash.decoder:Decoder")`."""
    return _Call(place)


def list_on_demand(place: str) -> Sequence[Any]:
    """The sequence at "module:name", for slots that hold many things: `checks=list_on_demand("workbench_stash.checks:CHECKS")`."""
    return _List(place)


def value_on_demand(place: str) -> Any:
    """The value at "module:name", for slots whose attributes are read: `hints=value_on_demand("workbench_stash.seeds:HINTS")`."""
    return _Value(place)
