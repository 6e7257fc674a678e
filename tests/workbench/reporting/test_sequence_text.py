from hypothesis import given

from support.sequences import FLOW, SEQUENCES, step
from workbench.analysis.sequence import Sequence
from workbench.api import Direction
from workbench.reporting.sequence_text import WIDTH, step_words, text_diagram


def test_arrows_point_from_who_speaks():
    down = step("200 OK", direction=Direction.TO_CLIENT, layer=("tls",), faulty=True)
    title, head, asking, telling, more = text_diagram(Sequence("t", FLOW, (step(), down), 2))
    assert title == "t"
    assert "10.0.0.1:40000" in head
    assert head.endswith("[fe80::1]:80")
    assert "#4  │── http1: GET / ──" in asking
    assert asking.endswith("▶│")
    assert "│◀──" in telling
    assert telling.endswith("── ✗ tls › http1: 200 OK ──│"[2:])
    assert more.strip() == "… and 2 more"


def test_words_are_cut():
    assert step_words(step("x" * 100), 20) == "http1: xxxxxxxxxxxx…"


@given(SEQUENCES)
def test_lines_are_aligned_and_move_no_cursor(sequence):
    lines = list(text_diagram(sequence))
    assert all(line.isprintable() for line in lines)
    arrows = lines[2 : 2 + len(sequence.steps)]
    assert {line.count("│") >= 2 and len(line.split("│", 1)[1]) for line in arrows} <= {WIDTH + 1}
