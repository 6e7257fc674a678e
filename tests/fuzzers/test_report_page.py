from pathlib import Path

from fuzzers.model import USUAL, Conduct, Ending, Execution, Finding, Mutation, Parting
from fuzzers.report_page import finding_page
from support.tiny import TINY, TOKEN
from workbench.api import Direction

TURNS = ((Direction.TO_SERVER, b"\x1b[2Jask\n"), (Direction.TO_CLIENT, b"say " + TOKEN + b"`````"))


def page(
    detail: str = "",
    *,
    confirmed: bool = True,
    summary: str = "it <b>broke</b>\n# badly",
    conduct: Conduct = USUAL,
    lanes: tuple[int, ...] = (),
) -> str:
    finding = Finding("leak-1", "leak", summary, "leak:`x`", 12, Path("leak-1"), (b"ask",), 4, 99, confirmed)
    mutation = Mutation("bytes.flip", 0, "[1:2]", "a", "`b`")
    return finding_page(TINY, [mutation], detail, finding, Execution(TURNS, Ending.CLOSED, secret=True, lanes=lanes), (), conduct)


def test_says_what_is_needed():
    text = page()
    assert text.startswith("# leak: it  b broke /b  # badly\n")
    assert "Case 12: 4 messages, 99 bytes" in text
    assert "Minimised: 1 messages, 3 bytes" in text
    assert "-- closed" in text
    assert "bytes.flip: message 0 [1:2]: a →  b " in text


def test_holds_no_secret_and_no_control_character():
    text = page(f"log: {TOKEN.decode()} \x1b[0m\x07 ```")
    assert TOKEN.decode() not in text
    assert "<secret of another session>" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("```") == 4


def test_unconfirmed_findings_say_so():
    assert "not confirmed" in page(confirmed=False)
    assert "not confirmed" not in page()


def test_how_the_client_behaves_is_said_where_it_matters():
    text = page(conduct=Conduct.of([0, 1], [Parting.RESET]), lanes=(0, 1))
    assert "- Over 2 connections" in text
    assert "- Connection 0 is left by reset." in text
    assert "\n0 >> " in text
    assert "\n1 << " in text
    assert "onnection" not in page().partition("## Conversation")[2].partition("```")[0]
