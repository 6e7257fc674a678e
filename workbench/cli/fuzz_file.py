"""Campaign files: the options of `workbench fuzz` as TOML. Keys are named like the options, tables like the groups in its help.

Which options there are is not said here: whatever the parser knows can stand in a file. What was typed wins over the file, and whoever
types which server is meant replaces everything that the file says about its server.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import wraps
from pathlib import Path
from typing import Any

from workbench.api.errors import UsageError

__all__ = ["PLUGIN", "PROTOCOL", "Keys", "file_or_word", "read_campaign", "written"]

TYPED_ONLY = frozenset(("resume", "save", "print-config", "json", "ndjson", "i-own-this-target"))
"""Options about one run, and the permission to attack somebody else's host: that is given by whoever starts it, each time."""

PROTOCOL, PLUGIN = "protocol", "plugin"
"""Keys that are no options of this command: the word behind it, and what every command takes."""

LARGEST = 1 << 20
"""Bytes of a campaign file; nobody writes more by hand."""

HEAD = """\
# A campaign of `workbench fuzz`. Run it with: workbench fuzz FILE.toml; options typed there win over what stands here.
# Files are looked for from this file's folder; a command is started where `workbench` is.
"""


def file_or_word(text: str) -> str:
    """The type of an option that takes a file, a name in a file ("FILE.py:NAME"), or a word: those that are files are looked for from the
    folder of the campaign file, too."""
    return text


AS_THEY_ARE = (int, float, str, Path, file_or_word)
"""Types of options whose values are written as they are."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One option as a key; `table` is "" for those above all tables."""

    table: str
    name: str
    action: argparse.Action
    default: Any

    @property
    def shown(self) -> str:
        """As it is written with its table."""
        return f"{self.table}.{self.name}" if self.table else self.name


class Keys:
    """The keys of a parser whose options are all there. From now on the parser leaves out what nobody typed; `complete` fills it in."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._rivals = [
            [action.dest for action in group._group_actions]
            for group in parser._mutually_exclusive_groups
            if group._group_actions
        ]
        self.all: dict[str, _Key] = {}
        self._texts: dict[tuple[str, str], str] = {}
        for group in parser._action_groups:
            table = "" if group in (parser._positionals, parser._optionals) else str(group.title)
            for action in group._group_actions:
                name = next((word[2:] for word in action.option_strings if word.startswith("--")), "")
                if name not in ("", "help"):
                    key = _Key(table, name, action, action.default)
                    self.all[key.shown] = key
                    action.default = argparse.SUPPRESS
                    if callable(action.type) and action.type not in AS_THEY_ARE:
                        action.type = self._remembering(action.dest, action.type)

    def _remembering(self, dest: str, make: Callable[[str], Any]) -> Callable[[str], Any]:
        """The same type; what was typed is kept, since "4" megabytes are another number when they are made."""

        @wraps(make)
        def made(text: str) -> Any:
            value = make(text)
            self._texts[dest, repr(value)] = text
            return value

        return made

    def text_of(self, dest: str, value: object) -> str | None:
        """What was typed for a value that an option's own type made; None for all others."""
        return self._texts.get((dest, repr(value)))

    def complete(self, args: argparse.Namespace, values: Mapping[str, Any]) -> None:
        """Fill in what was not typed: from a file's values (by destination), else as usual."""
        tables = {key.action.dest: key.table for key in self.all.values()}
        replaced = {tables[dest] for rivals in self._rivals for dest in rivals if dest in vars(args)}
        for key in self.all.values():
            dest = key.action.dest
            if dest not in vars(args):
                known = dest in values and (not key.table or key.table not in replaced)
                setattr(args, dest, values[dest] if known else key.default)

    def check_rivals(self, values: Mapping[str, Any], place: str) -> None:
        """Raise `UsageError` where a file says two things that exclude each other."""
        names = {key.action.dest: key.shown for key in self.all.values()}
        for rivals in self._rivals:
            said = [names[dest] for dest in rivals if values.get(dest)]
            if len(said) > 1:
                raise UsageError(f"{said[0]} and {said[1]} exclude each other", place=place, remedy="Keep one of them")


def read_campaign(path: Path, keys: Keys) -> dict[str, Any]:
    """What a campaign file says, by the destinations of the options, `PROTOCOL` and `PLUGIN`. Raises `UsageError` that names file, key."""
    import tomllib

    try:
        with path.open("rb") as file:
            tables = tomllib.loads(file.read(LARGEST + 1)[: LARGEST + 1].decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        remedy = "`workbench fuzz --print-config` shows what a campaign file looks like"
        raise UsageError(f"cannot be read: {said}", place=str(path), remedy=remedy) from error
    found: dict[str, Any] = {}
    for shown, value in _flat(tables):
        if shown == PROTOCOL and isinstance(value, str):
            found[PROTOCOL] = value
        elif shown == PLUGIN:
            found[PLUGIN] = [_path(word, path, shown) for word in (value if isinstance(value, list) else [value])]
        else:
            key = keys.all.get(shown)
            if key is None or key.name in TYPED_ONLY:
                raise _unknown(shown, keys, path)
            found[key.action.dest] = _value(key, value, path)
    keys.check_rivals(found, str(path))
    return found


def _flat(tables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", below) for key, below in value.items())
        else:
            yield name, value


def _unknown(shown: str, keys: Keys, path: Path) -> UsageError:
    last = shown.rpartition(".")[2]
    if last in TYPED_ONLY:
        return UsageError(
            f"{shown} is for the command line only", place=str(path), remedy=f"Type --{last} when you start the campaign"
        )
    known = [PROTOCOL, PLUGIN, *(key.shown for key in keys.all.values() if key.name not in TYPED_ONLY)]
    elsewhere = [name for name in known if name.rpartition(".")[2] == last]
    near = (
        elsewhere
        or get_close_matches(shown, known, 1)
        or [name for name in known if get_close_matches(last, [name.rpartition(".")[2]], 1)]
    )
    remedy = f"Did you mean {near[0]!r}?" if near else f"Known keys are {', '.join(known)}"
    return UsageError(f"there is no key {shown!r}", place=str(path), remedy=remedy)


def _value(key: _Key, value: object, path: Path) -> Any:
    """A value of TOML as the option would have made it."""
    action = key.action
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise _wrong(key, "is not true or false", path)
        return value
    if isinstance(action, argparse._AppendAction) or action.nargs in ("+", "*"):
        return [_scalar(key, each, path) for each in (value if isinstance(value, list) else [value])]
    return _scalar(key, value, path)


def _scalar(key: _Key, value: object, path: Path) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _wrong(key, "is not a text or a number", path)
    action = key.action
    if action.type is Path:
        return _path(value, path, key.shown)
    if action.type is file_or_word:
        return _moved(str(value), path.parent.joinpath, str)
    try:
        made = action.type(str(value)) if callable(action.type) else str(value)
    except (argparse.ArgumentTypeError, TypeError, ValueError) as error:
        raise _wrong(key, f"cannot be {value!r}: {error}", path) from error
    if action.choices is not None and made not in action.choices:
        near = get_close_matches(str(made), [str(choice) for choice in action.choices], 1)
        raise _wrong(key, f"is none of {', '.join(map(str, action.choices))}", path, f"Did you mean {near[0]!r}?" if near else "")
    return made


def _path(value: object, path: Path, shown: str) -> Path:
    if not isinstance(value, str):
        raise UsageError(f"{shown} is not the name of a file", place=str(path))
    return path.parent / Path(value).expanduser()


def _moved(text: str, find: Callable[[str], Path], name: Callable[[Path], str]) -> str:
    """A file, or a name in one, by another name of that file; any other word as it is."""
    file, colon, inside = text.rpartition(":")
    for head, tail in ((text, ""), (file, colon + inside)):
        if head and find(head).is_file():
            return name(find(head)) + tail
    return text


def _wrong(key: _Key, what: str, path: Path, remedy: str = "") -> UsageError:
    return UsageError(f"{key.shown} {what}", place=str(path), remedy=remedy or f"--{key.name}: {_help(key)}")


def written(args: argparse.Namespace, keys: Keys, folder: Path) -> str:
    """A campaign file that stands in `folder` and says what these (complete) options say, all others as comments."""
    protocol = _toml(args.protocol, folder) if args.protocol else ""
    plugins = _toml(list(args.plugins), folder) if args.plugins else ""
    lines = [HEAD, f"protocol = {protocol}" if protocol else '#protocol = "PROTOCOL"']
    lines += [f"plugin = {plugins}" if plugins else '#plugin = ["FILE.py"]']
    table = ""
    for key in keys.all.values():
        if key.name in TYPED_ONLY:
            continue
        if key.table != table:
            table = key.table
            lines += ["", f"[{table}]"]
        lines += [f"# {_help(key)}", _line(key, getattr(args, key.action.dest), keys, folder)]
    return "\n".join(lines) + "\n"


def _help(key: _Key) -> str:
    return " ".join(str(key.action.help or "").split())


def _line(key: _Key, value: Any, keys: Keys, folder: Path) -> str:
    action = key.action
    if value is not None and value != key.default:
        many = isinstance(value, list | tuple)
        said = [_said(key, each, keys, folder) for each in (value if many else [value])]
        return f"{key.name} = {_toml(said if many else said[0], folder)}"
    if action.nargs == 0:
        return f"#{key.name} = {'false' if key.default else 'true'}"
    metavar = action.metavar[0] if isinstance(action.metavar, tuple) else action.metavar
    example = f'"{metavar}"' if action.type in (None, Path) else str(metavar)
    if action.choices is not None:
        example = " | ".join(f'"{choice}"' for choice in action.choices)
    many = isinstance(action, argparse._AppendAction) or action.nargs in ("+", "*")
    return f"#{key.name} = {f'[{example}]' if many else example}"


def _said(key: _Key, value: Any, keys: Keys, folder: Path) -> Any:
    """A value as it would be typed in that folder: the number that was typed instead of what became of it."""
    if key.action.type is file_or_word:
        return _moved(value, Path, lambda file: os.path.relpath(file, folder))
    text = keys.text_of(key.action.dest, value)
    if text is None:
        return value
    return int(text) if text.isdecimal() else text


def _toml(value: object, folder: Path) -> str:
    """A value as TOML writes it; raises `UsageError` for a name that is no text."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each, folder) for each in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = os.path.relpath(value, folder) if isinstance(value, Path) else str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError("cannot be written into a campaign file: it is no text", place=ascii(text)) from error
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
