import sys

from hypothesis import given
from hypothesis import strategies as st

from fuzzers.fingerprints import frames_of, frames_of_traceback, functions, inside, normalised, project_frames, slug_of


def test_messages_differ_only_in_what_is_theirs():
    assert normalised("checksum is 0xdead, the bytes give 0xBEEF") == normalised("checksum is 0x1, the bytes give 0x22")
    assert normalised("no key 'a b'  in 12 places") == normalised('no key "c" in 3 places')
    assert normalised("too short") != normalised("too long")


@given(st.text(max_size=400))
def test_normalised_is_one_bounded_line_without_numbers(text: str):
    line = normalised(text)
    assert len(line) <= 160
    assert not any(char.isdecimal() or char == "\n" for char in line)


def test_frames_of_a_traceback_name_functions_not_lines():
    def broken():
        return 1 // 0

    try:
        broken()
    except ZeroDivisionError as error:
        frames = frames_of_traceback(error.__traceback__)
    assert frames[-1].endswith(":broken")
    assert frames[0].endswith(":test_frames_of_a_traceback_name_functions_not_lines")


def test_where_a_plugin_file_lies_is_in_no_frame():
    scope = {"__name__": "workbench_plugin_file_ledger_149805bc"}
    exec("import sys\ndef stack():\n    return sys._getframe()", scope)
    assert frames_of(scope["stack"]())[-1] == "ledger:stack"


def test_a_fingerprint_has_functions_only():
    assert functions(("ledger:receive", "other.module:_parse")) == "receive | _parse"


def test_frames_of_a_stack_are_outermost_first():
    frames = frames_of(sys._getframe())
    assert frames[-1].endswith(":test_frames_of_a_stack_are_outermost_first")
    assert len(frames) > 2


def test_own_frames_only():
    frames = ("runpy:run", "mine.server:main", "asyncio.events:run", "construct.core:parse", "mine.parser:parse", "json:loads")
    assert project_frames(frames) == ("mine.server:main", "mine.parser:parse")
    assert project_frames(f"mine:f{number}" for number in range(9)) == tuple(f"mine:f{number}" for number in range(4, 9))
    assert project_frames(("queue.c:push", "queue:push", "[select]:run")) == ("queue.c:push", "[select]:run")


def test_who_called_the_engine_does_not_matter():
    assert inside(("__main__:<module>", "fuzzers.targets.play:play", "mine:serve", "mine:spin")) == ("mine:serve", "mine:spin")
    assert inside(("mine:serve",)) == ("mine:serve",)


def test_equal_fingerprints_share_a_folder():
    assert slug_of("crash", "x") == slug_of("crash", "x")
    assert slug_of("crash", "x") != slug_of("crash", "y")
    assert slug_of("crash", "x").startswith("crash_")
    assert slug_of("crash", "x").isidentifier()
