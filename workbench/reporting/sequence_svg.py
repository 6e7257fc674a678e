"""A sequence diagram as an SVG file of its own: no script, nothing from outside, light or dark as the reader's system is."""

from collections.abc import Iterator
from html import escape

from dissectors.text import safe
from workbench.analysis.sequence import Sequence, Step
from workbench.api import Direction
from workbench.reporting.sequence_text import step_words
from workbench.reporting.units import duration

__all__ = ["svg_diagram"]

WIDTH = 1_000
LEFT, RIGHT = 190, 970
"""Where the lifelines stand: times and packets to the left of them."""

TOP, ROW = 64, 30
LONGEST = 110
"""Characters that fit between the lifelines."""

_STYLE = """\
svg{color-scheme:light dark;--ground:#fff;--ink:#1c2024;--dim:#5b6672;--up:#1f6feb;--down:#1a7f37;--bad:#b3261e}
@media(prefers-color-scheme:dark){svg{--ground:#14171a;--ink:#e4e8ec;--dim:#9aa5b1;--up:#6ea8fe;--down:#5fc27e;--bad:#f2857c}}
.ground{fill:var(--ground)}text{fill:var(--ink);font:12px ui-monospace,monospace}.dim{fill:var(--dim)}.life{stroke:var(--dim)}
.up{stroke:var(--up)}.down{stroke:var(--down)}.up,.down,.bad{stroke-width:1.4}.bad{stroke:var(--bad)}
.tip.up{fill:var(--up)}.tip.down{fill:var(--down)}.tip.bad{fill:var(--bad)}"""


def svg_diagram(sequence: Sequence) -> Iterator[str]:
    """The lines of the file."""
    rows = len(sequence.steps) + bool(sequence.more)
    height = TOP + rows * ROW + 24
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    yield f"<style>{_STYLE}</style>"
    yield f"<title>{_text(sequence.title)}</title>"
    yield f'<rect class="ground" width="{WIDTH}" height="{height}"/>'
    for at, name, anchor in ((LEFT, sequence.flow.client, "start"), (RIGHT, sequence.flow.server, "end")):
        yield f'<text x="{at}" y="{TOP - 34}" text-anchor="{anchor}">{_text(str(name))}</text>'
        yield f'<line class="life" x1="{at}" x2="{at}" y1="{TOP - 24}" y2="{height - 12}"/>'
    for number, step in enumerate(sequence.steps):
        yield from _step(step, TOP + number * ROW)
    if sequence.more:
        middle = (LEFT + RIGHT) // 2
        yield f'<text class="dim" x="{middle}" y="{height - 24}" text-anchor="middle">and {sequence.more:,} more</text>'
    yield "</svg>"


def _step(step: Step, y: int) -> Iterator[str]:
    to_server = step.direction is Direction.TO_SERVER
    kind = "bad" if step.faulty else "up" if to_server else "down"
    tip, back = (RIGHT, -8) if to_server else (LEFT, 8)
    yield f'<text class="dim" x="{LEFT - 84}" y="{y + 4}" text-anchor="end">{duration(step.after_ns)}</text>'
    yield f'<text class="dim" x="{LEFT - 10}" y="{y + 4}" text-anchor="end">#{step.packet}</text>'
    yield f'<line class="{kind}" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>'
    yield f'<polygon class="tip {kind}" points="{tip},{y} {tip + back},{y - 4} {tip + back},{y + 4}"/>'
    x, anchor = (LEFT + 10, "start") if to_server else (RIGHT - 10, "end")
    yield f'<text x="{x}" y="{y - 5}" text-anchor="{anchor}">{_text(step_words(step, LONGEST))}</text>'


def _text(text: str) -> str:
    return escape(safe(text))
