"""What changed against an earlier capture: two profiles in, tables out. What counts as a change says `significance`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from workbench.analysis.exchanges import PERCENTILES
from workbench.analysis.histogram import Histogram
from workbench.analysis.measurement import QUANTITIES, Measurement
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.profile import Profile
from workbench.analysis.significance import LEAST_FACTOR, LEAST_POINTS, percentile_differs, share_differs
from workbench.analysis.thresholds import BUILT_IN, Anomaly, Threshold, judge

__all__ = ["RULE", "changes"]

RULE = (
    f"A change is what differs by more than chance: shares by {LEAST_POINTS:.0%} or more and three standard errors, response times "
    f"by a factor of {LEAST_FACTOR} or more with ranges that do not touch, and whatever is there in one capture only."
)

_Rows = tuple[tuple[Cell, ...], ...]

_SHARES = (
    Column("protocol", "protocol"),
    Column("old", "share before", "share"),
    Column("new", "now", "share"),
    Column("old_packets", "packets before", "count"),
    Column("new_packets", "now", "count"),
)
_TIMES = (
    Column("request", "request"),
    Column("percentile", "percentile", "number"),
    Column("old_ns", "before", "ns"),
    Column("new_ns", "now", "ns"),
    Column("factor", "factor", "number"),
    Column("old_count", "answers before", "count"),
    Column("new_count", "now", "count"),
)
_QUANTITIES = (
    Column("quantity", "quantity"),
    Column("subject", "of"),
    Column("old", "before", "share"),
    Column("new", "now", "share"),
    Column("old_samples", "samples before", "count"),
    Column("new_samples", "now", "count"),
    Column("first_packet", "first now", "packet"),
)
_PRESENCE = (Column("change", "change"), Column("name", "name", "address"), Column("count", "times", "count"))
_ANOMALIES = (
    Column("change", "change"),
    Column("severity", "severity"),
    Column("quantity", "quantity"),
    Column("subject", "of"),
    Column("unit", "unit"),
    Column("value", "value", "by_row"),
    Column("first_packet", "first", "packet"),
    Column("reason", "why it matters"),
)


def changes(old: Profile, new: Profile, *, thresholds: Mapping[str, Threshold] = BUILT_IN, top: int = 0) -> Iterator[Part]:
    """Tables of what changed from `old` to `new`, each with at most `top` rows (0: all)."""
    tables = (
        ("anomalies", "out of the ordinary, new or gone", _ANOMALIES, _anomalies(old, new, thresholds)),
        ("protocols", "shares of protocols", _SHARES, _protocols(old, new)),
        ("latency", "response times", _TIMES, _latencies(old, new)),
        ("quantities", "other shares", _QUANTITIES, _quantities(old, new)),
        ("hosts", "hosts, new or gone (times: packets)", _PRESENCE, _presence(old.hosts, new.hosts)),
        ("servers", "servers, new or gone (times: conversations)", _PRESENCE, _presence(old.servers, new.servers)),
    )
    for name, title, columns, rows in tables:
        every = tuple(rows)
        shown = every[: top or None]
        yield Table(name=name, title=title, columns=columns, rows=shown, more=len(every) - len(shown))


def _protocols(old: Profile, new: Profile) -> Iterator[tuple[Cell, ...]]:
    rows = []
    for name in old.protocols.keys() | new.protocols.keys():
        before, now = old.protocols.get(name, 0), new.protocols.get(name, 0)
        shares = (before / max(1, old.packets), now / max(1, new.packets))
        if not before or not now or share_differs(shares[0], old.packets, shares[1], new.packets):
            rows.append((name, *shares, before, now))
    yield from sorted(rows, key=lambda row: (-abs(row[2] - row[1]), row[0]))


def _latencies(old: Profile, new: Profile) -> Iterator[tuple[Cell, ...]]:
    rows: list[tuple[float, tuple[Cell, ...]]] = []
    for name in old.latencies.keys() & new.latencies.keys():
        before, now = old.latencies[name], new.latencies[name]
        rows += ((_factor(cells[4]), cells) for cells in _times(name, before, now))
    for _, cells in sorted(rows, key=lambda row: (-row[0], str(row[1][0]), row[1][1])):
        yield cells


def _times(name: str, before: Histogram, now: Histogram) -> Iterator[tuple[Cell, ...]]:
    for share in PERCENTILES:
        if percentile_differs(before, now, share):
            was, is_now = before.percentile(share), now.percentile(share)
            yield name, share, was, is_now, is_now / max(1, was), before.count, now.count


def _factor(cell: Cell) -> float:
    """How much it changed, up or down."""
    factor = float(cell or 0) or 1e-9
    return max(factor, 1 / factor)


def _quantities(old: Profile, new: Profile) -> Iterator[tuple[Cell, ...]]:
    before = {(each.name, each.subject): each for each in old.measurements}
    for now in new.measurements:
        was = before.get((now.name, now.subject))
        if was is None or QUANTITIES[now.name].unit != "share":
            continue
        if share_differs(was.value, was.samples, now.value, now.samples):
            yield now.name, now.subject, was.value, now.value, was.samples, now.samples, now.first_packet or None


def _presence(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[tuple[Cell, ...]]:
    for change, these, others in (("new", new, old), ("gone", old, new)):
        alone = ((name, count) for name, count in these.items() if name not in others)
        for name, count in sorted(alone, key=lambda item: (-item[1], item[0])):
            yield change, name, count


def _anomalies(old: Profile, new: Profile, thresholds: Mapping[str, Threshold]) -> Iterator[tuple[Cell, ...]]:
    before, now = (_judged(profile.measurements, thresholds) for profile in (old, new))
    for key, anomaly in now.items():
        known = before.get(key)
        if known is None:
            yield _anomaly_cells("new", anomaly)
        elif known.severity != anomaly.severity:
            yield _anomaly_cells("worse" if anomaly.severity > known.severity else "better", anomaly)
    for key, anomaly in before.items():
        if key not in now:
            # its evidence lies in the other file
            yield _anomaly_cells("gone", replace(anomaly, measurement=replace(anomaly.measurement, first_packet=0)))


def _judged(measurements: Iterable[Measurement], thresholds: Mapping[str, Threshold]) -> dict[tuple[str, str], Anomaly]:
    return {(each.measurement.name, each.measurement.subject): each for each in judge(measurements, thresholds)}


def _anomaly_cells(change: str, anomaly: Anomaly) -> tuple[Cell, ...]:
    measured = anomaly.measurement
    return (
        change,
        anomaly.severity.name,
        measured.name,
        measured.subject,
        QUANTITIES[measured.name].unit,
        measured.value,
        measured.first_packet or None,
        anomaly.reason,
    )
