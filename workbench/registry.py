"""Which protocols are there: installed plugins (entry points) and single files; a broken one is a message, never a crash.

What a plugin must look like is decided in `workbench.validation`; whether it behaves, in `workbench.laws`.
"""

import functools
import importlib.metadata
import importlib.util
import sys
import traceback
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.api import PluginError, ProtocolSpec
from workbench.validation import faults

__all__ = ["GROUP", "Registry", "load"]

GROUP = "workbench.protocols"
"""Entry-point group in which an installed distribution names its `ProtocolSpec`."""


@dataclass(frozen=True, slots=True)
class Registry:
    """The usable protocols by name, what was wrong with the others, and which files were loaded by hand."""

    specs: tuple[ProtocolSpec, ...]
    problems: tuple[PluginError, ...] = ()
    origins: tuple[tuple[str, str], ...] = ()
    """(protocol name, where it came from), for people."""
    files: tuple[Path, ...] = ()

    def get(self, name: str) -> ProtocolSpec:
        """The protocol called `name` (its Wireshark prefix is accepted too); raises UsageError that names the nearest one."""
        from dissectors.decode_as import find_spec  # loading plugins alone must stay cheap

        return find_spec(name, self.specs)

    def origin(self, name: str) -> str:
        """Where the protocol called `name` came from."""
        return dict(self.origins).get(name, "")


def load(extra_files: Sequence[Path] = (), *, entries: Iterable[importlib.metadata.EntryPoint] | None = None) -> Registry:
    """Load every installed plugin and each of `extra_files` (a Python file with PROTOCOL); nothing is raised for a broken one.

    `entries` replaces the installed entry points.
    """
    installed = importlib.metadata.entry_points(group=GROUP) if entries is None else entries
    sources: list[tuple[str, Callable[[], Any]]] = [(_describe(entry), entry.load) for entry in sorted(installed, key=_by_name)]
    named_once = {path.resolve(): path for path in reversed(extra_files)}
    sources += [(str(path), functools.partial(_value_of, path)) for path in reversed(named_once.values())]
    specs: list[ProtocolSpec] = []
    problems: list[PluginError] = []
    origins: dict[str, str] = {}
    for origin, get in sources:
        try:
            spec = _checked(get, origin, origins)
        except PluginError as problem:
            problems.append(problem)
        else:
            specs.append(spec)
            origins[spec.name] = origin
    return Registry(tuple(specs), tuple(problems), tuple(origins.items()), tuple(extra_files))


def _by_name(entry: importlib.metadata.EntryPoint) -> str:
    return entry.name


def _describe(entry: importlib.metadata.EntryPoint) -> str:
    return f"plugin {entry.name} ({entry.value})"


def _checked(get: Callable[[], Any], origin: str, taken: dict[str, str]) -> ProtocolSpec:
    try:
        value = get()
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except PluginError:
        raise
    except BaseException as error:  # a stranger's module may raise anything while it is imported, SystemExit included
        text = f"cannot be loaded: {type(error).__name__}: {error}{_line_of(error)}"
        raise PluginError(text, place=origin, remedy="Mend it or leave it out") from error
    found = list(faults(value))
    if found:
        raise PluginError("; ".join(found), place=origin, remedy="See plugins/README.md for what a plugin is")
    spec: ProtocolSpec = value
    if spec.name in taken:
        remedy = "Rename one of them, or leave one out"
        raise PluginError(f"the name {spec.name!r} is taken by {taken[spec.name]}", place=origin, remedy=remedy)
    return spec


def _line_of(error: BaseException) -> str:
    """The innermost line of the plugin's own code that raised, for the person who has to mend it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    mine = [frame for frame in frames if frame.filename != __file__]
    return f" (line {mine[-1].lineno} of {mine[-1].filename})" if mine else ""


def _value_of(path: Path) -> Any:
    module = _module_of(path)
    try:
        return module.PROTOCOL
    except AttributeError:
        raise PluginError("defines no PROTOCOL", place=str(path), remedy="Add PROTOCOL = ProtocolSpec(...)") from None


def _module_of(path: Path) -> ModuleType:
    if not path.is_file():
        raise PluginError("there is no such file", place=str(path), remedy="Give the path of a Python file with PROTOCOL in it")
    name = f"workbench_plugin_file_{path.stem}_{zlib.crc32(bytes(path.resolve())):08x}"
    description = importlib.util.spec_from_file_location(name, path)
    if description is None or description.loader is None:
        raise PluginError("is not a Python file", place=str(path), remedy="Give a file that ends in .py")
    module = importlib.util.module_from_spec(description)
    sys.modules[name] = module  # dataclasses and pickle look their module up by name
    try:
        description.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
