"""A sequence diagram as text: two lifelines, an arrow with its words for each step."""

from collections.abc import Iterator

from dissectors.text import safe
from workbench.analysis.sequence import Sequence, Step
from workbench.api import Direction
from workbench.reporting.units import duration

__all__ = ["step_words", "text_diagram"]

WIDTH = 76
"""Characters between the lifelines, so that a line with its time and packet fits into a hundred."""

_SHORTEST_SHAFT = 4


def step_words(step: Step, most: int) -> str:
    """Layers, protocol and summary of a step in one printable line of at most `most` characters."""
    place = " › ".join((*step.layer, step.protocol))
    words = safe(f"{place}: {step.text}" if step.text else place)
    words = f"✗ {words}" if step.faulty else words
    return words if len(words) <= most else f"{words[: most - 1]}…"


def text_diagram(sequence: Sequence) -> Iterator[str]:
    """The lines of the diagram; times count from the first step."""
    client, server = safe(str(sequence.flow.client)), safe(str(sequence.flow.server))
    yield safe(sequence.title)
    yield f"{'after':>9} {'packet':>8}  {client:<{WIDTH // 2}}{server:>{WIDTH // 2 + 2}}"
    for step in sequence.steps:
        yield f"{duration(step.after_ns):>9} {'#' + str(step.packet):>8}  │{_arrow(step)}│"
    if sequence.more:
        yield f"{'':>18}  … and {sequence.more:,} more"


def _arrow(step: Step) -> str:
    words = f" {step_words(step, WIDTH - 2 * _SHORTEST_SHAFT)} "
    shaft = "─" * (WIDTH - 2 - len(words))
    if step.direction is Direction.TO_SERVER:
        return f"──{words}{shaft[1:]}▶"
    return f"◀{shaft[1:]}{words}──"
