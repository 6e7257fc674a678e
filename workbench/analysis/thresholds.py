"""From which values on a measurement is worth a word: built-in levels with their reasons, and a TOML file that changes them."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from workbench.analysis.measurement import QUANTITIES, Measurement
from workbench.api import Severity, UsageError

__all__ = ["BUILT_IN", "Anomaly", "Threshold", "judge", "load_thresholds"]

_LEVELS = {"note": Severity.NOTE, "warn": Severity.WARN, "error": Severity.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """From these values on it is a note, a warning, an error (None: never); below `at_least` samples nothing is said."""

    note: float | None = None
    warn: float | None = None
    error: float | None = None
    at_least: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A measurement at or above one of its levels."""

    severity: Severity
    measurement: Measurement
    level: float
    reason: str


def _limit(note: float | None, warn: float | None, error: float | None, at_least: int, reason: str) -> Threshold:
    return Threshold(note=note, warn=warn, error=error, at_least=at_least, reason=reason)


_MS = 1_000_000.0

BUILT_IN: Mapping[str, Threshold] = {
    "capture.drop_share": _limit(1e-9, 1e-3, 1e-2, 1, "every other number here is too low by what was not captured"),
    "tcp.retransmission_share": _limit(0.01, 0.03, 0.1, 100, "loss above 1 % halves what loss-based congestion control reaches"),
    "tcp.zero_windows": _limit(1, 10, None, 1, "a receiver does not keep up with its sender"),
    "tcp.reset_share": _limit(0.05, 0.2, 0.5, 10, "connections should end with FIN; resets lose what was under way"),
    "tcp.refused_share": _limit(0.05, 0.2, 0.5, 10, "clients look for a service where none listens"),
    "tcp.unanswered_share": _limit(0.05, 0.2, 0.5, 10, "a firewall drops, or a host is gone; clients wait seconds for nothing"),
    "tcp.silent_share": _limit(0.2, 0.5, None, 10, "handshakes without data: health checks, scans, or clients that give up"),
    "host.probed_ports": _limit(10, 25, 100, 1, "no client needs many closed ports; this is what a port scan looks like"),
    "message.malformed_share": _limit(1e-9, 0.01, 0.1, 1, "peers break the protocol, or the capture is damaged"),
    "message.undecoded_share": _limit(
        0.2, 0.5, None, 20, "most of this traffic cannot be judged here: see --keylog and --decode-as"
    ),
    "http.client_error_share": _limit(0.1, 0.3, None, 10, "clients ask for what is not there, or may not ask"),
    "http.server_error_share": _limit(1e-9, 0.01, 0.1, 1, "every 5xx is a failure of the server by its own word"),
    "dns.nxdomain_share": _limit(0.2, 0.5, None, 20, "search lists, typos, or software that invents names"),
    "dns.failure_share": _limit(0.01, 0.05, 0.2, 10, "SERVFAIL, NOTIMP and REFUSED make resolvers try elsewhere, and users wait"),
    "tls.alert_share": _limit(1e-9, 0.05, 0.3, 1, "a handshake or a record was refused: certificates, versions, middleboxes"),
    "exchange.p99_ns": _limit(1_000 * _MS, 3_000 * _MS, 10_000 * _MS, 20, "a person notices one second and leaves after ten"),
    "exchange.unanswered_share": _limit(0.05, 0.2, None, 10, "requests were lost, or the capture ends in the middle"),
}
"""Levels for a service in ordinary use. They are where a person should look, not proof of a fault."""


def judge(measurements: Iterable[Measurement], thresholds: Mapping[str, Threshold] = BUILT_IN) -> tuple[Anomaly, ...]:
    """What is at or above a level, the most severe first."""
    found = [anomaly for each in measurements for anomaly in _judged(each, thresholds)]
    return tuple(sorted(found, key=lambda each: (-each.severity, each.measurement.name, each.measurement.subject)))


def _judged(measured: Measurement, thresholds: Mapping[str, Threshold]) -> Iterator[Anomaly]:
    threshold = thresholds.get(measured.name)
    if threshold is None or measured.samples < threshold.at_least:
        return
    for name, severity in reversed(_LEVELS.items()):
        level = getattr(threshold, name)
        if level is not None and measured.value >= level:
            yield Anomaly(severity, measured, level, threshold.reason)
            return


def load_thresholds(path: Path) -> dict[str, Threshold]:
    """The built-in levels with those of a TOML file put over them, a table for each quantity; `off = true` silences one.

    Raises UsageError that names the file and the key.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"this is not TOML: {error}", place=str(path), remedy="Write a table for each quantity") from None
    result = dict(BUILT_IN)
    for name, table in _tables(tables, ""):
        if name not in QUANTITIES:
            near = get_close_matches(name, QUANTITIES, 1)
            remedy = f"Did you mean {near[0]}?" if near else f"Choose from {', '.join(QUANTITIES)}"
            raise UsageError(f"there is no quantity {name!r}", place=str(path), remedy=remedy)
        if table.get("off") is True:
            result.pop(name, None)
        else:
            result[name] = replace(BUILT_IN[name], **dict(_values(table, f"{path}: {name}")))
    return result


def _tables(tree: Mapping[str, Any], before: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """[tcp.reset_share] and ["tcp.reset_share"] are the same."""
    for key, value in tree.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and any(isinstance(inner, dict) for inner in value.values()):
            yield from _tables(value, f"{name}.")
        else:
            yield name, value if isinstance(value, dict) else {"": value}


def _values(table: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if (key == "reason" and isinstance(value, str)) or (key == "at_least" and type(value) is int and value > 0):
            yield key, value
        elif key in _LEVELS and (value is False or (type(value) in (int, float) and value >= 0)):
            yield key, None if value is False else float(value)
        else:
            remedy = "Write note, warn, error (numbers, or false), at_least (a whole number), reason (text) or off = true"
            raise UsageError(f"{key!r} cannot be {value!r}", place=place, remedy=remedy)
