"""Coverage of a plugin's own server, which runs in the process that fuzzes it.

The server is loaded already, and everybody holds objects of its classes: loading it once more would make second ones. So functions stay
what they are and get other code, the same with probes in it; what is loaded later gets them at import. All of it happens in the process
that plays: the one that it was forked from goes on without.
"""

import contextlib
import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from fuzzers.coverage.map import DEFAULT_SIZE, CoverageMap
from fuzzers.coverage.probes import Finder, instrumented, names

__all__ = ["ServerProbes"]

OURS = {"workbench", "captures", "dissectors", "fuzzers", *sys.stdlib_module_names}
"""Packages that are no part of any server: they serve all of them."""
API = "workbench.api"
"""Who uses this was written for a plugin; other libraries have tests of their own."""

_Key = tuple[str, str, int]

_filled: list[CoverageMap] = []
"""Maps that code of this process counts in: nobody may give their memory back."""


class ServerProbes:
    """Probes for the server that `factory` makes: for its module and what that uses, of its own package and of others made for plugins.

    Made once, before workers are forked, because compiling takes time; `placed` in each of them.
    """

    def __init__(self, factory: Callable[..., Any], size: int = DEFAULT_SIZE) -> None:
        self._size = size
        homes = {home for each in _parts(factory) for home in [getattr(each, "__module__", None)] if isinstance(home, str)}
        for home in homes:
            with contextlib.suppress(Exception):  # whoever makes the server meets the same error, and can say more about it
                importlib.import_module(home)
        self._modules = _modules(homes)
        self.packages = frozenset(module.__name__.partition(".")[0] for module in self._modules)
        codes = {key: code for module in self._modules for key, code in _codes(module, size)}
        self._changes = [(each, codes[key]) for each in _functions() if (key := _key(each.__code__)) in codes]

    def placed(self) -> CoverageMap:
        """A map of this process's own that fills from now on, as long as the process lives; it must not be closed."""
        coverage = CoverageMap(self._size)
        _filled.append(coverage)
        counters = coverage.counters()
        for module in self._modules:
            vars(module).update(names(counters))
        for function, code in self._changes:
            if len(code.co_freevars) == len(function.__code__.co_freevars):
                function.__code__ = code
        sys.meta_path.insert(0, Finder(lambda name, _: name.partition(".")[0] in self.packages, counters))
        return coverage


def _parts(factory: Any, depth: int = 3) -> Iterator[Any]:
    """A factory and what it was made of: functions around functions, or with arguments already given."""
    yield factory
    if depth:
        inner = [getattr(factory, "func", None), getattr(factory, "__wrapped__", None), *(getattr(factory, "args", None) or ())]
        for cell in getattr(factory, "__closure__", None) or ():
            with contextlib.suppress(ValueError):  # an empty one
                inner.append(cell.cell_contents)
        for each in inner:
            if callable(each):
                yield from _parts(each, depth - 1)


def _modules(homes: set[str]) -> list[ModuleType]:
    """The loaded modules that a server consists of: its own, and what things in these come from, as far as it was made for plugins."""
    made_for_plugins = {home.partition(".")[0]: True for home in homes} | dict.fromkeys(OURS, False)
    found: dict[str, ModuleType] = {}
    waiting = sorted(homes)
    while waiting:
        name = waiting.pop()
        package = name.partition(".")[0]
        if package not in made_for_plugins:
            made_for_plugins[package] = _knows_api(package)
        if name not in found and name in sys.modules and made_for_plugins[package]:
            found[name] = sys.modules[name]
            waiting += _homes(found[name])
    return [found[name] for name in sorted(found)]


def _homes(module: ModuleType) -> set[str]:
    """The modules that the things in a module come from."""
    homes = (each.__name__ if isinstance(each, ModuleType) else getattr(each, "__module__", None) for each in _things(module))
    return {home for home in homes if isinstance(home, str)}


def _things(module: ModuleType) -> list[Any]:
    return list(vars(module).values())


def _knows_api(package: str) -> bool:
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] == package]
    return any(home.startswith(API) for module in modules for home in _homes(module))


def _codes(module: ModuleType, size: int) -> Iterator[tuple[_Key, CodeType]]:
    """The code of each function of a module, with probes; nothing for a module that was not made from a file, or not from this one."""
    file = getattr(module, "__file__", None) or ""
    if not file.endswith(".py"):
        return
    try:
        code = instrumented(Path(file).read_bytes(), file, module.__name__, size)
    except (OSError, SyntaxError, ValueError):  # the file is not any more what was loaded
        return
    waiting = [code]
    while waiting:
        for inner in waiting.pop().co_consts:
            if isinstance(inner, CodeType):
                waiting.append(inner)
                if not inner.co_name.startswith("<"):  # several lambdas may stand in one line; what they do is told around them
                    yield _key(inner), inner


def _key(code: CodeType) -> _Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _functions() -> Iterator[FunctionType]:
    """Every function there is, in classes, behind decorators and in closures as well."""
    # not isinstance, which asks a weak proxy for its dead object; there are no subclasses
    return (each for each in gc.get_objects() if type(each) is FunctionType)
