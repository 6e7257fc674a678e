import pytest

from support.campaign import short_campaign
from support.terminal import drive, quiet, screen_text, told, until
from workbench.events import Start
from workbench.tui.app import WorkbenchApp
from workbench.tui.widgets.table_list import TableList


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    return short_campaign(tmp_path_factory.mktemp("findings") / "campaign")


async def at_findings(pilot, campaign):
    app = pilot.app
    app.workspace.finding_folder = campaign.plan.directory
    await app.action_perform("app.findings")
    await until(pilot, lambda: app.workspace.registry is not None and app.screen.query_one("#findings", TableList).table)
    await until(pilot, lambda: app.screen._view is not None)
    await quiet(pilot)
    return app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_a_finding_is_shown_whole(campaign, size):
    app = WorkbenchApp(Start())

    async def script(pilot):
        screen = await at_findings(pilot, campaign)
        text = screen_text(app)
        assert "Verdict" in text
        assert "◀" in text
        assert campaign.found[0].summary[:20] in text
        assert screen.linked.details.nodes
        assert max(map(len, text.splitlines())) <= size[0]

    drive(app, script, size)


def test_changed_fields_and_bytes_are_marked(campaign):
    app = WorkbenchApp(Start())

    async def script(pilot):
        screen = await at_findings(pilot, campaign)
        changed = screen.linked.hex.changed
        assert changed
        marked = [node for node in screen.linked.details.nodes if node.changed]
        assert marked
        for node in marked:
            _, start, end = node.spans[0]
            assert any(start < stop and begin < end for begin, stop in changed)

    drive(app, script)


def test_replaying_says_whether_it_still_fails(campaign):
    app = WorkbenchApp(Start())

    async def script(pilot):
        screen = await at_findings(pilot, campaign)
        await pilot.press("r")
        await until(pilot, lambda: screen.outcomes.get(screen.chosen) == "FAILED")
        assert "3 of 3 replays failed as recorded" in await told(pilot)
        assert "FAILED" in screen_text(app)

    drive(app, script)


def test_the_case_as_it_was_found(campaign):
    app = WorkbenchApp(Start())

    async def script(pilot):
        screen = await at_findings(pilot, campaign)
        await pilot.press("v")
        await until(pilot, lambda: screen._view.original)
        assert "Original case" in screen_text(app)

    drive(app, script)


def test_the_traffic_opens_as_a_capture(campaign):
    app = WorkbenchApp(Start())

    async def script(pilot):
        await at_findings(pilot, campaign)
        await pilot.press("o")
        await until(pilot, lambda: app.current_mode == "packets" and app.workspace.session is not None)
        assert app.workspace.path.name == "traffic.pcapng"
        assert app.workspace.total > 0

    drive(app, script)


def test_without_findings_it_says_where_they_come_from(tmp_path):
    app = WorkbenchApp(Start())

    async def script(pilot):
        app.workspace.finding_folder = tmp_path
        await app.action_perform("app.findings")
        await quiet(pilot)
        assert "no findings yet" in screen_text(app)
        await app.action_perform("findings.replay")
        assert "there is no finding" in await told(pilot)
        await app.action_perform("findings.folder", str(tmp_path / "nowhere"))
        assert "there is no such folder" in await told(pilot)

    drive(app, script)
