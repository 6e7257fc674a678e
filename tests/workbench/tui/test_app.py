import pytest

from support.terminal import drive, opened, said, sample_app, screen_text, told, until
from workbench.events import Start
from workbench.tui.app import WorkbenchApp, app_for
from workbench.tui.commands import find
from workbench.tui.theme import DARK, LIGHT


def test_with_nothing_to_open_it_begins_with_the_start_screen():
    assert app_for(Start()).DEFAULT_MODE == "start"
    assert app_for(Start(demo=True)).DEFAULT_MODE == "packets"
    assert app_for(Start(interface="lo")).DEFAULT_MODE == "packets"


def test_digits_are_screens_and_back_leads_to_the_packets():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        for key, mode in (("4", "stats"), ("5", "fuzz"), ("6", "findings")):
            await pilot.press(key)
            await until(pilot, lambda mode=mode: app.current_mode == mode)
            await pilot.press("escape")
            await until(pilot, lambda: app.current_mode == "packets")

    drive(app, script)


def test_back_leads_out_step_by_step():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        await app.action_perform("packets.filter", "http")
        await until(pilot, lambda: screen.list.rows.filtered)
        screen.linked.hex.focus()
        await pilot.press("backslash")
        assert screen.maximized is screen.linked.hex
        await pilot.press("escape")
        assert screen.maximized is None
        await pilot.press("escape")
        assert screen.focused is screen.list
        await pilot.press("escape")
        await until(pilot, lambda: not screen.list.rows.filtered)
        await pilot.press("q")
        assert await told(pilot) == "Q quits the workbench"
        assert app.is_running

    drive(app, script)


@pytest.mark.parametrize("key", ["Q", "ctrl+c"])
def test_quitting(key: str):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press(key)
        await pilot.pause()

    drive(app, script)
    assert app.return_value == 0


def test_tab_goes_through_the_panes():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        order = []
        for _ in range(4):
            order.append(screen.focused.id)
            await pilot.press("tab")
        assert order == ["packet-list", "packet-fields", "packet-hex", "filter-input"]
        await pilot.press("shift+tab")
        assert screen.focused.id == "filter-input"

    drive(app, script)


def test_a_command_of_another_screen_opens_it():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("stats.next")
        await until(pilot, lambda: app.current_mode == "stats")

    drive(app, script)


def test_a_pane_command_goes_to_the_focused_pane():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        command = find("list.down")
        assert app.node_for(command) is app.screen.list
        assert app.node_for(find("hex.next-view")) is app.screen.linked.hex
        app.screen.linked.fields.focus()
        await pilot.pause()
        assert app.node_for(find("tree.open")) is app.screen.linked.fields

    drive(app, script)


def test_what_is_unknown_or_impossible_is_said():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("no.such")
        assert "there is no command" in await told(pilot)
        await app.action_perform("packets.next-mark")
        assert "nothing is marked" in await told(pilot)
        await app.action_perform("packets.goto", "many")
        assert "'many' is not a packet number" in await told(pilot)
        await app.action_perform("app.keymap", "nonsense")
        assert "keymaps are default, wireshark, termshark, mitmproxy" in await told(pilot)

    drive(app, script)


def test_bugs_are_told_apart_from_mistakes():
    app = sample_app()

    async def script(pilot):
        app.say_error("details", ZeroDivisionError("division by zero"))
        assert await told(pilot) == "internal error in details: ZeroDivisionError: division by zero"

    drive(app, script)


def test_messages_are_never_markup():
    app = sample_app()

    async def script(pilot):
        app.say("[red]not markup[/red]")
        await until(pilot, lambda: said(app))
        assert all(not notification.markup for notification in app._notifications)

    drive(app, script)


def test_the_theme_can_be_light():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        before = app.screen.list.palette
        await app.action_perform("app.theme")
        await pilot.pause()
        assert app.theme == LIGHT.name
        assert app.screen.list.palette.background != before.background
        assert "37590 → 8080" in screen_text(app)
        await app.action_perform("app.theme")
        assert app.theme == DARK.name

    drive(app, script)


def test_copying_goes_through_the_terminal():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("y")
        assert "to the terminal's clipboard (OSC 52)" in await told(pilot)

    drive(app, script)


def test_keys_can_be_exchanged_while_it_runs():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("app.keymap", "termshark")
        await pilot.press("A")
        assert app.screen.following

    drive(app, script)


def test_starting_loads_no_plugin_and_no_dissector_before_the_first_screen():
    import subprocess
    import sys

    probe = "import sys, workbench.tui.app, workbench.tui.screens.packets; print(*sorted(sys.modules))"
    loaded = set(subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"dissectors", "workbench.session", "workbench.registry", "fuzzers", "scapy", "workbench_http1", "h11"}
    assert isinstance(WorkbenchApp(Start()), WorkbenchApp)
