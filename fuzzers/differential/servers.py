"""Which servers are compared: each one a TOML file that has everything in it, or one of the plugin's own servers by a word.

    name = "nginx"                            # otherwise the file's name
    command = "nginx -p {dir} -c nginx.conf"  # or a list of words; or instead: address = "127.0.0.1:8080"
    port = 8080                               # where the command listens, when nothing says {port}

    [environment]
    TZ = "UTC"

    [files]                                   # written into a fresh directory, in which the command starts
    "nginx.conf" = \"\"\"… listen 127.0.0.1:{port}; …\"\"\"

`{port}` becomes a free port and `{dir}` that directory, in the words, the files and the environment. Other keys are those of
`fuzzers.targets.config.TargetConfig`.
"""

import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

from fuzzers.targets.config import TargetConfig, parse_address
from workbench.api import UsageError

__all__ = ["WORDS", "Contender", "contenders_of", "differential_target", "read_contender"]

WORDS = ("reference", "training")
"""Servers of the plugin, which need no file."""

_SAID_OTHERWISE = ("kind", "host", "allow_host", "servers", "quirks")
_SETTINGS = {each.name for each in fields(TargetConfig)} - {*_SAID_OTHERWISE}


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the servers that are compared. Names tell them apart in findings and quirks."""

    name: str
    target: TargetConfig


def differential_target(words: Sequence[str], quirks: Path | None = None, allow_host: str = "") -> TargetConfig:
    """The target of a campaign that compares these servers: files and words. It holds the texts of all files, so that a finding needs
    nothing else. Raises `UsageError` for what cannot be read or compared."""
    from fuzzers.differential.quirks import read_quirks

    found = [read_contender(word, allow_host) for word in words]
    names = [each.name for each in found]
    if len(found) < 2:
        raise UsageError("one server cannot be compared", remedy="Name at least two: files, reference, training")
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two servers are called {name}", remedy='Give one of them another name: name = "…" in its file')
    text = ""
    if quirks is not None:
        text = _text(quirks)
        read_quirks(text, str(quirks))
    servers = tuple({"name": each.name} | each.target.as_json() for each in found)
    return TargetConfig(kind="differential", servers=servers, quirks=text, allow_host=allow_host)


def contenders_of(config: TargetConfig) -> tuple[Contender, ...]:
    """The servers of a differential target; raises `UsageError` where a stored one cannot be understood."""
    try:
        return tuple(
            Contender(str(each["name"]), TargetConfig.from_json(dict(each), config.allow_host)) for each in config.servers
        )
    except (KeyError, TypeError) as error:
        raise UsageError(f"a server of the comparison cannot be understood ({error})") from error


def read_contender(word: str, allow_host: str = "") -> Contender:
    """A server by its word or from its file; raises `UsageError` where it cannot be read or says too much or too little."""
    if word in WORDS:
        return Contender(word, TargetConfig(kind="training" if word == "training" else "reference"))
    path = Path(word)
    try:
        said = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"this is no TOML: {error}", place=word) from error
    return Contender(str(said.pop("name", path.stem)), _target(said, word, allow_host))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(
            f"cannot be read: {why}", place=str(path), remedy=f"Name a file, or one of {', '.join(WORDS)}"
        ) from error


def _target(said: dict[str, Any], place: str, allow_host: str) -> TargetConfig:
    values: dict[str, Any] = {"kind": "command"}
    if ("command" in said) == ("address" in said):
        raise UsageError("a server is either a command or an address", place=place, remedy='Give one of them: command = "…"')
    if "address" in said:
        values["kind"] = "address"
        values["host"], values["port"] = parse_address(str(said.pop("address")))
    else:
        values["command"] = _words(said.pop("command"), place)
    unknown = sorted(said.keys() - _SETTINGS)
    if unknown:
        raise UsageError(f"nobody knows {unknown[0]!r}", place=place, remedy=f"There are {', '.join(sorted(_SETTINGS))}")
    _check_files(said.get("files", {}), place)
    try:
        return TargetConfig.from_json(values | said, allow_host)
    except TypeError as error:
        raise UsageError(str(error), place=place) from error


def _words(command: object, place: str) -> list[str]:
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError as error:
        raise UsageError(f"the command cannot be read: {error}", place=place, remedy="Close the quotation marks") from error
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise UsageError("the command is neither a text nor a list of words", place=place)
    return words


def _check_files(files: Mapping[str, object], place: str) -> None:
    """Refuse names that would lead out of the directory."""
    for name, text in files.items() if isinstance(files, dict) else ():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise UsageError(f"{name!r} is not a place inside the server's directory", place=place)
        if not isinstance(text, str):
            raise UsageError(f"the file {name!r} is not a text", place=place)
