import io
import json

import pytest

from workbench.cli import console as console_module
from workbench.cli.console import LONG, Console


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_data_and_narration_go_apart():
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err)
    console.data("row")
    console.lines(["a", "b"])
    console.say("hello")
    console.warn("odd")
    assert out.getvalue() == "row\na\nb\n"
    assert err.getvalue() == "hello\nworkbench: warning: odd\n"


@pytest.mark.parametrize("count", [3, LONG, LONG + 1, 1000])
def test_long_lists_have_an_item_on_each_line(count):
    value = {"few": [{"a": [1]}], "many": [{"n": number, "text": "ü\n"} for number in range(count)], "none": None}
    out = io.StringIO()
    Console(out, io.StringIO()).json(value)
    assert json.loads(out.getvalue()) == value
    assert out.getvalue().isascii()
    assert len(out.getvalue().splitlines()) == (count + 12 if count > LONG else 4 * count + 12)


def test_json_is_ascii():
    out = io.StringIO()
    Console(out, io.StringIO()).json({"ü": b"x".hex()}, indent=None)
    assert out.getvalue().isascii()
    assert json.loads(out.getvalue()) == {"ü": "78"}


def test_progress_waits_a_second_and_is_wiped():
    now = [0.0]
    err = _Terminal()
    console = Console(io.StringIO(), err, clock=lambda: now[0])
    console.progress("early")
    assert err.getvalue() == ""
    now[0] = 1.5
    console.progress("10 %")
    console.progress("too soon after the last")
    now[0] = 2.0
    console.progress("20 %")
    console.say("over")
    assert err.getvalue() == "\r\x1b[K10 %\r\x1b[K20 %\r\x1b[Kover\n"


def test_progress_is_for_terminals_only():
    now = [0.0]
    err = io.StringIO()
    console = Console(io.StringIO(), err, clock=lambda: now[0])
    now[0] = 9.0
    console.progress("10 %")
    console.done()
    assert err.getvalue() == ""


def test_interactive_needs_both_ends(monkeypatch):
    monkeypatch.setattr("sys.stdin", _Terminal())
    assert Console(_Terminal(), io.StringIO()).interactive
    assert not Console(io.StringIO(), io.StringIO()).interactive
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert not Console(_Terminal(), io.StringIO()).interactive


def test_lines_before_an_interruption_are_written():
    def lines():
        yield "one"
        raise KeyboardInterrupt

    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        Console(out, io.StringIO()).lines(lines())
    assert out.getvalue() == "one\n"


def test_long_lines_are_not_held_back(monkeypatch):
    monkeypatch.setattr(console_module, "BLOCK_CHARACTERS", 10)
    out = io.StringIO()

    def lines():
        yield "12345"
        assert out.getvalue() == ""
        yield "67890"
        assert out.getvalue() == "12345\n67890\n"
        yield "1"
        assert out.getvalue() == "12345\n67890\n"

    Console(out, io.StringIO()).lines(lines())
    assert out.getvalue() == "12345\n67890\n1\n"


def test_many_lines():
    out = io.StringIO()
    Console(out, io.StringIO()).lines(str(number) for number in range(1000))
    assert out.getvalue().splitlines() == [str(number) for number in range(1000)]
    Console(out, io.StringIO()).lines([])
    assert out.getvalue().endswith("999\n")
