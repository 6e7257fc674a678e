"""A campaign's state as text for the dashboard and rows for its tables. No widgets here."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from workbench.api import ProtocolSpec
from workbench.tui.campaigns import CampaignRun, Found
from workbench.tui.cells import bar, clean, count, size, sparkline
from workbench.tui.theme import Palette
from workbench.tui.widgets.table_list import Row

__all__ = ["dashboard", "found_rows", "target_rows"]

LABEL = 13
REASONS = {
    "cases": "all cases were played",
    "seconds": "its time was up",
    "findings": "it found enough",
    "stopped": "it was stopped",
    "interrupted": "it was interrupted",
    "gone": "the target went away and cannot be started again",
    "ended": "ended",
}


def target_rows(specs: Sequence[ProtocolSpec]) -> Iterator[Row]:
    """What can be attacked without further words: the plugins' own servers, those with planted faults first."""
    for kind, says in (("training", "faults planted on purpose"), ("reference", "ought to hold")):
        for spec in specs:
            if getattr(spec, "training" if kind == "training" else "server") is None:
                continue
            seeds = f"{len(spec.seeds)} seeds"
            states = f"{len({state for state, _ in spec.states})} states" if spec.states else "stateless"
            cells = (spec.name, kind, spec.title, seeds, states, says)
            style = "warning" if kind == "training" else "good"
            yield Row(f"{spec.name}/{kind}", tuple(map(clean, cells)), (spec.name, style, "", "dim", "dim", "dim"))


def found_rows(found: Sequence[Found]) -> Iterator[Row]:
    """Findings in the order in which they were made."""
    for number, finding in enumerate(found, 1):
        shrunk = f"{size(finding.original_size)} → {size(finding.size)}"
        cells = (str(number), finding.oracle, f"case {count(finding.case)}", f"{finding.messages} msg", shrunk, finding.summary)
        style = "error" if finding.oracle in ("crash", "hang") else "warning"
        yield Row(finding.slug, tuple(map(clean, cells)), ("dim", style, "dim", "dim", "dim", ""))


def dashboard(run: CampaignRun | None, cases: int, seed: int, width: int, palette: Palette) -> Text:
    """Counters, progress and curve of the running (or last) campaign; before the first one, how to start it."""
    text = Text(end="")
    ink = palette.ink

    def line(label: str, *parts: tuple[str, str]) -> None:
        text.append(f" {label:<{LABEL}}", ink("dim"))
        for part, style in parts:
            text.append(part, ink(style))
        text.append("\n")

    if run is None:
        line("Ready", (f"s starts a campaign of {count(cases)} cases with seed {seed} on the chosen target", "text"))
        line("", ("equal seeds give equal cases and equal findings; c sets the number of cases, :fuzz.seed the seed", "dim"))
        return text
    counters, means = run.counters, run.counters.means
    state, style = _state(run)
    by = f"   {means['executor']} × {means['workers']}" if means else ""
    line(
        "Target",
        (clean(run.target or f"{run.plan.target} server of {run.plan.protocol}"), "strong"),
        (clean(f"   seed {run.plan.seed}{by}"), "dim"),
    )
    line("State", (clean(state), style))
    room = max(10, min(60, width - LABEL - 40))
    share = f" {100 * run.progress:.0f} %   {count(counters.cases)} of {count(run.plan.cases)} cases"
    line("Progress", (bar(run.progress, room), "accent"), (share, "text"))
    line(
        "Rate",
        (sparkline(list(run.rates), room).rjust(room), "good"),
        (f" {count(round(run.rate))}/s", "strong"),
        (f"   {counters.seconds:.1f} s", "dim"),
    )
    line("Seen", (sparkline(_sampled(run.growth.points, room), room).ljust(room), "accent"), *_seen(run))
    line(
        "Findings",
        (f"{counters.findings}", "error" if counters.findings else "text"),
        (
            f"   {count(counters.suspicious)} suspicious cases · {counters.unconfirmed} not confirmed · {counters.restarts} restarts",
            "dim",
        ),
    )
    line("Corpus", (f"{count(counters.corpus)} sessions", "text"), (_newest(run), "dim"))
    line("States", *_states(run))
    last = run.found[-1] if run.found else None
    line("Last", (f"{last.oracle}: {clean(last.summary)}", "warning") if last is not None else ("nothing found yet", "dim"))
    line("Folder", (clean(str(run.plan.directory)), "dim"))
    return text


def _seen(run: CampaignRun) -> Iterator[tuple[str, str]]:
    """What the target was seen to do, in numbers."""
    counters, means = run.counters, run.counters.means
    if counters.edges:
        yield f" {count(counters.edges)} edges", "strong"
        if means.get("stability") is not None:
            yield f"   {100 * means['stability']:.1f} % stable", "dim"
        yield f"   {count(counters.transitions)} transitions", "dim"
    else:
        yield f" {count(counters.transitions)} transitions", "strong"


def _newest(run: CampaignRun) -> str:
    counters = run.counters
    if counters.latest < 0:
        return ""
    ago = f" {counters.seconds - counters.latest_s:.0f} s ago" if counters.latest_s >= 0 else " in an earlier run"
    return f"   case {count(counters.latest)} showed something new,{ago}"


def _states(run: CampaignRun) -> Iterator[tuple[str, str]]:
    """The graph of states, as far as it is known, against the protocol's table."""
    counters = run.counters
    yield f"{count(counters.states)} seen in replies", "text"
    if counters.moves:
        yield f"   {count(counters.moves)} moves of the protocol's table", "dim"
    if counters.strange:
        yield f"   {count(counters.strange)} that it does not have", "warning"


def _sampled(points: Sequence[float], room: int) -> list[float]:
    """A whole curve in so much room."""
    return list(points) if len(points) <= room else [points[place * len(points) // room] for place in range(room)]


def _state(run: CampaignRun) -> tuple[str, str]:
    if run.error:
        return run.error, "error"
    if run.ended:
        return f"ended: {REASONS.get(run.ended, run.ended)}", "good"
    if run.examined:
        return f"looking into {run.examined}", "warning"
    return ("running" if run.counters.cases else "starting …"), "accent"
