from textual.widgets import Input

from support.panes import Pane
from support.terminal import drive, screen_text, until
from workbench.tui.filter_state import FilterState, Judgement
from workbench.tui.widgets.filter_bar import FilterBar


def test_the_text_is_read_when_it_rests():
    pane = Pane(FilterBar())

    async def script(pilot):
        pane.widget.input.focus()
        await pilot.press(*"http")
        await until(pilot, lambda: pane.of(FilterBar.Changed))
        assert [message.text for message in pane.of(FilterBar.Changed)] == ["http"]

    drive(pane, script, (80, 10))


def test_enter_reads_at_once():
    pane = Pane(FilterBar())

    async def script(pilot):
        pane.widget.input.focus()
        await pilot.press(*"tcp", "enter")
        await pilot.pause()
        assert [message.text for message in pane.of(FilterBar.Changed)] == ["tcp"]
        assert [message.text for message in pane.of(FilterBar.Accepted)] == ["tcp"]

    drive(pane, script, (80, 10))


def test_escape_and_down_lead_out():
    pane = Pane(FilterBar())

    async def script(pilot):
        pane.widget.input.focus()
        await pilot.press("escape", "down")
        await pilot.pause()
        assert len(pane.of(FilterBar.Left)) == 1
        assert len(pane.of(FilterBar.Accepted)) == 1

    drive(pane, script, (80, 10))


def test_keys_are_letters_while_typing():
    pane = Pane(FilterBar())

    async def script(pilot):
        pane.widget.input.focus()
        await pilot.press("1", "q", "Q", "j")
        assert pane.widget.text == "1qQj"

    drive(pane, script, (80, 10))


def test_each_state_has_its_class_and_its_words():
    pane = Pane(FilterBar())

    async def script(pilot):
        bar = pane.widget
        for state in FilterState:
            bar.say(Judgement(state, None, "what is wrong", 2), f"words for {state.value}")
            await pilot.pause()
            assert bar.has_class(state.name.lower())
            assert sum(bar.has_class(each.name.lower()) for each in FilterState) == 1
            assert f"words for {state.value}" in screen_text(pane)
            explained = state in (FilterState.INVALID, FilterState.INCOMPLETE)
            assert ("^ what is wrong" in screen_text(pane)) == explained

    drive(pane, script, (80, 10))


def test_a_text_that_is_put_in_is_read_once():
    pane = Pane(FilterBar())

    async def script(pilot):
        pane.widget.set_text("udp")
        await pilot.pause()
        assert [message.text for message in pane.of(FilterBar.Changed)] == ["udp"]
        assert pane.widget.query_one(Input).value == "udp"

    drive(pane, script, (80, 10))


def test_what_may_follow_is_suggested_and_taken():
    pane = Pane(FilterBar(lambda text: "tcp.stream" if "tcp.stream".startswith(text) else ""))

    async def script(pilot):
        pane.widget.input.focus()
        await pilot.press(*"tcp.s")
        await until(pilot, lambda: "tcp.stream" in screen_text(pilot.app))
        assert pane.widget.text == "tcp.s"
        await pilot.press("right")
        await until(pilot, lambda: pane.widget.text == "tcp.stream")

    drive(pane, script, (80, 10))
