"""Alert rules from a TOML file: an array of tables `[[rule]]`."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.analysis.alerts import MOST_COUNTED, Rule
from workbench.analysis.setting_values import choice, duration_ns
from workbench.api import Severity, UsageError

__all__ = ["load_rules", "rule_of"]

_SEVERITIES = tuple(severity.name.lower() for severity in Severity)
_REMEDY = "A rule has filter, and perhaps name, at_least, within, every, severity and command"


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of a file, in order. Raises UsageError that names the file, the rule and the key."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"this is not TOML: {error}", place=str(path), remedy="Write [[rule]] tables") from None
    tables = document.pop("rule", [])
    if document or not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise UsageError("there must be [[rule]] tables, and nothing else", place=str(path), remedy=_REMEDY)
    return tuple(rule_of(table, f"{path}: rule {number}") for number, table in enumerate(tables, 1))


def rule_of(table: Mapping[str, Any], place: str) -> Rule:
    """One rule. `within` and `every` are durations ("10s"); without `every` a rule that has a window is quiet for that long."""
    stranger = next((key for key in table if key not in _READERS), None)
    if stranger is not None:
        raise UsageError(f"there is nothing called {stranger!r}", place=place, remedy=_REMEDY)
    if "filter" not in table:
        raise UsageError("it has no filter", place=place, remedy=_REMEDY)
    values = dict(_READERS[key](value, f"{place}: {key}") for key, value in table.items())
    values.setdefault("every_ns", values.get("within_ns", 0))
    values.setdefault("name", values["filter"])
    return Rule(**values)


def _text(key: str) -> Callable[[Any, str], tuple[str, Any]]:
    def read(value: Any, place: str) -> tuple[str, Any]:
        if not isinstance(value, str) or not value.strip():
            raise UsageError(f"{value!r} is not text", place=place, remedy="Write it in quotes")
        return key, value

    return read


def _duration(key: str) -> Callable[[Any, str], tuple[str, Any]]:
    def read(value: Any, place: str) -> tuple[str, Any]:
        return key, duration_ns(value if isinstance(value, str) else repr(value), place)

    return read


def _count(value: Any, place: str) -> tuple[str, Any]:
    if type(value) is not int or not 0 < value <= MOST_COUNTED:
        raise UsageError(f"{value!r} is not a number of packets", place=place, remedy=f"Write 1 to {MOST_COUNTED:,}")
    return "at_least", value


def _severity(value: Any, place: str) -> tuple[str, Any]:
    return "severity", Severity[choice(str(value), _SEVERITIES, place).upper()]


def _command(value: Any, place: str) -> tuple[str, Any]:
    whole = isinstance(value, list) and value and all(isinstance(word, str) and "\0" not in word for word in value)
    if not whole or not value[0]:
        remedy = 'Write an array of texts, ["notify-send", "--urgency=critical", "servers fail"]; no shell reads it'
        raise UsageError(f"{value!r} is not a command", place=place, remedy=remedy)
    return "command", tuple(value)


_READERS: Mapping[str, Callable[[Any, str], tuple[str, Any]]] = {
    "name": _text("name"),
    "filter": _text("filter"),
    "at_least": _count,
    "within": _duration("within_ns"),
    "every": _duration("every_ns"),
    "severity": _severity,
    "command": _command,
}
