import pytest

from support.panes import Pane
from support.terminal import drive, screen_text
from workbench.tui.details import ByteView, Details
from workbench.tui.widgets.hex_view import HexView

DATA = bytes(range(64)) + b"GET / HTTP/1.1\r\n" + bytes(20)
DETAILS = Details("", (), (ByteView("Packet 100 B", DATA, ((0, 14, "eth"),)), ByteView("decoded 5 B", b"hello")))


def test_offsets_hex_and_text():
    pane = Pane(HexView())

    async def script(pilot):
        pane.widget.show(DETAILS)
        await pilot.pause()
        lines = screen_text(pane).splitlines()
        assert "Packet 100 B" in lines[0]
        assert "decoded 5 B" in lines[0]
        assert lines[5].split() == ["0040", *b"GET / HTTP/1.1\r\n".hex(" ").split(), "GET", "/", "HTTP/1.1··"]
        assert lines[7].split() == ["0060", "00", "00", "00", "00", "····"]

    drive(pane, script, (80, 12))


@pytest.mark.parametrize(("width", "per_row"), [(40, 8), (75, 16), (142, 32)])
def test_rows_are_as_long_as_fits(width: int, per_row: int):
    pane = Pane(HexView())

    async def script(pilot):
        pane.widget.show(DETAILS)
        await pilot.pause()
        assert pane.widget.layout_now.per_row == per_row
        text = screen_text(pane)
        assert "…" not in text
        assert max(map(len, text.splitlines())) <= width

    drive(pane, script, (width, 12))


def test_the_byte_cursor_moves_by_bytes_and_rows():
    pane = Pane(HexView())

    async def script(pilot):
        octets = pane.widget
        octets.show(DETAILS)
        await pilot.press("l", "l", "j", "h")
        await pilot.pause()
        assert octets.at == 17
        assert [message.offset for message in pane.of(HexView.ByteMoved)] == [1, 2, 18, 17]
        await pilot.press("G", "l")
        assert octets.at == len(DATA) - 1
        await pilot.press("g", "g", "h")
        assert octets.at == 0

    drive(pane, script, (80, 12))


def test_views_are_switched_around():
    pane = Pane(HexView())

    async def script(pilot):
        octets = pane.widget
        octets.show(DETAILS)
        await pilot.press("full_stop")
        assert octets.data == b"hello"
        await pilot.press("full_stop")
        assert octets.data == DATA
        await pilot.press("comma")
        await pilot.pause()
        assert [message.view for message in pane.of(HexView.ViewChanged)] == [1, 0, 1]

    drive(pane, script, (80, 12))


def test_selecting_scrolls_to_the_bytes():
    pane = Pane(HexView())

    async def script(pilot):
        octets = pane.widget
        octets.show(Details("", (), (ByteView("big", bytes(4096)),)))
        await pilot.pause()
        octets.select(0, 2000, 2010)
        await pilot.pause()
        assert "07d0" in screen_text(pane)
        assert octets.selection == (2000, 2010)
        octets.select(0, 5, 5)
        assert octets.selection is None
        octets.select(0, 0, 4096)
        assert octets.selection is None

    drive(pane, script, (80, 12))


def test_a_click_is_a_byte_in_either_column():
    pane = Pane(HexView())

    async def script(pilot):
        octets = pane.widget
        octets.show(DETAILS)
        await pilot.pause()
        layout = octets.layout_now
        await pilot.click(octets, offset=(layout.hex_at + 3 * 4 + 1, 2))
        assert octets.at == 16 + 4
        await pilot.click(octets, offset=(layout.text_at + 1 + 9, 3))
        assert octets.at == 32 + 9
        await pilot.click(octets, offset=(20, 0))
        assert octets.view == 1

    drive(pane, script, (80, 12))


def test_nothing_to_show_is_no_reason_to_fail():
    pane = Pane(HexView())

    async def script(pilot):
        await pilot.press("j", "l", "G", "full_stop", "comma")
        pane.widget.show(Details("", (), (ByteView("empty", b""),)))
        await pilot.press("j", "l")
        await pilot.pause()
        assert pane.widget.at == 0

    drive(pane, script, (80, 12))


def test_the_shown_view_is_named_with_as_many_before_it_as_fit():
    pane = Pane(HexView())
    views = tuple(ByteView(f"view number {number}", b"x") for number in range(6))

    async def script(pilot):
        octets = pane.widget
        octets.show(Details("", (), views))
        named = []
        for view in range(6):
            octets.show_view(view)
            await pilot.pause()
            named.append([int(word) for word in screen_text(pane).splitlines()[0].split() if word.isdigit()])
        assert named == [[0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
        await pilot.click(octets, offset=(3, 0))
        assert octets.view == 3

    drive(pane, script, (48, 8))
