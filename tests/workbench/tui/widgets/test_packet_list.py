from support.panes import Pane
from support.synthetic import SyntheticSession
from support.terminal import drive, screen_text
from workbench.rows import PacketRow
from workbench.tui.row_map import RowMap
from workbench.tui.widgets.packet_list import Info, PacketList, Related


def listed(session: SyntheticSession) -> PacketList:
    widget = PacketList()
    session.grow()
    widget.source, widget.rows, widget.infos = session, RowMap(total=len(session)), {}
    return widget


def test_rows_come_from_the_columns():
    pane = Pane(listed(SyntheticSession(20)))

    async def script(pilot):
        await pilot.pause()
        lines = screen_text(pane).splitlines()
        assert lines[0].split() == ["No.", "Time", "Source", "Destination", "Protocol", "Length", "Info"]
        assert lines[1].split()[:6] == ["1", "0.000000", "10.0.0.1", "10.1.0.1", "TCP", "84"]

    drive(pane, script, (120, 10))


def test_on_a_narrow_screen_the_length_goes():
    pane = Pane(listed(SyntheticSession(20)))

    async def script(pilot):
        await pilot.pause()
        assert "Length" not in screen_text(pane)
        assert "Info" in screen_text(pane)

    drive(pane, script, (80, 10))


def test_summaries_replace_the_columns_words():
    widget = listed(SyntheticSession(20))
    widget.infos = {2: Info("HTTP", "GET /there"), 3: None}
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        lines = screen_text(pane).splitlines()
        assert lines[2].endswith("GET /there")
        assert " HTTP " in lines[2]
        assert " TCP " in lines[3]

    drive(pane, script, (120, 10))


def test_the_gutter_shows_marks_stream_and_carriers():
    widget = listed(SyntheticSession(20))
    widget.marks = {1}
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        widget.relate(Related(("tcp", 1), frozenset({6})))
        await pilot.pause()
        gutters = [line[:2] for line in screen_text(pane).splitlines()[1:8]]
        assert gutters == ["◆ ", " │", "  ", "  ", "  ", " ●", "  "]

    drive(pane, script, (120, 10))


class Odd(SyntheticSession):
    """Packets with addresses, names and times that nobody expects."""

    def row(self, number: int):
        return PacketRow(number, (1 << 63) - 1, "\x1b[2J", "2001:db8:1234:5678:9abc:def0:1234:5678", "[b]\n", 9, "\x07bell")


def test_odd_packets_are_rows_like_any_other():
    widget = listed(Odd(5))
    pane = Pane(widget)

    async def script(pilot):
        for times in ("relative", "delta", "clock"):
            widget.times = times
            widget.redraw()
            await pilot.pause()
            text = screen_text(pane)
            assert "\\x1b[2J" in text
            assert "2001:db…34:5678" in text
            assert "\\x07bell" in text
            assert sum(1 for line in text.splitlines() if line) == 6

    drive(pane, script, (120, 10))


def test_what_is_visible_comes_before_what_is_near():
    widget = listed(SyntheticSession(200))
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        widget.move(100)
        await pilot.pause()
        numbers = widget.visible_numbers(1.0)
        top = widget.scroll_offset.y + 1
        assert numbers[:9] == list(range(top, top + 9))
        assert set(numbers) == set(range(top - 9, top + 18))

    drive(pane, script, (120, 10))


def test_going_to_a_hidden_packet_finds_the_next_shown_one():
    import numpy as np

    widget = listed(SyntheticSession(200))
    widget.rows = RowMap(filtered=True)
    widget.rows.add(np.array([50, 100, 150]), 200)
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        widget.goto(60)
        assert widget.current == 100

    drive(pane, script, (120, 10))


def test_an_empty_result_is_said():
    widget = listed(SyntheticSession(20))
    widget.rows = RowMap(filtered=True)
    pane = Pane(widget)

    async def script(pilot):
        await pilot.pause()
        assert "no packet matches the filter" in screen_text(pane)

    drive(pane, script, (120, 10))
