import pytest
from textual import events

from support.looks import comes_to_look
from support.synthetic import HEADERS
from support.terminal import drive, opened, quiet, sample_app, screen_text, show, synthetic, told, until
from workbench.tui.filter_state import FilterState
from workbench.tui.widgets.packet_list import PacketList

SIZES = [(80, 24), (120, 40), (200, 60)]


async def ready(pilot, session):
    """Show the session and wait until nothing is left to do."""
    await show(pilot, session)
    await quiet(pilot)
    return pilot.app.screen


@pytest.mark.parametrize("size", SIZES)
def test_looks(size):
    app, session = synthetic(500, hostile=frozenset({7}))

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("down", "down", "m", "down", "down")
        await quiet(pilot)
        await comes_to_look(pilot, f"packets-{size[0]}x{size[1]}")
        assert screen.list.current == 5

    drive(app, script, size)


@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_wider_than_the_screen_and_every_pane_is_there(size):
    app, session = synthetic(500)

    async def script(pilot):
        screen = await ready(pilot, session)
        for pane in (screen.list, screen.fields, screen.linked.hex):
            assert pane.size.width > 20
            assert pane.size.height >= 4
        text = screen_text(app)
        assert max(map(len, text.splitlines())) <= size[0]
        assert len(text.splitlines()) == size[1]

    drive(app, script, size)


def test_the_screen_survives_any_size():
    app, session = synthetic(500)

    async def script(pilot):
        screen = await ready(pilot, session)
        for size in ((200, 60), (20, 6), (81, 25), (1, 1), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.press("down")
            await quiet(pilot)
        assert screen.list.current == 6
        assert "GET /item/6" in screen_text(app)

    drive(app, script)


# linked both ways


def test_a_field_highlights_its_bytes():
    app, session = synthetic(50)

    async def script(pilot):
        screen = await ready(pilot, session)
        screen.fields.focus()
        await pilot.press("down")  # from the message to its first field, the method
        await pilot.pause()
        octets = screen.linked.hex
        assert screen.linked.details.nodes[screen.fields.node].name == "Method"
        assert (octets.view, octets.selection) == (0, (HEADERS, HEADERS + 3))
        assert "http.request.method · bytes 0–2 (3)" in screen_text(app)

    drive(app, script)


def test_a_field_of_a_derived_view_switches_to_that_view_and_back():
    app, session = synthetic(50)

    async def script(pilot):
        screen = await ready(pilot, session)
        screen.fields.focus()
        await pilot.press("down", "down", "down", "down")
        await pilot.pause()
        octets = screen.linked.hex
        assert screen.linked.details.nodes[screen.fields.node].name == "Decoded"
        assert (octets.view, octets.selection) == (2, (0, 5))
        await pilot.press("up")
        await pilot.pause()
        assert (octets.view, octets.selection) == (1, (12, 20))

    drive(app, script)


def test_a_byte_selects_its_innermost_field():
    app, session = synthetic(50)

    async def script(pilot):
        screen = await ready(pilot, session)
        octets = screen.linked.hex
        octets.focus()
        octets.go(HEADERS + 5)
        await pilot.pause()
        assert screen.linked.details.nodes[screen.fields.node].name == "Target"
        octets.go(13)
        await pilot.pause()
        assert screen.linked.details.nodes[screen.fields.node].name == "Type"
        assert octets.selection == (12, 14)

    drive(app, script)


def test_other_byte_views_show_the_same_field_where_it_is():
    app, session = synthetic(50)

    async def script(pilot):
        screen = await ready(pilot, session)
        screen.fields.focus()
        await pilot.press("down")
        await pilot.pause()
        octets = screen.linked.hex
        octets.focus()
        await pilot.press("full_stop")
        await pilot.pause()
        assert (octets.view, octets.selection) == (1, (0, 3))
        await pilot.press("comma", "comma")
        await pilot.pause()
        assert (octets.view, octets.selection) == (2, None)

    drive(app, script)


# growing


def test_the_list_grows_and_the_cursor_stays():
    app, session = synthetic(100)

    async def script(pilot):
        app.workspace.live = True
        await show(pilot, session)
        screen = app.screen
        assert screen.following
        await pilot.press("g", "g", "down")
        session.total = 4000
        await until(pilot, lambda: screen.list.row_count == 4000)
        assert screen.list.current == 2
        assert "4,000 packets" in screen_text(app)

    drive(app, script)


def test_following_stays_at_the_newest_packet_until_a_person_moves():
    app, session = synthetic(100)

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("F")
        assert "following the tail" in screen_text(app)
        app.workspace.live = True
        session.total = 300
        app.workspace.adopt(session)
        await until(pilot, lambda: screen.list.current == 300)
        await pilot.press("k")
        await pilot.pause()
        assert not screen.following
        session.total = 400
        await until(pilot, lambda: screen.list.row_count == 400)
        assert screen.list.current == 299

    drive(app, script)


def test_a_million_rows_cost_what_is_on_the_screen():
    app, session = synthetic(1_000_000, streams=100_000)

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("G")
        await quiet(pilot)
        assert screen.list.current == 1_000_000
        assert "GET /item/1000000" in screen_text(app)
        assert len(set(session.asked)) < 1000

    drive(app, script)


def test_rows_that_the_wheel_brings_into_sight_are_dissected():
    app, session = synthetic(500)

    async def script(pilot):
        screen = await ready(pilot, session)
        screen.list.scroll_to(y=300, animate=False)
        await until(pilot, lambda: "GET /item/305" in screen_text(app))
        assert screen.list.current == 1

    drive(app, script)


# hostile packets


def test_nothing_in_a_packet_reaches_the_terminal_as_a_command():
    app, session = synthetic(20, hostile=frozenset(range(1, 21)))

    async def script(pilot):
        screen = await ready(pilot, session)
        written: list[str] = []
        original = app._driver.write
        app._driver.write = lambda data: (written.append(data), original(data))
        await pilot.press("down", "tab", "E", "tab", "G")
        await pilot.press("shift+tab", "shift+tab", "f")
        await quiet(pilot)
        text = screen_text(app)
        await pilot.press("v")
        await quiet(pilot)
        text += screen_text(app)
        assert "\\x1b[31mred" in text
        assert "[bold]x[/bold]" in text
        assert screen.list.source is session
        assert not any(character in text for character in ("\x1b", "\x9b"))

    drive(app, script)


# moving about


def test_numbers_and_gg():
    app, session = synthetic(500)

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("1", "2", "3", "g", "g")
        assert screen.list.current == 123
        await pilot.press("g", "g")
        assert screen.list.current == 1
        await pilot.press("G", "k", "j", "k")
        assert screen.list.current == 499

    drive(app, script)


def test_a_lone_digit_is_a_screen():
    app, session = synthetic(50)

    async def script(pilot):
        await ready(pilot, session)
        await pilot.press("2")
        await until(pilot, lambda: app.current_mode == "flows")

    drive(app, script)


def test_packets_of_the_same_stream_and_marks():
    app, session = synthetic(100)

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("right_square_bracket")
        assert screen.list.current == 5
        await pilot.press("m", "J", "K", "K", "left_square_bracket", "apostrophe")
        assert screen.list.current == 5
        assert app.workspace.marks == {5}
        assert "◆" in screen_text(app)
        await pilot.press("m")
        assert app.workspace.marks == set()

    drive(app, script)


def test_times_can_be_shown_three_ways():
    app, session = synthetic(100)

    async def script(pilot):
        await ready(pilot, session)
        await pilot.press("j", "j")
        seen = []
        for _ in range(3):
            line = next(line for line in screen_text(app).splitlines() if line.endswith("GET /item/2"))
            seen.append(line.split()[1])
            await pilot.press("t")
            await pilot.pause()
        # relative to the first packet, to the one above, and the time of day
        assert seen == ["0.000001", "0.000001", "22:13:20.0000"]

    drive(app, script)


def test_details_can_stand_beside_the_list_and_a_pane_alone():
    app, session = synthetic(100)

    async def script(pilot):
        screen = await ready(pilot, session)
        await pilot.press("|")
        await pilot.pause()
        assert screen.fields.region.x > screen.list.region.x
        assert screen.fields.region.y == screen.list.region.y
        await pilot.press("|", "backslash")
        await pilot.pause()
        assert screen.maximized is screen.list
        await pilot.press("escape")
        assert screen.maximized is None

    drive(app, script)


def test_copying_says_where_it_went():
    app, session = synthetic(100)

    async def script(pilot):
        screen = await ready(pilot, session)
        copied: list[str] = []
        app.copy = copied.append
        await pilot.press("y")
        screen.fields.focus()
        await pilot.press("down", "y")
        screen.linked.hex.focus()
        await pilot.press("y")
        assert copied[0].split("\t")[0] == "1"
        assert copied[0].endswith("GET /item/1")
        assert copied[1] == "http.request.method: GET"
        assert copied[2] == b"GET".hex()

    drive(app, script)


# filtering (with real packets and the real language)


async def typed(pilot, text: str) -> None:
    """The whole text at once: a slow typist's first letters would be read as a filter of their own."""
    await pilot.press("slash")
    pilot.app.screen.bar.input.post_message(events.Paste(text))
    await until(pilot, lambda: pilot.app.screen.bar.text == text)


def state(pilot) -> FilterState:
    return pilot.app.screen.filtering.judgement.state


def test_a_valid_filter_shows_its_matches_and_says_how_many():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        await typed(pilot, "http")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        assert 0 < screen.list.row_count < 184
        assert f"✓ valid · {screen.list.row_count} of 184 match" in screen_text(app)
        await pilot.press("enter")
        assert isinstance(screen.focused, PacketList)

    drive(app, script)


def test_an_invalid_filter_is_explained_and_the_last_result_stays():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        await typed(pilot, "port==8080")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        shown = screen.list.row_count
        await pilot.press("x")
        await until(pilot, lambda: state(pilot) is FilterState.INVALID and "^" in screen_text(app).splitlines()[2])
        lines = screen_text(app).splitlines()
        assert "✗ invalid, the last result stays" in lines[1]
        assert lines[2].index("^") == lines[1].index("8080x")
        assert screen.list.row_count == shown
        await pilot.press("escape")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        assert screen.bar.text == "port==8080"

    drive(app, script)


def test_an_unfinished_filter_is_incomplete():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await typed(pilot, "port==")
        await until(pilot, lambda: state(pilot) is FilterState.INCOMPLETE)
        assert "… incomplete" in screen_text(app)
        assert app.screen.list.row_count == 184

    drive(app, script)


def test_the_cursor_stays_on_its_packet():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        screen.goto_packet(10)
        await app.action_perform("packets.filter", "tcp.stream==0")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        assert screen.list.current == 10
        await app.action_perform("packets.clear-filter")
        await until(pilot, lambda: screen.list.row_count == 184)
        assert screen.list.current == 10

    drive(app, script)


def test_a_field_can_become_the_filter():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        screen.goto_packet(4)
        await quiet(pilot)
        screen.fields.focus()
        screen.fields.select(next(n for n, node in enumerate(screen.linked.details.nodes) if node.name == "Method"))
        await pilot.press("a")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        assert screen.bar.text == "http.request.method==GET"
        assert 4 in screen.list.rows.numbers(0, 99)
        assert 1 not in screen.list.rows.numbers(0, 99)

    drive(app, script)


def test_nothing_found_is_said():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("packets.filter", "port==1")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        assert "no packet matches the filter" in screen_text(app)

    drive(app, script)


def test_exporting_writes_what_is_shown(tmp_path):
    app = sample_app()
    path = tmp_path / "out.pcapng"

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("packets.filter", "tcp.stream==0")
        await until(pilot, lambda: state(pilot) is FilterState.VALID)
        shown = app.screen.list.row_count
        await app.action_perform("packets.export", str(path))
        await quiet(pilot)
        assert (await told(pilot)).startswith(f"{shown} packets written to")

    drive(app, script)
    assert path.stat().st_size > 1000


def test_exporting_over_another_file_is_refused():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("packets.export", str(app.workspace.path))
        await pilot.pause()
        assert "there is such a file already" in await told(pilot)

    drive(app, script)
