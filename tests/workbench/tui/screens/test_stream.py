import pytest

from support.looks import comes_to_look
from support.secrets_apart import SAMPLE as TLS
from support.terminal import drive, opened, quiet, sample_app, screen_text, told, until
from workbench.api import Direction
from workbench.events import Start
from workbench.tui.app import WorkbenchApp
from workbench.tui.widgets.line_list import LineList
from workbench.tui.widgets.table_list import TableList


async def followed(pilot, packet: int = 4):
    """The stream screen on the stream of a packet."""
    await opened(pilot)
    pilot.app.screen.goto_packet(packet)
    await pilot.pause()
    await pilot.press("f")
    await until(pilot, lambda: pilot.app.current_mode == "stream" and pilot.app.screen.message is not None)
    await quiet(pilot)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_looks(size):
    app = sample_app()

    async def script(pilot):
        await followed(pilot)
        await comes_to_look(pilot, f"stream-{size[0]}x{size[1]}")

    drive(app, script, size)


def test_it_opens_on_the_message_of_the_packet():
    app = sample_app()

    async def script(pilot):
        screen = await followed(pilot, 9)
        assert screen.message.packet == 9
        assert "tcp.stream 0" in screen_text(app)

    drive(app, script)


def test_text_shows_what_both_sides_said():
    app = sample_app()

    async def script(pilot):
        screen = await followed(pilot)
        await pilot.press("v")
        await pilot.pause()
        text = screen_text(app)
        assert " ▏ GET / HTTP/1.1" in text
        assert " ▏ HTTP/1.1 200 OK" in text
        assert screen.shown_view == "text"
        lines = screen.query_one("#stream-text", LineList)
        assert {line.packet for line in lines.lines} >= {4, 6, 8, 9, 10, 11}

    drive(app, script)


def test_bytes_are_dumped():
    app = sample_app()

    async def script(pilot):
        await followed(pilot)
        await app.action_perform("stream.bytes")
        await pilot.pause()
        assert "00000000  47 45 54 20 2f 20 48 54" in screen_text(app)

    drive(app, script)


def test_one_direction_at_a_time():
    app = sample_app()

    async def script(pilot):
        screen = await followed(pilot)
        await pilot.press("d")
        await quiet(pilot)
        table = screen.query_one("#stream-messages", TableList)
        assert screen.direction is Direction.TO_SERVER
        assert {row.cells[2] for row in table.table} == {"→"}
        assert "to the server only" in screen_text(app)
        await pilot.press("d", "d")
        await quiet(pilot)
        assert {row.cells[2] for row in table.table} == {"→", "←"}

    drive(app, script)


def test_the_message_under_the_cursor_is_shown_and_linked():
    app = sample_app()

    async def script(pilot):
        screen = await followed(pilot)
        await pilot.press("down")
        await pilot.pause()
        assert screen.message.packet == 6
        assert screen.linked.details.views[0].data.startswith(b"HTTP/1.1 200 OK")
        octets = screen.linked.hex
        octets.focus()
        octets.go(0)
        await pilot.pause()
        assert screen.linked.details.nodes[screen.linked.fields.node].text == "HTTP/1.1"
        assert octets.selection == (0, 8)

    drive(app, script)


def test_next_stream_and_the_ends():
    app = sample_app()

    async def script(pilot):
        await followed(pilot)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "tcp.stream 1" in screen_text(app))
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "tcp.stream 0" in screen_text(app))
        await pilot.press("left_square_bracket")
        assert await told(pilot) == "tcp.stream 0 is the first one"

    drive(app, script)


def test_back_to_the_packet_of_the_message():
    app = sample_app()

    async def script(pilot):
        await followed(pilot)
        await pilot.press("down", "down", "p")
        await until(pilot, lambda: app.current_mode == "packets")
        assert app.screen.list.current == 8

    drive(app, script)


def test_saving_writes_the_bytes_of_the_shown_directions(tmp_path):
    app = sample_app()

    async def script(pilot):
        screen = await followed(pilot)
        await app.action_perform("stream.save", str(tmp_path / "both"))
        await quiet(pilot)
        screen.direction = Direction.TO_SERVER
        await app.action_perform("stream.save", str(tmp_path / "up"))
        await quiet(pilot)

    drive(app, script)
    up = (tmp_path / "up").read_bytes()
    assert up.startswith(b"GET / HTTP/1.1\r\n")
    assert b"200 OK" not in up
    assert len((tmp_path / "both").read_bytes()) > len(up)


def test_without_a_stream_it_says_so():
    app = sample_app()

    async def script(pilot):
        await app.go("stream")
        await pilot.pause()
        assert "no stream here" in screen_text(app)

    app.start = type(app.start)()
    app.workspace._start = app.start
    drive(app, script)


# what travelled inside


def test_text_is_of_what_was_decrypted():
    app = WorkbenchApp(Start(path=TLS))

    async def script(pilot):
        screen = await followed(pilot, 4)
        await pilot.press("v")
        await quiet(pilot)
        assert "inside tls, 2 of 2" in screen_text(app)
        inside = screen.query_one("#stream-text", LineList).lines
        await pilot.press("e")
        await until(pilot, lambda: "as captured, 1 of 2" in screen_text(app))
        assert screen.query_one("#stream-text", LineList).lines != inside
        await pilot.press("e")
        await until(pilot, lambda: "inside tls" in screen_text(app))
        assert screen.query_one("#stream-text", LineList).lines == inside

    drive(app, script)


def test_saving_takes_what_is_shown(tmp_path):
    app = WorkbenchApp(Start(path=TLS))

    async def script(pilot):
        screen = await followed(pilot, 4)
        up = b"".join(
            message.raw for message in screen._shown.view.messages if message.layer and message.direction is Direction.TO_SERVER
        )
        assert up.startswith(b"PRI * HTTP/2.0")
        await pilot.press("v", "d")
        await quiet(pilot)
        await app.action_perform("stream.save", str(tmp_path / "inside"))
        await until(pilot, lambda: (tmp_path / "inside").exists())
        assert (tmp_path / "inside").read_bytes() == up

    drive(app, script)


def test_a_stream_with_nothing_inside_has_one_text():
    app = sample_app()

    async def script(pilot):
        await followed(pilot)
        await pilot.press("v", "e")
        assert "nothing that can be read travelled inside" in await told(pilot)

    drive(app, script)


def test_from_the_messages_one_key_leads_to_the_text():
    app = WorkbenchApp(Start(path=TLS))

    async def script(pilot):
        screen = await followed(pilot, 4)
        await pilot.press("e")
        assert screen.shown_view == "text"
        assert "inside tls" in screen_text(app)

    drive(app, script)
