import io
import json
from pathlib import Path

import pytest

from fuzzers import Ended, Examining, Finding, FindingFound, Means, Progress, Reading, Started, Stats
from support.commands import Screen
from workbench.cli.console import Console
from workbench.cli.fuzz_status import DRAW_S, LINE_S, RECORD_S, Board, Lines, Ndjson, board_lines, teller_for

STARTED = Started("tiny", "server\x1b[2J of tiny", 7, Path("folder"), 3, 0, Means("fork", 2))
STATS = Stats(12_345, 83.0, 12, 3, 1, 2, 733, 1215, 87, 11_002, 3210.4, 80.0, 42.0, Means("fork", 2, 0.984, 65_536), 9, 14, 2)
FOUND = Finding("crash-1", "crash", "died\x1b[2J", "crash:1", 900, Path("folder/crash-1"), (b"ab", b"c"), 5, 100, False)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def console(*, terminal: bool = False) -> Console:
    return Console(io.StringIO(), Screen() if terminal else io.StringIO())


def test_the_board_says_everything_in_five_lines():
    lines = board_lines(STARTED, STATS)
    assert "\x1b" not in "".join(lines)
    text = "\n".join(lines)
    for words in (
        "seed 7 · executor fork × 2",
        "12,345 in 1:23 min · 3,210/s now · 149/s on average",
        "733 sessions · case 11,002 was new 3.0 s ago",
        "1,215 edges of 65,536 · 98.4 % stable · 87 transitions · 9 states · 14 moves of the table, 2 that it does not have",
        "3, the last one 41.0 s ago · 12 suspicious cases · 1 unconfirmed · 2 restarts",
    ):
        assert words in text
    assert len(lines) == 5


def test_what_is_not_known_is_not_said():
    text = "\n".join(board_lines(STARTED, Stats(means=Means("blackbox"))))
    assert "edges" not in text
    assert "states" not in text
    assert "stable" not in text
    assert "ago" not in text
    assert "executor blackbox × 1" in text


def test_a_terminal_gets_a_board_that_is_drawn_over_itself():
    clock, screen = Clock(), console(terminal=True)
    board = Board(screen, clock=clock)
    board.hear(STARTED)
    board.hear(Progress(STATS))
    assert "12,345" not in screen.err.getvalue(), "nothing before it is due"
    for _ in range(2):
        clock.now += DRAW_S
        board.hear(Progress(STATS))
    first, second = screen.err.getvalue().split("\r\x1b[5A\x1b[J")
    assert second.count("\n") == 5
    assert second in first
    board.hear(FindingFound(FOUND, STATS))
    assert screen.out.getvalue().startswith("case 900: not confirmed: died")
    assert "\x1b" not in screen.out.getvalue()
    board.hear(Ended("cases", STATS, (FOUND,)))
    assert screen.err.getvalue().endswith(second)
    assert screen.err.getvalue().count("\r\x1b[5A\x1b[J") == 3, (
        "each drawing but the first, and the one below a finding, wipes five lines"
    )


def test_what_is_looked_into_is_on_the_board_at_once_and_until_that_is_over():
    clock, screen = Clock(), console(terminal=True)
    board = Board(screen, clock=clock)
    board.hear(STARTED)
    board.hear(Examining(900, "died\x1b[2J", STATS))
    assert "examined  case 900: died" in screen.err.getvalue()
    clock.now += DRAW_S
    board.hear(Progress(STATS))
    *_, last = screen.err.getvalue().split("\r\x1b[6A\x1b[J")
    assert "examined" not in last
    assert last.count("\n") == 5


def test_without_a_terminal_there_is_a_line_now_and_then():
    clock, plain = Clock(), console()
    lines = Lines(plain, clock=clock)
    lines.hear(Reading(Path("x.pcap"), 1000, 3))
    lines.hear(STARTED)
    for _ in range(40):
        clock.now += LINE_S / 20
        lines.hear(Progress(STATS))
    lines.hear(Examining(900, "died", STATS))
    lines.hear(FindingFound(FOUND, STATS))
    lines.hear(Ended("cases", STATS, (FOUND,)))
    said = plain.err.getvalue().splitlines()
    assert len(said) == 3
    assert said[0].startswith("fuzzing server")
    assert said[0].endswith("3 sessions as corpus, executor fork × 2")
    assert "1,215 edges, 98.4 % stable, 87 transitions, 3 findings, the last one 41.0 s ago, fork × 2" in said[1]
    assert "\x1b" not in plain.err.getvalue() + plain.out.getvalue()
    assert plain.out.getvalue().count("\n") == 1


def test_findings_leave_stdout_to_the_report():
    quiet = console()
    teller_for(quiet, ndjson=False, as_json=True).hear(FindingFound(FOUND, STATS))
    assert quiet.out.getvalue() == ""
    assert "case 900" in quiet.err.getvalue()


def test_every_event_is_a_line_of_json():
    clock, plain = Clock(), console()
    teller = Ndjson(plain, clock=clock)
    teller.hear(Reading(Path("x.pcap"), 1000, 3))
    teller.hear(STARTED)
    for _ in range(20):
        clock.now += RECORD_S / 10
        teller.hear(Progress(STATS))
    teller.hear(Examining(900, "died", STATS))
    teller.hear(FindingFound(FOUND, STATS))
    teller.hear(Ended("findings", STATS, (FOUND,)))
    records = [json.loads(line) for line in plain.out.getvalue().splitlines()]
    assert [record["event"] for record in records] == [
        "reading",
        "started",
        "progress",
        "progress",
        "examining",
        "finding",
        "ended",
    ]
    assert records[1]["means"] == {"executor": "fork", "workers": 2, "stability": None, "places": 0, "why": ""}
    assert (records[2]["edges"], records[2]["means"]["stability"], round(records[2]["rate"])) == (1215, 0.984, 149)
    assert (records[5]["bytes"], records[5]["confirmed"], records[5]["stats"]["findings"]) == (3, False, 3)
    assert (records[6]["reason"], records[6]["slugs"]) == ("findings", ["crash-1"])


@pytest.mark.parametrize(("terminal", "ndjson", "kind"), [(True, False, Board), (False, False, Lines), (True, True, Ndjson)])
def test_the_way_that_suits(terminal, ndjson, kind):
    assert type(teller_for(console(terminal=terminal), ndjson=ndjson, as_json=False)) is kind
