import pytest

from support.looks import comes_to_look
from support.terminal import drive, quiet, screen_text, told, until
from workbench.events import Start
from workbench.tui.app import WorkbenchApp
from workbench.tui.widgets.table_list import TableList


async def at_fuzz(pilot):
    await pilot.app.action_perform("app.fuzz")
    await until(pilot, lambda: pilot.app.screen.query_one("#fuzz-targets", TableList).table)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(size):
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_fuzz(pilot)
        await comes_to_look(pilot, f"fuzz-{size[0]}x{size[1]}")

    drive(app, script, size)


def test_a_campaign_is_started_watched_and_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = WorkbenchApp(Start())

    async def script(pilot):
        screen = await at_fuzz(pilot)
        await app.action_perform("fuzz.cases", "10")
        await app.action_perform("fuzz.seed", "1")
        await app.action_perform("fuzz.start", "streambus")
        assert app.workspace.campaign_runs
        assert "fuzzing" in screen_text(app).splitlines()[0]
        await app.action_perform("fuzz.start")
        assert "a campaign is running; x stops it" in await told(pilot)
        await until(pilot, lambda: not app.workspace.campaign_runs)
        text = screen_text(app)
        assert "100 %   10 of 10 cases" in text
        assert "ended: all cases were played" in text
        assert "inproc × 1" in text
        for words in ("/s", "transitions", "sessions   case", "seen in replies", "moves of the protocol's table"):
            assert words in text
        found = screen.query_one("#fuzz-found", TableList)
        assert len(found.table) == len(app.workspace.campaign.found) >= 1
        found.focus()
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "findings")
        await quiet(pilot)
        assert app.screen.chosen is not None
        assert app.screen.chosen.name == app.workspace.campaign.found[0].slug

    drive(app, script)
    assert (tmp_path / "findings" / "streambus").is_dir()


def test_a_campaign_can_be_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_fuzz(pilot)
        await app.action_perform("fuzz.start", "streambus")
        await until(pilot, lambda: app.workspace.campaign.counters.cases > 0)
        await pilot.press("x")
        await until(pilot, lambda: not app.workspace.campaign_runs)
        assert app.workspace.campaign.ended == "stopped"

    drive(app, script)


def test_quitting_asks_while_a_campaign_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_fuzz(pilot)
        await app.action_perform("fuzz.start", "streambus")
        await pilot.press("Q")
        await until(pilot, lambda: "A campaign is running" in screen_text(app))
        await pilot.press("n")
        await pilot.pause()
        assert app.current_mode == "fuzz"
        assert app.return_code is None
        await pilot.press("Q", "y")
        await until(pilot, lambda: app.return_value == 0)

    drive(app, script)


@pytest.mark.parametrize(("command", "argument"), [("fuzz.cases", "none"), ("fuzz.cases", "0"), ("fuzz.seed", "-1")])
def test_numbers_are_checked(command: str, argument: str):
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_fuzz(pilot)
        await app.action_perform(command, argument)
        assert "is not a number" in await told(pilot)

    drive(app, script)


def test_a_protocol_without_a_server_is_refused():
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_fuzz(pilot)
        await app.action_perform("fuzz.start", "nonsense")
        assert "has no server to attack" in await told(pilot)

    drive(app, script)
