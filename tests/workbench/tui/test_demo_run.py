from pathlib import Path

from support.terminal import drive, opened, screen_text, until
from workbench.events import Start
from workbench.tui import demo_run
from workbench.tui.app import WorkbenchApp


def test_the_demo_shows_live_traffic_and_a_campaign(monkeypatch):
    monkeypatch.setattr(demo_run, "DEMO_CASES", 10)
    app = WorkbenchApp(Start(demo=True, seed=1))
    folders: list[Path] = []

    async def script(pilot):
        workspace = app.workspace
        await until(pilot, lambda: workspace.session is not None and workspace.total > 30)
        folders.append(workspace.path.parent)
        assert app.screen.following
        assert "demo · live" in screen_text(app).splitlines()[0]
        seen = workspace.total
        await until(pilot, lambda: workspace.total > seen)
        await until(pilot, lambda: any(info is not None and info.protocol == "STREAMBUS" for info in workspace.infos.values()))
        await until(pilot, lambda: workspace.campaign is not None and workspace.campaign.ended)
        assert workspace.campaign.found
        await app.action_perform("app.findings")
        await until(pilot, lambda: app.screen.chosen is not None)

    drive(app, script)
    assert not folders[0].exists()
    assert not app.workspace.campaign_runs


def test_a_demo_that_cannot_start_says_so(monkeypatch):
    monkeypatch.setattr(demo_run, "EngineProcess", Failing)
    app = WorkbenchApp(Start(demo=True))

    async def script(pilot):
        await until(pilot, lambda: "demo failed" in screen_text(app).splitlines()[0])

    drive(app, script)


class Failing:
    """A process whose only word is an error."""

    def __init__(self, what: str, arguments: list[str], told) -> None:
        told({"event": "error", "message": "no free port"})

    def close(self) -> None:
        """Nothing runs."""


def test_the_sample_is_not_disturbed_by_a_demo():
    app = WorkbenchApp(Start(path=Path(__file__).parents[3] / "captures" / "samples" / "http1-curl-nginx.pcapng"))

    async def script(pilot):
        await opened(pilot)
        assert app.workspace.note == ""

    drive(app, script)
